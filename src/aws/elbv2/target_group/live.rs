use super::{HealthCheck, Stickiness, TargetGroup, TargetGroupOutputs};
use crate::{
    elbv2::{
        attributes::{Attributes, Found},
        live::{arns, ours, ours_among, retag, tags_of, to_tags},
    },
    live::prelude::*,
};
use aws_sdk_elasticloadbalancingv2::types::{self, TargetGroupAttribute, TargetTypeEnum};
use futures::future::try_join_all;
use model::{In, Port, TargetGroupArn, VpcId};

impl Provider<Aws> for TargetGroup {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
        let describe = aws.elbv2.describe_target_groups().set_target_group_arns(arns(ids));
        let (reply, tags) = futures::try_join!(async { describe.send().await.or_fault() }, tags_of(aws, ids))?;
        try_join_all(reply.target_groups().iter().map(async |group| {
            let arn = group.target_group_arn().or_missing("TargetGroupArn")?;
            let outputs = TargetGroupOutputs {
                arn: TargetGroupArn::new(arn),
                arn_suffix: arn.rsplit_once(':').map_or(arn, |(_, suffix)| suffix).to_owned(),
                name: group.target_group_name().or_missing("TargetGroupName")?.to_owned(),
            };
            let tags = tags.get(arn).cloned().unwrap_or_default();
            Ok(Live::ready(Id::new(arn), inputs(group, &attributes_of(aws, arn).await?)?, outputs, Some(tags)))
        }))
        .await
    }

    async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
        let call = aws.elbv2.create_target_group().name(&new.name).target_type(TargetTypeEnum::Ip);
        let reply = call
            .vpc_id(self.vpc.known()?.as_str())
            .protocol(self.protocol.as_str().into())
            .port(self.port.get().into())
            .set_tags(to_tags(&new.tags))
            .send()
            .await
            .or_fault()?;
        let created = reply.target_groups().first().and_then(|created| created.target_group_arn());
        ours(aws, created.or_missing("TargetGroupArn")?, new).await
    }

    async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
        let reply = aws.elbv2.describe_target_groups().names(&new.name).send().await.or_fault()?;
        ours_among(aws, reply.target_groups().iter().filter_map(|found| found.target_group_arn()), new).await
    }

    async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
        let (arn, before) = (live.id.as_str(), &live.inputs);
        let health_check = self.health_check.over(&before.health_check);
        if health_check != before.health_check {
            let call = aws.elbv2.modify_target_group().target_group_arn(arn);
            health_check.put_into(call).send().await.or_fault()?;
        }
        let changed = attributes(self).unlike(&attributes(before));
        if !changed.is_empty() {
            let attribute = |(key, value)| TargetGroupAttribute::builder().key(key).value(value).build();
            let changed = changed.into_iter().map(attribute).collect();
            let call = aws.elbv2.modify_target_group_attributes().target_group_arn(arn);
            call.set_attributes(Some(changed)).send().await.or_fault()?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &Id) -> Result<()> {
        aws.elbv2.delete_target_group().target_group_arn(id.as_str()).send().await.or_fault().map(drop)
    }

    async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
        retag(aws, id, set, remove).await
    }
}

async fn attributes_of(aws: &Aws, arn: &str) -> Result<Found> {
    let call = aws.elbv2.describe_target_group_attributes().target_group_arn(arn);
    let reply = call.send().await.or_fault()?;
    Ok(reply.attributes().iter().map(|attribute| (attribute.key(), attribute.value())).collect())
}

fn inputs(found: &types::TargetGroup, attributes: &Found) -> Result<TargetGroup> {
    let port = i64::from(found.port().or_missing("Port")?);
    Ok(TargetGroup {
        vpc: In::Value(VpcId::new(found.vpc_id().or_missing("VpcId")?)),
        protocol: parsed("Protocol", found.protocol().map(|protocol| protocol.as_str()))?,
        port: Port::try_from(port).map_err(|error| Fault::Inputs(format!("Port: {error}")))?,
        health_check: HealthCheck::of(found)?,
        deregistration_delay: attributes.number("deregistration_delay.timeout_seconds")?,
        slow_start: attributes.number("slow_start.duration_seconds")?,
        stickiness: stickiness(attributes)?,
        load_balancing_algorithm: attributes.parsed("load_balancing.algorithm.type")?,
        cross_zone: attributes.parsed("load_balancing.cross_zone.enabled")?,
    })
}

fn stickiness(attributes: &Found) -> Result<Option<Stickiness>> {
    const APP_COOKIE: &str = "app_cookie";
    let kind: Option<String> = attributes.parsed("stickiness.type")?;
    Ok(match attributes.parsed("stickiness.enabled")? {
        None => None,
        Some(false) => Some(Stickiness::Disabled),
        Some(true) if kind.as_deref() == Some(APP_COOKIE) => {
            let duration = "stickiness.app_cookie.duration_seconds";
            let name = "stickiness.app_cookie.cookie_name";
            Some(Stickiness::AppCookie {
                cookie_name: attributes.parsed(name)?.or_missing(name)?,
                duration: attributes.number(duration)?.or_missing(duration)?,
            })
        }
        Some(true) => {
            let duration = "stickiness.lb_cookie.duration_seconds";
            Some(Stickiness::LbCookie { duration: attributes.number(duration)?.or_missing(duration)? })
        }
    })
}

/// AWS: ELBv2 API Reference, TargetGroupAttribute.
fn attributes(wanted: &TargetGroup) -> Attributes {
    let mut attributes = Attributes::default();
    attributes.set("deregistration_delay.timeout_seconds", wanted.deregistration_delay);
    attributes.set("slow_start.duration_seconds", wanted.slow_start);
    attributes.set("load_balancing.algorithm.type", wanted.load_balancing_algorithm.map(|it| it.as_str()));
    attributes.set("load_balancing.cross_zone.enabled", wanted.cross_zone.map(|it| it.as_str()));
    match &wanted.stickiness {
        None => (),
        Some(Stickiness::Disabled) => attributes.set("stickiness.enabled", Some(false)),
        Some(Stickiness::LbCookie { duration }) => {
            attributes.set("stickiness.enabled", Some(true));
            attributes.set("stickiness.type", Some("lb_cookie"));
            attributes.set("stickiness.lb_cookie.duration_seconds", Some(duration));
        }
        Some(Stickiness::AppCookie { cookie_name, duration }) => {
            attributes.set("stickiness.enabled", Some(true));
            attributes.set("stickiness.type", Some("app_cookie"));
            attributes.set("stickiness.app_cookie.cookie_name", Some(cookie_name));
            attributes.set("stickiness.app_cookie.duration_seconds", Some(duration));
        }
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Seconds;

    #[test]
    fn stickiness_survives_its_attributes() {
        let cookie_name = "session".to_owned();
        for wanted in [
            Stickiness::Disabled,
            Stickiness::LbCookie { duration: Seconds::new(60) },
            Stickiness::AppCookie { cookie_name, duration: Seconds::new(60) },
        ] {
            let group = TargetGroup::new(In::Value(VpcId::new("vpc-1")), Port::new(80), HealthCheck::new("/"));
            let group = TargetGroup { stickiness: Some(wanted.clone()), ..group };
            let written = attributes(&group).unlike(&Attributes::default());
            let found = written.iter().map(|(key, value)| (Some(*key), Some(value.as_str()))).collect();
            assert_eq!(stickiness(&found), Ok(Some(wanted)));
        }
    }
}
