mod firewall;
mod policies;
mod resources;
#[cfg(test)]
mod tests;

use crate::{ClusterRefs, Image, NetworkRefs, Rollout, TrafficRefs};
use aws::{
    Policy,
    ec2::SecurityGroupRefs,
    ecs::{self, Capacity, CapacityProvider, CapacityProviderStrategyItem, HealthCheck, TaskDefinitionRefs},
    iam::{Role, RolePolicy, RoleRefs},
    logs::{LogGroup, LogGroupRefs, Retention},
};
use model::{FargateSize, In, LogRetention, Options, Problem, Seconds, SecretArn, Stack};
use std::collections::{BTreeMap, BTreeSet};

/// A service of Fargate tasks that a load balancer sends requests to.
///
/// Its roles may do what these tasks need and nothing else; only the load balancer reaches its tasks; a deployment
/// starts new tasks before it stops old ones, and is rolled back when they fail.
#[derive(Clone, Debug)]
#[must_use = "a module declares nothing before `build`"]
pub struct Service<I = NoImage> {
    image: I,
    settings: Settings,
}

/// Everything about a [`Service`] but its image.
#[derive(Clone, Debug)]
struct Settings {
    name: String,
    cluster: ClusterRefs,
    network: NetworkRefs,
    traffic: TrafficRefs,
    size: FargateSize,
    count: u32,
    capacity: Capacity,
    environment: BTreeMap<String, In<String>>,
    secrets: BTreeMap<String, In<SecretArn>>,
    policies: Vec<Policy>,
    user: String,
    health_check: Option<HealthCheck>,
    starts_within: Seconds,
    log_retention: Retention,
    rollout: Rollout,
    protect: bool,
}

/// Stands where a [`Service`] lacks its image: [`Service::image`] gives it one, and only then can it be built.
#[derive(Clone, Copy, Debug)]
pub struct NoImage;

/// What [`Service::build`] has declared.
#[derive(Clone, Debug)]
pub struct ServiceRefs {
    /// The service.
    pub service: ecs::ServiceRefs,
    /// The current revision of what its tasks consist of.
    pub task_definition: TaskDefinitionRefs,
    /// The role with which ECS pulls the image, reads the secrets and writes the logs.
    pub execution_role: RoleRefs,
    /// The role that the application has.
    pub task_role: RoleRefs,
    /// The security group of the tasks.
    pub security_group: SecurityGroupRefs,
    /// Where the application's output goes.
    pub log_group: LogGroupRefs,
}

/// AWS: ECS Developer Guide, "Amazon ECS endpoints and quotas", tasks per service.
const MOST_TASKS: u32 = 5000;

impl Service {
    /// Two tasks of the smallest size. It lacks an image.
    pub fn new(name: impl Into<String>, cluster: &ClusterRefs, network: &NetworkRefs, traffic: &TrafficRefs) -> Self {
        // Named as a strategy rather than as a launch type, so that Fargate Spot can join without a detour.
        let fargate = CapacityProviderStrategyItem { capacity_provider: CapacityProvider::Fargate, weight: 1, base: 0 };
        let settings = Settings {
            name: name.into(),
            cluster: cluster.clone(),
            network: network.clone(),
            traffic: traffic.clone(),
            size: FargateSize::CPU_256_MIB_512,
            count: 2,
            capacity: Capacity::CapacityProviderStrategy(BTreeSet::from([fargate])),
            environment: BTreeMap::new(),
            secrets: BTreeMap::new(),
            policies: Vec::new(),
            user: "10001:10001".to_owned(),
            health_check: None,
            starts_within: Seconds::new(30),
            log_retention: Retention::Days(LogRetention::DAYS_30),
            rollout: Rollout::Rolling,
            protect: false,
        };
        Self { image: NoImage, settings }
    }

    /// What its tasks run.
    pub fn image(self, image: Image) -> Service<Image> {
        Service { image, settings: self.settings }
    }
}

impl<I> Service<I> {
    /// CPU and memory of each task.
    pub fn size(mut self, size: FargateSize) -> Self {
        self.settings.size = size;
        self
    }

    /// How many tasks run; at most 5000.
    pub fn count(mut self, count: u32) -> Self {
        self.settings.count = count;
        self
    }

