use super::outside;
use crate::words::words;
use derive::{Outputs, Resource};
use model::{DnsName, In, LoadBalancerArn, Problem, Seconds, SecurityGroupId, SubnetId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An Application Load Balancer.
///
/// It always balances across its zones (ELBv2 API Reference, LoadBalancerAttribute: for Application Load Balancers
/// that cannot be changed); a target group can opt out, see [`CrossZone`](super::CrossZone).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "elbv2.load_balancer", outputs = LoadBalancerOutputs, name_max = 32, check)]
pub struct LoadBalancer {
    /// From where it can be reached.
    #[on_change(replace)]
    pub scheme: Scheme,
    /// Where its nodes stand: at least two subnets, each in an Availability Zone of its own.
    /// AWS: ELBv2 API Reference, SetSubnets, which replaces the whole set in one step.
    #[unordered]
    pub subnets: BTreeSet<In<SubnetId>>,
    /// What it accepts from clients and may send to targets.
    #[on_change(union_first)]
    #[unordered]
    pub security_groups: BTreeSet<In<SecurityGroupId>>,
    /// The addresses clients can use.
    pub ip_address_type: Option<IpAddressType>,
    /// Whether the API refuses to delete it.
    pub deletion_protection: Option<bool>,
    /// How long a connection may carry nothing before it is closed: 1 to 4000 s. Targets must keep idle
    /// connections open for longer, or clients see 502.
    pub idle_timeout: Option<Seconds>,
    /// How long a client may keep one connection in use: 60 to 604800 s.
    pub client_keep_alive: Option<Seconds>,
    /// Whether request headers with invalid names are removed.
    pub drop_invalid_header_fields: Option<bool>,
    /// Whether clients may speak HTTP/2.
    pub http2: Option<bool>,
    /// Whether targets get the `Host` header exactly as the client sent it.
    pub preserve_host_header: Option<bool>,
    /// What happens to requests that could smuggle another one past the target.
    pub desync_mitigation_mode: Option<DesyncMitigationMode>,
    /// Where a line per request goes.
    pub access_logs: Option<AccessLogs>,
}

words! {
    /// From where a load balancer can be reached.
    Scheme {
        /// From the internet; its subnets route to an internet gateway.
        InternetFacing = "internet-facing",
        /// From the VPC and what is connected to it.
        Internal = "internal",
    }

    /// The addresses with which clients can reach a load balancer. AWS: ELBv2 API Reference, SetIpAddressType.
    IpAddressType {
        /// IPv4 only.
        Ipv4 = "ipv4",
        /// IPv4 and IPv6.
        Dualstack = "dualstack",
        /// IPv6 in public, both in private.
        DualstackWithoutPublicIpv4 = "dualstack-without-public-ipv4",
    }

    /// How strictly a load balancer judges requests that HTTP servers could read in two ways.
    DesyncMitigationMode {
        /// Only counts them.
        Monitor = "monitor",
        /// Refuses the dangerous ones; AWS's default.
        Defensive = "defensive",
        /// Refuses every request that breaks RFC 7230.
        Strictest = "strictest",
    }
}

/// Where the access log of a load balancer goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessLogs {
    /// Nowhere.
    Disabled,
    /// To an S3 bucket of the same region, whose policy lets Elastic Load Balancing write to it.
    S3 {
        /// The name of the bucket.
        bucket: In<String>,
        /// What the keys begin with; empty for nothing.
        prefix: String,
    },
}

/// What ELBv2 tells about a load balancer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct LoadBalancerOutputs {
    /// `arn:aws:elasticloadbalancing:..:loadbalancer/app/..`
    pub arn: LoadBalancerArn,
    /// The part of the ARN that names the load balancer in CloudWatch metrics: `app/<name>/<id>`.
    pub arn_suffix: String,
    /// Where clients reach it.
    pub dns_name: DnsName,
    /// The Route 53 hosted zone of that DNS name, for alias records.
    pub hosted_zone_id: String,
}

impl LoadBalancer {
    /// A load balancer with AWS's defaults for everything else, none of them managed.
    pub fn new(
        scheme: Scheme,
        subnets: impl IntoIterator<Item = In<SubnetId>>,
        security_groups: impl IntoIterator<Item = In<SecurityGroupId>>,
    ) -> Self {
        Self {
            scheme,
            subnets: subnets.into_iter().collect(),
            security_groups: security_groups.into_iter().collect(),
            ip_address_type: None,
            deletion_protection: None,
            idle_timeout: None,
            client_keep_alive: None,
            drop_invalid_header_fields: None,
            http2: None,
            preserve_host_header: None,
            desync_mitigation_mode: None,
            access_logs: None,
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let subnets = (self.subnets.len() < 2)
            .then(|| Problem::new("subnets", "a load balancer needs subnets in at least two Availability Zones"));
        let security_groups = self.security_groups.is_empty().then(|| {
            Problem::new("security_groups", "without one AWS takes the VPC's default security group: name at least one")
        });
        let times = [
            outside("idle_timeout", self.idle_timeout, 1, 4000),
            outside("client_keep_alive", self.client_keep_alive, 60, 604_800),
        ];
        [subnets, security_groups].into_iter().chain(times).flatten().collect()
    }
}

#[cfg(feature = "live")]
mod live {
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
            let (reply, tags) = futures::try_join!(
                async { describe.send().await.or_fault() },
                tags_of(aws, ids.iter().map(Id::as_str))
            )?;
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_beyond_the_types() {
        let subnet = |id: &str| In::Value(SubnetId::new(id));
        let group = In::Value(SecurityGroupId::new("sg-1"));
        let good = LoadBalancer::new(Scheme::InternetFacing, [subnet("a"), subnet("b")], [group]);
        assert_eq!(good.problems(), []);
        let bad = LoadBalancer {
            subnets: BTreeSet::from([subnet("a")]),
            security_groups: BTreeSet::new(),
            idle_timeout: Some(Seconds::new(0)),
            ..good
        };
        let fields: Vec<_> = bad.problems().into_iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["subnets", "security_groups", "idle_timeout"]);
    }
}
