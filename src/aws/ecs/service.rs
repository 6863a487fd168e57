mod expand;
#[cfg(feature = "live")]
mod live;
#[cfg(feature = "live")]
mod mapping;
#[cfg(feature = "live")]
mod rollout;

use super::{CapacityProviderStrategyItem, capacity};
use crate::words::words;
use derive::{Outputs, Resource};
use model::{
    ClusterArn, In, Percent, Port, Problem, Seconds, SecurityGroupId, SubnetId, TargetGroupArn, TaskDefinitionArn,
    serving::{self, Fact, Registration, Strategy},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// A number of tasks that ECS keeps running on Fargate, and replaces by rolling deployments.
///
/// AWS: ECS API Reference, CreateService and UpdateService (which says of each parameter whether it starts a new
/// deployment).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "ecs.service", outputs = ServiceOutputs, check, expand, serving)]
pub struct Service {
    /// Where it lives.
    #[on_change(replace)]
    pub cluster: In<ClusterArn>,
    /// What its tasks consist of. A change starts a deployment.
    pub task_definition: In<TaskDefinitionArn>,
    /// How many tasks to keep running. `None` when autoscaling decides; a first service then starts with one, and
    /// one that takes the place of another with as many as that has.
    #[inherited]
    pub desired_count: Option<u32>,
    /// What its tasks run on. A change starts a deployment.
    #[unordered]
    pub capacity: Capacity,
    /// The Fargate platform, such as `1.4.0` or `LATEST`. A change starts a deployment.
    pub platform_version: Option<String>,
    /// How many tasks run while one deployment takes the place of another, and what happens if it cannot.
    pub deployment_configuration: DeploymentConfiguration,
    /// The subnets of its tasks, all of one VPC. A change starts a deployment.
    #[on_change(union_or_replace)]
    #[unordered]
    #[anchor("ec2.vpc")]
    pub subnets: BTreeSet<In<SubnetId>>,
    /// The security groups of its tasks; at most five. A change starts a deployment.
    #[on_change(union_or_replace)]
    #[unordered]
    #[anchor("ec2.vpc")]
    pub security_groups: BTreeSet<In<SecurityGroupId>>,
    /// Whether its tasks get public addresses. A change starts a deployment.
    #[on_change(union_first)]
    pub assign_public_ip: bool,
    /// Where its tasks are registered as targets. A change starts a deployment; a container that moves to another port
    /// is not at both at one time, so then a second service takes the place of the first.
    #[on_change(union_or_replace)]
    #[unordered]
    pub load_balancers: BTreeSet<ServiceLoadBalancer>,
    /// How long ECS ignores failed health checks of a task that has just started.
    pub health_check_grace_period: Option<Seconds>,
    /// Whether `aws ecs execute-command` can open a shell in its tasks; those started before are not affected.
    pub enable_execute_command: bool,
    /// Where new tasks get their tags from.
    pub propagate_tags: PropagateTags,
    /// Whether ECS puts the names of cluster and service on new tasks as tags.
    pub enable_ecs_managed_tags: bool,
    /// Whether ECS moves tasks until the Availability Zones have equally many.
    pub availability_zone_rebalancing: Option<AvailabilityZoneRebalancing>,
}

/// What the tasks of a service run on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// The launch type `FARGATE`: on-demand capacity.
    #[serde(rename = "FARGATE")]
    Fargate,
    /// Shares of capacity providers; those have to be associated with the cluster.
    CapacityProviderStrategy(BTreeSet<CapacityProviderStrategyItem>),
    /// Another launch type that somebody has put in its place: read, never declared.
    Other(String),
}

/// How a rolling deployment goes.
///
/// AWS: ECS API Reference, DeploymentConfiguration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentConfiguration {
    /// The fewest tasks that run meanwhile, as a percentage of the desired count, rounded up.
    pub minimum_healthy_percent: Percent,
    /// The most tasks that run or start meanwhile, as a percentage of the desired count, rounded down.
    pub maximum_percent: Percent,
    /// What happens when its tasks keep failing.
    pub circuit_breaker: CircuitBreaker,
}

impl Default for DeploymentConfiguration {
    /// New tasks first, then the old ones go; a deployment that fails is rolled back.
    fn default() -> Self {
        Self {
            minimum_healthy_percent: Percent::new(100),
            maximum_percent: Percent::new(200),
            circuit_breaker: CircuitBreaker::Rollback,
        }
    }
}

/// What happens when the tasks of a deployment keep failing.
///
/// AWS: ECS API Reference, DeploymentCircuitBreaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CircuitBreaker {
    /// ECS goes on trying.
    Disabled,
    /// The deployment fails.
    Enabled,
    /// The deployment fails and the last one that completed takes its place.
    Rollback,
}

/// A target group in which the tasks of a service are registered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ServiceLoadBalancer {
    /// The target group; a load balancer must use it already.
    pub target_group: In<TargetGroupArn>,
    /// The container that gets the requests.
    pub container_name: String,
    /// The port it gets them on.
    pub container_port: Port,
}

words! {
    /// Where tasks get their tags from.
    PropagateTags {
        /// They get none.
        None = "NONE",
        /// From the service.
        Service = "SERVICE",
        /// From the task definition.
        TaskDefinition = "TASK_DEFINITION",
    }

    /// Whether ECS moves tasks until the Availability Zones have equally many.
    AvailabilityZoneRebalancing {
        /// It does; the maximum percent must then be above 100.
        Enabled = "ENABLED",
        /// It does not.
        Disabled = "DISABLED",
    }
}

