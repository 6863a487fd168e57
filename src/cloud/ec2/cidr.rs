//! Address blocks, and what EC2 accepts of them.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::wire::ApiError;

/// The first four addresses of a subnet and its last one are AWS's own (AWS: Amazon VPC User Guide, "Subnet CIDR
/// blocks").
const RESERVED_AT_START: u32 = 4;
const RESERVED: u32 = 5;

/// Blocks that no VPC can have: this network, loopback, link-local, and multicast with what comes after it.
const NEVER_IN_A_VPC: [Ipv4Net; 4] = [
    Ipv4Net::new_assert(Ipv4Addr::new(0, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16),
    Ipv4Net::new_assert(Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// Reads an IPv4 block; bits after the prefix are cleared, as EC2 does (AWS: EC2 API Reference, CreateVpc).
pub(crate) fn parse(text: &str, parameter: &str) -> Result<Ipv4Net, ApiError> {
    text.parse::<Ipv4Net>().map(|block| block.trunc()).map_err(|_| {
        let message = format!("Value ({text}) for parameter {parameter} is invalid. This is not a valid CIDR block.");
        ApiError::new("InvalidParameterValue", message)
    })
}

/// Whether a VPC can have this block: between /16 and /28, of addresses that hosts can have.
pub(crate) fn is_allowed_for_vpc(block: Ipv4Net) -> bool {
    (16..=28).contains(&block.prefix_len()) && !NEVER_IN_A_VPC.iter().any(|never| overlap(*never, block))
}

/// Whether the blocks have an address in common.
pub(crate) fn overlap(one: Ipv4Net, other: Ipv4Net) -> bool {
    one.contains(&other) || other.contains(&one)
}

/// How many addresses of a subnet can be used.
pub(crate) fn usable(block: Ipv4Net) -> u32 {
    (1_u32 << (32 - block.prefix_len())).saturating_sub(RESERVED)
}

/// The addresses of a subnet that can be used, in order.
pub(crate) fn usable_addresses(block: Ipv4Net) -> impl Iterator<Item = Ipv4Addr> {
    let first = u32::from(block.network()) + RESERVED_AT_START;
    (first..first + usable(block)).map(Ipv4Addr::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> Ipv4Net {
        parse(text, "cidrBlock").expect("it is a block")
    }

    #[test]
    fn blocks_are_made_canonical() {
        assert_eq!(block("100.68.0.18/18").to_string(), "100.68.0.0/18");
        assert_eq!(parse("10.0.0.0", "cidrBlock").expect_err("no prefix").code, "InvalidParameterValue");
    }

    #[test]
    fn a_vpc_is_between_16_and_28() {
        for (text, allowed) in
            [("10.0.0.0/15", false), ("10.0.0.0/16", true), ("10.0.0.0/28", true), ("10.0.0.0/29", false)]
        {
            assert_eq!(is_allowed_for_vpc(block(text)), allowed, "{text}");
        }
        assert!(!is_allowed_for_vpc(block("127.0.0.0/16")));
        assert!(!is_allowed_for_vpc(block("239.1.0.0/16")));
    }

    #[test]
    fn five_addresses_of_a_subnet_are_reserved() {
        let addresses: Vec<_> = usable_addresses(block("10.0.0.0/28")).collect();
        assert_eq!((addresses.len(), usable(block("10.0.0.0/28"))), (11, 11));
        assert_eq!(addresses.first(), Some(&Ipv4Addr::new(10, 0, 0, 4)));
        assert_eq!(addresses.last(), Some(&Ipv4Addr::new(10, 0, 0, 14)));
    }
}
