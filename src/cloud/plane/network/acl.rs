//! What network ACLs let through: packets, one by one, in each direction.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use ipnet::Ipv4Net;

/// The ports that answers go to. A network ACL keeps no connections in mind, so it must let all of these through for
/// every connection to be answered.
///
/// AWS: Amazon VPC User Guide, "Custom network ACLs", "Ephemeral ports": Linux takes 32768 to 60999, Elastic Load
/// Balancing and NAT gateways 1024 to 65535.
pub(super) const LINUX: RangeInclusive<u16> = 32768..=60999;
pub(super) const BALANCER_OR_NAT: RangeInclusive<u16> = 1024..=65535;

/// A network ACL's entries for TCP over IPv4.
#[derive(Debug, Clone, Default)]
pub(super) struct Acl {
    pub(super) id: String,
    /// In the order of their numbers: the first that matches decides, and what none matches is denied.
    pub(super) ingress: Vec<Entry>,
    /// As `ingress`.
    pub(super) egress: Vec<Entry>,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) allows: bool,
    pub(super) block: Ipv4Net,
    pub(super) ports: RangeInclusive<u16>,
}

/// Whether the entries let packets between here and `address` through to every one of these ports.
pub(super) fn allow(entries: &[Entry], address: Ipv4Addr, ports: &RangeInclusive<u16>) -> bool {
    let relevant = || entries.iter().filter(|entry| entry.block.contains(&address));
    let decision = |port: u16| relevant().find(|entry| entry.ports.contains(&port)).is_some_and(|entry| entry.allows);
    // Between the ends of the entries' ranges nothing changes.
    let ends = relevant().flat_map(|entry| [Some(*entry.ports.start()), entry.ports.end().checked_add(1)]).flatten();
    ends.filter(|port| ports.contains(port)).chain([*ports.start()]).all(decision)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(entries: &[(bool, &str, RangeInclusive<u16>)], ports: RangeInclusive<u16>, expected: bool) {
        let entry = |(allows, block, ports): &(bool, &str, RangeInclusive<u16>)| Entry {
            allows: *allows,
            block: block.parse().expect("a block"),
            ports: ports.clone(),
        };
        let entries: Vec<Entry> = entries.iter().map(entry).collect();
        assert_eq!(allow(&entries, Ipv4Addr::new(10, 0, 0, 4), &ports), expected);
    }

    #[test]
    fn the_first_entry_that_matches_decides() {
        check(&[], 80..=80, false);
        check(&[(true, "0.0.0.0/0", 0..=65535)], 80..=80, true);
        check(&[(false, "10.0.0.0/8", 80..=80), (true, "0.0.0.0/0", 0..=65535)], 80..=80, false);
        check(&[(true, "0.0.0.0/0", 0..=65535), (false, "10.0.0.0/8", 80..=80)], 80..=80, true);
        check(&[(false, "10.1.0.0/16", 80..=80), (true, "0.0.0.0/0", 0..=65535)], 80..=80, true);
    }

    #[test]
    fn a_range_is_let_through_as_a_whole() {
        check(&[(true, "0.0.0.0/0", 1024..=65535)], LINUX, true);
        check(&[(true, "0.0.0.0/0", 32768..=65535)], BALANCER_OR_NAT, false);
        check(&[(true, "0.0.0.0/0", 1024..=40000), (true, "0.0.0.0/0", 40001..=65535)], LINUX, true);
        check(&[(false, "0.0.0.0/0", 50000..=50000), (true, "0.0.0.0/0", 0..=65535)], LINUX, false);
        check(&[(false, "0.0.0.0/0", 61000..=65535), (true, "0.0.0.0/0", 0..=65535)], LINUX, true);
        check(&[(true, "0.0.0.0/0", 0..=60998)], LINUX, false);
    }
}
