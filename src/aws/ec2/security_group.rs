use super::description;
use derive::{Outputs, Resource};
use model::{In, Problem, SecurityGroupId, VpcId, serving::Fact};
use serde::{Deserialize, Serialize};

/// A security group. What it lets through are [ingress](super::SecurityGroupIngressRule) and
/// [egress](super::SecurityGroupEgressRule) rules of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "ec2.security_group", outputs = SecurityGroupOutputs, check, serving)]
pub struct SecurityGroup {
    /// The VPC it belongs to.
    #[on_change(replace)]
    pub vpc: In<VpcId>,
    /// What it is for; up to 255 characters.
    #[on_change(replace)]
    pub description: String,
    /// Whether the rule stands that EC2 gives every new group: all egress to anywhere. With `false` the group lets out
    /// only what egress rules declare.
    pub default_egress: bool,
}

/// What EC2 tells about a security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct SecurityGroupOutputs {
    /// `sg-..`
    pub id: SecurityGroupId,
}

impl SecurityGroup {
    fn facts(&self) -> Vec<Fact> {
        vec![Fact::SecurityGroup { open_egress: self.default_egress }]
    }

    fn problems(&self) -> Vec<Problem> {
        let empty = self.description.is_empty();
        let empty = empty.then(|| Problem::new("description", "a security group needs a description"));
        empty.or_else(|| description::problem(&self.description)).into_iter().collect()
    }
}

#[cfg(feature = "live")]
mod live {
    use super::{SecurityGroup, SecurityGroupOutputs};
    use crate::{
        ec2::{
            live::{filter, from_tags, retag, tag_filter, tag_specifications},
            security_group_rule::live::{describe_rules, is_declared, lets_everything_out},
        },
        live::prelude::*,
    };
    use aws_sdk_ec2::types::{IpPermission, IpRange, ResourceType, SecurityGroup as Found};
    use model::{SecurityGroupId, VpcId};
    use std::collections::BTreeSet;

    impl Provider<Aws> for SecurityGroup {
        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            let call = aws.ec2.describe_security_groups().filters(filter("group-id", ids));
            let groups = call.into_paginator().items().send().try_collect().await.or_fault()?;
            let open = groups.iter().filter(|group| is_open(group)).filter_map(|group| group.group_id());
            let declared = declares_everything_out(aws, &open.map(Id::new).collect::<Vec<_>>()).await?;
            groups.iter().map(|group| live(group, &declared)).collect()
        }

        async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let call = aws.ec2.create_security_group().vpc_id(self.vpc.known()?.as_str()).group_name(&new.name);
            let call = call.description(&self.description);
            let tags = tag_specifications(ResourceType::SecurityGroup, new);
            let reply = call.set_tag_specifications(tags).send().await.or_fault()?;
            Ok(Id::new(reply.group_id().or_missing("GroupId")?))
        }

        async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let reply = aws.ec2.describe_security_groups().filters(tag_filter(new)).send().await.or_fault()?;
            only(reply.security_groups().iter().filter_map(|group| group.group_id()).map(Id::new))
        }

        async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
            let group = live.id.as_str();
            match (self.default_egress, live.inputs.default_egress) {
                (true, false) => {
                    let call = aws.ec2.authorize_security_group_egress().group_id(group);
                    call.ip_permissions(everything()).send().await.or_fault().map(drop)
                }
                (false, true) => {
                    let call = aws.ec2.revoke_security_group_egress().group_id(group);
                    call.ip_permissions(everything()).send().await.or_fault().map(drop)
                }
                (true, true) | (false, false) => Ok(()),
            }
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            aws.ec2.delete_security_group().group_id(id.as_str()).send().await.or_fault().map(drop)
        }

        async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
            retag(aws, id.as_str(), set, remove).await
        }
    }

    fn live(group: &Found, declared: &BTreeSet<String>) -> Result<Live<SecurityGroup>> {
        let id = group.group_id().or_missing("GroupId")?;
        let inputs = SecurityGroup {
            vpc: VpcId::new(group.vpc_id().or_missing("VpcId")?).into(),
            description: group.description().unwrap_or_default().to_owned(),
            default_egress: is_open(group) && !declared.contains(id),
        };
        let outputs = SecurityGroupOutputs { id: SecurityGroupId::new(id) };
        Ok(Live::ready(Id::new(id), inputs, outputs, Some(from_tags(group.tags()))))
    }

    /// The rule that EC2 gives a new group (VPC User Guide, "Security group rules").
    fn everything() -> IpPermission {
        let anywhere = IpRange::builder().cidr_ip("0.0.0.0/0").build();
        IpPermission::builder().ip_protocol("-1").ip_ranges(anywhere).build()
    }

    fn is_open(group: &Found) -> bool {
        let anywhere = |permission: &IpPermission| {
            permission.ip_protocol() == Some("-1")
                && permission.ip_ranges().iter().any(|range| range.cidr_ip() == Some("0.0.0.0/0"))
        };
        group.ip_permissions_egress().iter().any(anywhere)
    }

    /// Those of `groups` in which letting everything out is a declared rule, known by its token, not the default one.
    /// EC2 keeps no two rules alike, so it is one or the other.
    async fn declares_everything_out(aws: &Aws, groups: &[Id]) -> Result<BTreeSet<String>> {
        if groups.is_empty() {
            return Ok(BTreeSet::new());
        }
        let rules = describe_rules(&aws.ec2, filter("group-id", groups)).await?;
        let declared = rules.iter().filter(|rule| lets_everything_out(rule) && is_declared(rule));
        Ok(declared.filter_map(|rule| rule.group_id()).map(ToOwned::to_owned).collect())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_declared_rule_is_not_the_default_one() {
            let group = |permissions| {
                let group = Found::builder().group_id("sg-1").vpc_id("vpc-1");
                group.set_ip_permissions_egress(Some(permissions)).build()
            };
            let default_egress = |permissions: Vec<IpPermission>, declared: &[&str]| {
                let declared = declared.iter().map(ToString::to_string).collect();
                live(&group(permissions), &declared).unwrap().inputs.default_egress
            };
            assert!(default_egress(vec![everything()], &[]));
            assert!(default_egress(vec![everything()], &["sg-2"]));
            assert!(!default_egress(vec![everything()], &["sg-1"]));
            assert!(!default_egress(vec![IpPermission::builder().ip_protocol("tcp").build()], &[]));
        }
    }
}
