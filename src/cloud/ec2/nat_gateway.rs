//! NAT gateways.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::describe_nat_gateway::{NatGatewayView, view};
use super::network_interface::{self, InterfaceType, NewNetworkInterface, Public};
use super::tag::{self, TagSpecification};
use super::{internet_gateway, kind, quota};
use crate::context::Context;
use crate::latency::Timed;
use crate::table::Record;
use crate::tags::Tags;
use crate::wire::ApiError;

/// How long a NAT gateway takes to become available: one to two minutes by users' reports (terraform-provider-aws logs
/// "Creation complete after 1m45s").
const CREATION: Duration = Duration::from_secs(100);

/// How long one takes to fail; much less than to succeed, by the same reports.
const FAILURE: Duration = Duration::from_secs(10);

/// How long one takes to go ("Destruction complete after 51s").
const DELETION: Duration = Duration::from_secs(50);

/// How long one that was deleted, or that failed, can still be described.
///
/// AWS: Amazon VPC User Guide, "Work with NAT gateways": "typically an hour".
const AFTERLIFE: SignedDuration = SignedDuration::from_hours(1);

/// A NAT gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NatGateway {
    pub(crate) nat_gateway_id: String,
    pub(crate) vpc_id: String,
    pub(crate) subnet_id: String,
    pub(crate) connectivity_type: ConnectivityType,
    pub(crate) tags: Tags,
    pub(super) address: NatGatewayAddress,
    pub(super) created: Timestamp,
    pub(super) deleted: Option<Timestamp>,
    pub(super) failure: Option<Failure>,
    state: Timed<State>,
}

impl Record for NatGateway {
    /// One that was deleted or failed is no longer the user's: AWS only still shows it.
    fn made_by_aws(&self) -> bool {
        self.deleted.is_some() || self.failure.is_some()
    }
}

/// The address of a NAT gateway, which it keeps showing after it is deleted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct NatGatewayAddress {
    pub(super) allocation_id: Option<String>,
    pub(super) association_id: Option<String>,
    pub(super) network_interface_id: Option<String>,
    pub(super) private_ip: Option<String>,
    pub(super) public_ip: Option<String>,
}

/// Why a NAT gateway could not be created.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Failure {
    pub(super) code: String,
    pub(super) message: String,
}

/// Whether a NAT gateway leads to the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ConnectivityType {
    Private,
    Public,
}

/// The state of a NAT gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Pending,
    Failed,
    Available,
    Deleting,
    Deleted,
}

impl NatGateway {
    pub(crate) fn state(&self, now: Timestamp) -> State {
        *self.state.at(now)
    }

    /// Whether routes through it lead anywhere, or will.
    pub(crate) fn is_route_target(&self, now: Timestamp) -> bool {
        matches!(self.state(now), State::Pending | State::Available)
    }

    /// Its network interface; none when it failed.
    pub(crate) fn network_interface_id(&self) -> Option<&str> {
        self.address.network_interface_id.as_deref()
    }

