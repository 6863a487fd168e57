//! Tags: one map inside, several spellings outside.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The most tags that an object may have (AWS: Tagging AWS Resources, "Tag naming limits and requirements").
const MAX_TAGS: usize = 50;

/// The tags of one object, by key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Tags(pub(crate) BTreeMap<String, String>);

/// A tag as EC2's inputs, ELBv2, IAM and ECR spell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct UpperTag {
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) value: String,
}

/// A tag as EC2's outputs and ECS spell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LowerTag {
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) value: String,
}

/// Why tags are refused; each service has its own codes for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TagError {
    #[error("An object may have at most {MAX_TAGS} tags, and this one would have {0}.")]
    TooMany(usize),
    #[error("The tag key '{0}' is given more than once.")]
    Duplicate(String),
    #[error("The tag key '{0}' starts with aws:, which is reserved for AWS.")]
    Reserved(String),
    #[error("The tag key '{0}' must have 1 to 128 characters.")]
    KeyLength(String),
    #[error("The value of the tag '{0}' must have at most 256 characters.")]
    ValueLength(String),
}

impl Tags {
    /// The tags of a new object.
    pub(crate) fn new(tags: impl IntoIterator<Item = impl Into<(String, String)>>) -> Result<Self, TagError> {
        let mut new = Tags::default();
        new.merge(tags)?;
        Ok(new)
    }

    /// Adds tags and overwrites those with the same keys; on an error nothing is changed.
    pub(crate) fn merge(
        &mut self,
        tags: impl IntoIterator<Item = impl Into<(String, String)>>,
    ) -> Result<(), TagError> {
        let mut added = BTreeMap::new();
        for (key, value) in tags.into_iter().map(Into::into) {
            check(&key, &value)?;
            if let Some(_previous) = added.insert(key.clone(), value) {
                return Err(TagError::Duplicate(key));
            }
        }
        let new = added.keys().filter(|key| !self.0.contains_key(*key)).count();
        if self.0.len() + new > MAX_TAGS {
            return Err(TagError::TooMany(self.0.len() + new));
        }
        self.0.extend(added);
        Ok(())
    }

    /// Removes the tags with these keys; those that are not there are no error.
    pub(crate) fn remove<'a>(&mut self, keys: impl IntoIterator<Item = &'a String>) {
        for key in keys {
            self.0.remove(key);
        }
    }

    pub(crate) fn upper(&self) -> Vec<UpperTag> {
        self.0.iter().map(|(key, value)| UpperTag { key: key.clone(), value: value.clone() }).collect()
    }

    pub(crate) fn lower(&self) -> Vec<LowerTag> {
        self.0.iter().map(|(key, value)| LowerTag { key: key.clone(), value: value.clone() }).collect()
    }
}

fn check(key: &str, value: &str) -> Result<(), TagError> {
    if !(1..=128).contains(&key.chars().count()) {
        return Err(TagError::KeyLength(key.to_owned()));
    }
    if value.chars().count() > 256 {
        return Err(TagError::ValueLength(key.to_owned()));
    }
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(TagError::Reserved(key.to_owned()));
    }
    Ok(())
}

impl From<UpperTag> for (String, String) {
    fn from(tag: UpperTag) -> Self {
        (tag.key, tag.value)
    }
}

impl From<LowerTag> for (String, String) {
    fn from(tag: LowerTag) -> Self {
        (tag.key, tag.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn merging_overwrites_and_removing_forgives() {
        let mut tags = Tags::new([tag("a", "1")]).expect("they are right");
        tags.merge([tag("a", "2"), tag("b", "3")]).expect("they are right");
        tags.remove(&["b".to_owned(), "c".to_owned()]);
        assert_eq!(tags.lower(), [LowerTag { key: "a".to_owned(), value: "2".to_owned() }]);
    }

    #[test]
    fn wrong_tags_change_nothing() {
        let mut tags = Tags::default();
        let many = (0..51).map(|number| tag(&number.to_string(), ""));
        assert_eq!(tags.merge(many), Err(TagError::TooMany(51)));
        assert_eq!(tags.merge([tag("a", "1"), tag("a", "2")]), Err(TagError::Duplicate("a".to_owned())));
        assert_eq!(tags.merge([tag("aws:a", "1")]), Err(TagError::Reserved("aws:a".to_owned())));
        assert_eq!(tags.merge([tag("", "1")]), Err(TagError::KeyLength(String::new())));
        assert_eq!(tags, Tags::default());
    }
}
