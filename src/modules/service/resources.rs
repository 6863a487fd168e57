//! A service's tasks and the service itself, as its settings want them.

use super::Settings;
use crate::Image;
use aws::{
    ec2::SecurityGroupRefs,
    ecs::{
        AvailabilityZoneRebalancing, AwsLogs, Container, DeploymentConfiguration, HealthCheck, PortMapping,
        PropagateTags, Service, ServiceLoadBalancer, ServiceRefs, TaskDefinition, TaskDefinitionRefs,
    },
    iam::RoleRefs,
    logs::LogGroupRefs,
};
use model::{Seconds, Stack};
use std::collections::BTreeSet;

/// How much longer than its longest request a task may take to end, in seconds.
const STOP_MARGIN: u32 = 5;
/// What Fargate allows for a stop. AWS: ECS API Reference, ContainerDefinition, stopTimeout.
const LONGEST_STOP: u32 = 120;

impl Settings {
    pub(super) fn task_definition(
        &self,
        image: &Image,
        log_group: &LogGroupRefs,
        [execution_role, task_role]: [&RoleRefs; 2],
    ) -> TaskDefinition {
        TaskDefinition {
            execution_role: Some(execution_role.arn()),
            task_role: Some(task_role.arn()),
            ..TaskDefinition::new(self.size, &self.name, self.container(image, log_group))
        }
    }

    fn container(&self, image: &Image, log_group: &LogGroupRefs) -> Container {
        let stop_timeout = (self.traffic.max_request.get() + STOP_MARGIN).min(LONGEST_STOP);
        let health_check = self.health_check.clone();
        Container {
            port_mappings: BTreeSet::from([PortMapping::tcp(self.traffic.port)]),
            environment: self.environment.clone(),
            secrets: self.secrets.iter().map(|(name, arn)| (name.clone(), arn.clone().text())).collect(),
            user: Some(self.user.clone()),
            readonly_root_filesystem: true,
            init_process_enabled: true,
            health_check: health_check.map(|check| HealthCheck { start_period: self.starts_within, ..check }),
            stop_timeout: Seconds::new(stop_timeout),
            log_configuration: Some(AwsLogs {
                group: log_group.name(),
                region: self.network.region.to_string(),
                stream_prefix: self.name.clone(),
            }),
            ..Container::new(image.uri.clone())
        }
    }

    /// Declares how a new version comes to get the requests.
    #[track_caller]
    pub(super) fn roll_out(&self, stack: &mut Stack, service: &ServiceRefs) {
        if let Some(problem) = self.rollout.problems() {
            stack.problem(format!("service.{}", self.name), problem);
        }
        let Some([step_bake, bake]) = self.rollout.bakes() else { return };
        stack.rolls_out(model::Rollout {
            service: service.address().clone(),
            version: BTreeSet::from(["task_definition".to_owned()]),
            serving: self.traffic.blue.address().clone(),
            idle: self.traffic.green.address().clone(),
            shares: self.rollout.shares(),
            step_bake,
            bake,
        });
    }

    pub(super) fn service(&self, task_definition: &TaskDefinitionRefs, security_group: &SecurityGroupRefs) -> Service {
        let grace = i64::from(self.starts_within) + i64::from(self.traffic.detection());
        // Beyond a week there is no longer time to name than the start alone.
        let grace = Seconds::try_from(grace).unwrap_or(self.starts_within);
        Service {
            cluster: self.cluster.cluster.arn(),
            task_definition: task_definition.arn(),
            desired_count: Some(self.count),
            capacity: self.capacity.clone(),
            platform_version: None,
            deployment_configuration: DeploymentConfiguration::default(),
            subnets: self.network.task_subnets(),
            security_groups: BTreeSet::from([security_group.id()]),
            assign_public_ip: self.network.tasks_are_public(),
            load_balancers: BTreeSet::from([ServiceLoadBalancer {
                target_group: self.traffic.blue.arn(),
                container_name: self.name.clone(),
                container_port: self.traffic.port,
            }]),
            health_check_grace_period: Some(grace),
            enable_execute_command: false,
            propagate_tags: PropagateTags::Service,
            enable_ecs_managed_tags: true,
            availability_zone_rebalancing: Some(AvailabilityZoneRebalancing::Enabled),
        }
    }
}
