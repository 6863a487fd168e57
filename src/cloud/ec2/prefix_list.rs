//! AWS's own prefix lists: the addresses of S3 and of DynamoDB.

use std::ops::RangeInclusive;

use serde::Serialize;

use super::describe::{Described, View, describe_input};
use super::kind::{self, Kind};
use crate::context::Context;
use crate::wire::ApiError;

/// The lists by id, service and a part of their blocks. The ids are those of us-east-1, in every region.
const LISTS: [(&str, &str, &[&str]); 2] = [
    ("pl-02cd2c6b", "dynamodb", &["3.218.180.0/22", "52.94.0.0/22"]),
    ("pl-63a5400a", "s3", &["3.5.0.0/19", "52.216.0.0/15", "54.231.0.0/16"]),
];

fn lists(region: &str) -> impl Iterator<Item = (&'static str, String, &'static [&'static str])> {
    LISTS.into_iter().map(move |(id, service, blocks)| (id, format!("com.amazonaws.{region}.{service}"), blocks))
}

/// Whether there is a list with this id.
pub(super) fn exists(region: &str, id: &str) -> bool {
    lists(region).any(|(list, ..)| list == id)
}

describe_input!(DescribePrefixLists { prefix_list_id });
describe_input!(DescribeManagedPrefixLists { prefix_list_id });

pub(crate) fn describe_prefix_lists(
    cx: &mut Context<'_>,
    input: DescribePrefixLists,
) -> Result<Described<PrefixListView>, ApiError> {
    input.select(lists(cx.region).map(|(id, prefix_list_name, cidr_set)| PrefixListView {
        prefix_list_id: id,
        prefix_list_name,
        cidr_set,
    }))
}

pub(crate) fn describe_managed_prefix_lists(
    cx: &mut Context<'_>,
    input: DescribeManagedPrefixLists,
) -> Result<Described<ManagedPrefixListView>, ApiError> {
    input.select(lists(cx.region).map(|(id, prefix_list_name, _)| ManagedPrefixListView {
        prefix_list_id: id,
        prefix_list_arn: format!("arn:aws:ec2:{}:aws:prefix-list/{id}", cx.region),
        prefix_list_name,
        address_family: "IPv4",
        state: "create-complete",
        owner_id: "AWS",
        tag_set: [],
    }))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PrefixListView {
    prefix_list_id: &'static str,
    prefix_list_name: String,
    cidr_set: &'static [&'static str],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManagedPrefixListView {
    prefix_list_id: &'static str,
    prefix_list_arn: String,
    prefix_list_name: String,
    address_family: &'static str,
    state: &'static str,
    owner_id: &'static str,
    tag_set: [(); 0],
}

const FILTERS: &[(&str, &str)] = &[("prefix-list-id", "prefixListId"), ("prefix-list-name", "prefixListName")];

impl View for PrefixListView {
    const KIND: Kind = kind::PREFIX_LIST;
    const SET: &'static str = "prefixListSet";
    const FILTERS: &'static [(&'static str, &'static str)] = FILTERS;

    fn id(&self) -> &str {
        self.prefix_list_id
    }
}

impl View for ManagedPrefixListView {
    const KIND: Kind = kind::PREFIX_LIST;
    const SET: &'static str = "prefixListSet";
    const FILTERS: &'static [(&'static str, &'static str)] =
        &[FILTERS[0], FILTERS[1], ("owner-id", "ownerId")];
    const MAX_RESULTS: RangeInclusive<i64> = 1..=100;

    fn id(&self) -> &str {
        self.prefix_list_id
    }
}
