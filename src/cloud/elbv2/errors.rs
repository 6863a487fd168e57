//! The errors of Elastic Load Balancing in AWS's words.
//!
//! AWS: Elastic Load Balancing API Reference, the errors of each action.

use crate::wire::ApiError;

/// A value that is wrong by itself.
pub(super) fn validation(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationError", message)
}

/// Values that do not go together.
pub(super) fn configuration(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidConfigurationRequest", message)
}

pub(super) fn not_permitted(message: impl Into<String>) -> ApiError {
    ApiError::new("OperationNotPermitted", message)
}

pub(super) fn load_balancer_not_found(arn: &str) -> ApiError {
    ApiError::new("LoadBalancerNotFound", format!("Load balancer '{arn}' not found"))
}

pub(super) fn target_group_not_found(arn: &str) -> ApiError {
    ApiError::new("TargetGroupNotFound", format!("Target group '{arn}' not found"))
}

pub(super) fn listener_not_found(arn: &str) -> ApiError {
    ApiError::new("ListenerNotFound", format!("Listener '{arn}' not found"))
}

pub(super) fn rule_not_found(arn: &str) -> ApiError {
    ApiError::new("RuleNotFound", format!("Rule '{arn}' not found"))
}
