//! How many of something an account may have in a region: AWS's default quotas.
//!
//! AWS: Amazon VPC User Guide, "Amazon VPC quotas".

use crate::wire::ApiError;

/// A quota, and how EC2 says that it is reached.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    pub(crate) limit: usize,
    code: &'static str,
    noun: &'static str,
}

pub(crate) const VPCS: Quota = Quota { limit: 5, code: "VpcLimitExceeded", noun: "VPCs" };
/// In one VPC.
pub(crate) const SUBNETS: Quota = Quota { limit: 200, code: "SubnetLimitExceeded", noun: "subnets" };
/// AWS raises it together with that of VPCs.
pub(crate) const INTERNET_GATEWAYS: Quota =
    Quota { limit: 5, code: "InternetGatewayLimitExceeded", noun: "internet gateways" };
pub(crate) const ADDRESSES: Quota = Quota { limit: 5, code: "AddressLimitExceeded", noun: "addresses" };
/// In one availability zone.
pub(crate) const NAT_GATEWAYS: Quota = Quota { limit: 5, code: "NatGatewayLimitExceeded", noun: "NAT gateways" };
/// In one VPC.
pub(crate) const ROUTE_TABLES: Quota = Quota { limit: 200, code: "RouteTableLimitExceeded", noun: "route tables" };
/// In one route table, without the local route.
pub(crate) const ROUTES: Quota = Quota { limit: 500, code: "RouteLimitExceeded", noun: "routes" };
/// In one VPC.
pub(crate) const NETWORK_ACLS: Quota = Quota { limit: 200, code: "NetworkAclLimitExceeded", noun: "network ACLs" };
/// In one direction of one network ACL.
pub(crate) const ENTRIES_PER_NETWORK_ACL: Quota =
    Quota { limit: 20, code: "NetworkAclEntryLimitExceeded", noun: "entries per network ACL" };
pub(crate) const SECURITY_GROUPS: Quota =
    Quota { limit: 2500, code: "SecurityGroupLimitExceeded", noun: "security groups" };
/// In one direction of one group, for IPv4 and for IPv6 apart; a reference to a group counts as both.
pub(crate) const RULES_PER_SECURITY_GROUP: Quota =
    Quota { limit: 60, code: "RulesPerSecurityGroupLimitExceeded", noun: "rules per security group" };
pub(crate) const SECURITY_GROUPS_PER_INTERFACE: Quota =
    Quota { limit: 5, code: "SecurityGroupsPerInterfaceLimitExceeded", noun: "security groups per interface" };

impl Quota {
    /// Refuses one more than `existing` when that would be too many.
    pub(crate) fn check(self, existing: usize) -> Result<(), ApiError> {
        if existing < self.limit {
            return Ok(());
        }
        Err(ApiError::new(self.code, format!("The maximum number of {} has been reached.", self.noun)))
    }
}
