//! Whether a tag can be moved to another image.

use serde::{Deserialize, Serialize};

use super::error::invalid;
use crate::wire::ApiError;

/// The setting of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TagMutability {
    pub(super) setting: Setting,
    /// The tags that the setting is not for.
    pub(super) exclusions: Option<Vec<ExclusionFilter>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Setting {
    Mutable,
    Immutable,
    ImmutableWithExclusion,
    MutableWithExclusion,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ExclusionFilter {
    filter_type: FilterType,
    filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum FilterType {
    Wildcard,
}

impl TagMutability {
    /// AWS: ECR API Reference, PutImageTagMutability.
    pub(super) fn new(setting: Option<Setting>, exclusions: Option<Vec<ExclusionFilter>>) -> Result<Self, ApiError> {
        const PARAMETER: &str = "imageTagMutabilityExclusionFilters";
        let setting = setting.unwrap_or(Setting::Mutable);
        let with_exclusion = matches!(setting, Setting::ImmutableWithExclusion | Setting::MutableWithExclusion);
        match &exclusions {
            Some(filters) if !(1..=5).contains(&filters.len()) => {
                return Err(invalid(PARAMETER, "There must be 1 to 5 filters"));
            }
            Some(_) if !with_exclusion => {
                return Err(invalid(PARAMETER, "The tag mutability setting takes no filters"));
            }
            None if with_exclusion => return Err(invalid(PARAMETER, "The tag mutability setting requires filters")),
            _ => (),
        }
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._*-".contains(letter);
        let right =
            |filter: &ExclusionFilter| (1..=128).contains(&filter.filter.len()) && filter.filter.chars().all(allowed);
        if !exclusions.iter().flatten().all(right) {
            return Err(invalid(PARAMETER, "A filter must satisfy regular expression '^[0-9a-zA-Z._*-]{1,128}$'"));
        }
        Ok(TagMutability { setting, exclusions })
    }

    /// Whether this tag stays with its image.
    pub(super) fn is_immutable(&self, tag: &str) -> bool {
        let excluded = || self.exclusions.iter().flatten().any(|exclusion| matches(&exclusion.filter, tag));
        match self.setting {
            Setting::Mutable => false,
            Setting::Immutable => true,
            Setting::ImmutableWithExclusion => !excluded(),
            Setting::MutableWithExclusion => excluded(),
        }
    }
}

/// Whether the whole of `text` fits a pattern in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| matches(after, &rest[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(setting: Setting, filter: Option<&str>) -> Result<TagMutability, ApiError> {
        let exclusion = |text: &str| ExclusionFilter { filter_type: FilterType::Wildcard, filter: text.to_owned() };
        TagMutability::new(Some(setting), filter.map(|text| vec![exclusion(text)]))
    }

    #[test]
    fn exclusions_turn_the_setting_around() {
        let immutable = new(Setting::ImmutableWithExclusion, Some("dev-*")).expect("it is right");
        assert!(immutable.is_immutable("v1") && !immutable.is_immutable("dev-1"));
        let mutable = new(Setting::MutableWithExclusion, Some("v*.0")).expect("it is right");
        assert!(mutable.is_immutable("v1.0") && !mutable.is_immutable("v1.0.1"));
    }

    #[test]
    fn filters_go_with_exclusion_only() {
        assert!(new(Setting::Immutable, Some("dev-*")).is_err());
        assert!(new(Setting::ImmutableWithExclusion, None).is_err());
        assert!(new(Setting::ImmutableWithExclusion, Some("dev/*")).is_err());
        assert!(new(Setting::Mutable, None).is_ok());
    }
}
