//! How requests name things: by a short name or by an ARN.

use serde::Serialize;

use super::error::{client, invalid_parameter};
use crate::context::Context;
use crate::wire::ApiError;

/// The cluster that is meant when none is named.
///
/// AWS: ECS API Reference, the parameter `cluster` of nearly every operation.
const DEFAULT_CLUSTER: &str = "default";

/// The name of the cluster that `reference` names, whether it exists or not.
pub(super) fn cluster_name(reference: Option<&str>) -> Result<String, ApiError> {
    Ok(within("cluster", reference.unwrap_or(DEFAULT_CLUSTER))?.to_owned())
}

/// The name of the service or the id of the task that `reference` names in this cluster.
///
/// The ARNs of both hold the cluster's name, too; the short format of old accounts does not.
pub(super) fn in_cluster<'a>(kind: &str, cluster: &str, reference: &'a str) -> Result<&'a str, ApiError> {
    match within(kind, reference)?.rsplit_once('/') {
        None => Ok(reference.rsplit('/').next().unwrap_or(reference)),
        Some((of, name)) if of == cluster => Ok(name),
        Some((of, _)) => Err(invalid_parameter(format!("Identifier is for {of}. Your cluster is {cluster}"))),
    }
}

/// What stands after `kind/` in an ARN, or the short name itself.
fn within<'a>(kind: &str, reference: &'a str) -> Result<&'a str, ApiError> {
    if !reference.starts_with("arn:") {
        return Ok(reference);
    }
    let resource = reference.splitn(6, ':').nth(5).and_then(|resource| resource.split_once('/'));
    match resource {
        Some((found, name)) if found == kind => Ok(name),
        _ => Err(invalid_parameter(format!("Invalid identifier: Identifier {reference} is not for a {kind}."))),
    }
}

/// A family and maybe a revision.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TaskDefinitionReference<'a> {
    pub(super) family: &'a str,
    pub(super) revision: Option<u32>,
}

/// Reads `family`, `family:revision` or an ARN.
pub(super) fn task_definition(reference: &str) -> Result<TaskDefinitionReference<'_>, ApiError> {
    let name = match reference.starts_with("arn:") {
        true => {
            let resource =
                reference.splitn(6, ':').nth(5).and_then(|resource| resource.strip_prefix("task-definition/"));
            resource.ok_or_else(|| client("The specified task definition ARN is not valid."))?
        }
        false => reference,
    };
    let Some((family, revision)) = name.split_once(':') else {
        return Ok(TaskDefinitionReference { family: name, revision: None });
    };
    let revision = revision.parse().map_err(|_| client(format!("Invalid revision number. Number: {revision}")))?;
    Ok(TaskDefinitionReference { family, revision: Some(revision) })
}

/// What a Describe operation says about what it did not find.
#[derive(Serialize)]
pub(super) struct Failure {
    arn: String,
    reason: &'static str,
}

impl Failure {
    /// `resource` is the part of an ARN after the account, such as `cluster/web`.
    pub(super) fn missing(cx: &Context<'_>, resource: &str) -> Self {
        Failure { arn: cx.arn(resource), reason: "MISSING" }
    }

    pub(super) fn missing_arn(arn: &str) -> Self {
        Failure { arn: arn.to_owned(), reason: "MISSING" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns_mean_the_same() {
        assert_eq!(cluster_name(None).as_deref(), Ok("default"));
        assert_eq!(cluster_name(Some("arn:aws:ecs:us-east-1:123456789012:cluster/a")).as_deref(), Ok("a"));
        assert_eq!(in_cluster("service", "a", "web"), Ok("web"));
        assert_eq!(in_cluster("service", "a", "arn:aws:ecs:us-east-1:123456789012:service/a/web"), Ok("web"));
        assert_eq!(in_cluster("service", "a", "arn:aws:ecs:us-east-1:123456789012:service/web"), Ok("web"));
        assert!(in_cluster("service", "b", "arn:aws:ecs:us-east-1:123456789012:service/a/web").is_err());
        assert!(in_cluster("service", "a", "arn:aws:ecs:us-east-1:123456789012:task/a/web").is_err());
    }

    #[test]
    fn task_definitions_have_revisions() {
        let web = |revision| Ok(TaskDefinitionReference { family: "web", revision });
        assert_eq!(task_definition("web"), web(None));
        assert_eq!(task_definition("web:2"), web(Some(2)));
        assert_eq!(task_definition("arn:aws:ecs:us-east-1:123456789012:task-definition/web:2"), web(Some(2)));
        assert!(task_definition("web:new").is_err());
    }
}
