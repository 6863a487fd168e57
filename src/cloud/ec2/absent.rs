//! Kinds of resource that the local cloud does not model, so that there is none of them: they can be asked for, and
//! the answer is an empty list, whatever the filters.

use serde::{Deserialize, Serialize};

use super::describe::{Described, Selection, View, select};
use super::kind::{self, Kind};
use crate::context::Context;
use crate::wire::ApiError;

macro_rules! absent {
    ($(#[$meta:meta])* $name:ident, $kind:ident, $set:literal, $input:ident { $ids:ident }, $handler:ident) => {
        $(#[$meta])*
        #[derive(Serialize)]
        pub(crate) enum $name {}

        impl View for $name {
            const KIND: Kind = kind::$kind;
            const SET: &'static str = $set;
            const FILTERS: &'static [(&'static str, &'static str)] = &[];

            fn id(&self) -> &str {
                match *self {}
            }
        }

        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase", deny_unknown_fields)]
        pub(crate) struct $input {
            #[serde(default)]
            $ids: Vec<String>,
            max_results: Option<i64>,
            next_token: Option<String>,
        }

        pub(crate) fn $handler(_: &mut Context<'_>, input: $input) -> Result<Described<$name>, ApiError> {
            let $input { $ids: ids, max_results, next_token } = input;
            select([], Selection { ids, filter: Vec::new(), max_results, next_token })
        }
    };
}

absent! {
    /// An instance, inside its reservation.
    Instance, INSTANCE, "reservationSet", DescribeInstances { instance_id }, describe_instances
}
absent! {
    /// A VPC endpoint.
    VpcEndpoint, VPC_ENDPOINT, "vpcEndpointSet", DescribeVpcEndpoints { vpc_endpoint_id }, describe_vpc_endpoints
}
absent! {
    /// A peering of two VPCs.
    VpcPeeringConnection, VPC_PEERING_CONNECTION, "vpcPeeringConnectionSet",
    DescribeVpcPeeringConnections { vpc_peering_connection_id }, describe_vpc_peering_connections
}
absent! {
    /// A flow log.
    FlowLog, FLOW_LOG, "flowLogSet", DescribeFlowLogs { flow_log_id }, describe_flow_logs
}
absent! {
    /// An egress-only internet gateway.
    EgressOnlyInternetGateway, EGRESS_ONLY_INTERNET_GATEWAY, "egressOnlyInternetGatewaySet",
    DescribeEgressOnlyInternetGateways { egress_only_internet_gateway_id },
    describe_egress_only_internet_gateways
}
