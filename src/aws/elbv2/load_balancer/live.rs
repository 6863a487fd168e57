use super::{AccessLogs, LoadBalancer, LoadBalancerOutputs};
use crate::{
    elbv2::{
        attributes::{Attributes, Found},
        live::{arns, differs, known, ours, ours_among, retag, tags_of, to_tags},
    },
    live::prelude::*,
};
use aws_sdk_elasticloadbalancingv2::types::{
    self, LoadBalancerAttribute, LoadBalancerState, LoadBalancerStateEnum, LoadBalancerTypeEnum,
};
use futures::future::try_join_all;
use model::{DnsName, In, LoadBalancerArn, SecurityGroupId, SubnetId};

impl Provider<Aws> for LoadBalancer {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
        let describe = aws.elbv2.describe_load_balancers().set_load_balancer_arns(arns(ids));
        let (reply, tags) = futures::try_join!(async { describe.send().await.or_fault() }, tags_of(aws, ids))?;
        try_join_all(reply.load_balancers().iter().map(async |load_balancer| {
            let arn = load_balancer.load_balancer_arn().or_missing("LoadBalancerArn")?;
            Ok(Live {
                id: Id::new(arn),
                inputs: inputs(load_balancer, &attributes_of(aws, arn).await?)?,
                outputs: LoadBalancerOutputs {
                    arn: LoadBalancerArn::new(arn),
                    arn_suffix: arn.rsplit_once("loadbalancer/").map_or(arn, |(_, suffix)| suffix).to_owned(),
                    dns_name: DnsName::new(load_balancer.dns_name().or_missing("DNSName")?),
                    hosted_zone_id: load_balancer
                        .canonical_hosted_zone_id()
                        .or_missing("CanonicalHostedZoneId")?
                        .to_owned(),
                },
                tags: Some(tags.get(arn).cloned().unwrap_or_default()),
                status: status(load_balancer.state()),
            })
        }))
        .await
    }

    async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
        let call = aws.elbv2.create_load_balancer().name(&new.name).r#type(LoadBalancerTypeEnum::Application);
        let reply = call
            .scheme(self.scheme.as_str().into())
            .set_subnets(Some(known(&self.subnets)?))
            .set_security_groups(Some(known(&self.security_groups)?))
            .set_tags(to_tags(&new.tags))
            .send()
            .await
            .or_fault()?;
        let created = reply.load_balancers().first().and_then(|created| created.load_balancer_arn());
        ours(aws, created.or_missing("LoadBalancerArn")?, new).await
    }

    async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
        let reply = aws.elbv2.describe_load_balancers().names(&new.name).send().await.or_fault()?;
        ours_among(aws, reply.load_balancers().iter().filter_map(|found| found.load_balancer_arn()), new).await
    }

    async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
        let (arn, before) = (live.id.as_str(), &live.inputs);
        if self.security_groups != before.security_groups {
            let call = aws.elbv2.set_security_groups().load_balancer_arn(arn);
            call.set_security_groups(Some(known(&self.security_groups)?)).send().await.or_fault()?;
        }
        if self.subnets != before.subnets {
            let call = aws.elbv2.set_subnets().load_balancer_arn(arn);
            call.set_subnets(Some(known(&self.subnets)?)).send().await.or_fault()?;
        }
        if let Some(wanted) = differs(self.ip_address_type, before.ip_address_type) {
            let call = aws.elbv2.set_ip_address_type().load_balancer_arn(arn);
            call.ip_address_type(wanted.as_str().into()).send().await.or_fault()?;
        }
        let changed = attributes(self)?.unlike(&attributes(before)?);
        if !changed.is_empty() {
            let attribute = |(key, value)| LoadBalancerAttribute::builder().key(key).value(value).build();
            let changed = changed.into_iter().map(attribute).collect();
            let call = aws.elbv2.modify_load_balancer_attributes().load_balancer_arn(arn);
            call.set_attributes(Some(changed)).send().await.or_fault()?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &Id) -> Result<()> {
        aws.elbv2.delete_load_balancer().load_balancer_arn(id.as_str()).send().await.or_fault().map(drop)
    }

    async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
        retag(aws, id, set, remove).await
    }
}

fn status(state: Option<&LoadBalancerState>) -> Status {
    let reason = || state.and_then(|state| state.reason()).unwrap_or_default();
    match state.and_then(|state| state.code()) {
        // An impaired one still routes traffic (ELBv2 API Reference, LoadBalancerState).
        Some(LoadBalancerStateEnum::Active | LoadBalancerStateEnum::ActiveImpaired) => Status::Ready,
        Some(LoadBalancerStateEnum::Failed) => Status::Failed(format!("failed {}", reason()).trim().to_owned()),
        other => Status::Pending(format!("{} {}", text(other), reason()).trim().to_owned()),
    }
}

