//! What a task needs from outside of its VPC before it can start: its image, its secrets, its log stream.

use super::plan::{Container, Image};
use crate::plane::network::{Network, Verdict};

/// The port of AWS's endpoints.
const HTTPS: u16 = 443;

/// Refuses a container whose task cannot reach what it needs.
///
/// AWS: ECS Developer Guide, "Troubleshooting Amazon ECS ResourceInitializationError errors".
pub(super) fn check(network: &Network, interface: &str, container: &Container, region: &str) -> Result<(), String> {
    if network.egress(interface, HTTPS) == Verdict::Open {
        return Ok(());
    }
    if !container.secrets.is_empty() {
        return Err(format!(
            "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secrets: There is \
             a connection issue between the task and AWS Secrets Manager. Check your task network configuration. \
             RequestError: send request failed caused by: Post \"https://secretsmanager.{region}.amazonaws.com/\": dial \
             tcp: i/o timeout"
        ));
    }
    Err(match &container.image {
        Image::Own(_) => format!(
            "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth \
             from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network \
             configuration. RequestError: send request failed caused by: Post \
             \"https://api.ecr.{region}.amazonaws.com/\": dial tcp: i/o timeout"
        ),
        Image::Foreign(image) => format!(
            "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref {image}: \
             failed to do request: dial tcp: i/o timeout"
        ),
    })
}
