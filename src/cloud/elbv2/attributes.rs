//! Attributes: settings that are kept as texts by key.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::errors::validation;
use crate::wire::ApiError;

/// The attributes of one object that were set; the others have their defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Attributes(BTreeMap<String, String>);

/// An attribute as it stands in requests and replies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Attribute {
    key: String,
    #[serde(default)]
    value: String,
}

/// An attribute that a kind of object has.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) key: &'static str,
    pub(super) default: &'static str,
    pub(super) values: Values,
}

/// What an attribute may be set to.
#[derive(Debug)]
pub(super) enum Values {
    Flag,
    OneOf(&'static [&'static str]),
    Number(RangeInclusive<u32>),
    /// A number, or one word.
    NumberOr(RangeInclusive<u32>, &'static str),
    Text,
}

impl Attribute {
    pub(super) fn key(&self) -> &str {
        &self.key
    }
}

impl Attributes {
    /// Sets an attribute unless it was set before.
    pub(super) fn default_to(&mut self, key: &str, value: &str) {
        self.0.entry(key.to_owned()).or_insert_with(|| value.to_owned());
    }

    /// The value of an attribute, its default if it was never set; empty when there is no such attribute.
    pub(super) fn value(&self, definitions: &[Definition], key: &str) -> &str {
        let default =
            || definitions.iter().find(|definition| definition.key == key).map(|definition| definition.default);
        self.0.get(key).map(String::as_str).or_else(default).unwrap_or_default()
    }

    /// The value of an attribute as a number; 0 when it is a word.
    pub(super) fn number(&self, definitions: &[Definition], key: &str) -> u32 {
        self.value(definitions, key).parse().unwrap_or_default()
    }

    /// Every attribute that `definitions` names.
    pub(super) fn view<'a>(&self, definitions: impl IntoIterator<Item = &'a Definition>) -> Vec<Attribute> {
        let attribute = |Definition { key, default, .. }: &Definition| {
            let value = self.0.get(*key).cloned().unwrap_or_else(|| (*default).to_owned());
            Attribute { key: (*key).to_owned(), value }
        };
        definitions.into_iter().map(attribute).collect()
    }

    /// Sets attributes; `kind` is what AWS's messages call the object.
    pub(super) fn modify(
        &mut self,
        kind: &str,
        definitions: &[Definition],
        changes: Vec<Attribute>,
    ) -> Result<(), ApiError> {
        for Attribute { key, value } in changes {
            let definition = definitions.iter().find(|definition| definition.key == key);
            let definition =
                definition.ok_or_else(|| validation(format!("{kind} attribute key '{key}' is not recognized")))?;
            definition.values.check(&key, &value)?;
            self.0.insert(key, value);
        }
        Ok(())
    }
}

impl Values {
    fn check(&self, key: &str, value: &str) -> Result<(), ApiError> {
        let number = value.parse::<u32>();
        let (right, expected) = match self {
            Values::Flag => (["true", "false"].contains(&value), "must be one of [true, false]".to_owned()),
            Values::OneOf(words) => (words.contains(&value), format!("must be one of [{}]", words.join(", "))),
            Values::Number(range) => (number.is_ok_and(|number| range.contains(&number)), between(range)),
            Values::NumberOr(range, word) => {
                let right = value == *word || number.is_ok_and(|number| range.contains(&number));
                (right, format!("{} or '{word}'", between(range)))
            }
            Values::Text => (value.len() <= 1024, "must have at most 1024 characters".to_owned()),
        };
        if right { Ok(()) } else { Err(validation(format!("'{key}' value '{value}' {expected}"))) }
    }
}

fn between(range: &RangeInclusive<u32>) -> String {
    format!("must be between '{}-{}' inclusive", range.start(), range.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFINITIONS: &[Definition] = &[
        Definition { key: "on", default: "false", values: Values::Flag },
        Definition { key: "seconds", default: "60", values: Values::Number(1..=4000) },
        Definition { key: "count", default: "off", values: Values::NumberOr(1..=100, "off") },
    ];

    fn set(attributes: &mut Attributes, key: &str, value: &str) -> Result<(), ApiError> {
        let change = Attribute { key: key.to_owned(), value: value.to_owned() };
        attributes.modify("Load balancer", DEFINITIONS, vec![change])
    }

    #[test]
    fn what_was_not_set_has_its_default() {
        let mut attributes = Attributes::default();
        set(&mut attributes, "seconds", "30").expect("it is right");
        let values: Vec<_> = attributes.view(DEFINITIONS).into_iter().map(|attribute| attribute.value).collect();
        assert_eq!(values, ["false", "30", "off"]);
        assert_eq!(attributes.value(DEFINITIONS, "on"), "false");
    }

    #[test]
    fn wrong_keys_and_values_are_refused() {
        let mut attributes = Attributes::default();
        for (key, value) in [("on", "yes"), ("seconds", "0"), ("seconds", "x"), ("count", "101"), ("other", "1")] {
            assert!(set(&mut attributes, key, value).is_err(), "{key} = {value}");
        }
        assert_eq!(attributes, Attributes::default());
    }
}
