//! How a service stands, as a person wants to see it: its deployments, tasks, targets and last events.
//!
//! This is for looking only. What the engine decides on, it reads through the kinds.

mod services;
mod targets;
mod tasks;

use super::Aws;
use engine::Result;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// Which service to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceKey {
    /// The ARN or name of its cluster.
    pub cluster: String,
    /// Its own ARN or name.
    pub service: String,
}

/// How one service stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceStatus {
    /// Its name.
    pub name: String,
    /// The name of its cluster.
    pub cluster: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// How many tasks there should be.
    pub desired: u32,
    /// How many run.
    pub running: u32,
    /// How many are on their way to run.
    pub pending: u32,
    /// The primary deployment first.
    pub deployments: Vec<DeploymentStatus>,
    /// The tasks that run, or are starting or stopping.
    pub tasks: Vec<TaskStatus>,
    /// The target groups that its tasks are registered in.
    pub target_groups: Vec<TargetGroupStatus>,
    /// What ECS has told last, the newest first.
    pub events: Vec<ServiceEvent>,
}

/// One deployment of a service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeploymentStatus {
    /// Its id.
    pub id: String,
    /// `PRIMARY`, `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// Family and revision of the task definition.
    pub task_definition: String,
    /// `IN_PROGRESS`, `COMPLETED` or `FAILED`.
    pub rollout: String,
    /// Why the rollout stands as it does.
    pub reason: Option<String>,
    /// How many tasks it should have.
    pub desired: u32,
    /// How many of them run.
    pub running: u32,
    /// How many are on their way to run.
    pub pending: u32,
    /// How many failed to start.
    pub failed: u32,
    /// When it was made.
    pub created: Option<Timestamp>,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskStatus {
    /// Its id, without the rest of its ARN.
    pub id: String,
    /// Family and revision of its task definition.
    pub task_definition: String,
    /// `PENDING`, `RUNNING`, `DEACTIVATING`, ..
    pub status: String,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`, as its own health check finds.
    pub health: String,
    /// The Availability Zone.
    pub zone: Option<String>,
    /// The private address.
    pub address: Option<String>,
    /// When it began to run.
    pub started: Option<Timestamp>,
    /// Why it stops, once it does.
    pub stopped_reason: Option<String>,
}

/// A target group and the health of its targets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TargetGroupStatus {
    /// Its name.
    pub name: String,
    /// What share of the requests rules send it; `None` when no rule of the given listeners forwards to it.
    pub weight: Option<u32>,
    /// Its targets.
    pub targets: Vec<TargetStatus>,
}

/// One target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TargetStatus {
    /// Its address.
    pub address: String,
    /// Its port.
    pub port: Option<u16>,
    /// `healthy`, `initial`, `unhealthy`, `draining`, ..
    pub state: String,
    /// Why, in the load balancer's words.
    pub description: Option<String>,
}

/// One thing that ECS has told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceEvent {
    /// When.
    pub at: Option<Timestamp>,
    /// What.
    pub message: String,
}

/// Looks at services. `listeners` are those whose rules tell the weights of target groups.
///
/// # Errors
/// Whatever keeps the cloud from answering.
pub async fn services(aws: &Aws, keys: &[ServiceKey], listeners: &[String]) -> Result<Vec<ServiceStatus>> {
    let weights = targets::weights(aws, listeners).await?;
    let mut found = Vec::new();
    for key in keys {
        let Some((mut service, groups)) = services::describe(aws, key).await? else { continue };
        let (tasks, target_groups) =
            futures::try_join!(tasks::of_service(aws, key), targets::groups(aws, &groups, &weights))?;
        service.tasks = tasks;
        service.target_groups = target_groups;
        found.push(service);
    }
    Ok(found)
}

/// By the ARN of a target group, the share of requests that rules forward to it.
type Weights = BTreeMap<String, u32>;

/// What stands behind the last slash of an ARN.
fn last_part(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or(arn).to_owned()
}

fn time(at: Option<&aws_smithy_types::DateTime>) -> Option<Timestamp> {
    at.and_then(|at| Timestamp::new(at.secs(), at.subsec_nanos().try_into().ok()?).ok())
}

fn count(number: i32) -> u32 {
    number.try_into().unwrap_or(0)
}
