//! The network: EC2's half of the kinds.

mod description;
mod elastic_ip;
mod internet_gateway;
mod nat_gateway;
mod route;
mod route_table;
mod route_table_association;
mod security_group;
mod security_group_egress_rule;
mod security_group_ingress_rule;
mod security_group_rule;
mod subnet;
mod vpc;

pub use elastic_ip::{ElasticIp, ElasticIpOutputs, ElasticIpRefs};
pub use internet_gateway::{InternetGateway, InternetGatewayOutputs, InternetGatewayRefs};
pub use nat_gateway::{NatGateway, NatGatewayOutputs, NatGatewayRefs};
pub use route::{Route, RouteTarget};
pub use route_table::{RouteTable, RouteTableOutputs, RouteTableRefs};
pub use route_table_association::RouteTableAssociation;
pub use security_group::{SecurityGroup, SecurityGroupOutputs, SecurityGroupRefs};
pub use security_group_egress_rule::SecurityGroupEgressRule;
pub use security_group_ingress_rule::SecurityGroupIngressRule;
pub use security_group_rule::{IpProtocol, Peer};
pub use subnet::{Subnet, SubnetOutputs, SubnetRefs};
pub use vpc::{Vpc, VpcOutputs, VpcRefs};

#[cfg(feature = "live")]
mod live;

#[cfg(feature = "live")]
pub(crate) use security_group_rule::live::rules_of;
