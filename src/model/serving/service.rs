use super::{Node, renamed};
use std::collections::BTreeSet;

/// Keeps a number of tasks running, and registered as targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What a task consists of.
    pub task: Node,
    /// How many tasks; `None` when another writer decides.
    pub desired: Option<u32>,
    /// The fewest tasks that run during a deployment, in per cent of the desired ones, rounded up.
    pub minimum_percent: u32,
    /// The most tasks that run during a deployment, in per cent of the desired ones, rounded down.
    pub maximum_percent: u32,
    /// Where its tasks stand.
    pub subnets: BTreeSet<Node>,
    /// Whether its tasks have public addresses.
    pub public: bool,
    /// The security groups of its tasks.
    pub security_groups: BTreeSet<Node>,
    /// Where its tasks are registered.
    pub registrations: BTreeSet<Registration>,
    /// How many seconds failed checks of a new task do not count.
    pub grace: Option<u32>,
    /// Whether a deployment that keeps failing is stopped.
    pub stops_failing: bool,
    /// How a deployment goes.
    pub strategy: Strategy,
    /// What else starts a deployment when it changes.
    pub revision: String,
    /// Whether a deployment counts as done before the old tasks are gone.
    pub early_success: bool,
    /// The namespace in which other services find it; its name is unique there.
    pub namespace: Option<Node>,
    /// The alarms that roll a deployment back.
    pub alarms: BTreeSet<Node>,
    /// Whether the machines it runs on wait until its tasks run elsewhere; `None` where there are no machines.
    pub machines_drain: Option<bool>,
}

/// A target group in which tasks are registered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Registration {
    /// The group.
    pub target_group: Node,
    /// The port that gets the requests.
    pub port: u16,
}

/// How a deployment goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// Task by task.
    #[default]
    Rolling,
    /// By weights on two groups, written by the service itself.
    BlueGreen,
    /// By another controller, which alone may start deployments.
    External,
}

/// What a task consists of, as far as it takes others to start one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// The roles it assumes.
    pub roles: BTreeSet<Node>,
    /// Where its output goes.
    pub log_groups: BTreeSet<Node>,
    /// What is read when it starts.
    pub secrets: BTreeSet<Node>,
    /// The images it pulls, as they are written.
    pub images: BTreeSet<String>,
    /// The repositories among the stack's own that images are pulled from.
    pub repositories: BTreeSet<Node>,
    /// How long it may take to end before it is killed, in seconds.
    pub stop_timeout: u32,
    /// Whether its command runs under a shell, which does not pass signals on.
    pub under_shell: bool,
}

/// Lets another writer decide how many tasks of a service run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaling {
    /// The service.
    pub service: Node,
    /// The fewest.
    pub minimum: u32,
    /// The most.
    pub maximum: u32,
}

impl Task {
    /// Everything that must be there when a task starts.
    pub fn needs(&self) -> impl Iterator<Item = &Node> {
        self.roles.iter().chain(&self.log_groups).chain(&self.secrets).chain(&self.repositories)
    }

    pub(super) fn renamed(self, name: &impl Fn(Node) -> Node) -> Self {
        Self {
            roles: renamed(self.roles, name),
            log_groups: renamed(self.log_groups, name),
            secrets: renamed(self.secrets, name),
            repositories: renamed(self.repositories, name),
            ..self
        }
    }
}

impl Service {
    pub(super) fn renamed(self, name: &impl Fn(Node) -> Node) -> Self {
        let registration = |it: Registration| Registration { target_group: name(it.target_group), ..it };
        Self {
            task: name(self.task),
            subnets: renamed(self.subnets, name),
            security_groups: renamed(self.security_groups, name),
            registrations: self.registrations.into_iter().map(registration).collect(),
            namespace: self.namespace.map(name),
            alarms: renamed(self.alarms, name),
            ..self
        }
    }
}
