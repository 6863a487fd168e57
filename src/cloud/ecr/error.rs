//! The errors of ECR in AWS's words.
//!
//! AWS: ECR API Reference, the errors of each action.

use crate::context::Context;
use crate::paging::InvalidToken;
use crate::tags::TagError;
use crate::wire::ApiError;

pub(super) const INVALID_PARAMETER: &str = "InvalidParameterException";

/// A parameter whose value is wrong.
pub(super) fn invalid(parameter: &str, reason: &str) -> ApiError {
    let message = format!("Invalid parameter at '{parameter}' failed to satisfy constraint: '{reason}'");
    ApiError::new(INVALID_PARAMETER, message)
}

/// An error about a repository: `what` happened to `the repository with name '..' in the registry with id '..'`.
pub(super) fn about_repository(cx: &Context<'_>, code: &'static str, what: &str, name: &str) -> ApiError {
    let message = format!("{what} the repository with name '{name}' in the registry with id '{}'", cx.account);
    ApiError::new(code, message)
}

pub(super) fn invalid_token(_: InvalidToken) -> ApiError {
    invalid("nextToken", "The token is not valid")
}

pub(super) fn tag_error(error: &TagError) -> ApiError {
    let code =
        if matches!(error, TagError::TooMany(_)) { "TooManyTagsException" } else { "InvalidTagParameterException" };
    ApiError::new(code, error.to_string())
}
