//! What an account has besides roles and policies: next to nothing here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{name, role};
use crate::context::Context;
use crate::wire::{ApiError, Iso};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct GetUser {
    user_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetUserResult {
    user: User,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    user_id: String,
    arn: String,
    create_date: Iso,
}

/// The only user is the account's root user, who has neither a name nor a path.
pub(crate) fn get_user(cx: &mut Context<'_>, input: GetUser) -> Result<GetUserResult, ApiError> {
    if let Some(user_name) = input.user_name {
        return Err(name::no_such("user", user_name));
    }
    if cx.sts.sessions.contains(cx.access_key) {
        let message = "Must specify userName when calling with non-User credentials";
        return Err(ApiError::new("ValidationError", message));
    }
    let user = User { user_id: cx.account.to_owned(), arn: cx.arn("root"), create_date: Iso(Timestamp::UNIX_EPOCH) };
    Ok(GetUserResult { user })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ListAccountAliases {
    #[serde(rename = "Marker")]
    _marker: Option<String>,
    #[serde(rename = "MaxItems")]
    _max_items: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListAccountAliasesResult {
    account_aliases: [(); 0],
    is_truncated: bool,
}

/// The account has no alias, so that one page holds all.
pub(crate) fn list_account_aliases(
    _: &mut Context<'_>,
    _: ListAccountAliases,
) -> Result<ListAccountAliasesResult, ApiError> {
    Ok(ListAccountAliasesResult { account_aliases: [], is_truncated: false })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ListInstanceProfilesForRole {
    role_name: String,
    #[serde(rename = "Marker")]
    _marker: Option<String>,
    #[serde(rename = "MaxItems")]
    _max_items: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListInstanceProfilesForRoleResult {
    instance_profiles: [(); 0],
    is_truncated: bool,
}

/// There are no instance profiles, so that one page holds all.
pub(crate) fn list_instance_profiles_for_role(
    cx: &mut Context<'_>,
    input: ListInstanceProfilesForRole,
) -> Result<ListInstanceProfilesForRoleResult, ApiError> {
    role::find(cx, &input.role_name)?;
    Ok(ListInstanceProfilesForRoleResult { instance_profiles: [], is_truncated: false })
}
