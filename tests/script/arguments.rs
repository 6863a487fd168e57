//! The arguments of a script's commands.

use serde_json::Value;

/// `ADDRESS.FIELD=JSON`.
pub(super) struct Assignment {
    pub(super) address: String,
    /// As a JSON pointer.
    pub(super) field: String,
    pub(super) value: Value,
}

impl std::str::FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not ADDRESS.FIELD=JSON");
        let (place, json) = text.split_once('=').ok_or_else(wrong)?;
        let mut parts = place.trim().split('.');
        let (Some(kind), Some(name)) = (parts.next(), parts.next()) else { return Err(wrong()) };
        let field: String = parts.map(|part| format!("/{part}")).collect();
        Ok(Self { address: format!("{kind}.{name}"), field, value: parsed(json)? })
    }
}

pub(super) fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number"))
}

pub(super) fn parsed<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}
