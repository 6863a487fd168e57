//! Reading images and listing their names.

use serde::{Deserialize, Serialize};

use super::error::{INVALID_PARAMETER, invalid_token};
use super::image::{self, ImageView, tags_of};
use super::image_describe::Filter;
use super::image_id::{ImageFailure, ImageId};
use super::repository;
use crate::context::Context;
use crate::paging::page;
use crate::table::key;
use crate::wire::ApiError;

/// AWS: ECR API Reference, BatchGetImage and BatchDeleteImage, `imageIds`.
const MAX_IDS: usize = 100;
/// AWS: ECR API Reference, ListImages, `maxResults`.
const DEFAULT_PAGE: i64 = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BatchGetImage {
    registry_id: Option<String>,
    repository_name: String,
    image_ids: Vec<ImageId>,
}

#[derive(Serialize)]
pub(crate) struct Images {
    images: Vec<ImageView>,
    failures: Vec<ImageFailure>,
}

pub(crate) fn batch_get_image(cx: &mut Context<'_>, input: BatchGetImage) -> Result<Images, ApiError> {
    let name = &input.repository_name;
    repository::find(cx, input.registry_id.as_deref(), name)?;
    check_ids(&input.image_ids)?;
    let mut reply = Images { images: Vec::new(), failures: Vec::new() };
    for id in input.image_ids {
        match id.find(cx, name) {
            Ok(found) => reply.images.push(image::view(cx, name, found, id.image_tag)),
            Err(failure) => reply.failures.push(failure),
        }
    }
    Ok(reply)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListImages {
    registry_id: Option<String>,
    repository_name: String,
    next_token: Option<String>,
    max_results: Option<i64>,
    filter: Option<Filter>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageIds {
    image_ids: Vec<ImageId>,
    next_token: Option<String>,
}

/// One name per tag, and one without a tag for each image that has none.
pub(crate) fn list_images(cx: &mut Context<'_>, input: ListImages) -> Result<ImageIds, ApiError> {
    let name = &input.repository_name;
    repository::find(cx, input.registry_id.as_deref(), name)?;
    let limit = repository::page_size(input.max_results, DEFAULT_PAGE)?;
    let inside = key([name.as_str()]);
    let mut ids: Vec<(String, ImageId)> = Vec::new();
    for (_, image) in cx.ecr.images.prefix(&inside) {
        let tags = tags_of(cx, name, &image.digest);
        if !input.filter.as_ref().is_none_or(|filter| filter.fits(!tags.is_empty())) {
            continue;
        }
        let id =
            |tag: Option<&str>| ImageId { image_digest: Some(image.digest.clone()), image_tag: tag.map(str::to_owned) };
        let names = if tags.is_empty() { vec![id(None)] } else { tags.into_iter().map(|tag| id(Some(tag))).collect() };
        ids.extend(names.into_iter().map(|id| (id.words(), id)));
    }
    ids.sort_by(|(one, _), (other, _)| one.cmp(other));
    let page = page(ids, |(place, _)| place.as_str(), limit, input.next_token.as_deref()).map_err(invalid_token)?;
    Ok(ImageIds { image_ids: page.items.into_iter().map(|(_, id)| id).collect(), next_token: page.next_token })
}

/// Refuses an empty list of names, and one that is too long.
pub(super) fn check_ids(ids: &[ImageId]) -> Result<(), ApiError> {
    if (1..=MAX_IDS).contains(&ids.len()) {
        return Ok(());
    }
    let message = format!(
        "Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have 1 to {MAX_IDS} items'"
    );
    Err(ApiError::new(INVALID_PARAMETER, message))
}
