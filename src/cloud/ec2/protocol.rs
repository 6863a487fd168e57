//! IP protocols and ports as security group rules spell them.

use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::wire::ApiError;

/// An IP protocol with its ports, or with an ICMP type and code; `-1` where there are none, and for all of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Traffic {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for everything, or a protocol number.
    pub(crate) ip_protocol: String,
    pub(crate) from_port: i32,
    pub(crate) to_port: i32,
}

impl Traffic {
    /// All protocols and ports.
    pub(crate) fn everything() -> Self {
        Traffic { ip_protocol: "-1".to_owned(), from_port: -1, to_port: -1 }
    }

    /// Reads what a request says.
    ///
    /// AWS: EC2 API Reference, IpPermission.
    pub(super) fn parse(protocol: &str, from_port: Option<i32>, to_port: Option<i32>) -> Result<Self, ApiError> {
        let ip_protocol = name(protocol)?;
        let (from_port, to_port) = match ip_protocol.as_str() {
            "tcp" | "udp" => ports(&ip_protocol, from_port, to_port)?,
            "icmp" | "icmpv6" => icmp(from_port.unwrap_or(-1), to_port.unwrap_or(-1))?,
            // Ports mean nothing in all other protocols, and EC2 does not look at them.
            _ => (-1, -1),
        };
        Ok(Traffic { ip_protocol, from_port, to_port })
    }

    /// The TCP ports that it is about, if it is about any.
    pub(crate) fn tcp_ports(&self) -> Option<RangeInclusive<u16>> {
        match self.ip_protocol.as_str() {
            "-1" => Some(0..=u16::MAX),
            "tcp" => Some(u16::try_from(self.from_port).ok()?..=u16::try_from(self.to_port).ok()?),
            _ => None,
        }
    }

    /// Whether EC2 shows ports in a group's permissions.
    pub(super) fn has_ports(&self) -> bool {
        matches!(self.ip_protocol.as_str(), "tcp" | "udp" | "icmp" | "icmpv6")
    }
}

impl fmt::Display for Traffic {
    /// As in EC2's error messages: `TCP, from port: 80, to port: 80`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip_protocol.as_str() {
            "-1" => formatter.write_str("ALL"),
            _ if !self.has_ports() => formatter.write_str(&self.ip_protocol),
            protocol => {
                let protocol = protocol.to_ascii_uppercase();
                write!(formatter, "{protocol}, from port: {}, to port: {}", self.from_port, self.to_port)
            }
        }
    }
}

/// The name that EC2 stores for a protocol's name or number.
fn name(protocol: &str) -> Result<String, ApiError> {
    let name = protocol.to_ascii_lowercase();
    Ok(match (name.as_str(), name.parse::<i16>()) {
        ("tcp" | "udp" | "icmp" | "icmpv6", _) => name,
        ("all", _) | (_, Ok(-1)) => "-1".to_owned(),
        (_, Ok(6)) => "tcp".to_owned(),
        (_, Ok(17)) => "udp".to_owned(),
        (_, Ok(1)) => "icmp".to_owned(),
        (_, Ok(58)) => "icmpv6".to_owned(),
        (_, Ok(number @ 0..=255)) => number.to_string(),
        _ => {
            let message = format!("Invalid value '{protocol}' for IP protocol. Unknown protocol.");
            return Err(ApiError::new("InvalidParameterValue", message));
        }
    })
}

fn ports(protocol: &str, from_port: Option<i32>, to_port: Option<i32>) -> Result<(i32, i32), ApiError> {
    let invalid = |message: String| ApiError::new("InvalidParameterValue", message);
    let (Some(from), Some(to)) = (from_port, to_port) else {
        let message = "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.";
        return Err(invalid(message.to_owned()));
    };
    if let Some(port) = [from, to].into_iter().find(|port| !(0..=65535).contains(port)) {
        return Err(invalid(format!("Invalid value '{port}' for {protocol} port. Must be between 0 and 65535.")));
    }
    if from > to {
        return Err(invalid(format!("Invalid {} port range ({from}, {to})", protocol.to_ascii_uppercase())));
    }
    Ok((from, to))
}

fn icmp(kind: i32, code: i32) -> Result<(i32, i32), ApiError> {
    if (-1..=255).contains(&kind) && (-1..=255).contains(&code) && (kind != -1 || code == -1) {
        return Ok((kind, code));
    }
    let message = format!("Invalid value '{kind}, {code}' for ICMP type and code.");
    Err(ApiError::new("InvalidParameterValue", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(protocol: &str, from: Option<i32>, to: Option<i32>, expected: Option<(&str, i32, i32)>) {
        let read = Traffic::parse(protocol, from, to).ok();
        let read = read.as_ref().map(|it| (it.ip_protocol.as_str(), it.from_port, it.to_port));
        assert_eq!(read, expected);
    }

    #[test]
    fn protocols_have_one_name_each() {
        check("6", Some(80), Some(81), Some(("tcp", 80, 81)));
        check("UDP", Some(53), Some(53), Some(("udp", 53, 53)));
        check("1", None, None, Some(("icmp", -1, -1)));
        check("-1", Some(0), Some(0), Some(("-1", -1, -1)));
        check("50", Some(1), Some(2), Some(("50", -1, -1)));
        check("256", None, None, None);
        check("tpc", Some(1), Some(2), None);
    }

    #[test]
    fn tcp_and_udp_need_a_range_of_ports() {
        check("tcp", Some(80), None, None);
        check("tcp", Some(81), Some(80), None);
        check("udp", Some(0), Some(65536), None);
        check("tcp", Some(-1), Some(-1), None);
        check("tcp", Some(0), Some(65535), Some(("tcp", 0, 65535)));
    }
}
