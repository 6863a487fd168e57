mod check;
mod container;
#[cfg(feature = "live")]
mod live;
mod serving;

pub use container::{AwsLogs, Container, HealthCheck, MountPoint, PortMapping, TransportProtocol, Ulimit, UlimitName};

use crate::words::words;
use derive::{Outputs, Resource};
use model::{FargateSize, In, RoleArn, TaskDefinitionArn};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a Fargate task consists of. ECS keeps every revision as it was registered, so any change is a new revision, and
/// a field that is `None` is absent, rather than not managed.
///
/// AWS: ECS API Reference, RegisterTaskDefinition; ECS Developer Guide, "Amazon ECS task definition parameters for
/// Fargate".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "ecs.task_definition", outputs = TaskDefinitionOutputs, versioned, check, serving)]
pub struct TaskDefinition {
    /// CPU and memory of the whole task.
    #[on_change(replace)]
    pub size: FargateSize,
    /// The processor its images are built for. The operating system is Linux.
    #[on_change(replace)]
    pub cpu_architecture: CpuArchitecture,
    /// The role with which ECS pulls images, reads secrets and writes logs for the task.
    #[on_change(replace)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_role: Option<In<RoleArn>>,
    /// The role that the containers have.
    #[on_change(replace)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_role: Option<In<RoleArn>>,
    /// The containers, by name.
    #[on_change(replace)]
    pub containers: BTreeMap<String, Container>,
    /// The names of empty directories that containers can mount; they live as long as the task.
    #[on_change(replace)]
    pub volumes: BTreeSet<String>,
    /// The disk space of the whole task in GiB: 20, which costs nothing more, to 200.
    #[on_change(replace)]
    pub ephemeral_storage: u16,
}

words! {
    /// A processor.
    CpuArchitecture {
        /// 64-bit Intel and AMD.
        X86 = "X86_64",
        /// AWS Graviton.
        Arm64 = "ARM64",
    }
}

impl TaskDefinition {
    /// The disk space in GiB that every Fargate task has.
    /// AWS: ECS Developer Guide, "Fargate task ephemeral storage for Amazon ECS".
    pub const EPHEMERAL_STORAGE: u16 = 20;

    /// A task of that size with one container, and without roles.
    pub fn new(size: FargateSize, name: impl Into<String>, container: Container) -> Self {
        Self {
            size,
            cpu_architecture: CpuArchitecture::X86,
            execution_role: None,
            task_role: None,
            containers: BTreeMap::from([(name.into(), container)]),
            volumes: BTreeSet::new(),
            ephemeral_storage: Self::EPHEMERAL_STORAGE,
        }
    }
}

/// What ECS tells about a revision of a task definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct TaskDefinitionOutputs {
    /// The ARN of this revision, `arn:aws:ecs:..:task-definition/<family>:<revision>`.
    pub arn: TaskDefinitionArn,
    /// The name that all revisions share.
    pub family: String,
    /// The number of this revision; the first is 1.
    pub revision: u32,
}
