//! The entries of network ACLs.

use std::ops::RangeInclusive;

use ipnet::Ipv6Net;
use serde::{Deserialize, Serialize};

use super::tag::Return;
use super::{cidr, kind, quota};
use crate::context::Context;
use crate::wire::ApiError;

/// An entry of a network ACL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) egress: bool,
    pub(crate) rule_number: u16,
    pub(crate) rule_action: RuleAction,
    /// A protocol number; -1 for all.
    protocol: i16,
    /// An IPv4 or an IPv6 block.
    pub(crate) block: String,
    icmp: Option<IcmpTypeCode>,
    port_range: Option<PortRange>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RuleAction {
    Allow,
    Deny,
}

/// Requests spell its members with capitals, replies and storage without. -1 stands for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct IcmpTypeCode {
    #[serde(alias = "Type")]
    r#type: i32,
    #[serde(alias = "Code")]
    code: i32,
}

/// As [`IcmpTypeCode`] is spelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PortRange {
    #[serde(alias = "From")]
    from: u16,
    #[serde(alias = "To")]
    to: u16,
}

/// The numbers that users may give; the one after them is that of the entry which denies what no other matches.
const RULE_NUMBERS: RangeInclusive<i32> = 1..=32766;
const LAST: u16 = 32767;
const EVERYWHERE: &str = "0.0.0.0/0";
const ALL: i16 = -1;
// AWS: EC2 API Reference, CreateNetworkAclEntry; IANA, Protocol Numbers.
const ICMP: i16 = 1;
const TCP: i16 = 6;
const UDP: i16 = 17;
const ICMPV6: i16 = 58;

impl Entry {
    /// The entry by which a default network ACL lets everything through.
    pub(super) fn allow_everything(egress: bool) -> Self {
        Entry {
            egress,
            rule_number: 100,
            rule_action: RuleAction::Allow,
            protocol: ALL,
            block: EVERYWHERE.to_owned(),
            icmp: None,
            port_range: None,
        }
    }

    /// The TCP ports that it is about, if it is about any.
    pub(crate) fn tcp_ports(&self) -> Option<RangeInclusive<u16>> {
        match self.protocol {
            ALL => Some(0..=u16::MAX),
            TCP => self.port_range.as_ref().map(|ports| ports.from..=ports.to),
            _ => None,
        }
    }

    fn is(&self, egress: bool, rule_number: i32) -> bool {
        self.egress == egress && i32::from(self.rule_number) == rule_number
    }
}

/// The input of the operations that write an entry.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct WriteNetworkAclEntry {
    network_acl_id: String,
    rule_number: i32,
    protocol: String,
    rule_action: RuleAction,
    egress: bool,
    cidr_block: Option<String>,
    ipv6_cidr_block: Option<String>,
    icmp: Option<IcmpTypeCode>,
    port_range: Option<PortRange>,
}

