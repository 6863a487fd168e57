//! Services to and from the API.

use super::{
    AvailabilityZoneRebalancing, Capacity, CircuitBreaker, DeploymentConfiguration, PropagateTags, Service,
    ServiceLoadBalancer,
};
use crate::{
    ecs::{CapacityProviderStrategyItem, live::number},
    live::prelude::*,
};
use aws_sdk_ecs::types::{self, AssignPublicIp, AwsVpcConfiguration, LaunchType, LoadBalancer, NetworkConfiguration};
use model::{ClusterArn, In, Percent, SecurityGroupId, SubnetId, TargetGroupArn, TaskDefinitionArn};
use std::collections::BTreeSet;

/// The service as the API reports it.
pub(super) fn inputs(service: &types::Service) -> Result<Service> {
    let vpc = service.network_configuration().and_then(|network| network.awsvpc_configuration());
    let strategy = service.capacity_provider_strategy();
    let load_balancer = |it: &LoadBalancer| {
        Ok(ServiceLoadBalancer {
            target_group: TargetGroupArn::new(it.target_group_arn().or_missing("targetGroupArn")?).into(),
            container_name: it.container_name().or_missing("containerName")?.to_owned(),
            container_port: number("containerPort", i64::from(it.container_port().or_missing("containerPort")?))?,
        })
    };
    Ok(Service {
        cluster: ClusterArn::new(service.cluster_arn().or_missing("clusterArn")?).into(),
        task_definition: TaskDefinitionArn::new(service.task_definition().or_missing("taskDefinition")?).into(),
        desired_count: Some(number("desiredCount", service.desired_count())?),
        capacity: match service.launch_type() {
            _ if !strategy.is_empty() => Capacity::CapacityProviderStrategy(
                strategy.iter().map(CapacityProviderStrategyItem::from_api).collect::<Result<_>>()?,
            ),
            Some(LaunchType::Fargate) => Capacity::Fargate,
            other => Capacity::Other(text(other)),
        },
        platform_version: service.platform_version().map(str::to_owned),
        deployment_configuration: DeploymentConfiguration::from_api(service.deployment_configuration())?,
        subnets: vpc.map(|vpc| set(vpc.subnets(), SubnetId::new)).unwrap_or_default(),
        security_groups: vpc.map(|vpc| set(vpc.security_groups(), SecurityGroupId::new)).unwrap_or_default(),
        assign_public_ip: vpc.and_then(|vpc| vpc.assign_public_ip()) == Some(&AssignPublicIp::Enabled),
        load_balancers: service.load_balancers().iter().map(load_balancer).collect::<Result<_>>()?,
        health_check_grace_period: service
            .health_check_grace_period_seconds()
            .map(|it| number("healthCheckGracePeriodSeconds", i64::from(it)))
            .transpose()?,
        enable_execute_command: service.enable_execute_command(),
        propagate_tags: match service.propagate_tags() {
            Some(word) => parsed("propagateTags", Some(word.as_str()))?,
            None => PropagateTags::None,
        },
        enable_ecs_managed_tags: service.enable_ecs_managed_tags(),
        // ECS API Reference, UpdateService: a service that never had a value is treated as if it were disabled.
        availability_zone_rebalancing: Some(match service.availability_zone_rebalancing() {
            Some(word) => parsed("availabilityZoneRebalancing", Some(word.as_str()))?,
            None => AvailabilityZoneRebalancing::Disabled,
        }),
    })
}

fn set<T: Ord>(ids: &[String], id: impl Fn(String) -> T) -> BTreeSet<In<T>> {
    ids.iter().map(|text| In::Value(id(text.clone()))).collect()
}

impl Service {
    /// This service with what it does not manage as it is in `live`.
    pub(super) fn over(&self, live: &Self) -> Self {
        Self {
            desired_count: self.desired_count.or(live.desired_count),
            platform_version: self.platform_version.clone().or_else(|| live.platform_version.clone()),
            health_check_grace_period: self.health_check_grace_period.or(live.health_check_grace_period),
            availability_zone_rebalancing: self.availability_zone_rebalancing.or(live.availability_zone_rebalancing),
            ..self.clone()
        }
    }

    /// Empty for the launch type: that is how UpdateService goes back to it.
    pub(super) fn strategy(&self) -> Result<Vec<types::CapacityProviderStrategyItem>> {
        match &self.capacity {
            Capacity::Fargate => Ok(Vec::new()),
            Capacity::CapacityProviderStrategy(items) => {
                items.iter().map(CapacityProviderStrategyItem::to_api).collect()
            }
            Capacity::Other(launch_type) => Err(Fault::Inputs(format!("a service cannot be put on `{launch_type}`"))),
        }
    }

