//! How deployments go.
//!
//! AWS: ECS API Reference, DeploymentConfiguration.

use serde::{Deserialize, Serialize};

use crate::ecs::error::{invalid_parameter, unsupported};
use crate::wire::ApiError;

/// The configuration of a service, complete.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeploymentConfiguration {
    pub(crate) deployment_circuit_breaker: DeploymentCircuitBreaker,
    pub(crate) maximum_percent: u32,
    pub(crate) minimum_healthy_percent: u32,
    strategy: Strategy,
    bake_time_in_minutes: u32,
    alarms: Option<DeploymentAlarms>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeploymentCircuitBreaker {
    pub(crate) enable: bool,
    pub(crate) rollback: bool,
}

/// Alarms that are not watched; there is no CloudWatch here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeploymentAlarms {
    alarm_names: Vec<String>,
    rollback: bool,
    enable: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Strategy {
    #[default]
    Rolling,
    BlueGreen,
    Linear,
    Canary,
}

/// What a request says about it: what it leaves out stays as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Change {
    deployment_circuit_breaker: Option<DeploymentCircuitBreaker>,
    maximum_percent: Option<u32>,
    minimum_healthy_percent: Option<u32>,
    alarms: Option<DeploymentAlarms>,
    strategy: Option<Strategy>,
    bake_time_in_minutes: Option<u32>,
    #[serde(default)]
    lifecycle_hooks: Vec<serde_json::Value>,
}

impl Default for DeploymentConfiguration {
    fn default() -> Self {
        DeploymentConfiguration {
            deployment_circuit_breaker: DeploymentCircuitBreaker::default(),
            maximum_percent: 200,
            minimum_healthy_percent: 100,
            strategy: Strategy::Rolling,
            bake_time_in_minutes: 0,
            alarms: None,
        }
    }
}

impl DeploymentConfiguration {
    pub(super) fn changed(self, change: Change) -> Result<Self, ApiError> {
        super::refuse("deployment lifecycle hooks", &change.lifecycle_hooks)?;
        let new = DeploymentConfiguration {
            deployment_circuit_breaker: change.deployment_circuit_breaker.unwrap_or(self.deployment_circuit_breaker),
            maximum_percent: change.maximum_percent.unwrap_or(self.maximum_percent),
            minimum_healthy_percent: change.minimum_healthy_percent.unwrap_or(self.minimum_healthy_percent),
            strategy: change.strategy.unwrap_or(self.strategy),
            bake_time_in_minutes: change.bake_time_in_minutes.unwrap_or(self.bake_time_in_minutes),
            alarms: change.alarms.or(self.alarms),
        };
        if new.strategy != Strategy::Rolling || new.bake_time_in_minutes != 0 {
            return Err(unsupported("The local cloud models no deployment strategy but ROLLING."));
        }
        if new.alarms.as_ref().is_some_and(|alarms| alarms.enable) {
            return Err(unsupported("The local cloud does not model deployment alarms."));
        }
        new.check()?;
        Ok(new)
    }

    fn check(&self) -> Result<(), ApiError> {
        let (minimum, maximum) = (self.minimum_healthy_percent, self.maximum_percent);
        if minimum == 100 && maximum == 100 {
            return Err(invalid_parameter(
                "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
            ));
        }
        if minimum > 100 {
            return Err(invalid_parameter("minimumHealthyPercent must be less than or equal to 100."));
        }
        if maximum < 100 {
            return Err(invalid_parameter("maximumPercent must be greater than or equal to 100."));
        }
        Ok(())
    }
}
