//! How requests name images: by digest, by tag, or by both.

use serde::{Deserialize, Serialize};

use super::image::Image;
use crate::context::Context;
use crate::table::key;

/// A name of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ImageId {
    pub(crate) image_digest: Option<String>,
    pub(crate) image_tag: Option<String>,
}

/// An image that a batch could not be served with.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageFailure {
    image_id: ImageId,
    failure_code: &'static str,
    failure_reason: &'static str,
}

impl ImageId {
    /// The image with this name in a repository.
    pub(super) fn find<'a>(&self, cx: &'a Context<'_>, repository: &str) -> Result<&'a Image, ImageFailure> {
        let tagged = self.image_tag.as_ref().map(|tag| cx.ecr.image_tags.get(&key([repository, tag.as_str()])));
        let digest = match (&self.image_digest, tagged) {
            (None, None) => {
                return Err(self
                    .failure("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null"));
            }
            (Some(digest), Some(Some(tagged))) if *digest != tagged.digest => {
                return Err(self.failure("ImageTagDoesNotMatchDigest", "The tag does not belong to the digest"));
            }
            (Some(digest), None) if !is_digest(digest) => {
                return Err(self.failure(
                    "InvalidImageDigest",
                    "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
                ));
            }
            (_, Some(None)) => return Err(self.not_found()),
            (Some(digest), _) => digest,
            (None, Some(Some(tagged))) => &tagged.digest,
        };
        cx.ecr.images.get(&key([repository, digest.as_str()])).ok_or_else(|| self.not_found())
    }

    pub(super) fn failure(&self, failure_code: &'static str, failure_reason: &'static str) -> ImageFailure {
        ImageFailure { image_id: self.clone(), failure_code, failure_reason }
    }

    fn not_found(&self) -> ImageFailure {
        self.failure("ImageNotFound", "Requested image not found")
    }

    /// The name as ECR's messages write it.
    pub(super) fn words(&self) -> String {
        let word = |part: &Option<String>| part.clone().unwrap_or_else(|| "null".to_owned());
        format!("{{imageDigest:'{}', imageTag:'{}'}}", word(&self.image_digest), word(&self.image_tag))
    }
}

fn is_digest(text: &str) -> bool {
    let hexadecimal = |digits: &str| !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    text.split_once(':').is_some_and(|(algorithm, digits)| !algorithm.is_empty() && hexadecimal(digits))
}
