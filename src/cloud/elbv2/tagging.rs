//! The tags of load balancers, target groups, listeners and rules.

use serde::{Deserialize, Serialize};

use super::errors::{self, validation};
use super::{listener, load_balancer, rule, target_group};
use crate::context::Context;
use crate::tags::{TagError, Tags, UpperTag};
use crate::wire::ApiError;

/// AWS: Elastic Load Balancing API Reference, DescribeTags, `ResourceArns`.
const MAX_RESOURCES: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeTags {
    resource_arns: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagDescriptions {
    tag_descriptions: Vec<TagDescription>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagDescription {
    resource_arn: String,
    tags: Vec<UpperTag>,
}

pub(crate) fn describe_tags(cx: &mut Context<'_>, input: DescribeTags) -> Result<TagDescriptions, ApiError> {
    if input.resource_arns.is_empty() || input.resource_arns.len() > MAX_RESOURCES {
        return Err(validation(format!("The number of resource ARNs must be between '1-{MAX_RESOURCES}' inclusive")));
    }
    let mut tag_descriptions = Vec::new();
    for resource_arn in input.resource_arns {
        let tags = tags(cx, &resource_arn)?.upper();
        tag_descriptions.push(TagDescription { resource_arn, tags });
    }
    Ok(TagDescriptions { tag_descriptions })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct AddTags {
    resource_arns: Vec<String>,
    tags: Vec<UpperTag>,
}

#[derive(Serialize)]
pub(crate) struct Done {}

pub(crate) fn add_tags(cx: &mut Context<'_>, input: AddTags) -> Result<Done, ApiError> {
    for arn in &input.resource_arns {
        tags_mut(cx, arn)?.merge(input.tags.clone()).map_err(|error| tag_error(&error))?;
    }
    Ok(Done {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RemoveTags {
    resource_arns: Vec<String>,
    tag_keys: Vec<String>,
}

pub(crate) fn remove_tags(cx: &mut Context<'_>, input: RemoveTags) -> Result<Done, ApiError> {
    for arn in &input.resource_arns {
        tags_mut(cx, arn)?.remove(&input.tag_keys);
    }
    Ok(Done {})
}

/// The tags of a new object.
pub(super) fn new_tags(tags: Vec<UpperTag>) -> Result<Tags, ApiError> {
    Tags::new(tags).map_err(|error| tag_error(&error))
}

/// The kinds of objects that have tags, by their ARNs.
enum Kind {
    LoadBalancer,
    TargetGroup,
    Listener,
    Rule,
}

impl Kind {
    fn of(arn: &str) -> Result<Self, ApiError> {
        let resource = arn.splitn(6, ':').nth(5).filter(|_| arn.starts_with("arn:"));
        match resource.and_then(|resource| resource.split_once('/')) {
            Some(("loadbalancer", _)) => Ok(Kind::LoadBalancer),
            Some(("targetgroup", _)) => Ok(Kind::TargetGroup),
            Some(("listener", _)) => Ok(Kind::Listener),
            Some(("listener-rule", _)) => Ok(Kind::Rule),
            _ => Err(validation(format!("'{arn}' is not a valid resource ARN"))),
        }
    }
}

fn tags<'a>(cx: &'a Context<'_>, arn: &str) -> Result<&'a Tags, ApiError> {
    Ok(match Kind::of(arn)? {
        Kind::LoadBalancer => &load_balancer::find(cx, arn)?.tags,
        Kind::TargetGroup => &target_group::find(cx, arn)?.tags,
        Kind::Listener => &listener::find(cx, arn)?.tags,
        Kind::Rule => &rule::find(cx, arn)?.tags,
    })
}

fn tags_mut<'a>(cx: &'a mut Context<'_>, arn: &str) -> Result<&'a mut Tags, ApiError> {
    Ok(match Kind::of(arn)? {
        Kind::LoadBalancer => &mut load_balancer::find_mut(cx, arn)?.tags,
        Kind::TargetGroup => &mut target_group::find_mut(cx, arn)?.tags,
        Kind::Listener => &mut listener::find_mut(cx, arn)?.tags,
        Kind::Rule => &mut cx.elbv2.rules.get_mut(arn).ok_or_else(|| errors::rule_not_found(arn))?.tags,
    })
}

fn tag_error(error: &TagError) -> ApiError {
    let code = match error {
        TagError::TooMany(_) => "TooManyTags",
        TagError::Duplicate(_) => "DuplicateTagKeys",
        TagError::Reserved(_) | TagError::KeyLength(_) | TagError::ValueLength(_) => "ValidationError",
    };
    ApiError::new(code, error.to_string())
}