    /// What the tasks run on, if not on Fargate on demand.
    pub fn capacity(mut self, capacity: Capacity) -> Self {
        self.settings.capacity = capacity;
        self
    }

    /// Gives the application an environment variable, readable by whoever may describe the task definition.
    pub fn environment(mut self, name: impl Into<String>, value: impl Into<In<String>>) -> Self {
        self.settings.environment.insert(name.into(), value.into());
        self
    }

    /// Gives the application an environment variable whose value ECS reads when a task starts: a secret of Secrets
    /// Manager or a parameter of Systems Manager.
    pub fn secret(mut self, name: impl Into<String>, arn: impl Into<In<SecretArn>>) -> Self {
        self.settings.secrets.insert(name.into(), arn.into());
        self
    }

    /// Lets the application do more than nothing.
    pub fn allow(mut self, policy: Policy) -> Self {
        self.settings.policies.push(policy);
        self
    }

    /// The user, and group after a colon, that the application runs as, if not as 10001:10001.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.settings.user = user.into();
        self
    }

    /// A command by which ECS itself sees whether a task is healthy, besides the checks of the load balancer. The
    /// image must hold what the command needs.
    pub fn health_check(mut self, health_check: HealthCheck) -> Self {
        self.settings.health_check = Some(health_check);
        self
    }

    /// How long a task may take until it serves. Failed health checks do not count for so long.
    pub fn starts_within(mut self, starts_within: Seconds) -> Self {
        self.settings.starts_within = starts_within;
        self
    }

    /// How long the application's output is kept, if not for 30 days.
    pub fn log_retention(mut self, log_retention: Retention) -> Self {
        self.settings.log_retention = log_retention;
        self
    }

    /// How a new version comes to get the requests, if not by a rolling deployment.
    pub fn rollout(mut self, rollout: Rollout) -> Self {
        self.settings.rollout = rollout;
        self
    }

    /// Refuses every plan that would delete or replace the logs.
    pub fn protect(mut self) -> Self {
        self.settings.protect = true;
        self
    }
}

impl Service<Image> {
    /// Declares the service.
    #[track_caller]
    pub fn build(self, stack: &mut Stack) -> ServiceRefs {
        let Self { image, settings } = self;
        let Settings { name, network, traffic, count, .. } = &settings;
        if *count > MOST_TASKS {
            let message = format!("a service has at most {MOST_TASKS} tasks, not {count}");
            stack.problem(format!("service.{name}"), Problem::new("count", message));
        }
        let security_group = firewall::build(stack, name, network, traffic);
        let options = if settings.protect { Options::new().prevent_destroy() } else { Options::new() };
        let log_group = LogGroup { retention: settings.log_retention, kms_key: None };
        let log_group = stack.add_with(name, log_group, options);
        let execution_role = role(stack, &format!("{name}-execution"), format!("Starts the tasks of {name}"));
        for (purpose, policy) in policies::execution(&image, &log_group, settings.secrets.values()) {
            let policy = RolePolicy { role: execution_role.name(), policy };
            stack.add(&format!("{name}-execution-{purpose}"), policy);
        }
        let task_role = role(stack, &format!("{name}-task"), format!("The application in the tasks of {name}"));
        if let Some(policy) = settings.policies.iter().cloned().reduce(Policy::and) {
            stack.add(&format!("{name}-task"), RolePolicy { role: task_role.name(), policy });
        }
        let task_definition = settings.task_definition(&image, &log_group, [&execution_role, &task_role]);
        let task_definition = stack.add(name, task_definition);
        // ECS refuses a service whose target group no load balancer uses yet.
        let options = Options::new().depends_on(traffic.listener.address()).depends_on(traffic.rule.address());
        let service = stack.add_with(name, settings.service(&task_definition, &security_group), options);
        settings.roll_out(stack, &service);
        ServiceRefs { service, task_definition, execution_role, task_role, security_group, log_group }
    }
}

#[track_caller]
fn role(stack: &mut Stack, name: &str, description: String) -> RoleRefs {
    let description = Some(description);
    stack.add(name, Role { description, ..Role::new(Policy::trust("ecs-tasks.amazonaws.com")) })
}
