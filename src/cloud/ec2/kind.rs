//! EC2's kinds of resource: the prefix of their ids, and how EC2 says that one does not exist or is still needed.

use crate::context::Context;
use crate::table::{Record, Table};
use crate::wire::ApiError;

/// One kind of resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// What stands before the dash in an id.
    prefix: &'static str,
    /// The name in tag specifications and in `DescribeTags`; the middle part of an ARN too.
    pub(crate) resource_type: &'static str,
    /// The error code for an id that nothing has.
    not_found: &'static str,
    /// The name in error messages, with `ID` where EC2 adds it.
    noun: &'static str,
}

const fn kind(prefix: &'static str, resource_type: &'static str, not_found: &'static str, noun: &'static str) -> Kind {
    Kind { prefix, resource_type, not_found, noun }
}

// AWS: EC2 API Reference, Error codes.
pub(crate) const VPC: Kind = kind("vpc", "vpc", "InvalidVpcID.NotFound", "vpc ID");
pub(crate) const SUBNET: Kind = kind("subnet", "subnet", "InvalidSubnetID.NotFound", "subnet ID");
pub(crate) const INTERNET_GATEWAY: Kind =
    kind("igw", "internet-gateway", "InvalidInternetGatewayID.NotFound", "internetGateway ID");
pub(crate) const ADDRESS: Kind = kind("eipalloc", "elastic-ip", "InvalidAllocationID.NotFound", "allocation ID");
pub(crate) const NAT_GATEWAY: Kind = kind("nat", "natgateway", "NatGatewayNotFound", "NatGateway");
pub(crate) const ROUTE_TABLE: Kind = kind("rtb", "route-table", "InvalidRouteTableID.NotFound", "routeTable ID");
pub(crate) const SECURITY_GROUP: Kind = kind("sg", "security-group", "InvalidGroup.NotFound", "security group");
pub(crate) const SECURITY_GROUP_RULE: Kind =
    kind("sgr", "security-group-rule", "InvalidSecurityGroupRuleId.NotFound", "security group rule ID");
pub(crate) const NETWORK_ACL: Kind = kind("acl", "network-acl", "InvalidNetworkAclID.NotFound", "networkAcl ID");
pub(crate) const NETWORK_INTERFACE: Kind =
    kind("eni", "network-interface", "InvalidNetworkInterfaceID.NotFound", "networkInterface ID");
pub(crate) const DHCP_OPTIONS: Kind = kind("dopt", "dhcp-options", "InvalidDhcpOptionID.NotFound", "dhcpOption ID");
pub(crate) const PREFIX_LIST: Kind = kind("pl", "prefix-list", "InvalidPrefixListID.NotFound", "prefix list ID");
pub(crate) const INSTANCE: Kind = kind("i", "instance", "InvalidInstanceID.NotFound", "instance ID");
pub(crate) const VPC_ENDPOINT: Kind = kind("vpce", "vpc-endpoint", "InvalidVpcEndpointId.NotFound", "Vpc Endpoint Id");
pub(crate) const VPC_PEERING_CONNECTION: Kind =
    kind("pcx", "vpc-peering-connection", "InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection ID");
pub(crate) const FLOW_LOG: Kind = kind("fl", "vpc-flow-log", "InvalidFlowLogId.NotFound", "flow log ID");
pub(crate) const EGRESS_ONLY_INTERNET_GATEWAY: Kind = kind(
    "eigw",
    "egress-only-internet-gateway",
    "InvalidEgressOnlyInternetGatewayId.NotFound",
    "egressOnlyInternetGateway ID",
);

impl Kind {
    /// A new id.
    pub(crate) fn new_id(self, cx: &mut Context<'_>) -> String {
        cx.ids.ec2(self.prefix)
    }

    /// Whether `id` has the form of this kind's ids.
    pub(crate) fn is_prefix_of(self, id: &str) -> bool {
        id.strip_prefix(self.prefix).is_some_and(|rest| rest.starts_with('-'))
    }

    /// The error for an id that nothing has.
    pub(crate) fn not_found(self, id: &str) -> ApiError {
        if self.prefix == SECURITY_GROUP.prefix && !self.is_prefix_of(id) {
            return ApiError::new("InvalidGroupId.Malformed", format!("Invalid id: \"{id}\" (expecting \"sg-...\")"));
        }
        let message = match self.prefix {
            "nat" => format!("NatGateway {id} was not found"),
            _ => format!("The {} '{id}' does not exist", self.noun),
        };
        ApiError::new(self.not_found, message)
    }

    /// The error for a deletion that something else stands in the way of.
    pub(crate) fn has_dependencies(self, id: &str) -> ApiError {
        let noun = self.noun.trim_end_matches(" ID");
        ApiError::new("DependencyViolation", format!("The {noun} '{id}' has dependencies and cannot be deleted."))
    }

    pub(crate) fn get<'t, T: Record>(self, table: &'t Table<T>, id: &str) -> Result<&'t T, ApiError> {
        table.get(id).ok_or_else(|| self.not_found(id))
    }

    pub(crate) fn get_mut<'t, T: Record>(self, table: &'t mut Table<T>, id: &str) -> Result<&'t mut T, ApiError> {
        table.get_mut(id).ok_or_else(|| self.not_found(id))
    }

    pub(crate) fn remove<T: Record>(self, table: &mut Table<T>, id: &str) -> Result<T, ApiError> {
        table.remove(id).ok_or_else(|| self.not_found(id))
    }
}
