//! The network interfaces of a load balancer's nodes. They keep EC2 from deleting its subnets and security groups.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::load_balancer::{LoadBalancer, Scheme};
use super::placement::Zone;
use crate::context::Context;
use crate::ec2::network_interface::{self, InterfaceType, NetworkInterface, NewNetworkInterface, Public};
use crate::wire::ApiError;

/// Who manages the network interfaces, as EC2 shows it.
const REQUESTER: &str = "amazon-elb";

/// How long the network interfaces outlive their load balancer. Users report a minute or more in which its subnets and
/// security groups cannot be deleted; Terraform's provider waits for it.
const LINGERING: Duration = Duration::from_secs(60);

/// How long clients may go by the address of a node that DNS does not name any more (AWS: Elastic Load Balancing, "How Elastic
/// Load Balancing works"). For so long it still serves; how much longer is documented nowhere.
pub(crate) const TIME_TO_LIVE: Duration = Duration::from_secs(60);
/// Clients of this machine ask again once a second, however fast time goes.
const SHORTEST_LEAVING: Duration = Duration::from_secs(3);

/// Puts a node into each zone that has none.
pub(super) fn place(cx: &mut Context<'_>, load_balancer: &mut LoadBalancer) -> Result<(), ApiError> {
    let suffix = load_balancer.arn.split_once(":loadbalancer/").map_or("", |(_, suffix)| suffix);
    let description = format!("ELB {suffix}");
    for zone in load_balancer.zones.iter_mut().filter(|zone| zone.network_interface_id.is_none()) {
        let new = NewNetworkInterface {
            subnet_id: zone.subnet_id.clone(),
            security_groups: load_balancer.security_groups.clone(),
            description: description.clone(),
            interface_type: InterfaceType::Interface,
            requester_id: REQUESTER.to_owned(),
            public: if load_balancer.scheme == Scheme::InternetFacing { Public::Assigned } else { Public::None },
        };
        let interface = network_interface::attach(cx, new).map_err(|error| in_our_words(error, &zone.subnet_id))?;
        zone.network_interface_id = Some(interface.network_interface_id);
    }
    Ok(())
}

/// Takes the nodes out of these zones.
pub(super) fn remove(cx: &mut Context<'_>, zones: Vec<Zone>) {
    for id in zones.into_iter().filter_map(|zone| zone.network_interface_id) {
        network_interface::detach(cx, &id, LINGERING);
    }
}

/// Takes the nodes out of these zones, and out of DNS. Where there are clients, the nodes serve for a while yet.
pub(super) fn leave(cx: &mut Context<'_>, load_balancer: &mut LoadBalancer, zones: Vec<Zone>) {
    if cx.facts.is_none() {
        return remove(cx, zones);
    }
    let serves =
        SignedDuration::try_from(cx.pace.scaled(TIME_TO_LIVE).max(SHORTEST_LEAVING)).unwrap_or(SignedDuration::MAX);
    for id in zones.iter().filter_map(|zone| zone.network_interface_id.as_deref()) {
        network_interface::detach_at(cx, id, cx.now.saturating_add(serves).unwrap_or(Timestamp::MAX));
    }
    load_balancer.leaving.extend(zones);
    load_balancer.leaving.retain(|zone| interface(cx, zone).is_some());
}

/// The network interface of the node in a zone, as long as it is there.
pub(crate) fn interface<'t>(cx: &'t Context<'_>, zone: &Zone) -> Option<&'t NetworkInterface> {
    let interface = cx.ec2.network_interfaces.get(zone.network_interface_id.as_deref()?)?;
    interface.exists(cx.now).then_some(interface)
}

/// Replaces the security groups of the nodes in these zones.
pub(super) fn set_security_groups(cx: &mut Context<'_>, zones: &[Zone], groups: &[String]) -> Result<(), ApiError> {
    for id in zones.iter().filter_map(|zone| zone.network_interface_id.as_deref()) {
        network_interface::set_security_groups(cx, id, groups)?;
    }
    Ok(())
}

/// A full subnet as Elastic Load Balancing tells of it. Whatever else EC2 refuses was checked before.
fn in_our_words(error: ApiError, subnet_id: &str) -> ApiError {
    if error.code == "InsufficientFreeAddressesInSubnet" {
        return ApiError::new("InvalidSubnet", format!("Not enough IP space available in {subnet_id}"));
    }
    error
}