/// Adds an entry under a number that is free in its direction.
///
/// AWS: EC2 API Reference, CreateNetworkAclEntry.
pub(crate) fn create_network_acl_entry(cx: &mut Context<'_>, input: WriteNetworkAclEntry) -> Result<Return, ApiError> {
    let acl = kind::NETWORK_ACL.get_mut(&mut cx.ec2.network_acls, &input.network_acl_id)?;
    let entry = entry(&input)?;
    if acl.entries.iter().any(|other| other.is(input.egress, input.rule_number)) {
        let message = format!("The network acl entry identified by {} already exists.", input.rule_number);
        return Err(ApiError::new("NetworkAclEntryAlreadyExists", message));
    }
    quota::ENTRIES_PER_NETWORK_ACL.check(acl.entries.iter().filter(|other| other.egress == input.egress).count())?;
    acl.entries.push(entry);
    Ok(Return { r#return: true })
}

/// Writes an entry in place of the one with the same number.
///
/// AWS: EC2 API Reference, ReplaceNetworkAclEntry.
pub(crate) fn replace_network_acl_entry(cx: &mut Context<'_>, input: WriteNetworkAclEntry) -> Result<Return, ApiError> {
    let acl = kind::NETWORK_ACL.get_mut(&mut cx.ec2.network_acls, &input.network_acl_id)?;
    let entry = entry(&input)?;
    let place = acl.entries.iter_mut().find(|other| other.is(input.egress, input.rule_number));
    *place.ok_or_else(|| no_entry(input.egress, input.rule_number))? = entry;
    Ok(Return { r#return: true })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteNetworkAclEntry {
    network_acl_id: String,
    rule_number: i32,
    egress: bool,
}

/// AWS: EC2 API Reference, DeleteNetworkAclEntry.
pub(crate) fn delete_network_acl_entry(cx: &mut Context<'_>, input: DeleteNetworkAclEntry) -> Result<Return, ApiError> {
    let acl = kind::NETWORK_ACL.get_mut(&mut cx.ec2.network_acls, &input.network_acl_id)?;
    let position = acl.entries.iter().position(|entry| entry.is(input.egress, input.rule_number));
    acl.entries.remove(position.ok_or_else(|| no_entry(input.egress, input.rule_number))?);
    Ok(Return { r#return: true })
}

fn no_entry(egress: bool, rule_number: i32) -> ApiError {
    let direction = if egress { "egress" } else { "ingress" };
    let message = format!("no {direction} entry with number {rule_number}");
    ApiError::new("InvalidNetworkAclEntry.NotFound", message)
}

fn entry(input: &WriteNetworkAclEntry) -> Result<Entry, ApiError> {
    let rule_number = u16::try_from(input.rule_number).ok().filter(|_| RULE_NUMBERS.contains(&input.rule_number));
    let rule_number = rule_number.ok_or_else(|| {
        invalid(format!("Value ({}) for parameter ruleNumber is invalid. It is 1 to 32766.", input.rule_number))
    })?;
    let block = match (&input.cidr_block, &input.ipv6_cidr_block) {
        (Some(block), None) => cidr::parse(block, "cidrBlock")?.to_string(),
        (None, Some(block)) => match block.parse::<Ipv6Net>() {
            Ok(block) => block.trunc().to_string(),
            Err(_) => return Err(invalid(format!("Value ({block}) for parameter ipv6CidrBlock is invalid."))),
        },
        (Some(_), Some(_)) => {
            let message = "The parameter cidrBlock cannot be used with the parameter ipv6CidrBlock";
            return Err(ApiError::new("InvalidParameterCombination", message));
        }
        (None, None) => return Err(missing("cidrBlock or ipv6CidrBlock")),
    };
    let protocol = protocol(&input.protocol)?;
    // What does not belong to the protocol is not looked at, as EC2 does with security group rules.
    let icmp = input.icmp.clone().filter(|_| matches!(protocol, ICMP | ICMPV6));
    let port_range = input.port_range.clone().filter(|_| matches!(protocol, TCP | UDP));
    match protocol {
        TCP | UDP if port_range.is_none() => return Err(missing("portRange")),
        ICMP | ICMPV6 if icmp.is_none() => return Err(missing("icmpTypeCode")),
        _ => (),
    }
    if let Some(PortRange { from, to }) = port_range.as_ref().filter(|ports| ports.from > ports.to) {
        return Err(invalid(format!("Invalid port range ({from}, {to})")));
    }
    let WriteNetworkAclEntry { egress, rule_action, .. } = *input;
    Ok(Entry { egress, rule_number, rule_action, protocol, block, icmp, port_range })
}

fn protocol(text: &str) -> Result<i16, ApiError> {
    let unknown = || invalid(format!("Invalid value '{text}' for IP protocol. Unknown protocol."));
    match text.to_ascii_lowercase().as_str() {
        "all" => Ok(ALL),
        "icmp" => Ok(ICMP),
        "tcp" => Ok(TCP),
        "udp" => Ok(UDP),
        "icmpv6" => Ok(ICMPV6),
        number => number.parse().ok().filter(|number| (-1..=255).contains(number)).ok_or_else(unknown),
    }
}

fn invalid(message: String) -> ApiError {
    ApiError::new("InvalidParameterValue", message)
}

fn missing(parameter: &str) -> ApiError {
    ApiError::new("MissingParameter", format!("The request must contain the parameter {parameter}"))
}

/// An entry in a reply.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryView {
    rule_number: u16,
    rule_action: RuleAction,
    egress: bool,
    protocol: String,
    cidr_block: Option<String>,
    ipv6_cidr_block: Option<String>,
    icmp_type_code: Option<IcmpTypeCode>,
    port_range: Option<PortRange>,
}

impl EntryView {
    /// The entries as EC2 shows them: those going out first, in the order of their numbers, with the last ones.
    pub(super) fn all(entries: &[Entry]) -> Vec<Self> {
        let last =
            |egress| Entry { rule_number: LAST, rule_action: RuleAction::Deny, ..Entry::allow_everything(egress) };
        let mut all: Vec<Entry> = entries.iter().cloned().chain([last(true), last(false)]).collect();
        all.sort_by_key(|entry| (!entry.egress, entry.rule_number));
        all.into_iter().map(Self::from).collect()
    }
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        let Entry { egress, rule_number, rule_action, protocol, block, icmp, port_range } = entry;
        let (ipv6, ipv4) = if block.contains(':') { (Some(block), None) } else { (None, Some(block)) };
        EntryView {
            rule_number,
            rule_action,
            egress,
            protocol: protocol.to_string(),
            cidr_block: ipv4,
            ipv6_cidr_block: ipv6,
            icmp_type_code: icmp,
            port_range,
        }
    }
}
