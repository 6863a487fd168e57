//! How clients see NAT gateways.

use serde::Serialize;

use super::describe::{Described, View, describe_input};
use super::kind::{self, Kind};
use super::nat_gateway::{ConnectivityType, NatGateway, State};
use crate::context::Context;
use crate::tags::LowerTag;
use crate::wire::{ApiError, Iso};

describe_input!(DescribeNatGateways { nat_gateway_id });

pub(crate) fn describe_nat_gateways(
    cx: &mut Context<'_>,
    input: DescribeNatGateways,
) -> Result<Described<NatGatewayView>, ApiError> {
    let shown = cx.ec2.nat_gateways.values().filter(|it| cx.visible(it.created) && it.is_shown(cx.now));
    input.select(shown.map(|it| view(cx, it)))
}

/// A NAT gateway in a reply.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NatGatewayView {
    nat_gateway_id: String,
    subnet_id: String,
    vpc_id: String,
    state: State,
    connectivity_type: ConnectivityType,
    create_time: Iso,
    delete_time: Option<Iso>,
    failure_code: Option<String>,
    failure_message: Option<String>,
    nat_gateway_address_set: [AddressView; 1],
    tag_set: Vec<LowerTag>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AddressView {
    allocation_id: Option<String>,
    association_id: Option<String>,
    network_interface_id: Option<String>,
    private_ip: Option<String>,
    public_ip: Option<String>,
    is_primary: bool,
    status: &'static str,
}

impl View for NatGatewayView {
    const KIND: Kind = kind::NAT_GATEWAY;
    const SET: &'static str = "natGatewaySet";
    const FILTERS: &'static [(&'static str, &'static str)] =
        &[("nat-gateway-id", "natGatewayId"), ("state", "state"), ("subnet-id", "subnetId"), ("vpc-id", "vpcId")];

    fn id(&self) -> &str {
        &self.nat_gateway_id
    }
}

pub(super) fn view(cx: &Context<'_>, gateway: &NatGateway) -> NatGatewayView {
    let state = gateway.state(cx.now);
    // Why it fails is told once it has failed.
    let failure = gateway.failure.as_ref().filter(|_| state != State::Pending);
    let address = gateway.address.clone();
    NatGatewayView {
        nat_gateway_id: gateway.nat_gateway_id.clone(),
        subnet_id: gateway.subnet_id.clone(),
        vpc_id: gateway.vpc_id.clone(),
        state,
        connectivity_type: gateway.connectivity_type,
        create_time: Iso(gateway.created),
        delete_time: gateway.deleted.map(Iso),
        failure_code: failure.map(|failure| failure.code.clone()),
        failure_message: failure.map(|failure| failure.message.clone()),
        nat_gateway_address_set: [AddressView {
            allocation_id: address.allocation_id,
            association_id: address.association_id,
            network_interface_id: address.network_interface_id,
            private_ip: address.private_ip,
            public_ip: address.public_ip,
            is_primary: true,
            status: if failure.is_some() { "failed" } else { "succeeded" },
        }],
        tag_set: gateway.tags.lower(),
    }
}
