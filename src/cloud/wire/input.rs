//! Reads a typed input from a request's tree.

use std::fmt;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value, map};

use super::ApiError;
use crate::operation::Protocol;

/// Reads an operation's input.
///
/// In the form-based protocols every value is text and a list is an object with numbers for keys; in JSON each value
/// has its type.
pub(crate) fn read_input<I: DeserializeOwned>(protocol: Protocol, input: Value) -> Result<I, InputError> {
    let text = !matches!(protocol, Protocol::Json { .. });
    I::deserialize(Input { value: input, text })
}

/// What is wrong with an input, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InputError {
    /// Member names and one-based list positions, outermost first.
    path: Vec<String>,
    problem: Problem,
}

#[derive(Debug, PartialEq, Eq)]
enum Problem {
    Unknown,
    Missing,
    NotInSet { value: String, allowed: Vec<&'static str> },
    Invalid(String),
}

impl InputError {
    fn invalid(message: impl Into<String>) -> Self {
        InputError { path: Vec::new(), problem: Problem::Invalid(message.into()) }
    }

    fn within(mut self, segment: String) -> Self {
        self.path.insert(0, segment);
        self
    }

    /// The error as services of this protocol word it.
    ///
    /// AWS: EC2 API Reference, Error codes; Elastic Load Balancing and IAM API References, Common errors.
    pub(crate) fn for_protocol(&self, protocol: Protocol) -> ApiError {
        match protocol {
            Protocol::Ec2 { .. } => self.for_ec2(),
            Protocol::Query { .. } => self.for_model("ValidationError", "ValidationError", "MalformedInput"),
            Protocol::Json { .. } => {
                self.for_model("InvalidParameterException", "SerializationException", "SerializationException")
            }
        }
    }

    fn for_ec2(&self) -> ApiError {
        let path = self.path.join(".");
        match &self.problem {
            Problem::Unknown => ApiError::new("UnknownParameter", format!("The parameter {path} is not recognized")),
            Problem::Missing => {
                ApiError::new("MissingParameter", format!("The request must contain the parameter {path}"))
            }
            Problem::NotInSet { value, allowed } => {
                let message = format!("Invalid value '{value}' for {path}. Valid values: {}", allowed.join(", "));
                ApiError::new("InvalidParameterValue", message)
            }
            Problem::Invalid(reason) => {
                ApiError::new("InvalidParameterValue", format!("The value for parameter {path} is invalid: {reason}"))
            }
        }
    }

    fn for_model(&self, constraint: &'static str, unknown: &'static str, malformed: &'static str) -> ApiError {
        let path = self.model_path();
        match &self.problem {
            Problem::Unknown => ApiError::new(unknown, format!("The parameter {path} is not recognized")),
            Problem::Missing => {
                let message =
                    "Value null at '".to_owned() + &path + "' failed to satisfy constraint: Member must not be null";
                ApiError::new(constraint, format!("1 validation error detected: {message}"))
            }
            Problem::NotInSet { value, allowed } => {
                let allowed = allowed.join(", ");
                let message = format!(
                    "1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: \
                     Member must satisfy enum value set: [{allowed}]"
                );
                ApiError::new(constraint, message)
            }
            Problem::Invalid(reason) => {
                ApiError::new(malformed, format!("The value of {path} cannot be read: {reason}"))
            }
        }
    }

    /// The path as AWS's model validation writes it: `tags.1.member.key`.
    fn model_path(&self) -> String {
        let segment = |segment: &String| match segment.parse::<usize>() {
            Ok(position) => format!("{position}.member"),
            Err(_) => lower_first(segment),
        };
        self.path.iter().map(segment).collect::<Vec<_>>().join(".")
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase().to_string() + letters.as_str()).unwrap_or_default()
}

impl fmt::Display for InputError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {:?}", self.path.join("."), self.problem)
    }
}

impl std::error::Error for InputError {}

impl de::Error for InputError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        InputError::invalid(message.to_string())
    }

    fn unknown_field(field: &str, _expected: &'static [&'static str]) -> Self {
        InputError { path: vec![field.to_owned()], problem: Problem::Unknown }
    }

    fn missing_field(field: &'static str) -> Self {
        InputError { path: vec![field.to_owned()], problem: Problem::Missing }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let problem = Problem::NotInSet { value: variant.to_owned(), allowed: expected.to_vec() };
        InputError { path: Vec::new(), problem }
    }
}

