//! Describing and listing task definitions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::view::TaskDefinitionView;
use super::{Status, TaskDefinition};
use crate::context::Context;
use crate::ecs::error::client;
use crate::ecs::{page, reference};
use crate::paging;
use crate::tags::LowerTag;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DescribeTaskDefinition {
    task_definition: String,
    #[serde(default)]
    include: Vec<Include>,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Include {
    Tags,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DescribeTaskDefinitionResult {
    task_definition: TaskDefinitionView,
    tags: Option<Vec<LowerTag>>,
}

/// AWS: ECS API Reference, DescribeTaskDefinition. A family alone means its latest active revision.
pub(crate) fn describe_task_definition(
    cx: &mut Context<'_>,
    input: DescribeTaskDefinition,
) -> Result<DescribeTaskDefinitionResult, ApiError> {
    let definition = find(cx, &input.task_definition)?.ok_or_else(|| client("Unable to describe task definition."))?;
    let tags = definition.tags.lower();
    Ok(DescribeTaskDefinitionResult {
        task_definition: definition.view(),
        tags: Some(tags).filter(|_| !input.include.is_empty()),
    })
}

/// The revision that `reference` names, whatever its status; without a number, the latest active one.
pub(crate) fn find<'a>(cx: &'a Context<'_>, reference: &str) -> Result<Option<&'a TaskDefinition>, ApiError> {
    let reference = reference::task_definition(reference)?;
    Ok(match reference.revision {
        Some(revision) => cx.ecs.task_definitions.get(&super::key_of(reference.family, revision)),
        None => {
            let is_meant = |it: &&TaskDefinition| it.family == reference.family && it.status == Status::Active;
            cx.ecs.task_definitions.values().rfind(is_meant)
        }
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListTaskDefinitions {
    family_prefix: Option<String>,
    status: Option<Status>,
    sort: Option<Sort>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
enum Sort {
    Asc,
    Desc,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListTaskDefinitionsResult {
    task_definition_arns: Vec<String>,
    next_token: Option<String>,
}

/// AWS: ECS API Reference, ListTaskDefinitions. `familyPrefix` is a whole family's name.
pub(crate) fn list_task_definitions(
    cx: &mut Context<'_>,
    input: ListTaskDefinitions,
) -> Result<ListTaskDefinitionsResult, ApiError> {
    let status = input.status.unwrap_or(Status::Active);
    let family = |it: &TaskDefinition| input.family_prefix.as_ref().is_none_or(|family| it.family == *family);
    let found = cx.ecs.task_definitions.iter().filter(|(_, it)| it.status == status && family(it));
    if input.sort != Some(Sort::Desc) {
        let page = page::page(found, |(key, _)| key, input.max_results, input.next_token.as_deref())?;
        let task_definition_arns = page.items.into_iter().map(|(_, it)| it.arn.clone()).collect();
        return Ok(ListTaskDefinitionsResult { task_definition_arns, next_token: page.next_token });
    }
    // Pages go upwards, so the keys of the way down are numbered.
    let down: Vec<_> = found.rev().collect();
    let after = input.next_token.as_deref().map(paging::decode).transpose();
    let after = after.map_err(|_| client("Invalid token"))?;
    let start = after.map_or(0, |after| down.iter().take_while(|(key, _)| *key >= after.as_str()).count());
    let rest: Vec<(String, &str)> =
        down.iter().enumerate().skip(start).map(|(index, (_, it))| (format!("{index:010}"), it.arn.as_str())).collect();
    let page = page::page(&rest, |(number, _)| number, input.max_results, None)?;
    let last = page.next_token.is_some().then(|| down.get(start + page.items.len() - 1)).flatten();
    Ok(ListTaskDefinitionsResult {
        task_definition_arns: page.items.iter().map(|(_, arn)| (*arn).to_owned()).collect(),
        next_token: last.map(|(key, _)| paging::encode(key)),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListTaskDefinitionFamilies {
    family_prefix: Option<String>,
    status: Option<FamilyStatus>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
enum FamilyStatus {
    Active,
    Inactive,
    All,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListTaskDefinitionFamiliesResult {
    families: Vec<String>,
    next_token: Option<String>,
}

/// AWS: ECS API Reference, ListTaskDefinitionFamilies. A family is active as long as one of its revisions is.
pub(crate) fn list_task_definition_families(
    cx: &mut Context<'_>,
    input: ListTaskDefinitionFamilies,
) -> Result<ListTaskDefinitionFamiliesResult, ApiError> {
    let mut families: BTreeMap<&str, bool> = BTreeMap::new();
    for definition in cx.ecs.task_definitions.values() {
        *families.entry(&definition.family).or_default() |= definition.status == Status::Active;
    }
    let status = input.status.unwrap_or(FamilyStatus::All);
    let wanted = |active: bool| status == FamilyStatus::All || active == (status == FamilyStatus::Active);
    let prefix = input.family_prefix.as_deref().unwrap_or_default();
    let families = families.into_iter().filter(|(family, active)| family.starts_with(prefix) && wanted(*active));
    let page = page::page(families, |(family, _)| family, input.max_results, input.next_token.as_deref())?;
    let families = page.items.into_iter().map(|(family, _)| family.to_owned()).collect();
    Ok(ListTaskDefinitionFamiliesResult { families, next_token: page.next_token })
}
