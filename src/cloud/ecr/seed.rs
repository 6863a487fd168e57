//! Images that are made, not built: a manifest and a configuration, both real, of no layers.
//!
//! OCI Image Format Specification, "Image Manifest" and "Image Configuration".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::image::{Image, ImageTag, check_tag};
use super::manifest::digest;
use crate::context::{Context, Tables as Core};
use crate::plane::SeedImage;
use crate::table::{Record, key};
use crate::wire::ApiError;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIGURATION: &str = "application/vnd.oci.image.config.v1+json";

/// What an image says about the processes that run it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ImageConfiguration {
    /// The text that the digest in the manifest is of.
    text: String,
}

impl Record for ImageConfiguration {
    fn made_by_aws(&self) -> bool {
        true
    }
}

/// From now on each new repository has this image.
pub(crate) fn seed(core: &mut Core, image: SeedImage) {
    if core.seed_images.get(&image.tag) != Some(&image) {
        core.seed_images.insert(image.tag.clone(), image);
    }
}

/// Puts an image into the repositories of this region that have it not yet: into one, or into all. Tells into how many.
///
/// # Errors
/// `InvalidParameterException` for a tag that can be none.
pub(crate) fn put(cx: &mut Context<'_>, repository: Option<&str>, image: &SeedImage) -> Result<usize, ApiError> {
    check_tag(&image.tag)?;
    let wanted = |name: &&str| repository.is_none_or(|wanted| *name == wanted);
    let names: Vec<String> =
        cx.ecr.repositories.iter().map(|(name, _)| name).filter(wanted).map(str::to_owned).collect();
    for name in &names {
        make(cx, name, image);
    }
    Ok(names.len())
}

/// Puts the images in that every repository has from its start.
pub(super) fn furnish(cx: &mut Context<'_>, repository: &str) {
    let images: Vec<SeedImage> = cx.core.seed_images.values().cloned().collect();
    for image in images {
        make(cx, repository, &image);
    }
}

fn make(cx: &mut Context<'_>, repository: &str, image: &SeedImage) {
    let environment: Vec<String> = image.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let configuration = json!({
        "architecture": "amd64",
        "os": "linux",
        "config": { "Env": environment, "Entrypoint": ["python", "-I", "-S", "/app/app.py"], "WorkingDir": "/app" },
        "rootfs": { "type": "layers", "diff_ids": [] },
    })
    .to_string();
    let config = json!({ "mediaType": CONFIGURATION, "digest": digest(&configuration), "size": configuration.len() });
    let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [] }).to_string();
    let size_in_bytes = configuration.len() as u64;
    let image_digest = digest(&manifest);
    let place = key([repository, &digest(&configuration)]);
    cx.ecr.configurations.insert(place, ImageConfiguration { text: configuration });
    let place = key([repository, image_digest.as_str()]);
    if !cx.ecr.images.contains(&place) {
        let record = Image {
            digest: image_digest.clone(),
            manifest,
            media_type: MANIFEST.to_owned(),
            size_in_bytes,
            pushed: cx.now,
            made_here: true,
        };
        cx.ecr.images.insert(place, record);
    }
    cx.ecr.image_tags.insert(key([repository, image.tag.as_str()]), ImageTag { digest: image_digest, made_here: true });
}

#[derive(Deserialize)]
struct Configuration {
    config: Option<ContainerConfiguration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContainerConfiguration {
    #[serde(default)]
    env: Vec<String>,
}

/// The default environment of an image's processes. That of an image whose configuration is not known, because its
/// parts were not pushed to here, is empty.
pub(super) fn environment(cx: &Context<'_>, repository: &str, configuration: &str) -> BTreeMap<String, String> {
    let text = cx.ecr.configurations.get(&key([repository, configuration])).map(|it| it.text.as_str());
    let parsed = text.and_then(|text| serde_json::from_str::<Configuration>(text).ok());
    let variables = parsed.and_then(|parsed| parsed.config).map(|config| config.env).unwrap_or_default();
    let pair = |variable: &String| variable.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    variables.iter().filter_map(pair).collect()
}