    pub(super) fn network(&self) -> Result<NetworkConfiguration> {
        let subnets: Result<_> = self.subnets.iter().map(|id| Ok(id.known()?.to_string())).collect();
        let groups: Result<_> = self.security_groups.iter().map(|id| Ok(id.known()?.to_string())).collect();
        let public = if self.assign_public_ip { AssignPublicIp::Enabled } else { AssignPublicIp::Disabled };
        let vpc = AwsVpcConfiguration::builder()
            .set_subnets(Some(subnets?))
            .set_security_groups(Some(groups?))
            .assign_public_ip(public)
            .build()
            .map_err(|error| Fault::Inputs(error.to_string()))?;
        Ok(NetworkConfiguration::builder().awsvpc_configuration(vpc).build())
    }

    pub(super) fn targets(&self) -> Result<Vec<LoadBalancer>> {
        let target = |it: &ServiceLoadBalancer| {
            let target = LoadBalancer::builder().target_group_arn(it.target_group.known()?.as_str());
            Ok(target.container_name(&it.container_name).container_port(it.container_port.get().into()).build())
        };
        self.load_balancers.iter().map(target).collect()
    }

    pub(super) fn grace_period(&self) -> Result<Option<i32>> {
        self.health_check_grace_period.map(|it| number("health_check_grace_period", it.get())).transpose()
    }
}

impl DeploymentConfiguration {
    pub(super) fn to_api(self) -> types::DeploymentConfiguration {
        let breaker = types::DeploymentCircuitBreaker::builder()
            .enable(self.circuit_breaker != CircuitBreaker::Disabled)
            .rollback(self.circuit_breaker == CircuitBreaker::Rollback)
            .build();
        types::DeploymentConfiguration::builder()
            .minimum_healthy_percent(self.minimum_healthy_percent.get().into())
            .maximum_percent(self.maximum_percent.get().into())
            .deployment_circuit_breaker(breaker)
            .build()
    }

    /// What the API leaves out is the default. ECS API Reference, DeploymentConfiguration.
    fn from_api(deployment: Option<&types::DeploymentConfiguration>) -> Result<Self> {
        let percent = |field, value: Option<i32>, default| {
            value.map_or(Ok(default), |value| number::<_, Percent>(field, i64::from(value)))
        };
        let breaker = deployment.and_then(|it| it.deployment_circuit_breaker()).filter(|breaker| breaker.enable());
        Ok(Self {
            minimum_healthy_percent: percent(
                "minimumHealthyPercent",
                deployment.and_then(|it| it.minimum_healthy_percent()),
                Percent::new(100),
            )?,
            maximum_percent: percent(
                "maximumPercent",
                deployment.and_then(|it| it.maximum_percent()),
                Percent::new(200),
            )?,
            circuit_breaker: match breaker {
                None => CircuitBreaker::Disabled,
                Some(breaker) if breaker.rollback() => CircuitBreaker::Rollback,
                Some(_) => CircuitBreaker::Enabled,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_configuration_is_read_as_it_was_written() {
        for circuit_breaker in [CircuitBreaker::Disabled, CircuitBreaker::Enabled, CircuitBreaker::Rollback] {
            let written = DeploymentConfiguration { circuit_breaker, ..DeploymentConfiguration::default() };
            assert_eq!(DeploymentConfiguration::from_api(Some(&written.to_api())), Ok(written));
        }
        let unset = DeploymentConfiguration::from_api(None).unwrap();
        assert_eq!(unset.circuit_breaker, CircuitBreaker::Disabled);
    }

    #[test]
    fn what_the_api_reports_is_read() {
        let vpc = AwsVpcConfiguration::builder().subnets("subnet-2").subnets("subnet-1").build().unwrap();
        let service = types::Service::builder()
            .cluster_arn("arn:aws:ecs:us-east-1:123456789012:cluster/main")
            .task_definition("arn:aws:ecs:us-east-1:123456789012:task-definition/web:1")
            .desired_count(2)
            .launch_type(LaunchType::Fargate)
            .platform_version("LATEST")
            .network_configuration(NetworkConfiguration::builder().awsvpc_configuration(vpc).build())
            .build();
        let read = inputs(&service).unwrap();
        assert_eq!(read.capacity, Capacity::Fargate);
        assert_eq!(read.subnets, [SubnetId::new("subnet-1").into(), SubnetId::new("subnet-2").into()].into());
        assert_eq!(read.propagate_tags, PropagateTags::None);
        let unmanaged = Service { desired_count: None, platform_version: None, ..read.clone() };
        assert_eq!(unmanaged.over(&read), read);
    }
}
