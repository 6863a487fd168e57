//! Deleting images and tags.

use serde::{Deserialize, Serialize};

use super::image::tags_of;
use super::image_id::{ImageFailure, ImageId};
use super::image_read::check_ids;
use super::manifest::Manifest;
use super::repository;
use crate::context::Context;
use crate::table::key;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BatchDeleteImage {
    registry_id: Option<String>,
    repository_name: String,
    image_ids: Vec<ImageId>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeletedImages {
    image_ids: Vec<ImageId>,
    failures: Vec<ImageFailure>,
}

/// A tag takes the tag away, and the image with its last tag; a digest takes the image with all its tags.
///
/// AWS: ECR API Reference, BatchDeleteImage.
pub(crate) fn batch_delete_image(cx: &mut Context<'_>, input: BatchDeleteImage) -> Result<DeletedImages, ApiError> {
    let name = &input.repository_name;
    repository::find(cx, input.registry_id.as_deref(), name)?;
    check_ids(&input.image_ids)?;
    let mut reply = DeletedImages { image_ids: Vec::new(), failures: Vec::new() };
    for id in input.image_ids {
        match delete(cx, name, &id) {
            Ok(deleted) => reply.image_ids.extend(deleted),
            Err(failure) => reply.failures.push(failure),
        }
    }
    Ok(reply)
}

fn delete(cx: &mut Context<'_>, repository: &str, id: &ImageId) -> Result<Vec<ImageId>, ImageFailure> {
    let digest = id.find(cx, repository)?.digest.clone();
    let tags: Vec<String> = tags_of(cx, repository, &digest).into_iter().map(str::to_owned).collect();
    let going = match &id.image_tag {
        Some(tag) => vec![tag.clone()],
        None => tags.clone(),
    };
    let image_goes = going.len() == tags.len();
    if image_goes && is_referenced(cx, repository, &digest) {
        let reason = "The image is referenced by a manifest list";
        return Err(id.failure("ImageReferencedByManifestList", reason));
    }
    for tag in &going {
        cx.ecr.image_tags.remove(&key([repository, tag.as_str()]));
    }
    if image_goes {
        cx.ecr.images.remove(&key([repository, digest.as_str()]));
    }
    let name = |image_tag| ImageId { image_digest: Some(digest.clone()), image_tag };
    Ok(if going.is_empty() { vec![name(None)] } else { going.into_iter().map(|tag| name(Some(tag))).collect() })
}

fn is_referenced(cx: &Context<'_>, repository: &str, digest: &str) -> bool {
    let inside = key([repository]);
    let manifests = cx.ecr.images.prefix(&inside).filter_map(|(_, image)| Manifest::parse(&image.manifest).ok());
    manifests.into_iter().any(|manifest| manifest.referenced().any(|referenced| referenced == digest))
}
