use crate::{In, Part};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Another object that a fact speaks of: what the cloud calls it, or `@address#output` while that is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Node(String);

impl Node {
    /// Takes over a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Address and output, while it is a reference.
    pub fn reference(&self) -> Option<(&str, &str)> {
        self.0.strip_prefix('@')?.split_once('#')
    }
}

impl<T: fmt::Display> From<&In<T>> for Node {
    fn from(input: &In<T>) -> Self {
        match input {
            In::Value(value) => Self(value.to_string()),
            In::Reference(reference) => Self(format!("@{reference}")),
            In::Join(parts) => {
                let text = parts.iter().map(|part| match part {
                    Part::Text(text) => text.clone(),
                    Part::Reference(reference) => format!("@{reference}"),
                });
                Self(text.collect())
            }
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
