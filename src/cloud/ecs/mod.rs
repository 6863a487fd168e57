//! ECS: clusters, task definitions, services and tasks on Fargate.

mod account_setting;
mod capacity_provider;
mod cluster;
mod cluster_update;
mod cluster_view;
mod error;
mod interface;
mod overview;
mod page;
mod reference;
mod scheduler;
mod service;
mod service_deployment;
mod tag;
mod target;
mod task;
mod task_definition;

#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::operation::{Protocol, Service, operations};
use crate::table::tables;

pub(crate) use overview::overview;
pub(crate) use scheduler::{advance, observe};
pub(crate) use task::{ContainerLogs, Health as ContainerHealth, Status as TaskStatus, Task};
pub(crate) use task_definition::{
    ContainerDefinition, DependencyCondition, HealthCheck as ContainerHealthCheck, find as find_task_definition,
};

tables! {
    /// What ECS keeps in one region.
    Tables {
        /// Clusters by name, also those that were deleted lately.
        clusters: cluster::Cluster,
        /// The families of task definitions, by name.
        families: task_definition::Family,
        /// Task definitions by family and revision.
        task_definitions: task_definition::TaskDefinition,
        /// Services by cluster and name, also inactive ones.
        services: service::Service,
        /// Deployments of services by cluster, service and id, also those that are over.
        service_deployments: service_deployment::ServiceDeployment,
        /// What was deployed, by cluster, service and id.
        service_revisions: service_deployment::ServiceRevision,
        /// Tasks by cluster and id, also those that stopped lately.
        tasks: task::Task,
        /// The account settings that were put, by name.
        account_settings: account_setting::AccountSetting,
    }
}

/// How ECS is spoken, and what it can do.
pub(crate) const SERVICE: Service = Service {
    name: "ecs",
    signing_name: "ecs",
    protocol: Protocol::Json { target: "AmazonEC2ContainerServiceV20141113" },
    global: false,
    read_after_write: Duration::ZERO,
    prepare: |_| (),
    operations: OPERATIONS,
};

operations! {
    ContinueServiceDeployment => service_deployment::continue_service_deployment;
    CreateCluster => cluster::create_cluster;
    CreateService => service::create_service;
    DeleteCluster => cluster::delete_cluster;
    DeleteService => service::delete_service;
    DeleteTaskDefinitions => task_definition::delete_task_definitions;
    DeregisterTaskDefinition => task_definition::deregister_task_definition;
    DescribeCapacityProviders => capacity_provider::describe_capacity_providers;
    DescribeClusters => cluster_view::describe_clusters;
    DescribeServiceDeployments => service_deployment::describe_service_deployments;
    DescribeServiceRevisions => service_deployment::describe_service_revisions;
    DescribeServices => service::describe_services;
    DescribeTaskDefinition => task_definition::describe_task_definition;
    DescribeTasks => task::describe_tasks;
    ListAccountSettings => account_setting::list_account_settings;
    ListClusters => cluster::list_clusters;
    ListServiceDeployments => service_deployment::list_service_deployments;
    ListServices => service::list_services;
    ListServicesByNamespace => service::list_services_by_namespace;
    ListTagsForResource => tag::list_tags_for_resource;
    ListTaskDefinitionFamilies => task_definition::list_task_definition_families;
    ListTaskDefinitions => task_definition::list_task_definitions;
    ListTasks => task::list_tasks;
    PutAccountSetting => account_setting::put_account_setting;
    PutClusterCapacityProviders => cluster_update::put_cluster_capacity_providers;
    RegisterTaskDefinition => task_definition::register_task_definition;
    RunTask => task::run_task;
    StopServiceDeployment => service_deployment::stop_service_deployment;
    StopTask => task::stop_task;
    TagResource => tag::tag_resource;
    UntagResource => tag::untag_resource;
    UpdateCluster => cluster_update::update_cluster;
    UpdateClusterSettings => cluster_update::update_cluster_settings;
    UpdateService => service::update_service;
}

/// How long `since` is ago at `now`; nothing if it is yet to come.
fn elapsed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}

/// `wait` after `now`, if there is such a time.
fn later(now: Timestamp, wait: Duration) -> Option<Timestamp> {
    now.checked_add(SignedDuration::try_from(wait).ok()?).ok()
}
