//! EC2: the VPC part.
//!
//! Other services put network interfaces into subnets with [`network_interface::attach`] and take them out
//! again with [`network_interface::detach`]; they are what keeps a subnet or a security group in use.

mod absent;
mod address;
mod address_attribute;
mod authorize;
mod cidr;
mod default_vpc;
mod describe;
mod describe_nat_gateway;
mod describe_network_interface;
mod describe_security_group;
mod dhcp_options;
mod filter;
mod internet_gateway;
mod kind;
mod modify_rules;
pub(crate) mod nat_gateway;
mod network_acl;
mod network_acl_association;
pub(crate) mod network_acl_entry;
pub(crate) mod network_interface;
pub(crate) mod permission;
pub(crate) mod prefix_list;
mod protocol;
mod public_address;
mod quota;
pub(crate) mod region;
mod revoke;
pub(crate) mod route;
pub(crate) mod route_table;
mod route_table_association;
pub(crate) mod security_group;
mod security_group_rule;
mod subnet;
mod subnet_attribute;
mod tag;
#[cfg(test)]
mod tests;
mod text;
mod vpc;
mod vpc_attribute;
pub(crate) mod zone;

use std::time::Duration;

use crate::operation::{Protocol, Service, operations};
use crate::table::tables;

tables! {
    /// What EC2 keeps in one region. Each table is by id.
    Tables {
        /// VPCs.
        vpcs: vpc::Vpc,
        /// Sets of DHCP options.
        dhcp_options: dhcp_options::DhcpOptions,
        /// Subnets.
        subnets: subnet::Subnet,
        /// Network ACLs.
        network_acls: network_acl::NetworkAcl,
        /// Internet gateways.
        internet_gateways: internet_gateway::InternetGateway,
        /// Elastic IP addresses, by allocation id.
        addresses: address::Address,
        /// NAT gateways, also deleted ones.
        nat_gateways: nat_gateway::NatGateway,
        /// Route tables.
        route_tables: route_table::RouteTable,
        /// Security groups.
        security_groups: security_group::SecurityGroup,
        /// The rules of all security groups.
        security_group_rules: security_group_rule::SecurityGroupRule,
        /// Network interfaces; see [`network_interface::existing`] for those that are not gone.
        network_interfaces: network_interface::NetworkInterface,
    }
}

/// How EC2 is spoken, and what it can do.
pub(crate) const SERVICE: Service = Service {
    name: "ec2",
    signing_name: "ec2",
    protocol: Protocol::Ec2 { version: "2016-11-15", namespace: "http://ec2.amazonaws.com/doc/2016-11-15/" },
    global: false,
    // EC2 promises only eventual consistency (AWS: EC2 API Reference, "Eventual consistency"); it is about a second.
    read_after_write: Duration::from_secs(1),
    prepare: default_vpc::prepare,
    operations: OPERATIONS,
};

