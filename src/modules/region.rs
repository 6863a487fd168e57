use model::{AvailabilityZone, InvalidValue};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An AWS Region, such as `us-east-1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(String);

impl Region {
    /// The Region of that code.
    ///
    /// # Errors
    /// When `code` does not have the form of a Region's code. Whether AWS has a Region of that code is not known here.
    pub fn new(code: &str) -> Result<Self, InvalidValue> {
        let parts: Vec<&str> = code.split('-').collect();
        let word = |part: &&str| part.len() > 1 && part.bytes().all(|byte| byte.is_ascii_lowercase());
        match parts.as_slice() {
            [words @ .., number] if words.len() >= 2 && words.iter().all(word) && is_digit(number) => {
                Ok(Self(code.to_owned()))
            }
            _ => Err(InvalidValue(format!("`{code}` is not an AWS Region: its code has the form us-east-1"))),
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The Availability Zone of that letter: `a` is `us-east-1a`.
    pub fn zone(&self, letter: char) -> AvailabilityZone {
        AvailabilityZone::new(format!("{}{letter}", self.0))
    }
}

fn is_digit(text: &str) -> bool {
    text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl TryFrom<String> for Region {
    type Error = InvalidValue;

    fn try_from(code: String) -> Result<Self, InvalidValue> {
        Self::new(&code)
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for code in ["us-east-1", "eu-central-2", "us-gov-west-1", "ap-southeast-7"] {
            assert!(Region::new(code).is_ok(), "{code}");
        }
        for code in ["", "us-east", "us-east-1a", "US-EAST-1", "us--1", "useast1", "us-east-12"] {
            assert!(Region::new(code).is_err(), "{code}");
        }
    }
}
