//! DHCP options: the set that AWS makes in each region.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::describe::{Attribute, Described, View, describe_input};
use super::kind::{self, Kind};
use crate::context::Context;
use crate::table::Record;
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

/// A set of DHCP options: AWS's default one of the region.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DhcpOptions {
    pub(crate) tags: Tags,
    dhcp_options_id: String,
    created: Timestamp,
}

impl Record for DhcpOptions {
    fn made_by_aws(&self) -> bool {
        true
    }
}

/// The id of the region's default set, which is made when it is first asked for.
pub(super) fn default_of_region(cx: &mut Context<'_>) -> String {
    if let Some(options) = cx.ec2.dhcp_options.values().next() {
        return options.dhcp_options_id.clone();
    }
    let id = kind::DHCP_OPTIONS.new_id(cx);
    let options = DhcpOptions { tags: Tags::default(), dhcp_options_id: id.clone(), created: cx.now };
    cx.ec2.dhcp_options.insert(id.clone(), options);
    id
}

describe_input!(DescribeDhcpOptions { dhcp_options_id });

/// Describes the default set: Amazon's name server, and the region's own domain.
///
/// AWS: Amazon VPC User Guide, "DHCP option sets in Amazon VPC".
pub(crate) fn describe_dhcp_options(
    cx: &mut Context<'_>,
    input: DescribeDhcpOptions,
) -> Result<Described<DhcpOptionsView>, ApiError> {
    let domain = match cx.region {
        "us-east-1" => "ec2.internal".to_owned(),
        region => format!("{region}.compute.internal"),
    };
    input.select(cx.ec2.dhcp_options.values().map(|options| DhcpOptionsView {
        dhcp_options_id: options.dhcp_options_id.clone(),
        owner_id: cx.account.to_owned(),
        dhcp_configuration_set: [
            Configuration { key: "domain-name", value_set: [Attribute { value: domain.clone() }] },
            Configuration {
                key: "domain-name-servers",
                value_set: [Attribute { value: "AmazonProvidedDNS".to_owned() }],
            },
        ],
        tag_set: options.tags.lower(),
    }))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DhcpOptionsView {
    dhcp_options_id: String,
    owner_id: String,
    dhcp_configuration_set: [Configuration; 2],
    tag_set: Vec<LowerTag>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    key: &'static str,
    value_set: [Attribute<String>; 1],
}

impl View for DhcpOptionsView {
    const KIND: Kind = kind::DHCP_OPTIONS;
    const SET: &'static str = "dhcpOptionsSet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("dhcp-options-id", "dhcpOptionsId"),
        ("key", "dhcpConfigurationSet.key"),
        ("value", "dhcpConfigurationSet.valueSet.value"),
        ("owner-id", "ownerId"),
    ];

    fn id(&self) -> &str {
        &self.dhcp_options_id
    }
}
