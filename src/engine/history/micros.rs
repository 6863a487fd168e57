//! Durations as whole microseconds in JSON, under names that end in `_us`.

use serde::{Deserialize, Deserializer, Serializer, ser::Error as _};
use std::time::Duration;

pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let micros = u64::try_from(duration.as_micros()).map_err(|_| S::Error::custom("the duration is too long"))?;
    serializer.serialize_u64(micros)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_micros)
}
