//! What names, paths and ARNs may look like, and the errors about what is not there.

use std::fmt::Display;

use crate::validate::Constraints;
use crate::wire::ApiError;

/// A name of at most `max` characters; `member` is the request's parameter, in camel case.
///
/// AWS: IAM API Reference, CreateRole, `RoleName`.
pub(super) fn check(member: &str, name: &str, max: usize) -> Result<(), ApiError> {
    Constraints::default().length(member, name, 1..=max).finish("ValidationError")?;
    if name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)) {
        return Ok(());
    }
    let message = format!(
        "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the \
         following: +=,.@_-"
    );
    Err(ApiError::new("ValidationError", message))
}

/// The path to use: `/` when none is given.
///
/// AWS: IAM API Reference, CreateRole, `Path`.
pub(super) fn path(given: Option<String>) -> Result<String, ApiError> {
    let path = given.unwrap_or_else(|| "/".to_owned());
    Constraints::default().length("path", &path, 1..=512).finish("ValidationError")?;
    let printable = path.chars().all(|c| ('\u{21}'..='\u{7f}').contains(&c));
    if path.starts_with('/') && path.ends_with('/') && printable {
        return Ok(path);
    }
    let message = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                   characters and/or / characters.";
    Err(ApiError::new("ValidationError", message))
}

/// A managed policy's ARN.
pub(super) fn check_policy_arn(arn: &str) -> Result<(), ApiError> {
    Constraints::default().length("policyArn", arn, 20..=2048).finish("ValidationError")?;
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts[..] {
        ["arn", _, "iam", "", _, resource] if resource.starts_with("policy/") => Ok(()),
        _ => Err(ApiError::new("ValidationError", format!("ARN {arn} is not valid."))),
    }
}

/// `kind` is AWS's word for the entity, such as `role`.
pub(super) fn no_such(kind: &str, name: impl Display) -> ApiError {
    no_such_entity(format!("The {kind} with name {name} cannot be found."))
}

/// The error for anything that is not there.
pub(super) fn no_such_entity(message: String) -> ApiError {
    ApiError::new("NoSuchEntity", message).status(404)
}

pub(super) fn already_exists(message: String) -> ApiError {
    ApiError::new("EntityAlreadyExists", message).status(409)
}

pub(super) fn delete_conflict(message: &str) -> ApiError {
    ApiError::new("DeleteConflict", message).status(409)
}

pub(super) fn limit_exceeded(message: impl Into<String>) -> ApiError {
    ApiError::new("LimitExceeded", message).status(409)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_checked() {
        assert!(check("roleName", "a+=,.@_-", 64).is_ok());
        assert!(check("roleName", &"a".repeat(65), 64).is_err());
        assert!(check("roleName", "a b", 64).is_err());
        assert_eq!(path(None).as_deref(), Ok("/"));
        assert!(path(Some("/a/b/".to_owned())).is_ok());
        assert!(path(Some("a/".to_owned())).is_err());
    }

    #[test]
    fn only_policies_have_policy_arns() {
        assert!(check_policy_arn("arn:aws:iam::aws:policy/AdministratorAccess").is_ok());
        assert!(check_policy_arn("arn:aws:iam::123456789012:role/a").is_err());
    }
}