impl Service {
    fn facts(&self) -> Vec<Fact> {
        let DeploymentConfiguration { minimum_healthy_percent, maximum_percent, circuit_breaker } =
            self.deployment_configuration;
        let registration = |it: &ServiceLoadBalancer| Registration {
            target_group: (&it.target_group).into(),
            port: it.container_port.get(),
        };
        vec![Fact::Service(serving::Service {
            task: (&self.task_definition).into(),
            desired: self.desired_count,
            minimum_percent: minimum_healthy_percent.get().into(),
            maximum_percent: maximum_percent.get().into(),
            subnets: self.subnets.iter().map(Into::into).collect(),
            public: self.assign_public_ip,
            security_groups: self.security_groups.iter().map(Into::into).collect(),
            registrations: self.load_balancers.iter().map(registration).collect(),
            grace: self.health_check_grace_period.map(Seconds::get),
            stops_failing: circuit_breaker != CircuitBreaker::Disabled,
            strategy: Strategy::Rolling,
            revision: format!("{:?} {:?}", self.capacity, self.platform_version),
            early_success: false,
            namespace: None,
            alarms: BTreeSet::new(),
            machines_drain: None,
        })]
    }

    fn expand_field(field: &str, before: &Value, after: &Value) -> Option<Value> {
        expand::expand(field, before, after)
    }

    /// AWS: ECS API Reference, AwsVpcConfiguration; ECS Developer Guide, "Balancing an Amazon ECS service across
    /// Availability Zones".
    fn problems(&self) -> Vec<Problem> {
        let mut problems = match &self.capacity {
            Capacity::Fargate => Vec::new(),
            Capacity::CapacityProviderStrategy(strategy) if strategy.is_empty() => {
                vec![Problem::new("capacity", "the strategy has no capacity provider")]
            }
            Capacity::CapacityProviderStrategy(strategy) => capacity::problems("capacity", strategy),
            Capacity::Other(_) => vec![Problem::new("capacity", "a service runs on Fargate or by a strategy")],
        };
        let DeploymentConfiguration { minimum_healthy_percent, maximum_percent, .. } = self.deployment_configuration;
        let rebalances = self.availability_zone_rebalancing == Some(AvailabilityZoneRebalancing::Enabled);
        let rules = [
            (self.subnets.is_empty(), "subnets", "a service needs at least one subnet"),
            (self.subnets.len() > 16, "subnets", "a service has at most 16 subnets"),
            (self.security_groups.len() > 5, "security_groups", "a service has at most 5 security groups"),
            (self.load_balancers.len() > 5, "load_balancers", "a service has at most 5 target groups"),
            (
                maximum_percent.get() < 100 || minimum_healthy_percent.get() > 100,
                "deployment_configuration",
                "at least 100 percent may run at most, and at most 100 percent must stay healthy",
            ),
            (
                maximum_percent <= minimum_healthy_percent,
                "deployment_configuration",
                "a deployment can neither start a task nor stop one: raise the maximum or lower the minimum",
            ),
            (
                rebalances && maximum_percent.get() <= 100,
                "availability_zone_rebalancing",
                "tasks can move only when the maximum percent is above 100",
            ),
        ];
        problems.extend(
            rules.into_iter().filter(|(broken, ..)| *broken).map(|(_, field, message)| Problem::new(field, message)),
        );
        problems
    }
}

/// What ECS tells about a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct ServiceOutputs {
    /// `arn:aws:ecs:..:service/<cluster>/<name>`
    pub arn: String,
    /// The name, unique within the cluster.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ClusterArn, Resource as _, SubnetId, TaskDefinitionArn};

    fn service() -> Service {
        Service {
            cluster: ClusterArn::new("c").into(),
            task_definition: TaskDefinitionArn::new("t").into(),
            desired_count: Some(2),
            capacity: Capacity::Fargate,
            platform_version: None,
            deployment_configuration: DeploymentConfiguration::default(),
            subnets: [SubnetId::new("subnet-1").into()].into(),
            security_groups: BTreeSet::new(),
            assign_public_ip: false,
            load_balancers: BTreeSet::new(),
            health_check_grace_period: None,
            enable_execute_command: false,
            propagate_tags: PropagateTags::Service,
            enable_ecs_managed_tags: true,
            availability_zone_rebalancing: None,
        }
    }

    #[test]
    fn a_deployment_must_be_able_to_move() {
        assert_eq!(service().check(), []);
        let stuck =
            DeploymentConfiguration { maximum_percent: Percent::new(100), ..DeploymentConfiguration::default() };
        let problems = Service { deployment_configuration: stuck, ..service() }.check();
        assert!(matches!(&problems[..], [one] if one.field == "deployment_configuration"), "{problems:?}");
    }

    #[test]
    fn the_json_speaks_the_words_of_the_api() {
        let json = serde_json::to_value(service()).unwrap();
        assert_eq!(json["capacity"], "FARGATE");
        assert_eq!(json["propagate_tags"], "SERVICE");
        assert_eq!(serde_json::from_value::<Service>(json).unwrap(), service());
    }
}
