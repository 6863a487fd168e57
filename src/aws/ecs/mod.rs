//! What runs: ECS's half of the kinds, for Fargate.

mod capacity;
mod cluster;
mod service;
mod task_definition;

pub use capacity::{CapacityProvider, CapacityProviderStrategyItem};
pub use cluster::{Cluster, ClusterOutputs, ClusterRefs, ContainerInsights};
pub use service::{
    AvailabilityZoneRebalancing, Capacity, CircuitBreaker, DeploymentConfiguration, PropagateTags, Service,
    ServiceLoadBalancer, ServiceOutputs, ServiceRefs,
};
pub use task_definition::{
    AwsLogs, Container, CpuArchitecture, HealthCheck, MountPoint, PortMapping, TaskDefinition, TaskDefinitionOutputs,
    TaskDefinitionRefs, TransportProtocol, Ulimit, UlimitName,
};

#[cfg(feature = "live")]
mod live;
