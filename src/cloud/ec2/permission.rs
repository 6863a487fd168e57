//! Permissions: how the operations on security groups spell rules, several at a time.

use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use super::protocol::Traffic;
use super::security_group::{self, SecurityGroup};
use super::{kind, prefix_list, text};
use crate::context::Context;
use crate::wire::ApiError;

/// What a rule is about, without its id, description and tags. No two rules of a group are alike in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Specification {
    pub(crate) traffic: Traffic,
    pub(crate) peer: Peer,
}

/// Where traffic comes from or goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Peer {
    Ipv4(Ipv4Net),
    Ipv6(Ipv6Net),
    PrefixList(String),
    /// The interfaces that have this group.
    SecurityGroup(String),
}

impl Specification {
    /// All traffic with `peer`.
    pub(crate) fn everything(peer: Peer) -> Self {
        Specification { traffic: Traffic::everything(), peer }
    }

    /// As EC2's error messages show a rule.
    pub(super) fn quoted(&self) -> String {
        let peer = match &self.peer {
            Peer::Ipv4(block) => block.to_string(),
            Peer::Ipv6(block) => block.to_string(),
            Peer::PrefixList(id) | Peer::SecurityGroup(id) => id.clone(),
        };
        format!("\"peer: {peer}, {}, ALLOW\"", self.traffic)
    }
}

/// Rules for the same traffic.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct IpPermission {
    pub(super) ip_protocol: Option<String>,
    pub(super) from_port: Option<i32>,
    pub(super) to_port: Option<i32>,
    #[serde(default)]
    pub(super) groups: Vec<UserIdGroupPair>,
    #[serde(default)]
    pub(super) ip_ranges: Vec<IpRange>,
    #[serde(default)]
    pub(super) ipv6_ranges: Vec<Ipv6Range>,
    #[serde(default)]
    pub(super) prefix_list_ids: Vec<PrefixListId>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UserIdGroupPair {
    group_id: Option<String>,
    group_name: Option<String>,
    user_id: Option<String>,
    description: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct IpRange {
    pub(super) cidr_ip: String,
    pub(super) description: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Ipv6Range {
    cidr_ipv6: String,
    description: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct PrefixListId {
    prefix_list_id: String,
    description: Option<String>,
}

/// One rule of a permission: what it is about, and its description.
pub(super) type Described = (Specification, Option<String>);

/// The rules that `permissions` stand for in `group`. None of them may be there twice.
pub(super) fn rules(
    cx: &Context<'_>,
    group: &SecurityGroup,
    permissions: Vec<IpPermission>,
) -> Result<Vec<Described>, ApiError> {
    let mut rules: Vec<Described> = Vec::new();
    for permission in permissions {
        let protocol = permission.ip_protocol.as_deref().ok_or_else(|| missing("IpProtocol"))?;
        let traffic = Traffic::parse(protocol, permission.from_port, permission.to_port)?;
        let peers = peers(cx, group, permission)?;
        if peers.is_empty() {
            return Err(missing("IpRanges, Ipv6Ranges, PrefixListIds or Groups"));
        }
        for (peer, description) in peers {
            text::check_rule_description(description.as_deref().unwrap_or_default())?;
            let specification = Specification { traffic: traffic.clone(), peer };
            if rules.iter().any(|(other, _)| *other == specification) {
                let message = "The same permission must not appear multiple times";
                return Err(ApiError::new("InvalidParameterValue", message));
            }
            rules.push((specification, description));
        }
    }
    if rules.is_empty() {
        return Err(missing("ipPermissions"));
    }
    Ok(rules)
}

fn peers(
    cx: &Context<'_>,
    group: &SecurityGroup,
    permission: IpPermission,
) -> Result<Vec<(Peer, Option<String>)>, ApiError> {
    let mut peers = Vec::new();
    for range in permission.ip_ranges {
        peers.push((ipv4(&range.cidr_ip)?, range.description));
    }
    for range in permission.ipv6_ranges {
        peers.push((ipv6(&range.cidr_ipv6)?, range.description));
    }
    for list in permission.prefix_list_ids {
        peers.push((prefix_list(cx, &list.prefix_list_id)?, list.description));
    }
    for pair in permission.groups {
        let user_id = pair.user_id.as_deref();
        let peer = referenced(cx, group, pair.group_id.as_deref(), pair.group_name.as_deref(), user_id)?;
        peers.push((peer, pair.description));
    }
    Ok(peers)
}

/// Bits after the prefix are cleared (AWS: EC2 API Reference, AuthorizeSecurityGroupIngress).
pub(super) fn ipv4(text: &str) -> Result<Peer, ApiError> {
    text.parse::<Ipv4Net>().map(|block| Peer::Ipv4(block.trunc())).map_err(|_| malformed(text))
}

pub(super) fn ipv6(text: &str) -> Result<Peer, ApiError> {
    text.parse::<Ipv6Net>().map(|block| Peer::Ipv6(block.trunc())).map_err(|_| malformed(text))
}

pub(super) fn prefix_list(cx: &Context<'_>, id: &str) -> Result<Peer, ApiError> {
    match prefix_list::exists(cx.region, id) {
        true => Ok(Peer::PrefixList(id.to_owned())),
        false => Err(kind::PREFIX_LIST.not_found(id)),
    }
}

/// The group of a rule in `group`, which is one of the same VPC.
pub(super) fn referenced(
    cx: &Context<'_>,
    group: &SecurityGroup,
    group_id: Option<&str>,
    group_name: Option<&str>,
    user_id: Option<&str>,
) -> Result<Peer, ApiError> {
    if user_id.is_some_and(|user_id| user_id != cx.account) {
        let id = group_id.or(group_name).unwrap_or_default();
        return Err(kind::SECURITY_GROUP.not_found(id));
    }
    let other = security_group::find(cx, group_id, group_name)?;
    if other.vpc_id != group.vpc_id {
        let message = "You have specified two resources that belong to different networks.";
        return Err(ApiError::new("InvalidGroup.NotFound", message));
    }
    Ok(Peer::SecurityGroup(other.group_id.clone()))
}

fn malformed(text: &str) -> ApiError {
    ApiError::new("InvalidParameterValue", format!("CIDR block {text} is malformed"))
}

pub(super) fn missing(parameter: &str) -> ApiError {
    ApiError::new("MissingParameter", format!("The request must contain the parameter {parameter}"))
}
