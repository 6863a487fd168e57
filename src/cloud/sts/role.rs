//! Temporary credentials of a role.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::table::Record;
use crate::validate::Constraints;
use crate::wire::{ApiError, Iso};

/// How many temporary credentials are remembered, those that expire last. Expired ones are among them, so that they are refused
/// as such.
const SESSIONS: usize = 10_000;

/// Temporary credentials.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) arn: String,
    pub(crate) assumed_role_id: String,
    expires: Timestamp,
}

impl Record for Session {}

impl Session {
    /// Whether the credentials are no longer accepted.
    pub(crate) fn expired(&self, now: Timestamp) -> bool {
        now >= self.expires
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct AssumeRole {
    role_arn: String,
    role_session_name: String,
    duration_seconds: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssumedRole {
    credentials: Credentials,
    assumed_role_user: AssumedRoleUser,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: Iso,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumedRoleUser {
    assumed_role_id: String,
    arn: String,
}

/// Gives out credentials for any role: neither that it exists nor its trust policy is checked.
///
/// AWS: STS API Reference, AssumeRole.
pub(crate) fn assume_role(context: &mut Context<'_>, input: AssumeRole) -> Result<AssumedRole, ApiError> {
    let seconds = input.duration_seconds.unwrap_or(3600);
    let name = &input.role_session_name;
    Constraints::default()
        .length("roleArn", &input.role_arn, 20..=2048)
        .length("roleSessionName", name, 2..=64)
        .pattern("roleSessionName", name, r"[\w+=,.@-]*", |c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c))
        .range("durationSeconds", i64::from(seconds), 900..=43200)
        .finish("ValidationError")?;
    let (account, role) = role(&input.role_arn)?;

    let session = Session {
        arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{name}"),
        assumed_role_id: format!("AROA{}:{name}", context.ids.base32(17)),
        expires: context.now + SignedDuration::from_secs(i64::from(seconds)),
    };
    let credentials = Credentials {
        access_key_id: format!("ASIA{}", context.ids.base32(16)),
        secret_access_key: context.ids.hex(40),
        session_token: context.ids.hex(200),
        expiration: Iso(session.expires),
    };
    let assumed_role_user =
        AssumedRoleUser { assumed_role_id: session.assumed_role_id.clone(), arn: session.arn.clone() };
    context.sts.sessions.insert(credentials.access_key_id.clone(), session);
    context.sts.sessions.keep_last(SESSIONS, |session| session.expires);
    Ok(AssumedRole { credentials, assumed_role_user })
}

/// The account and the name, without its path, in a role's ARN.
fn role(arn: &str) -> Result<(&str, &str), ApiError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    if let ["arn", _, "iam", "", account, resource] = parts[..]
        && let Some(path) = resource.strip_prefix("role/")
        && let Some(name) = path.rsplit('/').next().filter(|name| !name.is_empty())
    {
        return Ok((account, name));
    }
    Err(ApiError::new("ValidationError", format!("{arn} is invalid")))
}
