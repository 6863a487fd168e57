mod network;
mod routing;
mod security;

pub(super) use network::{elastic_ip, internet_gateway, nat_gateway, subnet, vpc};
pub(super) use routing::{route, route_table, route_table_association};
pub(super) use security::{security_group, security_group_egress_rule, security_group_ingress_rule};
