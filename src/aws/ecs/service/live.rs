use super::{Capacity, Service, ServiceOutputs, mapping::inputs, rollout};
use crate::{
    ecs::live::{from_tags, number, only_missing, retag, to_tags},
    live::prelude::*,
};
use aws_sdk_ecs::types::{self, DesiredStatus, LaunchType, ServiceField};
use futures::future::try_join_all;
use std::{collections::BTreeMap, time::Duration};

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
            Capacity::CapacityProviderStrategy(_) | Capacity::Other(_) => (None, Some(self.strategy()?)),
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
                    .map(|configuration| configuration.to_api()),
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
        Err(Fault::NotFound(_)) => Ok(Vec::new()),
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
}
