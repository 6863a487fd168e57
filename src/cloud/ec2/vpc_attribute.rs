//! The attributes of a VPC.

use serde::{Deserialize, Serialize};

use super::describe::{Attribute, Flag};
use super::kind;
use super::tag::Return;
use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeVpcAttribute {
    vpc_id: String,
    attribute: Name,
}

#[derive(Deserialize)]
enum Name {
    #[serde(rename = "enableDnsSupport")]
    DnsSupport,
    #[serde(rename = "enableDnsHostnames")]
    DnsHostnames,
    #[serde(rename = "enableNetworkAddressUsageMetrics")]
    NetworkAddressUsageMetrics,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VpcAttribute {
    vpc_id: String,
    enable_dns_support: Option<Attribute<bool>>,
    enable_dns_hostnames: Option<Attribute<bool>>,
    enable_network_address_usage_metrics: Option<Attribute<bool>>,
}

pub(crate) fn describe_vpc_attribute(
    cx: &mut Context<'_>,
    input: DescribeVpcAttribute,
) -> Result<VpcAttribute, ApiError> {
    let vpc = kind::VPC.get(&cx.ec2.vpcs, &input.vpc_id)?;
    let mut reply = VpcAttribute { vpc_id: input.vpc_id, ..VpcAttribute::default() };
    let (place, value) = match input.attribute {
        Name::DnsSupport => (&mut reply.enable_dns_support, vpc.enable_dns_support),
        Name::DnsHostnames => (&mut reply.enable_dns_hostnames, vpc.enable_dns_hostnames),
        Name::NetworkAddressUsageMetrics => {
            (&mut reply.enable_network_address_usage_metrics, vpc.enable_network_address_usage_metrics)
        }
    };
    *place = Some(Attribute { value });
    Ok(reply)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ModifyVpcAttribute {
    vpc_id: String,
    enable_dns_support: Option<Flag>,
    enable_dns_hostnames: Option<Flag>,
    enable_network_address_usage_metrics: Option<Flag>,
}

/// Changes one attribute. DNS hostnames need DNS support.
///
/// AWS: EC2 API Reference, ModifyVpcAttribute.
pub(crate) fn modify_vpc_attribute(cx: &mut Context<'_>, input: ModifyVpcAttribute) -> Result<Return, ApiError> {
    let vpc = kind::VPC.get_mut(&mut cx.ec2.vpcs, &input.vpc_id)?;
    match (input.enable_dns_support, input.enable_dns_hostnames, input.enable_network_address_usage_metrics) {
        (Some(flag), None, None) => vpc.enable_dns_support = flag.value,
        (None, Some(flag), None) if flag.value && !vpc.enable_dns_support => {
            let message = "DNS hostnames can be enabled only in a VPC with DNS support enabled.";
            return Err(ApiError::new("InvalidParameterValue", message));
        }
        (None, Some(flag), None) => vpc.enable_dns_hostnames = flag.value,
        (None, None, Some(flag)) => vpc.enable_network_address_usage_metrics = flag.value,
        (None, None, None) => {
            return Err(ApiError::new("MissingParameter", "The request must contain the parameter attribute"));
        }
        _ => {
            let message = "Only one attribute can be modified at a time.";
            return Err(ApiError::new("InvalidParameterCombination", message));
        }
    }
    Ok(Return { r#return: true })
}
