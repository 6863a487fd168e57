use super::{
    AvailabilityZoneRebalancing, Capacity, CircuitBreaker, DeploymentConfiguration, PropagateTags, Service,
    ServiceLoadBalancer, ServiceOutputs, rollout,
};
use crate::{
    ecs::{
        CapacityProviderStrategyItem,
        live::{from_tags, number, only_missing, retag, to_tags},
    },
    live::prelude::*,
};
use aws_sdk_ecs::types::{
    self, AssignPublicIp, AwsVpcConfiguration, DesiredStatus, LaunchType, LoadBalancer, NetworkConfiguration,
    ServiceField,
};
use futures::future::try_join_all;
use model::{ClusterArn, In, Percent, SecurityGroupId, SubnetId, TargetGroupArn, TaskDefinitionArn};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

impl Provider<Aws> for Service {
    /// ECS API Reference, DescribeServices.
    const BATCH: usize = 10;
    /// A deployment starts tasks, waits for their health checks and drains the old ones, wave after wave.
    const TIMEOUT: Duration = Duration::from_secs(30 * 60);

    async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
        let mut clusters: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for id in ids {
            clusters.entry(cluster_of(id)?).or_default().push(id.to_string());
        }
        let services = try_join_all(clusters.into_iter().map(|(cluster, arns)| describe(aws, cluster, arns))).await?;
        try_join_all(services.iter().flatten().filter(|service| exists(service)).map(|service| live(aws, service)))
            .await
    }

    async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
        let (launch_type, strategy) = match &self.capacity {
            Capacity::Fargate => (Some(LaunchType::Fargate), None),
            Capacity::CapacityProviderStrategy(_) => (None, Some(self.strategy()?)),
        };
        let reply = aws
            .ecs
            .create_service()
            .client_token(&new.token)
            .service_name(&new.name)
            .cluster(self.cluster.known()?.as_str())
            .task_definition(self.task_definition.known()?.as_str())
            .desired_count(number("desired_count", self.desired_count.unwrap_or(1))?)
            .set_launch_type(launch_type)
            .set_capacity_provider_strategy(strategy)
            .set_platform_version(self.platform_version.clone())
            .deployment_configuration(self.deployment_configuration.to_api())
            .network_configuration(self.network()?)
            .set_load_balancers(Some(self.targets()?))
            .set_health_check_grace_period_seconds(self.grace_period()?)
            .enable_execute_command(self.enable_execute_command)
            .propagate_tags(self.propagate_tags.as_str().into())
            .enable_ecs_managed_tags(self.enable_ecs_managed_tags)
            .set_availability_zone_rebalancing(self.availability_zone_rebalancing.map(|word| word.as_str().into()))
            .set_tags(Some(to_tags(&new.tags)))
            .send()
            .await
            .or_fault()?;
        Ok(Id::new(reply.service().and_then(|service| service.service_arn()).or_missing("serviceArn")?))
    }

    async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
        let same_name = describe(aws, self.cluster.known()?.as_str(), vec![new.name.clone()]).await?;
        let ours = same_name.iter().filter(|service| {
            service.status() == Some("ACTIVE") && from_tags(service.tags()).get(TOKEN_TAG) == Some(&new.token)
        });
        only(ours.filter_map(|service| service.service_arn()).map(Id::new))
    }

    /// One call, so that everything that needs a deployment comes with the same one.
    async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
        let old = &live.inputs;
        let wanted = self.over(old);
        if wanted == *old {
            return Ok(());
        }
        let capacity = wanted.capacity != old.capacity;
        let network = (&wanted.subnets, &wanted.security_groups, wanted.assign_public_ip)
            != (&old.subnets, &old.security_groups, old.assign_public_ip);
        let targets = wanted.load_balancers != old.load_balancers;
        aws.ecs
            .update_service()
            .cluster(cluster_of(&live.id)?)
            .service(live.id.as_str())
            .set_task_definition(match changed(&wanted.task_definition, &old.task_definition) {
                Some(revision) => Some(revision.known()?.to_string()),
                None => None,
            })
            .set_desired_count(match changed(&wanted.desired_count, &old.desired_count) {
                Some(Some(count)) => Some(number("desired_count", *count)?),
                _ => None,
            })
            .set_capacity_provider_strategy(if capacity { Some(wanted.strategy()?) } else { None })
            // ECS refuses another strategy without it.
            .force_new_deployment(capacity)
            .set_platform_version(changed(&wanted.platform_version, &old.platform_version).cloned().flatten())
            .set_deployment_configuration(
                changed(&wanted.deployment_configuration, &old.deployment_configuration)
                    .map(DeploymentConfiguration::to_api),
            )
            .set_network_configuration(if network { Some(wanted.network()?) } else { None })
            .set_load_balancers(if targets { Some(wanted.targets()?) } else { None })
            .set_health_check_grace_period_seconds(
                match changed(&wanted.health_check_grace_period, &old.health_check_grace_period) {
                    Some(_) => wanted.grace_period()?,
                    None => None,
                },
            )
            .set_enable_execute_command(changed(&wanted.enable_execute_command, &old.enable_execute_command).copied())
            .set_propagate_tags(changed(&wanted.propagate_tags, &old.propagate_tags).map(|word| word.as_str().into()))
            .set_enable_ecs_managed_tags(
                changed(&wanted.enable_ecs_managed_tags, &old.enable_ecs_managed_tags).copied(),
            )
            .set_availability_zone_rebalancing(
                changed(&wanted.availability_zone_rebalancing, &old.availability_zone_rebalancing)
                    .and_then(|word| word.map(|word| word.as_str().into())),
            )
            .send()
            .await
            .or_fault()
            .map(drop)
    }

    async fn delete(aws: &Aws, id: &Id) -> Result<()> {
        let call = aws.ecs.delete_service().cluster(cluster_of(id)?).service(id.as_str());
        call.force(true).send().await.or_fault().map(drop)
    }

    async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
        retag(aws, id, set, remove).await
    }
}

