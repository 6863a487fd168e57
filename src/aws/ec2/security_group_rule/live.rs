use super::{IpProtocol, Peer, Rule};
use crate::{
    ec2::live::{filter, from_tags, tag_filter},
    live::{Served, prelude::*},
};
use aws_sdk_ec2::{
    Client,
    types::{
        Filter, IpPermission, IpRange, SecurityGroupRule, SecurityGroupRuleRequest, SecurityGroupRuleUpdate,
        UserIdGroupPair,
    },
};
use futures::future::try_join_all;
use model::{Cidr, NoOutputs, Port, Resource, SecurityGroupId, serving::Direction};

/// All rules that `filter` lets through.
pub(crate) async fn describe_rules(ec2: &Client, filter: Filter) -> Result<Vec<SecurityGroupRule>> {
    let call = ec2.describe_security_group_rules().filters(filter);
    call.into_paginator().items().send().try_collect().await.or_fault()
}

/// The most values of a filter. AWS: EC2 User Guide, "List and filter using the CLI and API".
const MOST_VALUES: usize = 200;

/// What each rule of some security groups does, whoever made it. Those that no declared rule could be like are left out:
/// a path that is proven does not need them. So are those that EC2 gives to a new group, which go with it.
pub(crate) async fn rules_of(aws: &Aws, groups: &[Id]) -> Result<Vec<Served>> {
    let filters = groups.chunks(MOST_VALUES).map(|groups| filter("group-id", groups));
    served(&try_join_all(filters.map(|filter| describe_rules(&aws.ec2, filter))).await?.concat())
}

fn served(rules: &[SecurityGroupRule]) -> Result<Vec<Served>> {
    let mut served = Vec::new();
    for rule in rules.iter().filter(|rule| !lets_everything_out(rule) || is_declared(rule)) {
        let observed = Rule::observed(rule)?;
        if matches!(observed.peer, Peer::Other(_)) || matches!(observed.ip_protocol, IpProtocol::Other(_)) {
            continue;
        }
        let direction = if rule.is_egress() == Some(true) { Direction::Egress } else { Direction::Ingress };
        served.push((id(rule)?, Some(observed.facts(direction))));
    }
    Ok(served)
}

/// Whether it is like the rule that EC2 gives a new group (VPC User Guide, "Security group rules"). It keeps no two rules
/// alike, so a group has that one or a declared one.
pub(crate) fn lets_everything_out(rule: &SecurityGroupRule) -> bool {
    rule.is_egress() == Some(true) && rule.ip_protocol() == Some("-1") && rule.cidr_ipv4() == Some("0.0.0.0/0")
}

/// Whether a stack has declared it: then it bears a token.
pub(crate) fn is_declared(rule: &SecurityGroupRule) -> bool {
    rule.tags().iter().any(|tag| tag.key() == Some(TOKEN_TAG))
}

/// The rules with these ids that exist. Kinds that are read at the same moment share a call.
async fn describe_ids(aws: &Aws, ids: &[Id]) -> Result<Vec<SecurityGroupRule>> {
    let ec2 = aws.ec2.clone();
    let fetch = move |ids: Vec<String>| async move {
        let ids: Vec<Id> = ids.into_iter().map(Id::new).collect();
        let filters = ids.chunks(MOST_VALUES).map(|ids| filter("security-group-rule-id", ids));
        Ok(try_join_all(filters.map(|filter| describe_rules(&ec2, filter))).await?.concat())
    };
    let rules = aws.security_group_rules.join(ids.iter().map(Id::to_string).collect(), fetch).await?;
    let wanted = |rule: &&SecurityGroupRule| ids.iter().any(|id| rule.security_group_rule_id() == Some(id.as_str()));
    Ok(rules.iter().filter(wanted).cloned().collect())
}

