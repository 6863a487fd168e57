//! Container definitions: what a request says is what a reply says, with AWS's defaults filled in.
//!
//! AWS: ECS API Reference, ContainerDefinition.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One container of a task definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ContainerDefinition {
    /// The request may lack it, which is an error of its own.
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) image: String,
    pub(super) repository_credentials: Option<RepositoryCredentials>,
    #[serde(default)]
    pub(super) cpu: i32,
    pub(crate) memory: Option<i32>,
    pub(super) memory_reservation: Option<i32>,
    pub(super) links: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) port_mappings: Vec<PortMapping>,
    #[serde(default = "yes")]
    pub(super) essential: bool,
    pub(super) restart_policy: Option<ContainerRestartPolicy>,
    pub(crate) entry_point: Option<Vec<String>>,
    pub(crate) command: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) environment: Vec<KeyValuePair>,
    pub(super) environment_files: Option<Vec<EnvironmentFile>>,
    #[serde(default)]
    pub(super) mount_points: Vec<MountPoint>,
    #[serde(default)]
    pub(super) volumes_from: Vec<VolumeFrom>,
    pub(super) linux_parameters: Option<LinuxParameters>,
    pub(crate) secrets: Option<Vec<Secret>>,
    pub(crate) depends_on: Option<Vec<ContainerDependency>>,
    pub(super) start_timeout: Option<i32>,
    pub(crate) stop_timeout: Option<i32>,
    pub(crate) version_consistency: Option<VersionConsistency>,
    pub(super) hostname: Option<String>,
    pub(super) user: Option<String>,
    pub(crate) working_directory: Option<String>,
    pub(super) disable_networking: Option<bool>,
    pub(super) privileged: Option<bool>,
    pub(super) readonly_root_filesystem: Option<bool>,
    pub(super) dns_servers: Option<Vec<String>>,
    pub(super) dns_search_domains: Option<Vec<String>>,
    pub(super) extra_hosts: Option<Vec<HostEntry>>,
    pub(super) docker_security_options: Option<Vec<String>>,
    pub(super) interactive: Option<bool>,
    pub(super) pseudo_terminal: Option<bool>,
    pub(super) docker_labels: Option<BTreeMap<String, String>>,
    pub(super) ulimits: Option<Vec<Ulimit>>,
    pub(crate) log_configuration: Option<LogConfiguration>,
    pub(crate) health_check: Option<HealthCheck>,
    #[serde(default)]
    pub(super) system_controls: Vec<SystemControl>,
    pub(super) resource_requirements: Option<Vec<ResourceRequirement>>,
    pub(super) firelens_configuration: Option<FirelensConfiguration>,
    pub(super) credential_specs: Option<Vec<String>>,
}

fn yes() -> bool {
    true
}

/// Declares structures of the API: as they are in requests, so in storage and in replies.
macro_rules! structures {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            #[serde(rename_all = "camelCase", deny_unknown_fields)]
            pub(crate) struct $name { $($(#[$field_meta])* pub(crate) $field: $type,)* }
        )*
    };
}

structures! {
    RepositoryCredentials { credentials_parameter: String, }
    /// Its host port is filled in: equal to the container's under `awsvpc`.
    PortMapping {
        container_port: Option<i32>,
        host_port: Option<i32>,
        #[serde(default)]
        protocol: TransportProtocol,
        name: Option<String>,
        app_protocol: Option<ApplicationProtocol>,
        container_port_range: Option<String>,
    }
    ContainerRestartPolicy {
        enabled: bool,
        ignored_exit_codes: Option<Vec<i32>>,
        restart_attempt_period: Option<i32>,
    }
    KeyValuePair { name: Option<String>, value: Option<String>, }
    EnvironmentFile { value: String, r#type: EnvironmentFileType, }
    MountPoint { source_volume: Option<String>, container_path: Option<String>, read_only: Option<bool>, }
    VolumeFrom { source_container: Option<String>, read_only: Option<bool>, }
    LinuxParameters {
        capabilities: Option<KernelCapabilities>,
        devices: Option<Vec<Device>>,
        init_process_enabled: Option<bool>,
        shared_memory_size: Option<i32>,
        tmpfs: Option<Vec<Tmpfs>>,
        max_swap: Option<i32>,
        swappiness: Option<i32>,
    }
    KernelCapabilities { add: Option<Vec<String>>, drop: Option<Vec<String>>, }
    Device { host_path: String, container_path: Option<String>, permissions: Option<Vec<String>>, }
    Tmpfs { container_path: String, size: i32, mount_options: Option<Vec<String>>, }
    Secret { name: String, value_from: String, }
    ContainerDependency { container_name: String, condition: DependencyCondition, }
    HostEntry { hostname: String, ip_address: String, }
    Ulimit { name: UlimitName, soft_limit: i64, hard_limit: i64, }
    LogConfiguration {
        log_driver: LogDriver,
        options: Option<BTreeMap<String, String>>,
        secret_options: Option<Vec<Secret>>,
    }
    /// Its times are in seconds.
    HealthCheck {
        command: Vec<String>,
        #[serde(default = "thirty")]
        interval: i32,
        #[serde(default = "five")]
        timeout: i32,
        #[serde(default = "three")]
        retries: i32,
        start_period: Option<i32>,
    }
    SystemControl { namespace: Option<String>, value: Option<String>, }
    ResourceRequirement { value: String, r#type: String, }
    FirelensConfiguration { r#type: String, options: Option<BTreeMap<String, String>>, }
}

fn thirty() -> i32 {
    30
}

fn five() -> i32 {
    5
}

fn three() -> i32 {
    3
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TransportProtocol {
    #[default]
    Tcp,
    Udp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ApplicationProtocol {
    Http,
    Http2,
    Grpc,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum VersionConsistency {
    Enabled,
    Disabled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EnvironmentFileType {
    S3,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum DependencyCondition {
    Start,
    Complete,
    Success,
    Healthy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum UlimitName {
    Core,
    Cpu,
    Data,
    Fsize,
    Locks,
    Memlock,
    Msgqueue,
    Nice,
    Nofile,
    Nproc,
    Rss,
    Rtprio,
    Rttime,
    Sigpending,
    Stack,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogDriver {
    #[serde(rename = "json-file")]
    JsonFile,
    Syslog,
    Journald,
    Gelf,
    Fluentd,
    Awslogs,
    Splunk,
    Awsfirelens,
}

impl LogDriver {
    /// As requests name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            LogDriver::JsonFile => "json-file",
            LogDriver::Syslog => "syslog",
            LogDriver::Journald => "journald",
            LogDriver::Gelf => "gelf",
            LogDriver::Fluentd => "fluentd",
            LogDriver::Awslogs => "awslogs",
            LogDriver::Splunk => "splunk",
            LogDriver::Awsfirelens => "awsfirelens",
        }
    }
}

impl HealthCheck {
    /// Whether it checks anything: `NONE` switches off what the image has.
    pub(crate) fn is_on(&self) -> bool {
        self.command.first().is_some_and(|kind| kind != "NONE")
    }
}

impl ContainerDefinition {
    /// Whether the task ends with it.
    pub(crate) fn essential(&self) -> bool {
        self.essential
    }

    /// In units of which 1024 are a virtual processor.
    pub(crate) fn cpu(&self) -> i32 {
        self.cpu
    }

    /// Whether the image lies in ECR.
    pub(super) fn image_is_in_ecr(&self) -> bool {
        self.image.contains(".dkr.ecr.") && self.image.contains(".amazonaws.com")
    }
}
