use super::InvalidValue;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::{fmt, net::Ipv4Addr, str::FromStr};

/// A block of IPv4 addresses, such as `10.0.0.0/16`. Its host bits are zero.
///
/// AWS silently clears host bits (`100.68.0.18/18` becomes `100.68.0.0/18`; EC2 API Reference, CreateVpc), which
/// would read back as a change; so they are refused here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cidr(Ipv4Net);

impl Cidr {
    /// Every IPv4 address.
    pub const ANYWHERE: Self = Self(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0));

    /// The number of leading bits that are fixed: 16 in `10.0.0.0/16`.
    pub fn prefix(&self) -> u8 {
        self.0.prefix_len()
    }

    /// Its first and its last address, as numbers.
    pub fn bounds(&self) -> (u32, u32) {
        (self.0.network().into(), self.0.broadcast().into())
    }

    /// Whether every address of `other` is in this block.
    pub fn contains(&self, other: &Self) -> bool {
        self.0.contains(&other.0)
    }

    /// Whether the two blocks share an address.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// The block number `index` (from 0) when this one is divided into blocks with `prefix` fixed bits.
    ///
    /// # Errors
    /// When `prefix` is not longer than this block's own, exceeds 32, or there are not that many blocks.
    pub fn subnet(&self, prefix: u8, index: usize) -> Result<Self, InvalidValue> {
        self.0.subnets(prefix).ok().and_then(|mut subnets| subnets.nth(index)).map(Self).ok_or_else(|| {
            InvalidValue(format!("{self} cannot be divided into {} blocks with a /{prefix} prefix", index + 1))
        })
    }
}

impl FromStr for Cidr {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let net: Ipv4Net = text
            .parse()
            .map_err(|_| InvalidValue(format!("`{text}` is not an IPv4 CIDR block: it has the form 10.0.0.0/16")))?;
        if net.trunc() == net {
            Ok(Self(net))
        } else {
            Err(InvalidValue(format!("`{text}` has host bits set: the block is written {}", net.trunc())))
        }
    }
}

impl TryFrom<String> for Cidr {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Cidr> for String {
    fn from(cidr: Cidr) -> Self {
        cidr.to_string()
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Cidr {
        text.parse().unwrap()
    }

    #[test]
    fn blocks_divide() {
        assert_eq!(cidr("10.0.0.0/16").subnet(20, 1).unwrap(), cidr("10.0.16.0/20"));
        assert!(cidr("10.0.0.0/16").subnet(17, 2).is_err());
        assert!(cidr("10.0.0.0/16").subnet(8, 0).is_err());
    }

    #[test]
    fn overlap_is_symmetric() {
        let (vpc, subnet, other) = (cidr("10.0.0.0/16"), cidr("10.0.3.0/24"), cidr("10.1.0.0/16"));
        assert!(vpc.overlaps(&subnet) && subnet.overlaps(&vpc));
        assert!(!vpc.overlaps(&other));
        assert!(vpc.contains(&subnet) && !subnet.contains(&vpc));
    }

    #[test]
    fn errors_say_what_is_right() {
        assert_eq!(
            "10.0.0.1/16".parse::<Cidr>().unwrap_err().0,
            "`10.0.0.1/16` has host bits set: the block is written 10.0.0.0/16"
        );
        for wrong in ["", "10.0.0.0", "10.0.0.0/33", "300.0.0.0/8", "::/0"] {
            assert!(wrong.parse::<Cidr>().is_err(), "{wrong}");
        }
    }
}
