//! What ECR reads in an image's manifest.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::error::invalid;
use crate::wire::ApiError;

/// A manifest of an image or of a list of images. Members that ECR does not go by are not read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    pub(super) media_type: Option<String>,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

#[derive(Debug, Deserialize)]
struct Descriptor {
    digest: String,
    #[serde(default)]
    size: u64,
}

impl Manifest {
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        serde_json::from_str(text).map_err(|_| invalid("imageManifest", "Invalid JSON syntax"))
    }

    /// The size of the image's parts in bytes, compressed as they are pushed.
    pub(super) fn size(&self) -> u64 {
        self.config.iter().chain(&self.layers).map(|part| part.size).sum()
    }

    /// The digest of the image's configuration.
    pub(super) fn config(&self) -> Option<&str> {
        self.config.as_ref().map(|part| part.digest.as_str())
    }

    /// The digests of the images that a list names.
    pub(super) fn referenced(&self) -> impl Iterator<Item = &str> {
        self.manifests.iter().map(|part| part.digest.as_str())
    }
}

/// The digest that an image with this manifest has.
pub(super) fn digest(manifest: &str) -> String {
    format!("sha256:{:x}", Sha256::digest(manifest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_added_up() {
        let text =
            r#"{"config":{"digest":"a","size":1},"layers":[{"digest":"b","size":20},{"digest":"c","size":300}]}"#;
        assert_eq!(Manifest::parse(text).expect("it is one").size(), 321);
        assert!(Manifest::parse("manifest").is_err());
    }

    #[test]
    fn the_digest_is_of_the_text_itself() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest(""), empty);
    }
}
