//! The attributes of a subnet.

use serde::Deserialize;

use super::describe::Flag;
use super::kind;
use super::subnet::HostnameType;
use super::tag::Return;
use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ModifySubnetAttribute {
    subnet_id: String,
    map_public_ip_on_launch: Option<Flag>,
    private_dns_hostname_type_on_launch: Option<HostnameType>,
    #[serde(rename = "EnableResourceNameDnsARecordOnLaunch")]
    enable_resource_name_dns_a_record_on_launch: Option<Flag>,
    assign_ipv6_address_on_creation: Option<Flag>,
    enable_dns64: Option<Flag>,
}

/// Changes one attribute. Those of IPv6 can only stay as they are, since no subnet here has an IPv6 block.
///
/// AWS: EC2 API Reference, ModifySubnetAttribute.
pub(crate) fn modify_subnet_attribute(cx: &mut Context<'_>, input: ModifySubnetAttribute) -> Result<Return, ApiError> {
    let subnet = kind::SUBNET.get_mut(&mut cx.ec2.subnets, &input.subnet_id)?;
    let given = [
        input.map_public_ip_on_launch.is_some(),
        input.private_dns_hostname_type_on_launch.is_some(),
        input.enable_resource_name_dns_a_record_on_launch.is_some(),
        input.assign_ipv6_address_on_creation.is_some(),
        input.enable_dns64.is_some(),
    ];
    match given.into_iter().filter(|given| *given).count() {
        0 => return Err(ApiError::new("MissingParameter", "The request must contain the parameter attribute")),
        1 => (),
        _ => {
            let message = "Only one attribute can be modified at a time.";
            return Err(ApiError::new("InvalidParameterCombination", message));
        }
    }
    let ipv6 = [input.assign_ipv6_address_on_creation, input.enable_dns64];
    if ipv6.into_iter().flatten().any(|flag| flag.value) {
        let message = format!("The subnet '{}' does not have an IPv6 CIDR block.", input.subnet_id);
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    if let Some(flag) = input.map_public_ip_on_launch {
        subnet.map_public_ip_on_launch = flag.value;
    }
    if let Some(hostname_type) = input.private_dns_hostname_type_on_launch {
        subnet.hostname_type = hostname_type;
    }
    if let Some(flag) = input.enable_resource_name_dns_a_record_on_launch {
        subnet.enable_resource_name_dns_a_record = flag.value;
    }
    Ok(Return { r#return: true })
}
