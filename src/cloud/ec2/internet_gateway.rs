//! Internet gateways.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::describe::{Described, View, describe_input};
use super::kind::{self, Kind};
use super::tag::{self, Return, TagSpecification};
use super::{network_interface, quota};
use crate::context::Context;
use crate::table::Record;
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

/// An internet gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InternetGateway {
    pub(crate) internet_gateway_id: String,
    /// The VPC that it is attached to.
    pub(crate) vpc_id: Option<String>,
    pub(crate) tags: Tags,
    created: Timestamp,
    /// Whether it came with a default VPC.
    is_default: bool,
}

impl Record for InternetGateway {
    fn made_by_aws(&self) -> bool {
        self.is_default
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateInternetGateway {
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateInternetGatewayResult {
    internet_gateway: InternetGatewayView,
}

pub(crate) fn create_internet_gateway(
    cx: &mut Context<'_>,
    input: CreateInternetGateway,
) -> Result<CreateInternetGatewayResult, ApiError> {
    quota::INTERNET_GATEWAYS.check(cx.ec2.internet_gateways.len())?;
    let tags = tag::on_creation(kind::INTERNET_GATEWAY, input.tag_specification)?;
    let gateway = insert(cx, None, tags);
    Ok(CreateInternetGatewayResult { internet_gateway: view(cx, &gateway) })
}

/// The gateway of a default VPC.
pub(super) fn create_default(cx: &mut Context<'_>, vpc_id: &str) -> String {
    insert(cx, Some(vpc_id), Tags::default()).internet_gateway_id
}

fn insert(cx: &mut Context<'_>, default_vpc: Option<&str>, tags: Tags) -> InternetGateway {
    let gateway = InternetGateway {
        internet_gateway_id: kind::INTERNET_GATEWAY.new_id(cx),
        vpc_id: default_vpc.map(str::to_owned),
        tags,
        created: cx.now,
        is_default: default_vpc.is_some(),
    };
    cx.ec2.internet_gateways.insert(gateway.internet_gateway_id.clone(), gateway.clone());
    gateway
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct AttachInternetGateway {
    internet_gateway_id: String,
    vpc_id: String,
}

/// Attaches a gateway. A gateway is attached to one VPC at most, and a VPC has one gateway at most.
pub(crate) fn attach_internet_gateway(cx: &mut Context<'_>, input: AttachInternetGateway) -> Result<Return, ApiError> {
    let AttachInternetGateway { internet_gateway_id, vpc_id } = input;
    kind::VPC.get(&cx.ec2.vpcs, &vpc_id)?;
    let other = of_vpc(cx, &vpc_id).is_some();
    let gateway = kind::INTERNET_GATEWAY.get_mut(&mut cx.ec2.internet_gateways, &internet_gateway_id)?;
    if let Some(network) = &gateway.vpc_id {
        let message = format!("resource {internet_gateway_id} is already attached to network {network}");
        return Err(ApiError::new("Resource.AlreadyAssociated", message));
    }
    if other {
        let message = format!("Network {vpc_id} already has an internet gateway attached");
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    gateway.vpc_id = Some(vpc_id);
    Ok(Return { r#return: true })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DetachInternetGateway {
    internet_gateway_id: String,
    vpc_id: String,
}

/// Detaches a gateway from a VPC in which nothing has a public address any more.
///
/// AWS: EC2 API Reference, DetachInternetGateway.
pub(crate) fn detach_internet_gateway(cx: &mut Context<'_>, input: DetachInternetGateway) -> Result<Return, ApiError> {
    let DetachInternetGateway { internet_gateway_id, vpc_id } = input;
    let is_mapped = network_interface::existing(cx).any(|it| it.vpc_id == vpc_id && it.public_address.is_some());
    let gateway = kind::INTERNET_GATEWAY.get_mut(&mut cx.ec2.internet_gateways, &internet_gateway_id)?;
    if gateway.vpc_id.as_deref() != Some(&vpc_id) {
        let message = format!("resource {internet_gateway_id} is not attached to network {vpc_id}");
        return Err(ApiError::new("Gateway.NotAttached", message));
    }
    if is_mapped {
        let message = format!(
            "Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before \
             detaching the gateway."
        );
        return Err(ApiError::new("DependencyViolation", message));
    }
    gateway.vpc_id = None;
    Ok(Return { r#return: true })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteInternetGateway {
    internet_gateway_id: String,
}

pub(crate) fn delete_internet_gateway(cx: &mut Context<'_>, input: DeleteInternetGateway) -> Result<Return, ApiError> {
    let id = &input.internet_gateway_id;
    match kind::INTERNET_GATEWAY.remove(&mut cx.ec2.internet_gateways, id)?.vpc_id {
        Some(_) => Err(kind::INTERNET_GATEWAY.has_dependencies(id)),
        None => Ok(Return { r#return: true }),
    }
}

/// The gateway that is attached to a VPC.
pub(super) fn of_vpc<'t>(cx: &'t Context<'_>, vpc_id: &str) -> Option<&'t InternetGateway> {
    cx.ec2.internet_gateways.values().find(|gateway| gateway.vpc_id.as_deref() == Some(vpc_id))
}

describe_input!(DescribeInternetGateways { internet_gateway_id });

pub(crate) fn describe_internet_gateways(
    cx: &mut Context<'_>,
    input: DescribeInternetGateways,
) -> Result<Described<InternetGatewayView>, ApiError> {
    input.select(cx.ec2.internet_gateways.values().filter(|it| cx.visible(it.created)).map(|it| view(cx, it)))
}

/// An internet gateway in a reply.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InternetGatewayView {
    internet_gateway_id: String,
    owner_id: String,
    attachment_set: Vec<Attachment>,
    tag_set: Vec<LowerTag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Attachment {
    vpc_id: String,
    state: &'static str,
}

impl View for InternetGatewayView {
    const KIND: Kind = kind::INTERNET_GATEWAY;
    const SET: &'static str = "internetGatewaySet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("attachment.state", "attachmentSet.state"),
        ("attachment.vpc-id", "attachmentSet.vpcId"),
        ("internet-gateway-id", "internetGatewayId"),
        ("owner-id", "ownerId"),
    ];

    fn id(&self) -> &str {
        &self.internet_gateway_id
    }
}

fn view(cx: &Context<'_>, gateway: &InternetGateway) -> InternetGatewayView {
    // The state is `available` and not one of the documented words, as EC2 really answers.
    let attachment = |vpc_id: &String| Attachment { vpc_id: vpc_id.clone(), state: "available" };
    InternetGatewayView {
        internet_gateway_id: gateway.internet_gateway_id.clone(),
        owner_id: cx.account.to_owned(),
        attachment_set: gateway.vpc_id.iter().map(attachment).collect(),
        tag_set: gateway.tags.lower(),
    }
}
