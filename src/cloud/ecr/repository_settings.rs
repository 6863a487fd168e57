//! What can be changed about a repository: scanning and tag mutability.

use serde::{Deserialize, Serialize};

use super::repository::{self, ImageScanningConfiguration};
use super::tag_mutability::{ExclusionFilter, Setting, TagMutability};
use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PutImageScanningConfiguration {
    registry_id: Option<String>,
    repository_name: String,
    image_scanning_configuration: ImageScanningConfiguration,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScanningReply {
    registry_id: String,
    repository_name: String,
    image_scanning_configuration: ImageScanningConfiguration,
}

pub(crate) fn put_image_scanning_configuration(
    cx: &mut Context<'_>,
    input: PutImageScanningConfiguration,
) -> Result<ScanningReply, ApiError> {
    let repository = repository::find_mut(cx, input.registry_id.as_deref(), &input.repository_name)?;
    repository.scanning = input.image_scanning_configuration;
    Ok(ScanningReply {
        registry_id: cx.account.to_owned(),
        repository_name: input.repository_name,
        image_scanning_configuration: input.image_scanning_configuration,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PutImageTagMutability {
    registry_id: Option<String>,
    repository_name: String,
    image_tag_mutability: Setting,
    image_tag_mutability_exclusion_filters: Option<Vec<ExclusionFilter>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagMutabilityReply {
    registry_id: String,
    repository_name: String,
    image_tag_mutability: Setting,
    image_tag_mutability_exclusion_filters: Option<Vec<ExclusionFilter>>,
}

pub(crate) fn put_image_tag_mutability(
    cx: &mut Context<'_>,
    input: PutImageTagMutability,
) -> Result<TagMutabilityReply, ApiError> {
    let repository = repository::find_mut(cx, input.registry_id.as_deref(), &input.repository_name)?;
    let setting = input.image_tag_mutability;
    repository.tag_mutability = TagMutability::new(Some(setting), input.image_tag_mutability_exclusion_filters)?;
    let exclusions = repository.tag_mutability.exclusions.clone();
    Ok(TagMutabilityReply {
        registry_id: cx.account.to_owned(),
        repository_name: input.repository_name,
        image_tag_mutability: setting,
        image_tag_mutability_exclusion_filters: exclusions,
    })
}
