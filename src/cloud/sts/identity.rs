//! Who calls.

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetCallerIdentity {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CallerIdentity {
    user_id: String,
    account: String,
    arn: String,
}

/// An access key that STS did not give out is the account's root user: keys are not checked here.
pub(crate) fn get_caller_identity(context: &mut Context<'_>, _: GetCallerIdentity) -> Result<CallerIdentity, ApiError> {
    let account = context.account.to_owned();
    Ok(match context.sts.sessions.get(context.access_key) {
        Some(session) => CallerIdentity { user_id: session.assumed_role_id.clone(), account, arn: session.arn.clone() },
        None => CallerIdentity { user_id: account.clone(), arn: format!("arn:aws:iam::{account}:root"), account },
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::testing::{Local, code};

    const ROLE: &str = "arn:aws:iam::123456789012:role/path/deploy";

    #[test]
    fn the_root_user_calls_with_an_unknown_key() {
        let identity = Local::new().query("sts", "GetCallerIdentity", &[]).expect("it succeeds");
        assert_eq!(identity["Arn"], "arn:aws:iam::123456789012:root");
        assert_eq!(identity["Account"], "123456789012");
    }

    #[test]
    fn an_assumed_role_calls_until_its_credentials_expire() {
        let mut local = Local::new();
        let form = [("RoleArn", ROLE), ("RoleSessionName", "ci"), ("DurationSeconds", "900")];
        let assumed = local.query("sts", "AssumeRole", &form).expect("it succeeds");
        local.access_key = assumed["Credentials"]["AccessKeyId"].as_str().expect("a key").to_owned();
        let identity = local.query("sts", "GetCallerIdentity", &[]).expect("it succeeds");
        assert_eq!(identity["Arn"], "arn:aws:sts::123456789012:assumed-role/deploy/ci");
        assert_eq!(identity["UserId"], assumed["AssumedRoleUser"]["AssumedRoleId"]);
        local.advance(Duration::from_secs(900));
        assert_eq!(code(local.query("sts", "GetCallerIdentity", &[])), "ExpiredToken");
        assert_eq!(code(local.json("logs", "DescribeLogGroups", serde_json::json!({}))), "ExpiredTokenException");
    }

    #[test]
    fn wrong_sessions_are_refused() {
        let mut local = Local::new();
        let mut assume = |role, name, seconds| {
            code(local.query(
                "sts",
                "AssumeRole",
                &[("RoleArn", role), ("RoleSessionName", name), ("DurationSeconds", seconds)],
            ))
        };
        assert_eq!(assume(ROLE, "a", "900"), "ValidationError");
        assert_eq!(assume(ROLE, "ci", "899"), "ValidationError");
        assert_eq!(assume("arn:aws:iam::123456789012:user/somebody", "ci", "900"), "ValidationError");
    }
}