async fn attributes_of(aws: &Aws, arn: &str) -> Result<Found> {
    let call = aws.elbv2.describe_load_balancer_attributes().load_balancer_arn(arn);
    let reply = call.send().await.or_fault()?;
    Ok(reply.attributes().iter().map(|attribute| (attribute.key(), attribute.value())).collect())
}

fn inputs(found: &types::LoadBalancer, attributes: &Found) -> Result<LoadBalancer> {
    let subnet = |zone: &types::AvailabilityZone| {
        Ok(In::Value(SubnetId::new(zone.subnet_id().or_missing("AvailabilityZones.SubnetId")?)))
    };
    let access_logs = match attributes.parsed("access_logs.s3.enabled")? {
        None => None,
        Some(false) => Some(AccessLogs::Disabled),
        Some(true) => Some(AccessLogs::S3 {
            bucket: In::Value(attributes.parsed("access_logs.s3.bucket")?.or_missing("access_logs.s3.bucket")?),
            prefix: attributes.parsed("access_logs.s3.prefix")?.unwrap_or_default(),
        }),
    };
    Ok(LoadBalancer {
        scheme: parsed("Scheme", found.scheme().map(|scheme| scheme.as_str()))?,
        subnets: found.availability_zones().iter().map(subnet).collect::<Result<_>>()?,
        security_groups: found.security_groups().iter().map(|id| In::Value(SecurityGroupId::new(id))).collect(),
        ip_address_type: Some(parsed("IpAddressType", found.ip_address_type().map(|it| it.as_str()))?),
        deletion_protection: attributes.parsed("deletion_protection.enabled")?,
        idle_timeout: attributes.number("idle_timeout.timeout_seconds")?,
        client_keep_alive: attributes.number("client_keep_alive.seconds")?,
        drop_invalid_header_fields: attributes.parsed("routing.http.drop_invalid_header_fields.enabled")?,
        http2: attributes.parsed("routing.http2.enabled")?,
        preserve_host_header: attributes.parsed("routing.http.preserve_host_header.enabled")?,
        desync_mitigation_mode: attributes.parsed("routing.http.desync_mitigation_mode")?,
        access_logs,
    })
}

/// AWS: ELBv2 API Reference, LoadBalancerAttribute.
fn attributes(wanted: &LoadBalancer) -> Result<Attributes> {
    let mut attributes = Attributes::default();
    attributes.set("deletion_protection.enabled", wanted.deletion_protection);
    attributes.set("idle_timeout.timeout_seconds", wanted.idle_timeout);
    attributes.set("client_keep_alive.seconds", wanted.client_keep_alive);
    attributes.set("routing.http.drop_invalid_header_fields.enabled", wanted.drop_invalid_header_fields);
    attributes.set("routing.http2.enabled", wanted.http2);
    attributes.set("routing.http.preserve_host_header.enabled", wanted.preserve_host_header);
    attributes.set("routing.http.desync_mitigation_mode", wanted.desync_mitigation_mode.map(|mode| mode.as_str()));
    match &wanted.access_logs {
        None => (),
        Some(AccessLogs::Disabled) => attributes.set("access_logs.s3.enabled", Some(false)),
        Some(AccessLogs::S3 { bucket, prefix }) => {
            attributes.set("access_logs.s3.enabled", Some(true));
            attributes.set("access_logs.s3.bucket", Some(bucket.known()?));
            attributes.set("access_logs.s3.prefix", Some(prefix));
        }
    }
    Ok(attributes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elbv2::Scheme;

    #[test]
    fn an_attribute_that_is_not_managed_is_not_written() {
        let subnets = ["subnet-1", "subnet-2"].map(|id| In::Value(SubnetId::new(id)));
        let mut wanted = LoadBalancer::new(Scheme::Internal, subnets, []);
        wanted.http2 = Some(false);
        wanted.access_logs = Some(AccessLogs::Disabled);
        let live = LoadBalancer {
            http2: Some(true),
            deletion_protection: Some(true),
            access_logs: Some(AccessLogs::S3 { bucket: "logs".into(), prefix: String::new() }),
            ..wanted.clone()
        };
        let changed = attributes(&wanted).unwrap().unlike(&attributes(&live).unwrap());
        assert_eq!(
            changed,
            [("access_logs.s3.enabled", "false".to_owned()), ("routing.http2.enabled", "false".to_owned())]
        );
    }

    #[test]
    fn a_load_balancer_that_provisions_is_not_ready() {
        let state = |code| LoadBalancerState::builder().code(code).build();
        assert_eq!(status(Some(&state(LoadBalancerStateEnum::Active))), Status::Ready);
        assert_eq!(status(Some(&state(LoadBalancerStateEnum::ActiveImpaired))), Status::Ready);
        let provisioning = status(Some(&state(LoadBalancerStateEnum::Provisioning)));
        assert_eq!(provisioning, Status::Pending("provisioning".to_owned()));
        assert_eq!(status(Some(&state(LoadBalancerStateEnum::Failed))), Status::Failed("failed".to_owned()));
    }
}
