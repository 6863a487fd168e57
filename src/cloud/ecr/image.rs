//! Images, kept as their manifests. That the layers were pushed before is not checked: layers are not kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::{INVALID_PARAMETER, invalid};
use super::image_id::ImageId;
use super::manifest::{self, Manifest};
use super::repository::{self, Repository};
use crate::context::Context;
use crate::table::{Record, key};
use crate::validate::Constraints;
use crate::wire::ApiError;

/// An image of a repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Image {
    pub(crate) digest: String,
    pub(crate) manifest: String,
    pub(crate) media_type: String,
    pub(crate) size_in_bytes: u64,
    pub(crate) pushed: Timestamp,
    /// Whether nobody pushed it: it was made by the cloud.
    #[serde(default)]
    pub(crate) made_here: bool,
}

impl Record for Image {
    fn made_by_aws(&self) -> bool {
        self.made_here
    }
}

/// A tag of an image.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ImageTag {
    pub(crate) digest: String,
    /// Whether it was made by the cloud with its image.
    #[serde(default)]
    pub(crate) made_here: bool,
}

impl Record for ImageTag {
    fn made_by_aws(&self) -> bool {
        self.made_here
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PutImage {
    registry_id: Option<String>,
    repository_name: String,
    image_manifest: String,
    image_manifest_media_type: Option<String>,
    image_tag: Option<String>,
    image_digest: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct ImageReply {
    image: ImageView,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageView {
    registry_id: String,
    repository_name: String,
    image_id: ImageId,
    image_manifest: String,
    image_manifest_media_type: String,
}

pub(crate) fn put_image(cx: &mut Context<'_>, input: PutImage) -> Result<ImageReply, ApiError> {
    Constraints::default().length("imageManifest", &input.image_manifest, 1..=4_194_304).finish(INVALID_PARAMETER)?;
    let repository = repository::find(cx, input.registry_id.as_deref(), &input.repository_name)?;
    if let Some(tag) = &input.image_tag {
        check_tag(tag)?;
    }
    let parsed = Manifest::parse(&input.image_manifest)?;
    let digest = manifest::digest(&input.image_manifest);
    if let Some(expected) = input.image_digest.filter(|expected| *expected != digest) {
        let message = format!("The image digest '{expected}' does not match the digest '{digest}' of the manifest");
        return Err(ApiError::new("ImageDigestDoesNotMatchException", message));
    }
    for referenced in parsed.referenced() {
        if !cx.ecr.images.contains(&key([repository.name.as_str(), referenced])) {
            let message = format!(
                "Images with digests '[{referenced}]' required for pushing image into repository with name '{}' do not exist",
                repository.name
            );
            return Err(ApiError::new("ReferencedImagesNotFoundException", message));
        }
    }
    check_new(cx, repository, &digest, input.image_tag.as_deref())?;

    let missing = || invalid("imageManifestMediaType", "The media type must be in the request or in the manifest");
    let image = Image {
        media_type: input.image_manifest_media_type.or(parsed.media_type.clone()).ok_or_else(missing)?,
        size_in_bytes: parsed.size(),
        manifest: input.image_manifest,
        pushed: cx.now,
        digest,
        made_here: false,
    };
    let name = input.repository_name.as_str();
    if let Some(tag) = &input.image_tag {
        cx.ecr
            .image_tags
            .insert(key([name, tag.as_str()]), ImageTag { digest: image.digest.clone(), made_here: false });
    }
    let view = view(cx, name, &image, input.image_tag.clone());
    if !cx.ecr.images.contains(&key([name, image.digest.as_str()])) {
        cx.ecr.images.insert(key([name, image.digest.as_str()]), image);
    }
    Ok(ImageReply { image: view })
}

/// The tags of an image, in order.
pub(super) fn tags_of<'a>(cx: &'a Context<'_>, repository: &str, digest: &str) -> Vec<&'a str> {
    let inside = key([repository]);
    let tags = cx.ecr.image_tags.iter().filter(|(place, tag)| place.starts_with(&inside) && tag.digest == digest);
    tags.filter_map(|(place, _)| place.split('\0').nth(1)).collect()
}

pub(super) fn view(cx: &Context<'_>, repository: &str, image: &Image, image_tag: Option<String>) -> ImageView {
    ImageView {
        registry_id: cx.account.to_owned(),
        repository_name: repository.to_owned(),
        image_id: ImageId { image_digest: Some(image.digest.clone()), image_tag },
        image_manifest: image.manifest.clone(),
        image_manifest_media_type: image.media_type.clone(),
    }
}

/// Refuses what exists already, and to move an immutable tag.
fn check_new(cx: &Context<'_>, repository: &Repository, digest: &str, tag: Option<&str>) -> Result<(), ApiError> {
    let name = &repository.name;
    let tagged = tag.and_then(|tag| Some((tag, cx.ecr.image_tags.get(&key([name, tag]))?)));
    let exists = match tag {
        None => cx.ecr.images.contains(&key([name, digest])),
        Some(_) => tagged.is_some_and(|(_, tagged)| tagged.digest == digest),
    };
    if exists {
        let tag = tag.unwrap_or("null");
        let message = format!(
            "Image with digest '{digest}' and tag '{tag}' already exists in the repository with name '{name}' in registry \
             with id '{}'",
            cx.account
        );
        return Err(ApiError::new("ImageAlreadyExistsException", message));
    }
    match tagged {
        Some((tag, _)) if repository.tag_mutability.is_immutable(tag) => {
            let message = format!(
                "The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten because the \
                 tag is immutable."
            );
            Err(ApiError::new("ImageTagAlreadyExistsException", message))
        }
        _ => Ok(()),
    }
}

/// AWS: ECR User Guide, "Pushing a Docker image": tags are those of container registries.
pub(super) fn check_tag(tag: &str) -> Result<(), ApiError> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let right = tag.starts_with(is_word) && tag.chars().all(|letter| is_word(letter) || ".-".contains(letter));
    if right && tag.len() <= 128 {
        return Ok(());
    }
    Err(invalid("imageTag", "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'"))
}
