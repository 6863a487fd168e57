use model::{In, InvalidValue, RepositoryArn};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A container image and what it takes to pull it.
#[derive(Clone, Debug)]
pub struct Image {
    /// Where it is pulled from, with its tag or digest.
    pub uri: In<String>,
    /// The repository that the task must be allowed to pull from; `None` for a public one.
    pub repository: Option<In<RepositoryArn>>,
}

impl Image {
    /// An image that anybody may pull, such as `public.ecr.aws/docker/library/python:3.11-slim`.
    pub fn public(uri: impl Into<String>) -> Self {
        Self { uri: In::Value(uri.into()), repository: None }
    }
}

/// Which image of a repository: a tag, or a digest (`sha256:..`), which always names the same bytes.
///
/// AWS: ECR API Reference, ImageIdentifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageIdentifier(String);

impl ImageIdentifier {
    /// The image with that tag or digest.
    ///
    /// # Errors
    /// When `text` is neither. OCI Distribution Specification, "Pulling manifests": a tag has up to 128 letters,
    /// digits, `_`, `.` and `-`, and begins with none of the last two.
    pub fn new(text: &str) -> Result<Self, InvalidValue> {
        let valid = match text.strip_prefix("sha256:") {
            Some(hex) => hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
            None => {
                let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
                text.bytes().next().is_some_and(word)
                    && text.len() <= 128
                    && text.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
            }
        };
        let message = || {
            format!(
                "`{text}` is neither a tag (letters, digits, `_`, `.` and `-`) nor a digest (sha256: and 64 hexadecimal \
                 digits)"
            )
        };
        valid.then(|| Self(text.to_owned())).ok_or_else(|| InvalidValue(message()))
    }

    /// The tag or digest.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands between a repository and the identifier: `@` before a digest, `:` before a tag.
    pub(crate) fn separator(&self) -> &'static str {
        if self.0.starts_with("sha256:") { "@" } else { ":" }
    }
}

impl TryFrom<String> for ImageIdentifier {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        Self::new(&text)
    }
}

impl From<ImageIdentifier> for String {
    fn from(identifier: ImageIdentifier) -> Self {
        identifier.0
    }
}

impl fmt::Display for ImageIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_digests() {
        let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
        for text in ["v1", "1.2.3-rc_4", "_x", "9f2c41d", &digest, &"x".repeat(128)] {
            assert!(ImageIdentifier::new(text).is_ok(), "{text}");
        }
        for text in ["", "-v1", ".v1", "v 1", "v1:2", "sha256:12", &digest.to_uppercase(), &"x".repeat(129)] {
            assert!(ImageIdentifier::new(text).is_err(), "{text}");
        }
        assert_eq!(ImageIdentifier::new(&digest).expect("a digest").separator(), "@");
    }
}
