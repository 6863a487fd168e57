//! Times as the protocols write them.

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A time in the XML protocols: ISO 8601 with milliseconds, `2026-01-31T12:00:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Iso(pub(crate) Timestamp);

impl Serialize for Iso {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

impl<'de> Deserialize<'de> for Iso {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Timestamp::deserialize(deserializer).map(Iso)
    }
}

/// A time in the JSON protocol: seconds since 1970 with milliseconds as the fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Epoch(pub(crate) Timestamp);

impl Serialize for Epoch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_millisecond() as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Epoch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        let time = Timestamp::from_millisecond((seconds * 1000.0).round() as i64);
        time.map(Epoch).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_written_as_each_protocol_does() {
        let time = Timestamp::from_millisecond(1_700_000_000_250).expect("a valid time");
        assert_eq!(json!(Iso(time)), json!("2023-11-14T22:13:20.250Z"));
        assert_eq!(json!(Epoch(time)), json!(1_700_000_000.25));
        assert_eq!(serde_json::from_value::<Epoch>(json!(1_700_000_000.25)).expect("a time"), Epoch(time));
    }
}
