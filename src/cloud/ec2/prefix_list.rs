//! AWS's own prefix lists: the addresses of S3 and of DynamoDB.

use std::ops::RangeInclusive;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::describe::{Described, Selection, View, describe_input, select};
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

/// The blocks of a list; none when there is no such list.
pub(crate) fn blocks(region: &str, id: &str) -> Vec<Ipv4Net> {
    let list = lists(region).find(|(list, ..)| *list == id);
    list.iter().flat_map(|(.., blocks)| blocks.iter()).filter_map(|block| block.parse().ok()).collect()
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct GetManagedPrefixListEntries {
    prefix_list_id: String,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(crate) fn get_managed_prefix_list_entries(
    cx: &mut Context<'_>,
    input: GetManagedPrefixListEntries,
) -> Result<Described<Entry>, ApiError> {
    let GetManagedPrefixListEntries { prefix_list_id, max_results, next_token } = input;
    let list = lists(cx.region).find(|(id, ..)| *id == prefix_list_id);
    let (.., blocks) = list.ok_or_else(|| kind::PREFIX_LIST.not_found(&prefix_list_id))?;
    let entries = blocks.iter().map(|cidr| Entry { cidr });
    select(entries, Selection { ids: Vec::new(), filter: Vec::new(), max_results, next_token })
}

/// A block of a prefix list.
#[derive(Serialize)]
pub(crate) struct Entry {
    cidr: &'static str,
}

impl View for Entry {
    const KIND: Kind = kind::PREFIX_LIST;
    const SET: &'static str = "entrySet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[];
    const MAX_RESULTS: RangeInclusive<i64> = 1..=100;

    fn id(&self) -> &str {
        self.cidr
    }
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
    const FILTERS: &'static [(&'static str, &'static str)] = &[FILTERS[0], FILTERS[1], ("owner-id", "ownerId")];
    const MAX_RESULTS: RangeInclusive<i64> = 1..=100;

    fn id(&self) -> &str {
        self.prefix_list_id
    }
}
