use super::security_group_rule::{IpProtocol, Peer, Rule};
use derive::Resource;
use model::{
    In, NoOutputs, Problem, SecurityGroupId,
    serving::{Direction, Fact},
};
use serde::{Deserialize, Serialize};

/// Lets connections from one source into whatever bears a security group.
///
/// A change makes a new rule and drops the old one only at the end, so that nothing both let in is ever shut out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "ec2.security_group_ingress_rule", outputs = NoOutputs, check, serving)]
pub struct SecurityGroupIngressRule {
    /// The group that the rule belongs to.
    #[on_change(replace)]
    #[part_of]
    #[unique]
    pub security_group: In<SecurityGroupId>,
    /// The protocol and, where it has any, the ports at which connections arrive.
    #[on_change(replace)]
    #[unique]
    pub ip_protocol: IpProtocol,
    /// Where connections come from.
    #[on_change(replace)]
    #[unique]
    pub source: Peer,
    /// What the rule is for; up to 255 characters.
    pub description: Option<String>,
}

impl SecurityGroupIngressRule {
    fn facts(&self) -> Vec<Fact> {
        Rule::from(self).facts(Direction::Ingress)
    }

    fn problems(&self) -> Vec<Problem> {
        Rule::from(self).problems("source")
    }
}

impl From<&SecurityGroupIngressRule> for Rule {
    fn from(rule: &SecurityGroupIngressRule) -> Self {
        let SecurityGroupIngressRule { security_group, ip_protocol, source: peer, description } = rule.clone();
        Self { security_group, ip_protocol, peer, description }
    }
}

impl From<Rule> for SecurityGroupIngressRule {
    fn from(rule: Rule) -> Self {
        let Rule { security_group, ip_protocol, peer: source, description } = rule;
        Self { security_group, ip_protocol, source, description }
    }
}

#[cfg(feature = "live")]
mod live {
    use super::{Rule, SecurityGroupIngressRule};
    use crate::{
        ec2::{
            live::{retag, tag_specifications},
            security_group_rule::live::{created, find_rule, group_of, read_rules, update_rule},
        },
        live::prelude::*,
    };
    use aws_sdk_ec2::types::ResourceType;

    impl Provider<Aws> for SecurityGroupIngressRule {
        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            read_rules(aws, ids).await
        }

        async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let call = aws.ec2.authorize_security_group_ingress().group_id(self.security_group.known()?.as_str());
            let call = call.ip_permissions(Rule::from(self).permission()?);
            let tags = tag_specifications(ResourceType::SecurityGroupRule, new);
            created(call.set_tag_specifications(tags).send().await.or_fault()?.security_group_rules())
        }

        async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            find_rule(aws, new).await
        }

        async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
            update_rule(aws, &live.id, &self.into(), &(&live.inputs).into()).await
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            let call = aws.ec2.revoke_security_group_ingress().group_id(group_of(aws, id).await?);
            call.security_group_rule_ids(id.as_str()).send().await.or_fault().map(drop)
        }

        async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
            retag(aws, id.as_str(), set, remove).await
        }
    }
}
