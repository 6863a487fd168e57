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
    pub(crate) strategy: Strategy,
    pub(crate) bake_time_in_minutes: u32,
    alarms: Option<DeploymentAlarms>,
    #[serde(default)]
    pub(crate) lifecycle_hooks: Vec<LifecycleHook>,
    pub(crate) linear_configuration: Option<LinearConfiguration>,
    pub(crate) canary_configuration: Option<CanaryConfiguration>,
}

/// What has to be waited for at some stages of a deployment (AWS: ECS API Reference, DeploymentLifecycleHook). Lambda
/// functions are not modelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LifecycleHook {
    #[serde(default)]
    target_type: HookTarget,
    hook_target_arn: Option<String>,
    role_arn: Option<String>,
    pub(crate) lifecycle_stages: Vec<HookStage>,
    hook_details: Option<serde_json::Value>,
    pub(crate) timeout_configuration: Option<HookTimeout>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum HookTarget {
    #[default]
    AwsLambda,
    Pause,
}

/// The stages of a deployment that can have hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum HookStage {
    ReconcileService,
    PreScaleUp,
    PostScaleUp,
    TestTrafficShift,
    PostTestTrafficShift,
    PreProductionTrafficShift,
    ProductionTrafficShift,
    PostProductionTrafficShift,
}

/// AWS: ECS API Reference, DeploymentLifecycleHookTimeoutConfiguration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct HookTimeout {
    pub(crate) timeout_in_minutes: Option<u32>,
    pub(crate) action: Option<TimeoutAction>,
}

/// What is to become of a deployment that a hook holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum TimeoutAction {
    Continue,
    #[default]
    Rollback,
}

/// AWS: ECS API Reference, LinearConfiguration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LinearConfiguration {
    #[serde(default = "ten")]
    pub(crate) step_percent: f64,
    #[serde(default = "six")]
    pub(crate) step_bake_time_in_minutes: u32,
}

/// AWS: ECS API Reference, CanaryConfiguration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CanaryConfiguration {
    #[serde(default = "five")]
    pub(crate) canary_percent: f64,
    #[serde(default = "ten_minutes")]
    pub(crate) canary_bake_time_in_minutes: u32,
}

impl Default for LinearConfiguration {
    fn default() -> Self {
        LinearConfiguration { step_percent: ten(), step_bake_time_in_minutes: six() }
    }
}

impl Default for CanaryConfiguration {
    fn default() -> Self {
        CanaryConfiguration { canary_percent: five(), canary_bake_time_in_minutes: ten_minutes() }
    }
}

fn ten() -> f64 {
    10.0
}

fn six() -> u32 {
    6
}

fn five() -> f64 {
    5.0
}

fn ten_minutes() -> u32 {
    10
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
pub(crate) enum Strategy {
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
    lifecycle_hooks: Option<Vec<LifecycleHook>>,
    linear_configuration: Option<LinearConfiguration>,
    canary_configuration: Option<CanaryConfiguration>,
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
            lifecycle_hooks: Vec::new(),
            linear_configuration: None,
            canary_configuration: None,
        }
    }
}

impl DeploymentConfiguration {
    pub(super) fn changed(self, change: Change) -> Result<Self, ApiError> {
        let new = DeploymentConfiguration {
            deployment_circuit_breaker: change.deployment_circuit_breaker.unwrap_or(self.deployment_circuit_breaker),
            maximum_percent: change.maximum_percent.unwrap_or(self.maximum_percent),
            minimum_healthy_percent: change.minimum_healthy_percent.unwrap_or(self.minimum_healthy_percent),
            strategy: change.strategy.unwrap_or(self.strategy),
            bake_time_in_minutes: change.bake_time_in_minutes.unwrap_or(self.bake_time_in_minutes),
            alarms: change.alarms.or(self.alarms),
            lifecycle_hooks: change.lifecycle_hooks.unwrap_or(self.lifecycle_hooks),
            linear_configuration: change.linear_configuration.or(self.linear_configuration),
            canary_configuration: change.canary_configuration.or(self.canary_configuration),
        };
        if new.lifecycle_hooks.iter().any(|hook| hook.target_type == HookTarget::AwsLambda) {
            return Err(unsupported("The local cloud models no lifecycle hooks but those of the type PAUSE."));
        }
        if new.alarms.as_ref().is_some_and(|alarms| alarms.enable) {
            return Err(unsupported("The local cloud does not model deployment alarms."));
        }
        new.check()?;
        Ok(new)
    }

    /// Whether deployments shift traffic from one target group to another.
    pub(crate) fn shifts(&self) -> bool {
        self.strategy != Strategy::Rolling
    }

    fn check(&self) -> Result<(), ApiError> {
        let tenths = |percent: f64| (percent * 10.0).fract().abs() < 1e-9;
        let step = self.linear_configuration.unwrap_or_default().step_percent;
        if !(3.0..=100.0).contains(&step) || !tenths(step) {
            return Err(invalid_parameter("stepPercent must be a multiple of 0.1 from 3.0 to 100.0."));
        }
        let canary = self.canary_configuration.unwrap_or_default().canary_percent;
        if !(0.1..=100.0).contains(&canary) || !tenths(canary) {
            return Err(invalid_parameter("canaryPercent must be a multiple of 0.1 from 0.1 to 100.0."));
        }
        let steps = self.linear_configuration.map_or(0, |it| it.step_bake_time_in_minutes);
        let canaries = self.canary_configuration.map_or(0, |it| it.canary_bake_time_in_minutes);
        if [self.bake_time_in_minutes, steps, canaries].into_iter().any(|minutes| minutes > 1440) {
            return Err(invalid_parameter("A bake time must be between 0 and 1440 minutes."));
        }
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
