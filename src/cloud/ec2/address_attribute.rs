//! The attributes of Elastic IP addresses: a reverse DNS name, which none has here.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::describe::{Described, Selection, View, select};
use super::kind::{self, Kind};
use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeAddressesAttribute {
    #[serde(default)]
    allocation_id: Vec<String>,
    attribute: Option<Name>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Name {
    DomainName,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddressAttribute {
    allocation_id: String,
    public_ip: String,
}

impl View for AddressAttribute {
    const KIND: Kind = kind::ADDRESS;
    const SET: &'static str = "addressSet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[];
    const MAX_RESULTS: RangeInclusive<i64> = 1..=1000;

    fn id(&self) -> &str {
        &self.allocation_id
    }
}

/// AWS: EC2 API Reference, DescribeAddressesAttribute. An address without a reverse DNS name has no `ptrRecord`.
pub(crate) fn describe_addresses_attribute(
    cx: &mut Context<'_>,
    input: DescribeAddressesAttribute,
) -> Result<Described<AddressAttribute>, ApiError> {
    let DescribeAddressesAttribute { allocation_id: ids, attribute, max_results, next_token } = input;
    let Some(Name::DomainName) = attribute else {
        return Err(ApiError::new("MissingParameter", "The request must contain the parameter Attribute"));
    };
    let views = cx.ec2.addresses.values().map(|address| AddressAttribute {
        allocation_id: address.allocation_id.clone(),
        public_ip: address.public_ip.to_string(),
    });
    select(views, Selection { ids, filter: Vec::new(), max_results, next_token })
}
