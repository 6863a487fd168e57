//! Tags: on creation, and by `CreateTags`, `DeleteTags` and `DescribeTags`.

use serde::{Deserialize, Serialize};

use super::Tables;
use super::describe::{Described, Selection, View, select};
use super::filter::Filter;
use super::kind::{self, Kind};
use crate::context::Context;
use crate::tags::{TagError, Tags, UpperTag};
use crate::wire::ApiError;

/// The tags that something is created with.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct TagSpecification {
    resource_type: String,
    #[serde(default)]
    tag: Vec<UpperTag>,
}

/// The tags for what an operation creates, which is one of `kind`.
pub(crate) fn on_creation(kind: Kind, specifications: Vec<TagSpecification>) -> Result<Tags, ApiError> {
    let mut tags = Tags::default();
    for TagSpecification { resource_type, tag } in specifications {
        if resource_type != kind.resource_type {
            let message = format!("'{resource_type}' is not a valid taggable resource type for this operation.");
            return Err(ApiError::new("InvalidParameterValue", message));
        }
        tags.merge(tag).map_err(refused)?;
    }
    Ok(tags)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateTags {
    resource_id: Vec<String>,
    tag: Vec<UpperTag>,
}

/// Adds or overwrites tags of any EC2 resources; all or none.
pub(crate) fn create_tags(cx: &mut Context<'_>, input: CreateTags) -> Result<Return, ApiError> {
    for id in &input.resource_id {
        tags_of(cx.ec2, id)?.merge(input.tag.iter().cloned()).map_err(refused)?;
    }
    Ok(Return { r#return: true })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteTags {
    resource_id: Vec<String>,
    #[serde(default)]
    tag: Vec<TagToDelete>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagToDelete {
    key: String,
    value: Option<String>,
}

/// Removes tags: a tag with a value only where it has this value, all tags where none is named.
///
/// AWS: EC2 API Reference, DeleteTags.
pub(crate) fn delete_tags(cx: &mut Context<'_>, input: DeleteTags) -> Result<Return, ApiError> {
    for id in &input.resource_id {
        let tags = tags_of(cx.ec2, id)?;
        let named = |key: &String, value: &String| {
            let same = |tag: &TagToDelete| tag.key == *key && tag.value.as_ref().is_none_or(|wanted| wanted == value);
            input.tag.is_empty() || input.tag.iter().any(same)
        };
        tags.0.retain(|key, value| !named(key, value));
    }
    Ok(Return { r#return: true })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeTags {
    #[serde(default)]
    filter: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagDescription {
    #[serde(skip)]
    place: String,
    resource_id: String,
    resource_type: &'static str,
    key: String,
    value: String,
}

impl View for TagDescription {
    const KIND: Kind = kind::VPC; // Tags have no ids: no error can name one.
    const SET: &'static str = "tagSet";
    const FILTERS: &'static [(&'static str, &'static str)] =
        &[("key", "key"), ("resource-id", "resourceId"), ("resource-type", "resourceType"), ("value", "value")];

    fn id(&self) -> &str {
        &self.place
    }
}

pub(crate) fn describe_tags(cx: &mut Context<'_>, input: DescribeTags) -> Result<Described<TagDescription>, ApiError> {
    let description = |kind: Kind, id: &str, key: &str, value: &str| TagDescription {
        place: format!("{id} {key}"),
        resource_id: id.to_owned(),
        resource_type: kind.resource_type,
        key: key.to_owned(),
        value: value.to_owned(),
    };
    let mut found = Vec::new();
    cx.ec2.each_tagged(|kind, id, tags| {
        found.extend(tags.0.iter().map(|(key, value)| description(kind, id, key, value)));
    });
    found.sort_by(|one, other| one.place.cmp(&other.place));
    let DescribeTags { filter, max_results, next_token } = input;
    select(found, Selection { ids: Vec::new(), filter, max_results, next_token })
}

/// The reply of operations that have nothing else to tell.
#[derive(Debug, Serialize)]
pub(crate) struct Return {
    pub(crate) r#return: bool,
}

/// EC2's error for tags that break a rule.
///
/// AWS: EC2 API Reference, Error codes, `TagLimitExceeded`.
pub(crate) fn refused(error: TagError) -> ApiError {
    let code = if matches!(error, TagError::TooMany(_)) { "TagLimitExceeded" } else { "InvalidParameterValue" };
    ApiError::new(code, error.to_string())
}

macro_rules! taggable {
    ($($table:ident: $kind:ident,)*) => {
        fn tags_of<'t>(tables: &'t mut Tables, id: &str) -> Result<&'t mut Tags, ApiError> {
            $(if kind::$kind.is_prefix_of(id) {
                return Ok(&mut kind::$kind.get_mut(&mut tables.$table, id)?.tags);
            })*
            Err(ApiError::new("InvalidID", format!("The ID '{id}' is not valid")))
        }

        impl Tables {
            fn each_tagged(&self, mut visit: impl FnMut(Kind, &str, &Tags)) {
                $(for (id, record) in self.$table.iter() {
                    visit(kind::$kind, id, &record.tags);
                })*
            }
        }
    };
}

taggable! {
    vpcs: VPC,
    subnets: SUBNET,
    internet_gateways: INTERNET_GATEWAY,
    addresses: ADDRESS,
    nat_gateways: NAT_GATEWAY,
    route_tables: ROUTE_TABLE,
    security_groups: SECURITY_GROUP,
    security_group_rules: SECURITY_GROUP_RULE,
    network_acls: NETWORK_ACL,
    network_interfaces: NETWORK_INTERFACE,
    dhcp_options: DHCP_OPTIONS,
}
