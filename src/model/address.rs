use serde::{Deserialize, Serialize};
use std::{borrow::Borrow, fmt, str::FromStr};

/// The name of a resource within its stack: `<type>.<name>`, such as `subnet.main-public-a`.
///
/// The type is the last part of the kind (`ec2.subnet` has the type `subnet`). The name may hold lower-case
/// letters, digits and hyphens, because physical names are made from it and that is what every API accepts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

impl Address {
    /// The address of the resource `name` of `kind` (`ec2.subnet`).
    ///
    /// # Errors
    /// When `name` is empty or holds anything but lower-case letters, digits and hyphens.
    pub fn new(kind: &str, name: &str) -> Result<Self, InvalidAddress> {
        let kind = kind.rsplit('.').next().unwrap_or(kind);
        format!("{kind}.{name}").parse()
    }

    /// The whole address, as it is written in plans and on the command line.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part behind the dot: `main-public-a`.
    pub fn name(&self) -> &str {
        self.0.split_once('.').map_or(self.0.as_str(), |(_, name)| name)
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = |part: &str, extra: char| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == extra)
        };
        match text.split_once('.') {
            Some((kind, name)) if word(kind, '_') && word(name, '-') => Ok(Self(text.to_owned())),
            _ => Err(InvalidAddress(text.to_owned())),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for Address {
    type Error = InvalidAddress;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

impl Borrow<str> for Address {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// A text that is not an [`Address`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidAddress(pub String);

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a resource address: it has the form `<type>.<name>`, and the name holds only lower-case \
             letters, digits and hyphens",
            self.0
        )
    }
}

impl std::error::Error for InvalidAddress {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_type_and_a_name() {
        let address = Address::new("ec2.subnet", "main-public-a").unwrap();
        assert_eq!(address.as_str(), "subnet.main-public-a");
        assert_eq!(address.name(), "main-public-a");
        for wrong in ["", "subnet", "subnet.", "subnet.A", "sub net.a", ".a", "subnet.a.b"] {
            assert_eq!(wrong.parse::<Address>(), Err(InvalidAddress(wrong.to_owned())));
        }
    }
}
