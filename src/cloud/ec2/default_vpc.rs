//! The default VPC that every account has in every region: a public subnet in each zone.
//!
//! AWS: Amazon VPC User Guide, "Default VPCs".

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use jiff::Timestamp;

use super::{internet_gateway, route, route_table, subnet, vpc, zone};
use crate::context::Context;
use crate::tags::Tags;

const CIDR_BLOCK: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(172, 31, 0, 0), 16);
const SUBNET_PREFIX: u8 = 20;

/// Makes the default VPC. Runs once per region.
pub(super) fn prepare(cx: &mut Context<'_>) {
    // It was there long before the first request.
    cx.now = Timestamp::UNIX_EPOCH;
    let vpc_id = vpc::create(cx, CIDR_BLOCK, true, Tags::default());
    let blocks = CIDR_BLOCK.subnets(SUBNET_PREFIX).into_iter().flatten();
    for (zone, block) in zone::zones(cx.region).into_iter().zip(blocks) {
        subnet::create(cx, &vpc_id, block, zone, true, Tags::default());
    }
    let gateway = internet_gateway::create_default(cx, &vpc_id);
    if let Some(table) = route_table::main_of_vpc(cx, &vpc_id).and_then(|id| cx.ec2.route_tables.get_mut(&id)) {
        table.routes.push(route::Route::to_everywhere(route::Target::Gateway(gateway)));
    }
}
