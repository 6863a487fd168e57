//! Public IPv4 addresses, and the network interfaces that have them.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::kind;
use super::network_interface::{self, NetworkInterface, Public};
use crate::context::Context;
use crate::wire::ApiError;

/// The public address of a network interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PublicAddress {
    pub(crate) public_ip: Ipv4Addr,
    /// Of an Elastic IP address.
    pub(crate) elastic: Option<Association>,
}

/// The association of an Elastic IP address with a network interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Association {
    pub(crate) allocation_id: String,
    pub(crate) association_id: String,
}

/// The network interface that has this Elastic IP address now.
pub(super) fn holder<'t>(cx: &'t Context<'_>, allocation_id: &str) -> Option<(&'t NetworkInterface, &'t Association)> {
    network_interface::existing(cx).find_map(|interface| {
        let association = interface.public_address.as_ref()?.elastic.as_ref()?;
        (association.allocation_id == allocation_id).then_some((interface, association))
    })
}

/// The public address that a new network interface asks for.
pub(super) fn give(cx: &mut Context<'_>, public: Public) -> Result<Option<PublicAddress>, ApiError> {
    Ok(match public {
        Public::None => None,
        Public::Assigned => Some(PublicAddress { public_ip: unused(cx), elastic: None }),
        Public::Elastic(allocation_id) => {
            let public_ip = kind::ADDRESS.get(&cx.ec2.addresses, &allocation_id)?.public_ip;
            if holder(cx, &allocation_id).is_some() {
                return Err(already_associated(&allocation_id));
            }
            let association_id = cx.ids.ec2("eipassoc");
            Some(PublicAddress { public_ip, elastic: Some(Association { allocation_id, association_id }) })
        }
    })
}

pub(super) fn already_associated(allocation_id: &str) -> ApiError {
    let message = format!("Elastic IP address [{allocation_id}] is already associated");
    ApiError::new("Resource.AlreadyAssociated", message)
}

/// A public address that nothing has yet. It is from the range for benchmarks (RFC 2544), so that a client that takes
/// it for real reaches nobody's host.
pub(super) fn unused(cx: &mut Context<'_>) -> Ipv4Addr {
    loop {
        let suffix = u32::from_str_radix(&cx.ids.hex(5), 16).unwrap_or_default() & 0x1_ffff;
        let candidate = Ipv4Addr::from(u32::from(Ipv4Addr::new(198, 18, 0, 0)) | suffix);
        let assigned = |it: &NetworkInterface| it.public_address.as_ref().is_some_and(|it| it.public_ip == candidate);
        let is_taken = cx.ec2.addresses.values().any(|address| address.public_ip == candidate)
            || cx.ec2.network_interfaces.values().any(assigned);
        if !is_taken {
            return candidate;
        }
    }
}

/// The DNS name of a public address.
///
/// AWS: Amazon VPC User Guide, "DNS attributes for your VPC".
pub(super) fn dns_name(region: &str, address: Ipv4Addr) -> String {
    let domain = if region == "us-east-1" { "compute-1".to_owned() } else { format!("{region}.compute") };
    format!("ec2-{}.{domain}.amazonaws.com", address.to_string().replace('.', "-"))
}
