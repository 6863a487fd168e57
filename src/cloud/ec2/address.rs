//! Elastic IP addresses.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::describe::{Described, Selection, View, select};
use super::filter::Filter;
use super::kind::{self, Kind};
use super::tag::{self, Return, TagSpecification};
use super::{public_address, quota};
use crate::context::Context;
use crate::table::Record;
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

/// An Elastic IP address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) allocation_id: String,
    pub(crate) public_ip: Ipv4Addr,
    pub(crate) tags: Tags,
    created: Timestamp,
}

impl Record for Address {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct AllocateAddress {
    domain: Option<Domain>,
    network_border_group: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Domain {
    Vpc,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AllocateAddressResult {
    allocation_id: String,
    public_ip: String,
    public_ipv4_pool: &'static str,
    network_border_group: String,
    domain: &'static str,
}

/// AWS: EC2 API Reference, AllocateAddress. All addresses have been for VPCs since EC2-Classic ended.
pub(crate) fn allocate_address(
    cx: &mut Context<'_>,
    input: AllocateAddress,
) -> Result<AllocateAddressResult, ApiError> {
    let (None | Some(Domain::Vpc)) = input.domain;
    if input.network_border_group.as_deref().is_some_and(|group| group != cx.region) {
        let message = "The network border group is invalid: the local cloud has no local zones.";
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    quota::ADDRESSES.check(cx.ec2.addresses.len())?;
    let tags = tag::on_creation(kind::ADDRESS, input.tag_specification)?;
    let allocation_id = kind::ADDRESS.new_id(cx);
    let public_ip = public_address::unused(cx);
    let address = Address { allocation_id: allocation_id.clone(), public_ip, tags, created: cx.now };
    cx.ec2.addresses.insert(allocation_id.clone(), address);
    Ok(AllocateAddressResult {
        allocation_id,
        public_ip: public_ip.to_string(),
        public_ipv4_pool: "amazon",
        network_border_group: cx.region.to_owned(),
        domain: "vpc",
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ReleaseAddress {
    allocation_id: Option<String>,
    public_ip: Option<Ipv4Addr>,
    network_border_group: Option<String>,
}

/// Releases an address that nothing has.
///
/// AWS: EC2 API Reference, ReleaseAddress, and Error codes, `InvalidIPAddress.InUse`.
pub(crate) fn release_address(cx: &mut Context<'_>, input: ReleaseAddress) -> Result<Return, ApiError> {
    if input.network_border_group.as_deref().is_some_and(|group| group != cx.region) {
        let message = "The address does not belong to the specified network border group.";
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    let allocation_id = match (input.allocation_id, input.public_ip) {
        (Some(id), _) => id,
        (None, Some(public_ip)) => of_public_ip(cx, public_ip)?,
        (None, None) => {
            return Err(ApiError::new("MissingParameter", "The request must contain the parameter AllocationId"));
        }
    };
    let address = kind::ADDRESS.get(&cx.ec2.addresses, &allocation_id)?;
    if public_address::holder(cx, &allocation_id).is_some() {
        let message = format!("Address {} is in use.", address.public_ip);
        return Err(ApiError::new("InvalidIPAddress.InUse", message));
    }
    cx.ec2.addresses.remove(&allocation_id);
    Ok(Return { r#return: true })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DisassociateAddress {
    association_id: Option<String>,
    public_ip: Option<Ipv4Addr>,
}

/// Refuses: only AWS may take an address away from the interfaces that there are here, all of which AWS manages.
pub(crate) fn disassociate_address(cx: &mut Context<'_>, input: DisassociateAddress) -> Result<Return, ApiError> {
    let association_id = match (input.association_id, input.public_ip) {
        (Some(id), _) => id,
        (None, Some(public_ip)) => {
            let allocation_id = of_public_ip(cx, public_ip)?;
            let holder = public_address::holder(cx, &allocation_id);
            holder.map(|(_, association)| association.association_id.clone()).unwrap_or_default()
        }
        (None, None) => {
            return Err(ApiError::new("MissingParameter", "Either public IP or association id must be specified"));
        }
    };
    let is_held = cx.ec2.addresses.values().any(|address| {
        public_address::holder(cx, &address.allocation_id).is_some_and(|(_, it)| it.association_id == association_id)
    });
    Err(if is_held {
        ApiError::new("AuthFailure", "You do not have permission to access the specified resource.")
    } else {
        let message = format!("The association ID '{association_id}' does not exist");
        ApiError::new("InvalidAssociationID.NotFound", message)
    })
}

fn of_public_ip(cx: &Context<'_>, public_ip: Ipv4Addr) -> Result<String, ApiError> {
    let found = cx.ec2.addresses.values().find(|address| address.public_ip == public_ip);
    let error = || ApiError::new("InvalidAddress.NotFound", format!("Address '{public_ip}' not found."));
    found.map(|address| address.allocation_id.clone()).ok_or_else(error)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeAddresses {
    #[serde(default)]
    allocation_id: Vec<String>,
    #[serde(default)]
    public_ip: Vec<Ipv4Addr>,
    #[serde(default)]
    filter: Vec<Filter>,
}

pub(crate) fn describe_addresses(
    cx: &mut Context<'_>,
    input: DescribeAddresses,
) -> Result<Described<AddressView>, ApiError> {
    let mut ids = input.allocation_id;
    for public_ip in input.public_ip {
        ids.push(of_public_ip(cx, public_ip)?);
    }
    let views = cx.ec2.addresses.values().filter(|it| cx.visible(it.created)).map(|it| view(cx, it));
    select(views, Selection { ids, filter: input.filter, max_results: None, next_token: None })
}

/// An address in a reply.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddressView {
    allocation_id: String,
    public_ip: String,
    public_ipv4_pool: &'static str,
    network_border_group: String,
    domain: &'static str,
    association_id: Option<String>,
    network_interface_id: Option<String>,
    network_interface_owner_id: Option<String>,
    private_ip_address: Option<String>,
    tag_set: Vec<LowerTag>,
}

impl View for AddressView {
    const KIND: Kind = kind::ADDRESS;
    const SET: &'static str = "addressesSet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("allocation-id", "allocationId"),
        ("association-id", "associationId"),
        ("domain", "domain"),
        ("instance-id", "instanceId"),
        ("network-border-group", "networkBorderGroup"),
        ("network-interface-id", "networkInterfaceId"),
        ("network-interface-owner-id", "networkInterfaceOwnerId"),
        ("private-ip-address", "privateIpAddress"),
        ("public-ip", "publicIp"),
    ];

    fn id(&self) -> &str {
        &self.allocation_id
    }
}

fn view(cx: &Context<'_>, address: &Address) -> AddressView {
    let holder = public_address::holder(cx, &address.allocation_id);
    let interface = holder.map(|(interface, _)| interface);
    AddressView {
        allocation_id: address.allocation_id.clone(),
        public_ip: address.public_ip.to_string(),
        public_ipv4_pool: "amazon",
        network_border_group: cx.region.to_owned(),
        domain: "vpc",
        association_id: holder.map(|(_, association)| association.association_id.clone()),
        network_interface_id: interface.map(|interface| interface.network_interface_id.clone()),
        network_interface_owner_id: interface.map(|_| cx.account.to_owned()),
        private_ip_address: interface.map(|interface| interface.private_ip_address.to_string()),
        tag_set: address.tags.lower(),
    }
}
