use super::outside;
use crate::words::words;
use derive::{Outputs, Resource};
use model::{
    DnsName, In, LoadBalancerArn, Problem, Seconds, SecurityGroupId, SubnetId,
    serving::{self, Fact},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An Application Load Balancer.
///
/// It always balances across its zones (ELBv2 API Reference, LoadBalancerAttribute: for Application Load Balancers
/// that cannot be changed); a target group can opt out, see [`CrossZone`](super::CrossZone).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "elbv2.load_balancer", outputs = LoadBalancerOutputs, name_max = 32, check, serving)]
pub struct LoadBalancer {
    /// From where it can be reached.
    #[on_change(replace)]
    pub scheme: Scheme,
    /// Where its nodes stand: at least two subnets, each in an Availability Zone of its own.
    /// AWS: ELBv2 API Reference, SetSubnets, which replaces the whole set in one step.
    #[unordered]
    #[anchor("ec2.vpc")]
    pub subnets: BTreeSet<In<SubnetId>>,
    /// What it accepts from clients and may send to targets.
    #[on_change(union_first)]
    #[unordered]
    #[anchor("ec2.vpc")]
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

    fn facts(&self) -> Vec<Fact> {
        vec![Fact::LoadBalancer(serving::LoadBalancer {
            subnets: self.subnets.iter().map(Into::into).collect(),
            security_groups: self.security_groups.iter().map(Into::into).collect(),
            idle_timeout: self.idle_timeout.map(Seconds::get),
            public: self.scheme == Scheme::InternetFacing,
        })]
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
mod live;

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
