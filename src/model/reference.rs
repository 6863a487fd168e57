use crate::Address;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, de::DeserializeOwned};
use serde_json::{Value, json};
use std::fmt;

/// An input of a resource: a value, or what another resource will be known by once it exists.
///
/// The type parameter makes wiring typed: an `In<SubnetId>` accepts a subnet's `id()` and nothing else. Texts
/// (`In<String>`) can also be [joined](crate::join!) from parts, for policy documents and environment variables.
///
/// In JSON a value stands as itself, a reference as `{"$ref": "subnet.main-a#id"}`, a joined text as
/// `{"$join": ["arn:", {"$ref": ".."}]}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum In<T> {
    /// Known now.
    Value(T),
    /// Known when the resource it names has been created.
    Reference(Reference),
    /// A text put together from known and unknown parts.
    Join(Vec<Part>),
}

/// An output of another resource of the same stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The resource referred to.
    pub address: Address,
    /// The name of the field of its outputs.
    pub output: String,
}

/// A part of a joined text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Text that stands as it is.
    Text(String),
    /// Text that an output gives.
    Reference(Reference),
}

impl<T> In<T> {
    /// The value, once every reference has been resolved.
    ///
    /// # Errors
    /// [`Unresolved`] when it still refers to another resource.
    pub fn known(&self) -> Result<&T, Unresolved> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Reference(reference) => Err(Unresolved(reference.to_string())),
            Self::Join(_) => Err(Unresolved("a joined text".to_owned())),
        }
    }

    /// The same input where a text is wanted, as in an environment variable.
    pub fn text(self) -> In<String>
    where
        T: Into<String>,
    {
        match self {
            Self::Value(value) => In::Value(value.into()),
            Self::Reference(reference) => In::Reference(reference),
            Self::Join(parts) => In::Join(parts),
        }
    }
}

impl In<String> {
    /// A text made of parts; [`join!`](crate::join!) is the short way to write it.
    pub fn join(parts: impl IntoIterator<Item = Vec<Part>>) -> Self {
        let mut joined: Vec<Part> = Vec::new();
        for part in parts.into_iter().flatten() {
            match (joined.last_mut(), part) {
                (Some(Part::Text(last)), Part::Text(text)) => last.push_str(&text),
                (_, part) => joined.push(part),
            }
        }
        match joined.as_mut_slice() {
            [] => Self::Value(String::new()),
            [Part::Text(text)] => Self::Value(std::mem::take(text)),
            _ => Self::Join(joined),
        }
    }
}

/// Joins texts and outputs into one `In<String>`: `join!["arn:aws:s3:::", bucket.name(), "/*"]`.
#[macro_export]
macro_rules! join {
    ($($part:expr),+ $(,)?) => {
        $crate::In::join([$(::std::vec::Vec::<$crate::Part>::from($crate::In::<::std::string::String>::from($part))),+])
    };
}

impl<T: Into<String>> From<In<T>> for Vec<Part> {
    fn from(input: In<T>) -> Self {
        match input.text() {
            In::Value(text) => vec![Part::Text(text)],
            In::Reference(reference) => vec![Part::Reference(reference)],
            In::Join(parts) => parts,
        }
    }
}

impl<T> From<T> for In<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl From<&str> for In<String> {
    fn from(value: &str) -> Self {
        Self::Value(value.to_owned())
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.address, self.output)
    }
}

impl Reference {
    /// Reads `{"$ref": "address#output"}`; `None` when `value` is anything else.
    pub fn from_json(value: &Value) -> Option<Self> {
        let object = value.as_object().filter(|object| object.len() == 1)?;
        let (address, output) = object.get("$ref")?.as_str()?.split_once('#')?;
        Some(Self { address: address.parse().ok()?, output: output.to_owned() })
    }

    /// As it stands in the JSON of inputs.
    pub fn to_json(&self) -> Value {
        json!({ "$ref": self.to_string() })
    }
}

impl<T: Serialize> Serialize for In<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Reference(reference) => reference.to_json().serialize(serializer),
            Self::Join(parts) => {
                let parts: Vec<Value> = parts
                    .iter()
                    .map(|part| match part {
                        Part::Text(text) => Value::from(text.as_str()),
                        Part::Reference(reference) => reference.to_json(),
                    })
                    .collect();
                json!({ "$join": parts }).serialize(serializer)
            }
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for In<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if let Some(reference) = Reference::from_json(&value) {
            return Ok(Self::Reference(reference));
        }
        if let Some(parts) = joined_parts(&value) {
            return parts
                .iter()
                .map(|part| match part {
                    Value::String(text) => Ok(Part::Text(text.clone())),
                    other => Reference::from_json(other)
                        .map(Part::Reference)
                        .ok_or_else(|| de::Error::custom(format!("not a part of a joined text: {other}"))),
                })
                .collect::<Result<_, _>>()
                .map(Self::Join);
        }
        T::deserialize(value).map(Self::Value).map_err(de::Error::custom)
    }
}

/// The parts of `{"$join": [..]}`; `None` when `value` is anything else.
fn joined_parts(value: &Value) -> Option<&Vec<Value>> {
    value.as_object().filter(|object| object.len() == 1)?.get("$join")?.as_array()
}

/// Every reference that stands anywhere in a JSON value, in document order.
pub fn references(value: &Value) -> Vec<Reference> {
    fn walk(value: &Value, found: &mut Vec<Reference>) {
        if let Some(reference) = Reference::from_json(value) {
            found.push(reference);
            return;
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            Value::Object(fields) => fields.values().for_each(|field| walk(field, found)),
            _ => (),
        }
    }
    let mut found = Vec::new();
    walk(value, &mut found);
    found
}

/// An input was asked for its value before the resource it refers to existed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved(pub String);

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not known yet", self.0)
    }
}

impl std::error::Error for Unresolved {}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference() -> In<String> {
        In::Reference(Reference { address: "role.web".parse().unwrap(), output: "arn".to_owned() })
    }

    #[test]
    fn inputs_survive_json() {
        for input in [In::from("plain"), reference(), join!["a/", reference(), "/b"]] {
            let json = serde_json::to_value(&input).unwrap();
            assert_eq!(serde_json::from_value::<In<String>>(json).unwrap(), input);
        }
        assert_eq!(serde_json::to_value(reference()).unwrap(), json!({ "$ref": "role.web#arn" }));
    }

    #[test]
    fn joining_known_parts_gives_a_value() {
        assert_eq!(join!["a", String::from("b")], In::from("ab"));
        assert_eq!(references(&serde_json::to_value(join![reference(), "/*"]).unwrap()).len(), 1);
        assert!(reference().known().is_err());
    }
}
