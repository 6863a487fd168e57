//! Who reaches whom: security groups, network ACLs, subnets, routes and zones, judged on each new connection.
//!
//! Connections that exist go on whatever changes in the tables: EC2 tracks them (AWS: Amazon EC2 User Guide, "Amazon EC2
//! security group connection tracking"). Only the loss of a zone ends them, and whoever holds them asks for that.

mod acl;
mod group;
mod path;
mod route;
mod snapshot;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::{Arc, PoisonError, RwLock};

use crate::faults::Faults;
use path::Paths;

pub(crate) use snapshot::{Wanted, wanted};

/// The networks of all regions, as they are now.
#[derive(Debug)]
pub(crate) struct Network {
    client: Ipv4Addr,
    faults: Arc<Faults>,
    regions: RwLock<Arc<Vec<Wanted>>>,
}

/// One end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Peer {
    /// A user somewhere in the internet.
    Client,
    /// A network interface, by its id.
    Interface(String),
}

/// What becomes of a new connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is made.
    Open,
    /// Its packets are lost: nobody answers. Says why, for the log.
    Lost(String),
}

impl Network {
    /// Nothing exists yet. `client` is the address that users in the internet have.
    pub(crate) fn new(client: Ipv4Addr, faults: Arc<Faults>) -> Self {
        Network { client, faults, regions: RwLock::default() }
    }

    /// From now on the networks are these.
    pub(crate) fn set(&self, regions: Vec<Wanted>) {
        *self.regions.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(regions);
    }

    /// Judges a new TCP connection to `port` of the interface `to`. Connections that exist go on whatever changes.
    pub(crate) fn judge(&self, from: &Peer, to: &str, port: u16) -> Verdict {
        self.in_region_of(to, |paths| match from {
            Peer::Client => paths.of_client(self.client, to, port),
            Peer::Interface(from) => paths.between(from, to, port),
        })
    }

    /// Judges a new TCP connection from an interface to `port` of a host in the internet, such as those of AWS's own
    /// services: images, logs and secrets are reached this way or not at all, for VPC endpoints are not modelled.
    pub(crate) fn egress(&self, interface_id: &str, port: u16) -> Verdict {
        self.in_region_of(interface_id, |paths| paths.to_internet(interface_id, port))
    }

    /// Whether the zone with this name is lost. Connections with an end in it are lost too, also those that exist.
    pub(crate) fn zone_lost(&self, zone: &str) -> bool {
        self.faults.zone_lost(zone)
    }

    /// Whether a VPC exists.
    pub(crate) fn has_vpc(&self, vpc_id: &str) -> bool {
        self.regions().iter().any(|region| region.vpcs.contains(vpc_id))
    }

    fn regions(&self) -> Arc<Vec<Wanted>> {
        Arc::clone(&self.regions.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn in_region_of(&self, interface_id: &str, judge: impl FnOnce(Paths<'_>) -> Result<(), String>) -> Verdict {
        let (regions, lost_zones): (_, BTreeSet<String>) = (self.regions(), self.faults.lost_zones());
        let region = regions.iter().find(|region| region.interfaces.contains_key(interface_id));
        let verdict = match region {
            Some(region) => judge(Paths { region, lost_zones: &lost_zones }),
            None => Err(path::no_interface(interface_id)),
        };
        match verdict {
            Ok(()) => Verdict::Open,
            Err(reason) => Verdict::Lost(reason),
        }
    }
}