/// Reads rules of either direction.
pub(crate) async fn read_rules<R>(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<R>>>
where
    R: Resource<Outputs = NoOutputs> + From<Rule>,
{
    let rules = describe_ids(aws, ids).await?;
    let live = |rule: &SecurityGroupRule| {
        let tags = Some(from_tags(rule.tags()));
        Ok(Live::ready(id(rule)?, R::from(Rule::observed(rule)?), NoOutputs {}, tags))
    };
    rules.iter().map(live).collect()
}

/// The id of the one rule that an authorizing call has made.
pub(crate) fn created(rules: &[SecurityGroupRule]) -> Result<Id> {
    rules.first().or_missing("SecurityGroupRules").and_then(id)
}

/// Finds the rule made for one identity.
pub(crate) async fn find_rule(aws: &Aws, new: &Identity) -> Result<Id> {
    let rules = describe_rules(&aws.ec2, tag_filter(new)).await?;
    only(rules.iter().map(id).collect::<Result<Vec<_>>>()?)
}

/// The group of a rule, which EC2 wants to know in order to revoke it.
pub(crate) async fn group_of(aws: &Aws, id: &Id) -> Result<String> {
    let rules = describe_ids(aws, std::slice::from_ref(id)).await?;
    Ok(rules.first().ok_or_else(|| Fault::not_found(id))?.group_id().or_missing("GroupId")?.to_owned())
}

/// Changes the description, which is all that changes in place.
pub(crate) async fn update_rule(aws: &Aws, id: &Id, desired: &Rule, live: &Rule) -> Result<()> {
    if desired.description.is_none() || desired.description == live.description {
        return Ok(());
    }
    let update = SecurityGroupRuleUpdate::builder().security_group_rule_id(id.as_str());
    let update = update.security_group_rule(desired.request()?).build();
    let call = aws.ec2.modify_security_group_rules().group_id(desired.security_group.known()?.as_str());
    call.security_group_rules(update).send().await.or_fault().map(drop)
}

fn id(rule: &SecurityGroupRule) -> Result<Id> {
    rule.security_group_rule_id().or_missing("SecurityGroupRuleId").map(Id::new)
}

impl Rule {
    /// The rule as the authorizing calls take it.
    pub(crate) fn permission(&self) -> Result<IpPermission> {
        let (protocol, from_port, to_port) = self.ip_protocol.to_ec2()?;
        let permission = IpPermission::builder().ip_protocol(protocol).from_port(from_port).to_port(to_port);
        let description = self.description.clone();
        Ok(match &self.peer {
            Peer::CidrIpv4(cidr) => {
                permission.ip_ranges(IpRange::builder().cidr_ip(cidr.to_string()).set_description(description).build())
            }
            Peer::SecurityGroup(group) => permission.user_id_group_pairs(
                UserIdGroupPair::builder().group_id(group.known()?.as_str()).set_description(description).build(),
            ),
            Peer::Other(other) => return Err(undeclarable(other)),
        }
        .build())
    }

    /// The rule as the modifying call takes it: always whole.
    fn request(&self) -> Result<SecurityGroupRuleRequest> {
        let (protocol, from_port, to_port) = self.ip_protocol.to_ec2()?;
        let request = SecurityGroupRuleRequest::builder().ip_protocol(protocol).from_port(from_port);
        let request = request.to_port(to_port).set_description(self.description.clone());
        Ok(match &self.peer {
            Peer::CidrIpv4(cidr) => request.cidr_ipv4(cidr.to_string()),
            Peer::SecurityGroup(group) => request.referenced_group_id(group.known()?.as_str()),
            Peer::Other(other) => return Err(undeclarable(other)),
        }
        .build())
    }

    fn observed(rule: &SecurityGroupRule) -> Result<Self> {
        Ok(Self {
            security_group: SecurityGroupId::new(rule.group_id().or_missing("GroupId")?).into(),
            ip_protocol: IpProtocol::from_ec2(
                rule.ip_protocol().or_missing("IpProtocol")?,
                rule.from_port().unwrap_or(-1),
                rule.to_port().unwrap_or(-1),
            ),
            peer: peer(rule)?,
            description: rule.description().filter(|text| !text.is_empty()).map(ToOwned::to_owned),
        })
    }
}

impl IpProtocol {
    /// `IpProtocol`, `FromPort` and `ToPort`; EC2 writes -1 where there are no ports.
    fn to_ec2(&self) -> Result<(&'static str, i32, i32)> {
        match self {
            Self::All => Ok(("-1", -1, -1)),
            Self::Tcp { from_port, to_port } => Ok(("tcp", from_port.get().into(), to_port.get().into())),
            Self::Udp { from_port, to_port } => Ok(("udp", from_port.get().into(), to_port.get().into())),
            Self::Other(other) => Err(undeclarable(other)),
        }
    }

    fn from_ec2(protocol: &str, from: i32, to: i32) -> Self {
        let port = |number: i32| Port::try_from(i64::from(number)).ok();
        match (protocol, port(from), port(to)) {
            ("-1", _, _) => Self::All,
            ("tcp", Some(from_port), Some(to_port)) => Self::Tcp { from_port, to_port },
            ("udp", Some(from_port), Some(to_port)) => Self::Udp { from_port, to_port },
            _ => Self::Other(format!("{protocol} {from} to {to}")),
        }
    }
}

fn peer(rule: &SecurityGroupRule) -> Result<Peer> {
    let group = rule.referenced_group_info().and_then(|group| group.group_id());
    Ok(match (rule.cidr_ipv4(), group) {
        (Some(cidr), _) => Peer::CidrIpv4(parsed::<Cidr>("CidrIpv4", Some(cidr))?),
        (None, Some(group)) => Peer::SecurityGroup(SecurityGroupId::new(group).into()),
        (None, None) => {
            let other = rule.cidr_ipv6().or(rule.prefix_list_id()).unwrap_or("unknown");
            Peer::Other(other.to_owned())
        }
    })
}

fn undeclarable(what: &str) -> Fault {
    Fault::Inputs(format!("a security group rule cannot be made for `{what}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::Tag;

    #[test]
    fn protocols_are_read_as_they_are_written() {
        let range = IpProtocol::Udp { from_port: Port::new(1), to_port: Port::new(65535) };
        for protocol in [IpProtocol::All, IpProtocol::tcp(Port::new(80)), range] {
            let (name, from, to) = protocol.to_ec2().unwrap();
            assert_eq!(IpProtocol::from_ec2(name, from, to), protocol);
        }
    }

    #[test]
    fn what_cannot_be_declared_is_read_nevertheless() {
        for (name, from, to) in [("icmp", 8, -1), ("tcp", 0, 65535), ("50", -1, -1)] {
            let other = IpProtocol::from_ec2(name, from, to);
            assert_eq!(other, IpProtocol::Other(format!("{name} {from} to {to}")));
            assert!(other.to_ec2().is_err());
        }
        let rule = SecurityGroupRule::builder().prefix_list_id("pl-1").build();
        assert_eq!(peer(&rule).unwrap(), Peer::Other("pl-1".to_owned()));
    }

    #[test]
    fn the_rule_of_a_new_group_is_nobodys_own() {
        let rule = |id: &str, tag: Option<&str>| {
            let tags = tag.map(|key| vec![Tag::builder().key(key).value("1").build()]);
            let rule = SecurityGroupRule::builder().security_group_rule_id(id).group_id("sg-1").is_egress(true);
            rule.ip_protocol("-1").from_port(-1).to_port(-1).cidr_ipv4("0.0.0.0/0").set_tags(tags).build()
        };
        let rules = [rule("default", None), rule("declared", Some(TOKEN_TAG)), rule("tagged", Some("Name"))];
        let ids: Vec<String> = served(&rules).unwrap().into_iter().map(|(id, _)| id.to_string()).collect();
        assert_eq!(ids, ["declared"]);
    }
}
