//! Describing images.

use serde::{Deserialize, Serialize};

use super::error::{invalid, invalid_token};
use super::image::{Image, tags_of};
use super::image_id::ImageId;
use super::repository;
use crate::context::Context;
use crate::paging::page;
use crate::table::key;
use crate::wire::{ApiError, Epoch};

/// AWS: ECR API Reference, DescribeImages, `maxResults`.
const DEFAULT_PAGE: i64 = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DescribeImages {
    registry_id: Option<String>,
    repository_name: String,
    image_ids: Option<Vec<ImageId>>,
    next_token: Option<String>,
    max_results: Option<i64>,
    filter: Option<Filter>,
}

/// Which images a request is about.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Filter {
    tag_status: Option<TagStatus>,
    image_status: Option<ImageStatus>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum TagStatus {
    Tagged,
    Untagged,
    Any,
}

/// Every image here is active.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum ImageStatus {
    Active,
    Archived,
    Activating,
    Any,
}

impl Filter {
    pub(super) fn fits(&self, tagged: bool) -> bool {
        let tag_status = match self.tag_status {
            Some(TagStatus::Tagged) => tagged,
            Some(TagStatus::Untagged) => !tagged,
            Some(TagStatus::Any) | None => true,
        };
        tag_status && !matches!(self.image_status, Some(ImageStatus::Archived | ImageStatus::Activating))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageDetails {
    image_details: Vec<ImageDetail>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ImageDetail {
    registry_id: String,
    repository_name: String,
    image_digest: String,
    image_tags: Option<Vec<String>>,
    image_size_in_bytes: u64,
    image_pushed_at: Epoch,
    image_manifest_media_type: String,
    image_status: &'static str,
}

pub(crate) fn describe_images(cx: &mut Context<'_>, input: DescribeImages) -> Result<ImageDetails, ApiError> {
    let name = &input.repository_name;
    repository::find(cx, input.registry_id.as_deref(), name)?;
    let limit = repository::page_size(input.max_results, DEFAULT_PAGE)?;
    if let Some(ids) = &input.image_ids {
        if input.next_token.is_some() || input.max_results.is_some() || input.filter.is_some() {
            return Err(invalid("imageIds", "Image ids cannot be given together with pages or a filter"));
        }
        let image_details = ids.iter().map(|id| detail_of(cx, name, id)).collect::<Result<_, _>>()?;
        return Ok(ImageDetails { image_details, next_token: None });
    }
    let inside = key([name.as_str()]);
    let tagged = |image: &Image| !tags_of(cx, name, &image.digest).is_empty();
    let wanted = |image: &&Image| input.filter.as_ref().is_none_or(|filter| filter.fits(tagged(image)));
    let images = cx.ecr.images.prefix(&inside).map(|(_, image)| image).filter(wanted);
    let page =
        page(images, |image| image.digest.as_str(), limit, input.next_token.as_deref()).map_err(invalid_token)?;
    let image_details = page.items.into_iter().map(|image| detail(cx, name, image)).collect();
    Ok(ImageDetails { image_details, next_token: page.next_token })
}

fn detail_of(cx: &Context<'_>, name: &str, id: &ImageId) -> Result<ImageDetail, ApiError> {
    let image = id.find(cx, name).map_err(|_| {
        let (id, account) = (id.words(), cx.account);
        let message = format!(
            "The image with imageId {id} does not exist within the repository with name '{name}' in the registry with id \
             '{account}'"
        );
        ApiError::new("ImageNotFoundException", message)
    })?;
    Ok(detail(cx, name, image))
}

fn detail(cx: &Context<'_>, name: &str, image: &Image) -> ImageDetail {
    let tags: Vec<String> = tags_of(cx, name, &image.digest).into_iter().map(str::to_owned).collect();
    ImageDetail {
        registry_id: cx.account.to_owned(),
        repository_name: name.to_owned(),
        image_digest: image.digest.clone(),
        image_tags: Some(tags).filter(|tags| !tags.is_empty()),
        image_size_in_bytes: image.size_in_bytes,
        image_pushed_at: Epoch(image.pushed),
        image_manifest_media_type: image.media_type.clone(),
        image_status: "ACTIVE",
    }
}