impl Service {
    /// This service with what it does not manage as it is in `live`.
    fn over(&self, live: &Self) -> Self {
        Self {
            desired_count: self.desired_count.or(live.desired_count),
            platform_version: self.platform_version.clone().or_else(|| live.platform_version.clone()),
            health_check_grace_period: self.health_check_grace_period.or(live.health_check_grace_period),
            availability_zone_rebalancing: self.availability_zone_rebalancing.or(live.availability_zone_rebalancing),
            ..self.clone()
        }
    }

    /// Empty for the launch type: that is how UpdateService goes back to it.
    fn strategy(&self) -> Result<Vec<types::CapacityProviderStrategyItem>> {
        match &self.capacity {
            Capacity::Fargate => Ok(Vec::new()),
            Capacity::CapacityProviderStrategy(items) => {
                items.iter().map(CapacityProviderStrategyItem::to_api).collect()
            }
        }
    }

    fn network(&self) -> Result<NetworkConfiguration> {
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

    fn targets(&self) -> Result<Vec<LoadBalancer>> {
        let target = |it: &ServiceLoadBalancer| {
            let target = LoadBalancer::builder().target_group_arn(it.target_group.known()?.as_str());
            Ok(target.container_name(&it.container_name).container_port(it.container_port.get().into()).build())
        };
        self.load_balancers.iter().map(target).collect()
    }

    fn grace_period(&self) -> Result<Option<i32>> {
        self.health_check_grace_period.map(|it| number("health_check_grace_period", it.get())).transpose()
    }
}

impl DeploymentConfiguration {
    fn to_api(&self) -> types::DeploymentConfiguration {
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

/// The cluster stands in the ARN, `..:service/<cluster>/<name>`, and every call wants it.
fn cluster_of(id: &Id) -> Result<&str> {
    let mut parts = id.as_str().split('/').skip(1);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(cluster), Some(_), None) => Ok(cluster),
        _ => Err(Fault::Inputs(format!("`{id}` is not the ARN of a service: it ends in `service/<cluster>/<name>`"))),
    }
}

async fn describe(aws: &Aws, cluster: &str, services: Vec<String>) -> Result<Vec<types::Service>> {
    let call = aws.ecs.describe_services().cluster(cluster).set_services(Some(services));
    match call.include(ServiceField::Tags).send().await.or_fault() {
        Ok(reply) => {
            only_missing(reply.failures())?;
            Ok(reply.services.unwrap_or_default())
        }
        // The cluster is gone, and its services with it.
        Err(Fault::NotFound) => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

/// ECS keeps showing services that are deleted.
fn exists(service: &types::Service) -> bool {
    service.status() != Some("INACTIVE")
}

async fn live(aws: &Aws, service: &types::Service) -> Result<Live<Service>> {
    let arn = service.service_arn().or_missing("serviceArn")?;
    let stopped = if rollout::tasks_fail(service) { stopped_tasks(aws, service).await? } else { Vec::new() };
    Ok(Live {
        id: Id::new(arn),
        inputs: inputs(service)?,
        outputs: ServiceOutputs {
            arn: arn.to_owned(),
            name: service.service_name().or_missing("serviceName")?.to_owned(),
        },
        tags: Some(from_tags(service.tags())),
        status: rollout::status(service, &stopped),
    })
}

/// The tasks that stopped lately, which say why a deployment does not get on. ECS shows them for about an hour.
async fn stopped_tasks(aws: &Aws, service: &types::Service) -> Result<Vec<types::Task>> {
    let call = aws.ecs.list_tasks().set_cluster(service.cluster_arn.clone()).desired_status(DesiredStatus::Stopped);
    let listed = call.set_service_name(service.service_name.clone()).max_results(10).send().await.or_fault()?;
    if listed.task_arns().is_empty() {
        return Ok(Vec::new());
    }
    let call = aws.ecs.describe_tasks().set_cluster(service.cluster_arn.clone());
    let reply = call.set_tasks(Some(listed.task_arns().to_vec())).send().await.or_fault()?;
    Ok(reply.tasks.unwrap_or_default())
}

fn inputs(service: &types::Service) -> Result<Service> {
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
            other => return Err(Fault::Inputs(format!("the launch type {} is not known here", text(other)))),
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

fn changed<'a, T: PartialEq>(wanted: &'a T, live: &T) -> Option<&'a T> {
    (wanted != live).then_some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cluster_stands_in_the_arn() {
        let id = Id::new("arn:aws:ecs:us-east-1:123456789012:service/main/web");
        assert_eq!(cluster_of(&id), Ok("main"));
        assert!(cluster_of(&Id::new("arn:aws:ecs:us-east-1:123456789012:service/web")).is_err());
    }

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