/// A part of a request's tree on its way into a type.
struct Input {
    value: Value,
    /// Whether every value is text.
    text: bool,
}

impl Input {
    fn list(self) -> Result<Vec<Value>, InputError> {
        match self.value {
            Value::Array(items) => Ok(items),
            Value::String(empty) if self.text && empty.is_empty() => Ok(Vec::new()),
            Value::Object(members) if self.text => numbered(members),
            _ => Err(InputError::invalid("a list is expected")),
        }
    }

    fn members(self) -> Result<Map<String, Value>, InputError> {
        match self.value {
            Value::Object(members) => Ok(members),
            Value::String(empty) if self.text && empty.is_empty() => Ok(Map::new()),
            _ => Err(InputError::invalid("a structure is expected")),
        }
    }

    fn string(self) -> Result<String, InputError> {
        match self.value {
            Value::String(text) => Ok(text),
            _ => Err(InputError::invalid("a string is expected")),
        }
    }
}

/// The items of `{"1": .., "2": ..}` or `{"member": {"1": .., "2": ..}}`, in the order of their numbers.
fn numbered(mut members: Map<String, Value>) -> Result<Vec<Value>, InputError> {
    if members.len() == 1
        && let Some((name, inner)) = members.iter_mut().next()
        && name.parse::<u32>().is_err()
        && let Value::Object(inner) = inner
    {
        members = std::mem::take(inner);
    }
    let parse = |(name, value): (String, Value)| match name.parse::<u32>() {
        Ok(position) => Ok((position, value)),
        Err(_) => Err(InputError::invalid(format!("a list is numbered, and {name:?} is no number"))),
    };
    let mut items = members.into_iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    items.sort_by_key(|(position, _)| *position);
    Ok(items.into_iter().map(|(_, value)| value).collect())
}

macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InputError> {
            match self.value {
                Value::String(digits) if self.text => match (digits.parse(), digits.parse()) {
                    (Ok(integer), _) => visitor.visit_i64(integer),
                    (_, Ok(float)) => visitor.visit_f64(float),
                    _ => Err(InputError::invalid(format!("{digits:?} is not a number"))),
                },
                value => Input { value, text: false }.deserialize_any(visitor),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Input {
    type Error = InputError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InputError> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(integer), _, _) => visitor.visit_i64(integer),
                (_, Some(integer), _) => visitor.visit_u64(integer),
                (_, _, Some(float)) => visitor.visit_f64(float),
                _ => Err(InputError::invalid(format!("{number} is not a number that can be read"))),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InputError> {
        match &self.value {
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::String(text) if self.text && text.eq_ignore_ascii_case("true") => visitor.visit_bool(true),
            Value::String(text) if self.text && text.eq_ignore_ascii_case("false") => visitor.visit_bool(false),
            other => Err(InputError::invalid(format!("{other} is not a boolean"))),
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_f32 deserialize_f64
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InputError> {
        visitor.visit_string(self.string()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InputError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InputError> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, InputError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InputError> {
        let text = self.text;
        visitor.visit_seq(Items { rest: self.list()?.into_iter(), position: 0, text })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InputError> {
        let text = self.text;
        visitor.visit_map(Members { rest: self.members()?.into_iter(), current: None, text })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InputError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InputError> {
        visitor.visit_enum(self.string()?.into_deserializer())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InputError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

struct Items {
    rest: std::vec::IntoIter<Value>,
    /// The one-based position of the item read last.
    position: usize,
    text: bool,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = InputError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, InputError> {
        let Some(value) = self.rest.next() else { return Ok(None) };
        self.position += 1;
        let item = seed.deserialize(Input { value, text: self.text });
        item.map(Some).map_err(|error| error.within(self.position.to_string()))
    }
}

struct Members {
    rest: map::IntoIter,
    current: Option<(String, Value)>,
    text: bool,
}

impl<'de> MapAccess<'de> for Members {
    type Error = InputError;

    /// A JSON `null` is an absent member.
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, InputError> {
        self.current = self.rest.find(|(_, value)| !value.is_null());
        self.current.as_ref().map(|(name, _)| seed.deserialize(name.as_str().into_deserializer())).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, InputError> {
        let (name, value) = self.current.take().unwrap_or_default();
        seed.deserialize(Input { value, text: self.text }).map_err(|error| error.within(name))
    }
}

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;
