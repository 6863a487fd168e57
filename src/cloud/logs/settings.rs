//! What can be set on a log group: retention, encryption and protection from deletion.

use serde::Deserialize;

use super::group::name_in;
use super::{check_group_name, invalid};
use crate::context::Context;
use crate::wire::ApiError;

/// AWS: CloudWatch Logs API Reference, PutRetentionPolicy, `retentionInDays`.
const RETENTION_DAYS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PutRetentionPolicy {
    log_group_name: String,
    retention_in_days: u32,
}

pub(crate) fn put_retention_policy(context: &mut Context<'_>, input: PutRetentionPolicy) -> Result<(), ApiError> {
    check_group_name("logGroupName", &input.log_group_name)?;
    if !RETENTION_DAYS.contains(&input.retention_in_days) {
        return Err(invalid(format!("Invalid retention value {}.", input.retention_in_days)));
    }
    context.logs.group_mut(&input.log_group_name)?.retention_in_days = Some(input.retention_in_days);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DeleteRetentionPolicy {
    log_group_name: String,
}

pub(crate) fn delete_retention_policy(context: &mut Context<'_>, input: DeleteRetentionPolicy) -> Result<(), ApiError> {
    check_group_name("logGroupName", &input.log_group_name)?;
    context.logs.group_mut(&input.log_group_name)?.retention_in_days = None;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AssociateKmsKey {
    log_group_name: Option<String>,
    resource_identifier: Option<String>,
    kms_key_id: String,
}

/// Keeps the key's ARN; events are not encrypted.
pub(crate) fn associate_kms_key(context: &mut Context<'_>, input: AssociateKmsKey) -> Result<(), ApiError> {
    check_kms_key(&input.kms_key_id)?;
    set_kms_key(context, input.log_group_name, input.resource_identifier, Some(input.kms_key_id))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DisassociateKmsKey {
    log_group_name: Option<String>,
    resource_identifier: Option<String>,
}

pub(crate) fn disassociate_kms_key(context: &mut Context<'_>, input: DisassociateKmsKey) -> Result<(), ApiError> {
    set_kms_key(context, input.log_group_name, input.resource_identifier, None)
}

fn set_kms_key(
    context: &mut Context<'_>,
    name: Option<String>,
    identifier: Option<String>,
    kms_key_id: Option<String>,
) -> Result<(), ApiError> {
    let name = match (&name, &identifier) {
        (Some(name), None) => name,
        (None, Some(identifier)) => name_in(identifier),
        _ => return Err(invalid("Specify exactly one of logGroupName and resourceIdentifier.")),
    };
    context.logs.group_mut(name)?.kms_key_id = kms_key_id;
    Ok(())
}

/// A KMS key is named by its ARN here; that it exists is not checked.
pub(super) fn check_kms_key(kms_key: &str) -> Result<(), ApiError> {
    let is_arn = kms_key.starts_with("arn:") && kms_key.split(':').nth(2) == Some("kms") && kms_key.len() <= 256;
    if is_arn { Ok(()) } else { Err(invalid("The specified KMS Key Id is not the ARN of a key.")) }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PutLogGroupDeletionProtection {
    log_group_identifier: String,
    deletion_protection_enabled: bool,
}

pub(crate) fn put_log_group_deletion_protection(
    context: &mut Context<'_>,
    input: PutLogGroupDeletionProtection,
) -> Result<(), ApiError> {
    let group = context.logs.group_mut(name_in(&input.log_group_identifier))?;
    group.deletion_protection = input.deletion_protection_enabled;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::{Local, code};

    fn group(cloud: &mut Local) -> Value {
        let reply = cloud.json("logs", "DescribeLogGroups", json!({})).expect("it is described");
        reply["logGroups"][0].clone()
    }

    #[test]
    fn retention_is_set_changed_and_removed() {
        let mut cloud = Local::new();
        let put = |days| json!({"logGroupName": "a", "retentionInDays": days});
        assert_eq!(code(cloud.json("logs", "PutRetentionPolicy", put(30))), "ResourceNotFoundException");
        cloud.json("logs", "CreateLogGroup", json!({"logGroupName": "a"})).expect("it is made");
        cloud.json("logs", "PutRetentionPolicy", put(30)).expect("it is set");
        assert_eq!(code(cloud.json("logs", "PutRetentionPolicy", put(31))), "InvalidParameterException");
        assert_eq!(group(&mut cloud)["retentionInDays"], 30);
        cloud.json("logs", "DeleteRetentionPolicy", json!({"logGroupName": "a"})).expect("it is removed");
        assert_eq!(group(&mut cloud).get("retentionInDays"), None);
    }

    #[test]
    fn a_key_is_associated_and_disassociated() {
        let mut cloud = Local::new();
        let key = "arn:aws:kms:us-east-1:123456789012:key/0";
        cloud.json("logs", "CreateLogGroup", json!({"logGroupName": "a"})).expect("it is made");
        let input = json!({"logGroupName": "a", "kmsKeyId": key});
        cloud.json("logs", "AssociateKmsKey", input).expect("it is set");
        assert_eq!(group(&mut cloud)["kmsKeyId"], key);
        cloud.json("logs", "DisassociateKmsKey", json!({"logGroupName": "a"})).expect("it is removed");
        assert_eq!(group(&mut cloud).get("kmsKeyId"), None);
    }
}
