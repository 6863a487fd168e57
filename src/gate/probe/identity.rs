//! Who may answer.

use hyper::HeaderMap;
use serde::{Deserialize, Serialize};

/// How to know that an answer came from the service and not from something else: a default page, a fixed response,
/// another service. During a change both the old and the new version are accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Where an answer carries its marker.
    pub place: Place,
    /// The markers, one of which must be there. Without any, every answer is accepted.
    pub accepted: Vec<String>,
}

/// Where an answer carries its marker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The whole value of this header.
    Header(String),
    /// Anywhere in the first 64 KiB of the body.
    Body,
}

impl Identity {
    /// Accepts every answer, so that a wrong one is not noticed.
    pub fn any() -> Self {
        Identity { place: Place::Body, accepted: Vec::new() }
    }

    /// Accepts answers with one of `markers` in the body.
    pub fn body<S: Into<String>>(markers: impl IntoIterator<Item = S>) -> Self {
        Identity { place: Place::Body, accepted: markers.into_iter().map(Into::into).collect() }
    }

    /// Accepts answers whose header `name` is one of `markers`.
    pub fn header<S: Into<String>>(name: impl Into<String>, markers: impl IntoIterator<Item = S>) -> Self {
        Identity { place: Place::Header(name.into()), accepted: markers.into_iter().map(Into::into).collect() }
    }

    /// The marker that the answer has, or that it has none that is accepted.
    pub(super) fn check(&self, headers: &HeaderMap, body: &[u8]) -> Result<Option<&str>, WrongIdentity> {
        if self.accepted.is_empty() {
            return Ok(None);
        }
        let present = |marker: &&String| match &self.place {
            Place::Header(name) => headers.get_all(name.as_str()).iter().any(|value| value == marker.as_str()),
            Place::Body => contains(body, marker.as_bytes()),
        };
        self.accepted.iter().find(present).map(|marker| Some(marker.as_str())).ok_or(WrongIdentity)
    }
}

impl Default for Identity {
    fn default() -> Self {
        Identity::any()
    }
}

/// The answer has none of the markers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WrongIdentity;

fn contains(text: &[u8], part: &[u8]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_the_markers_must_be_there() {
        let both = Identity::body(["v1 (blue)", "v2 (green)"]);
        let none = HeaderMap::new();
        assert_eq!(both.check(&none, b"Hello from v2 (green)!"), Ok(Some("v2 (green)")));
        assert_eq!(both.check(&none, b"Welcome to nginx"), Err(WrongIdentity));
        assert_eq!(both.check(&none, b""), Err(WrongIdentity));
        assert_eq!(Identity::any().check(&none, b"Welcome to nginx"), Ok(None));
    }

    #[test]
    fn a_header_must_match_as_a_whole() {
        let identity = Identity::header("x-version", ["1"]);
        let mut headers = HeaderMap::new();
        headers.insert("x-version", "10".parse().expect("a header value"));
        assert_eq!(identity.check(&headers, b""), Err(WrongIdentity));
        headers.append("x-version", "1".parse().expect("a header value"));
        assert_eq!(identity.check(&headers, b""), Ok(Some("1")));
    }
}
