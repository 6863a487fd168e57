#[cfg(feature = "live")]
mod live;

use crate::words::words;
use model::{In, LogGroupName, Port, Seconds};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One container of a task.
///
/// A revision is registered as a whole, so a field that is `None` is absent, rather than not managed.
///
/// AWS: ECS API Reference, ContainerDefinition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// The image, with a tag or a digest.
    pub image: In<String>,
    /// Whether the whole task stops when this container does.
    pub essential: bool,
    /// The ports it listens on.
    pub port_mappings: BTreeSet<PortMapping>,
    /// Environment variables, readable by whoever may describe the task definition.
    pub environment: BTreeMap<String, In<String>>,
    /// Environment variables whose values ECS reads when the task starts: the ARN of a Secrets Manager secret (which
    /// may go on with `:json-key:version-stage:version-id`) or of a Systems Manager parameter.
    pub secrets: BTreeMap<String, In<String>>,
    /// Takes the place of the image's `ENTRYPOINT`; empty leaves that as it is.
    pub entry_point: Vec<String>,
    /// Takes the place of the image's `CMD`; empty leaves that as it is.
    pub command: Vec<String>,
    /// The directory the command starts in, if not the image's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<String>,
    /// The user, and group after a colon, that the command runs as, if not the image's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Whether the container cannot write to its image's file system.
    pub readonly_root_filesystem: bool,
    /// Where volumes of the task are mounted.
    pub mount_points: BTreeSet<MountPoint>,
    /// Whether an init process forwards signals to the command and reaps its orphans.
    pub init_process_enabled: bool,
    /// Limits on the resources of its processes.
    pub ulimits: BTreeMap<UlimitName, Ulimit>,
    /// How ECS sees whether the container is healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check: Option<HealthCheck>,
    /// How long the container may take to end after SIGTERM, before SIGKILL; at most 120 on Fargate.
    pub stop_timeout: Seconds,
    /// Where its output goes. Without it, nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_configuration: Option<AwsLogs>,
}

impl Container {
    /// How long ECS waits after SIGTERM when nothing else is said.
    pub const STOP_TIMEOUT: Seconds = Seconds::new(30);

    /// An essential container of `image`, otherwise as AWS would have it.
    pub fn new(image: impl Into<In<String>>) -> Self {
        Self {
            image: image.into(),
            essential: true,
            port_mappings: BTreeSet::new(),
            environment: BTreeMap::new(),
            secrets: BTreeMap::new(),
            entry_point: Vec::new(),
            command: Vec::new(),
            working_directory: None,
            user: None,
            readonly_root_filesystem: false,
            mount_points: BTreeSet::new(),
            init_process_enabled: false,
            ulimits: BTreeMap::new(),
            health_check: None,
            stop_timeout: Self::STOP_TIMEOUT,
            log_configuration: None,
        }
    }
}

/// A port that a container listens on. Each task has addresses of its own, so it is the same port from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PortMapping {
    /// The port.
    pub container_port: Port,
    /// The protocol spoken on it.
    pub protocol: TransportProtocol,
}

impl PortMapping {
    /// A TCP port.
    pub fn tcp(container_port: Port) -> Self {
        Self { container_port, protocol: TransportProtocol::Tcp }
    }
}

/// A volume in the file system of a container.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MountPoint {
    /// The name of one of the task's volumes.
    pub source_volume: String,
    /// Where it is mounted, such as `/tmp`.
    pub container_path: String,
    /// Whether the container cannot write to it.
    pub read_only: bool,
}

/// A command that ECS runs in the container and that succeeds while the container is healthy.
///
/// AWS: ECS API Reference, HealthCheck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// `CMD` and the words of the command, or `CMD-SHELL` and one text for the shell.
    pub command: Vec<String>,
    /// From one check to the next; 5 to 300, AWS's default is 30.
    pub interval: Seconds,
    /// How long a check may take; 2 to 60, AWS's default is 5.
    pub timeout: Seconds,
    /// How many checks in a row must fail before the container is unhealthy; 1 to 10, AWS's default is 3.
    pub retries: u8,
    /// How long failed checks do not count after the start; 0 to 300, AWS's default is 0.
    pub start_period: Seconds,
}

impl HealthCheck {
    /// A command for the container's shell, checked as often as AWS does by default.
    pub fn shell(command: impl Into<String>) -> Self {
        Self {
            command: vec!["CMD-SHELL".to_owned(), command.into()],
            interval: Seconds::new(30),
            timeout: Seconds::new(5),
            retries: 3,
            start_period: Seconds::new(0),
        }
    }
}

/// Output that goes to CloudWatch Logs, through the log driver `awslogs`.
///
/// AWS: ECS API Reference, LogConfiguration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsLogs {
    /// The log group.
    pub group: In<LogGroupName>,
    /// The region of the log group.
    pub region: String,
    /// The streams are named `<prefix>/<container>/<task id>`.
    pub stream_prefix: String,
}

/// A limit on the processes of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ulimit {
    /// What a process gets; it may raise this up to the hard limit.
    pub soft: u32,
    /// What no process gets beyond.
    pub hard: u32,
}

words! {
    /// A transport protocol.
    TransportProtocol {
        /// TCP.
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
    }

    /// What a [`Ulimit`] is about, in the words of `setrlimit`.
    UlimitName {
        /// Bytes of a core file.
        Core = "core",
        /// Seconds of CPU time.
        Cpu = "cpu",
        /// Bytes of the data segment.
        Data = "data",
        /// Bytes of a file written.
        Fsize = "fsize",
        /// File locks.
        Locks = "locks",
        /// Bytes locked in memory.
        Memlock = "memlock",
        /// Bytes in message queues.
        Msgqueue = "msgqueue",
        /// The highest priority, as 20 minus the nice value.
        Nice = "nice",
        /// Open files.
        Nofile = "nofile",
        /// Processes of the user.
        Nproc = "nproc",
        /// Bytes resident in memory.
        Rss = "rss",
        /// The highest real-time priority.
        Rtprio = "rtprio",
        /// Microseconds of real-time CPU time without a blocking call.
        Rttime = "rttime",
        /// Signals queued.
        Sigpending = "sigpending",
        /// Bytes of the stack.
        Stack = "stack",
    }
}
