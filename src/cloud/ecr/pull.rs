//! Pulling an image by the name that task definitions have for it.

use std::collections::BTreeMap;

use super::image_id::ImageId;
use super::manifest::Manifest;
use super::seed;
use crate::context::Context;
use crate::table::key;

/// An image as a container needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pulled {
    pub(crate) digest: String,
    /// The default environment of its processes.
    pub(crate) environment: BTreeMap<String, String>,
}

/// The image that a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pull {
    /// It is in a registry that is not this region's own.
    Elsewhere,
    /// The registry is this region's own, and has no such image.
    Missing,
    Found(Pulled),
}

/// Finds an image by `registry/name`, `registry/name:tag` or `registry/name@digest`. A digest that is `pinned` counts
/// instead of the tag.
pub(crate) fn pull(cx: &Context<'_>, reference: &str, pinned: Option<&str>) -> Pull {
    let registry = format!("{}.dkr.ecr.{}.amazonaws.com/", cx.account, cx.region);
    let Some(name) = reference.strip_prefix(&registry) else { return Pull::Elsewhere };
    let (name, digest) = match name.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (name, None),
    };
    let (repository, tag) = name.rsplit_once(':').unwrap_or((name, "latest"));
    let digest = pinned.or(digest).map(str::to_owned);
    let image_tag = digest.is_none().then(|| tag.to_owned());
    let Ok(image) = (ImageId { image_digest: digest, image_tag }).find(cx, repository) else { return Pull::Missing };
    let manifest = Manifest::parse(&image.manifest).ok();
    let configuration = manifest.and_then(|manifest| manifest.config().map(str::to_owned));
    let environment = configuration.map(|it| seed::environment(cx, repository, &it)).unwrap_or_default();
    Pull::Found(Pulled { digest: image.digest.clone(), environment })
}

/// Whether nobody has pushed anything to this repository: what every repository has from its start does not count.
pub(super) fn is_empty(cx: &Context<'_>, repository: &str) -> bool {
    cx.ecr.images.prefix(&key([repository])).all(|(_, image)| image.made_here)
}
