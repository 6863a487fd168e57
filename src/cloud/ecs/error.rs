//! ECS's errors.
//!
//! AWS: ECS API Reference, Common errors and the errors of each operation. Their messages stand in no reference: they
//! are what users report to have seen.

use crate::wire::ApiError;

pub(super) fn invalid_parameter(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterException", message)
}

pub(super) fn client(message: impl Into<String>) -> ApiError {
    ApiError::new("ClientException", message)
}

/// For what AWS can do and this cloud cannot.
pub(super) fn unsupported(message: impl Into<String>) -> ApiError {
    ApiError::new("UnsupportedFeatureException", message)
}

pub(super) fn cluster_not_found() -> ApiError {
    ApiError::new("ClusterNotFoundException", "Cluster not found.")
}

pub(super) fn service_not_found() -> ApiError {
    ApiError::new("ServiceNotFoundException", "Service not found.")
}

pub(super) fn service_not_active() -> ApiError {
    ApiError::new("ServiceNotActiveException", "Service was not ACTIVE.")
}

pub(super) fn resource_not_found() -> ApiError {
    ApiError::new(
        "ResourceNotFoundException",
        "The specified resource cannot be found. Specify a valid resource ARN and try again.",
    )
}

pub(super) fn service_deployment_not_found() -> ApiError {
    ApiError::new("ServiceDeploymentNotFoundException", "The service deployment could not be found.")
}