operations! {
    AllocateAddress => address::allocate_address;
    AssociateRouteTable => route_table_association::associate_route_table;
    AttachInternetGateway => internet_gateway::attach_internet_gateway;
    AuthorizeSecurityGroupEgress => authorize::egress;
    AuthorizeSecurityGroupIngress => authorize::ingress;
    CreateInternetGateway => internet_gateway::create_internet_gateway;
    CreateNatGateway => nat_gateway::create_nat_gateway;
    CreateNetworkAcl => network_acl::create_network_acl;
    CreateNetworkAclEntry => network_acl_entry::create_network_acl_entry;
    CreateRoute => route::create_route;
    CreateRouteTable => route_table::create_route_table;
    CreateSecurityGroup => security_group::create_security_group;
    CreateSubnet => subnet::create_subnet;
    CreateTags => tag::create_tags;
    CreateVpc => vpc::create_vpc;
    DeleteInternetGateway => internet_gateway::delete_internet_gateway;
    DeleteNatGateway => nat_gateway::delete_nat_gateway;
    DeleteNetworkAcl => network_acl::delete_network_acl;
    DeleteNetworkAclEntry => network_acl_entry::delete_network_acl_entry;
    DeleteRoute => route::delete_route;
    DeleteRouteTable => route_table::delete_route_table;
    DeleteSecurityGroup => security_group::delete_security_group;
    DeleteSubnet => subnet::delete_subnet;
    DeleteTags => tag::delete_tags;
    DeleteVpc => vpc::delete_vpc;
    DescribeAccountAttributes => region::describe_account_attributes;
    DescribeAddresses => address::describe_addresses;
    DescribeAddressesAttribute => address_attribute::describe_addresses_attribute;
    DescribeAvailabilityZones => zone::describe_availability_zones, unmodelled ["AllAvailabilityZones"];
    DescribeDhcpOptions => dhcp_options::describe_dhcp_options;
    DescribeEgressOnlyInternetGateways => absent::describe_egress_only_internet_gateways, unmodelled ["Filter"];
    DescribeFlowLogs => absent::describe_flow_logs, unmodelled ["Filter"];
    DescribeInstances => absent::describe_instances, unmodelled ["Filter", "IncludeManagedResources"];
    DescribeInternetGateways => internet_gateway::describe_internet_gateways;
    DescribeManagedPrefixLists => prefix_list::describe_managed_prefix_lists;
    DescribeNatGateways => describe_nat_gateway::describe_nat_gateways;
    DescribeNetworkAcls => network_acl::describe_network_acls;
    DescribeNetworkInterfaceAttribute => describe_network_interface::describe_network_interface_attribute;
    DescribeNetworkInterfaces => describe_network_interface::describe_network_interfaces,
        unmodelled ["IncludeManagedResources"];
    DescribePrefixLists => prefix_list::describe_prefix_lists;
    DescribeRegions => region::describe_regions, unmodelled ["AllRegions"];
    DescribeRouteTables => route_table::describe_route_tables;
    DescribeSecurityGroupRules => security_group_rule::describe_security_group_rules;
    DescribeSecurityGroups => describe_security_group::describe_security_groups;
    DescribeSubnets => subnet::describe_subnets;
    DescribeTags => tag::describe_tags;
    DescribeVpcAttribute => vpc_attribute::describe_vpc_attribute;
    DescribeVpcClassicLink => region::classic_link;
    DescribeVpcClassicLinkDnsSupport => region::classic_link;
    DescribeVpcEndpoints => absent::describe_vpc_endpoints, unmodelled ["Filter"];
    DescribeVpcPeeringConnections => absent::describe_vpc_peering_connections, unmodelled ["Filter"];
    DescribeVpcs => vpc::describe_vpcs;
    DetachInternetGateway => internet_gateway::detach_internet_gateway;
    DisassociateAddress => address::disassociate_address;
    DisassociateRouteTable => route_table_association::disassociate_route_table;
    GetManagedPrefixListEntries => prefix_list::get_managed_prefix_list_entries, unmodelled ["TargetVersion"];
    ModifySecurityGroupRules => modify_rules::modify_security_group_rules;
    ModifySubnetAttribute => subnet_attribute::modify_subnet_attribute;
    ModifyVpcAttribute => vpc_attribute::modify_vpc_attribute;
    ReleaseAddress => address::release_address;
    ReplaceNetworkAclAssociation => network_acl_association::replace_network_acl_association;
    ReplaceNetworkAclEntry => network_acl_entry::replace_network_acl_entry;
    ReplaceRoute => route::replace_route;
    ReplaceRouteTableAssociation => route_table_association::replace_route_table_association;
    RevokeSecurityGroupEgress => revoke::egress;
    RevokeSecurityGroupIngress => revoke::ingress;
    UpdateSecurityGroupRuleDescriptionsEgress => modify_rules::describe_egress;
    UpdateSecurityGroupRuleDescriptionsIngress => modify_rules::describe_ingress;
}