    /// Whether it can be described: it was not deleted long ago.
    pub(super) fn is_shown(&self, now: Timestamp) -> bool {
        let ended = self.deleted.or(self.failure.as_ref().map(|_| self.created));
        ended.is_none_or(|ended| now.duration_since(ended) < AFTERLIFE)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateNatGateway {
    subnet_id: String,
    allocation_id: Option<String>,
    connectivity_type: Option<ConnectivityType>,
    client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateNatGatewayResult {
    client_token: Option<String>,
    nat_gateway: NatGatewayView,
}

/// Creates a NAT gateway, which fails later when its VPC has no internet gateway, its address is taken or its subnet
/// is full.
///
/// AWS: EC2 API Reference, CreateNatGateway and NatGateway (`failureCode`).
pub(crate) fn create_nat_gateway(
    cx: &mut Context<'_>,
    input: CreateNatGateway,
) -> Result<CreateNatGatewayResult, ApiError> {
    let client_token = input.client_token.clone();
    let id = match cx.replayed(client_token.as_deref())? {
        Some(id) => id,
        None => {
            let id = insert(cx, input)?;
            cx.remember(client_token.as_deref(), &id);
            id
        }
    };
    let nat_gateway = view(cx, kind::NAT_GATEWAY.get(&cx.ec2.nat_gateways, &id)?);
    Ok(CreateNatGatewayResult { client_token, nat_gateway })
}

fn insert(cx: &mut Context<'_>, input: CreateNatGateway) -> Result<String, ApiError> {
    let subnet = kind::SUBNET.get(&cx.ec2.subnets, &input.subnet_id)?.clone();
    let connectivity_type = input.connectivity_type.unwrap_or(ConnectivityType::Public);
    let public = match (connectivity_type, input.allocation_id) {
        (ConnectivityType::Private, None) => Public::None,
        (ConnectivityType::Private, Some(_)) => {
            let message = "AllocationId cannot be specified for a NAT gateway with private connectivity.";
            return Err(ApiError::new("InvalidParameterCombination", message));
        }
        (ConnectivityType::Public, Some(id)) => {
            kind::ADDRESS.get(&cx.ec2.addresses, &id)?;
            Public::Elastic(id)
        }
        (ConnectivityType::Public, None) => {
            return Err(ApiError::new("MissingParameter", "The request must contain the parameter AllocationId"));
        }
    };
    forget_gone(cx);
    let zone = |subnet_id: &str| cx.ec2.subnets.get(subnet_id).map(|subnet| subnet.availability_zone.as_str());
    let alive = |gateway: &&NatGateway| gateway.is_route_target(cx.now);
    let in_zone = cx.ec2.nat_gateways.values().filter(alive).filter(|it| zone(&it.subnet_id) == zone(&input.subnet_id));
    quota::NAT_GATEWAYS.check(in_zone.count())?;
    let tags = tag::on_creation(kind::NAT_GATEWAY, input.tag_specification)?;

    let nat_gateway_id = kind::NAT_GATEWAY.new_id(cx);
    let (address, failure) = match connect(cx, &nat_gateway_id, &subnet.vpc_id, &subnet.subnet_id, &public) {
        Ok(address) => (address, None),
        Err(error) => (refused(cx, public), Some(Failure { code: error.code.into_owned(), message: error.message })),
    };
    let (end, duration) = if failure.is_none() { (State::Available, CREATION) } else { (State::Failed, FAILURE) };
    let gateway = NatGateway {
        nat_gateway_id: nat_gateway_id.clone(),
        vpc_id: subnet.vpc_id,
        subnet_id: subnet.subnet_id,
        connectivity_type,
        tags,
        address,
        created: cx.now,
        deleted: None,
        failure,
        state: Timed::changing(State::Pending, end, cx.after(duration)),
    };
    cx.ec2.nat_gateways.insert(nat_gateway_id.clone(), gateway);
    Ok(nat_gateway_id)
}

/// Puts the gateway's interface into its subnet. An error here is why the gateway fails.
fn connect(
    cx: &mut Context<'_>,
    nat_gateway_id: &str,
    vpc_id: &str,
    subnet_id: &str,
    public: &Public,
) -> Result<NatGatewayAddress, ApiError> {
    if *public != Public::None && internet_gateway::of_vpc(cx, vpc_id).is_none() {
        let message = format!("Network {vpc_id} has no Internet gateway attached");
        return Err(ApiError::new("Gateway.NotAttached", message));
    }
    let interface = network_interface::attach(
        cx,
        NewNetworkInterface {
            subnet_id: subnet_id.to_owned(),
            security_groups: Vec::new(),
            description: format!("Interface for NAT Gateway {nat_gateway_id}"),
            interface_type: InterfaceType::NatGateway,
            requester_id: "amazon-aws".to_owned(),
            public: public.clone(),
        },
    )?;
    let elastic = interface.public_address.as_ref().and_then(|public| public.elastic.as_ref());
    Ok(NatGatewayAddress {
        allocation_id: elastic.map(|elastic| elastic.allocation_id.clone()),
        association_id: elastic.map(|elastic| elastic.association_id.clone()),
        public_ip: interface.public_address.as_ref().map(|public| public.public_ip.to_string()),
        network_interface_id: Some(interface.network_interface_id),
        private_ip: Some(interface.private_ip_address.to_string()),
    })
}

/// The address of a gateway that failed: what was asked for.
fn refused(cx: &Context<'_>, public: Public) -> NatGatewayAddress {
    let Public::Elastic(allocation_id) = public else { return NatGatewayAddress::default() };
    let public_ip = cx.ec2.addresses.get(&allocation_id).map(|address| address.public_ip.to_string());
    NatGatewayAddress { allocation_id: Some(allocation_id), public_ip, ..NatGatewayAddress::default() }
}

fn forget_gone(cx: &mut Context<'_>) {
    let gone = cx.ec2.nat_gateways.values().filter(|gateway| !gateway.is_shown(cx.now));
    for id in gone.map(|gateway| gateway.nat_gateway_id.clone()).collect::<Vec<_>>() {
        cx.ec2.nat_gateways.remove(&id);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteNatGateway {
    nat_gateway_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeleteNatGatewayResult {
    nat_gateway_id: String,
}

/// Deletes a NAT gateway, which gives its address back. Routes through it stay and become blackholes.
///
/// AWS: EC2 API Reference, DeleteNatGateway.
pub(crate) fn delete_nat_gateway(
    cx: &mut Context<'_>,
    input: DeleteNatGateway,
) -> Result<DeleteNatGatewayResult, ApiError> {
    let nat_gateway_id = input.nat_gateway_id;
    let (now, end) = (cx.now, cx.after(DELETION));
    let shown = cx.ec2.nat_gateways.get_mut(&nat_gateway_id).filter(|gateway| gateway.is_shown(now));
    let gateway = shown.ok_or_else(|| kind::NAT_GATEWAY.not_found(&nat_gateway_id))?;
    if gateway.deleted.is_none() {
        gateway.deleted = Some(now);
        gateway.state = Timed::changing(State::Deleting, State::Deleted, end);
        if let Some(interface) = gateway.address.network_interface_id.clone() {
            network_interface::detach(cx, &interface, DELETION);
        }
    }
    Ok(DeleteNatGatewayResult { nat_gateway_id })
}
