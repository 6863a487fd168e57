//! Regions, the attributes of the account, and what is left of EC2-Classic.

use serde::{Deserialize, Serialize};

use super::describe::{Described, Selection, View, select};
use super::filter::Filter;
use super::kind::{self, Kind};
use super::quota;
use crate::context::Context;
use crate::wire::ApiError;

/// The regions that every account has without opting in (AWS: Regions and Zones, "AWS Regions").
const REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Whether there is a region with this name.
pub(crate) fn exists(name: &str) -> bool {
    REGIONS.contains(&name)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeRegions {
    #[serde(default)]
    region_name: Vec<String>,
    #[serde(default)]
    filter: Vec<Filter>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegionView {
    region_name: &'static str,
    region_endpoint: String,
    opt_in_status: &'static str,
}

impl View for RegionView {
    const KIND: Kind = kind::VPC; // Names are checked below: regions have an error of their own.
    const SET: &'static str = "regionInfo";
    const FILTERS: &'static [(&'static str, &'static str)] =
        &[("endpoint", "regionEndpoint"), ("opt-in-status", "optInStatus"), ("region-name", "regionName")];

    fn id(&self) -> &str {
        self.region_name
    }
}

pub(crate) fn describe_regions(_: &mut Context<'_>, input: DescribeRegions) -> Result<Described<RegionView>, ApiError> {
    let DescribeRegions { region_name: ids, filter } = input;
    if let Some(unknown) = ids.iter().find(|name| !REGIONS.contains(&name.as_str())) {
        return Err(ApiError::new("InvalidParameterValue", format!("Invalid region names: [{unknown}]")));
    }
    let views = REGIONS.into_iter().map(|region| RegionView {
        region_name: region,
        region_endpoint: format!("ec2.{region}.amazonaws.com"),
        opt_in_status: "opt-in-not-required",
    });
    select(views, Selection { ids, filter, max_results: None, next_token: None })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeAccountAttributes {
    #[serde(default)]
    attribute_name: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountAttributes {
    account_attribute_set: Vec<AccountAttribute>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountAttribute {
    attribute_name: &'static str,
    attribute_value_set: [AttributeValue; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttributeValue {
    attribute_value: String,
}

/// AWS: EC2 API Reference, DescribeAccountAttributes.
pub(crate) fn describe_account_attributes(
    cx: &mut Context<'_>,
    input: DescribeAccountAttributes,
) -> Result<AccountAttributes, ApiError> {
    let default_vpc = cx.ec2.vpcs.values().find(|vpc| vpc.is_default);
    let all = [
        ("supported-platforms", "VPC".to_owned()),
        ("vpc-max-security-groups-per-interface", quota::SECURITY_GROUPS_PER_INTERFACE.limit.to_string()),
        ("max-elastic-ips", quota::ADDRESSES.limit.to_string()),
        ("max-instances", "20".to_owned()),
        ("vpc-max-elastic-ips", quota::ADDRESSES.limit.to_string()),
        ("default-vpc", default_vpc.map_or("none".to_owned(), |vpc| vpc.vpc_id.clone())),
    ];
    let wanted = input.attribute_name;
    if let Some(unknown) = wanted.iter().find(|name| !all.iter().any(|(known, _)| known == name)) {
        return Err(ApiError::new("InvalidParameterValue", format!("Invalid attribute name: {unknown}")));
    }
    let chosen = all.into_iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|it| it == name));
    let attribute = |(attribute_name, attribute_value)| AccountAttribute {
        attribute_name,
        attribute_value_set: [AttributeValue { attribute_value }],
    };
    Ok(AccountAttributes { account_attribute_set: chosen.map(attribute).collect() })
}

#[derive(Deserialize)]
pub(crate) struct ClassicLink {}

/// Refuses, as AWS does since EC2-Classic ended, whatever is asked.
pub(crate) fn classic_link(_: &mut Context<'_>, _: ClassicLink) -> Result<(), ApiError> {
    let message = "The functionality you requested is not available in this region.";
    Err(ApiError::new("UnsupportedOperation", message))
}
