//! Filters of `Describe` operations.
//!
//! A filter names a path in the reply item, so that it cannot compare anything else than what the client sees.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::wire::ApiError;

/// The paths that each filter of one operation compares, by the filter's name.
pub(crate) type Paths = [(&'static str, &'static str)];

/// One filter: any of its values matches. Values may hold the wildcards `*` and `?`.
///
/// AWS: EC2 User Guide, "List and filter using the CLI and API".
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Filter {
    name: String,
    value: Vec<String>,
}

/// Refuses a filter that the operation does not have.
pub(crate) fn check_names(filters: &[Filter], paths: &Paths) -> Result<(), ApiError> {
    let known = |filter: &&Filter| filter.tag().is_some() || filter.name == "tag-key" || filter.path(paths).is_some();
    match filters.iter().find(|filter| !known(filter)) {
        Some(filter) => Err(ApiError::new("InvalidParameterValue", format!("The filter '{}' is invalid", filter.name))),
        None => Ok(()),
    }
}

/// The items that pass every filter.
pub(crate) fn apply<V: Serialize>(items: Vec<V>, filters: &[Filter], paths: &Paths) -> Result<Vec<V>, ApiError> {
    if filters.is_empty() {
        return Ok(items);
    }
    let mut passed = Vec::new();
    for item in items {
        let tree = serde_json::to_value(&item).map_err(|error| ApiError::internal(error.to_string()))?;
        if filters.iter().all(|filter| filter.passes(&tree, paths)) {
            passed.push(item);
        }
    }
    Ok(passed)
}

/// Whether the filters of this name let an item pass of which they compare `text`. An operation that may have many items
/// asks this before it makes them.
pub(crate) fn admit(filters: &[Filter], name: &str, text: &str) -> bool {
    filters.iter().filter(|filter| filter.name == name).all(|filter| filter.fits(text))
}

impl Filter {
    fn passes(&self, item: &Value, paths: &Paths) -> bool {
        if let Some(key) = self.tag() {
            let tags = item["tagSet"].as_array().map(Vec::as_slice).unwrap_or_default();
            return tags.iter().any(|tag| tag["key"] == key && self.matches(&tag["value"]));
        }
        let path = if self.name == "tag-key" { "tagSet.key" } else { self.path(paths).unwrap_or_default() };
        let mut found = Vec::new();
        collect(item, path, &mut found);
        found.into_iter().any(|value| self.matches(value))
    }

    fn tag(&self) -> Option<&str> {
        self.name.strip_prefix("tag:")
    }

    fn path(&self, paths: &Paths) -> Option<&'static str> {
        paths.iter().find(|(name, _)| *name == self.name).map(|(_, path)| *path)
    }

    fn matches(&self, value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::String(text) => self.fits(text),
            other => self.fits(&other.to_string()),
        }
    }

    fn fits(&self, text: &str) -> bool {
        let characters = |text: &str| text.chars().collect::<Vec<_>>();
        let is_plain = |pattern: &str| !pattern.contains(['*', '?', '\\']);
        let fits = |pattern: &String| match is_plain(pattern) {
            true => pattern == text,
            false => wildcard(&characters(pattern), &characters(text)),
        };
        self.value.iter().any(fits)
    }
}

/// Every value at `path`, in all items of the lists on the way.
fn collect<'a>(value: &'a Value, path: &str, found: &mut Vec<&'a Value>) {
    if let Value::Array(items) = value {
        items.iter().for_each(|item| collect(item, path, found));
    } else if path.is_empty() {
        found.push(value);
    } else {
        let (member, rest) = path.split_once('.').unwrap_or((path, ""));
        collect(&value[member], rest, found);
    }
}

/// Whether `text` fits `pattern`, in which `*` stands for any text, `?` for any character and `\` takes the meaning
/// from the character after it.
fn wildcard(pattern: &[char], text: &[char]) -> bool {
    // After a mismatch, the last `*` takes one character more than before.
    let (mut at, mut position) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while position < text.len() {
        let (literal, width) = match pattern.get(at..).unwrap_or_default() {
            ['\\', escaped, ..] => (Some(*escaped), 2),
            ['*', ..] => {
                star = Some((at + 1, position));
                at += 1;
                continue;
            }
            ['?', ..] => (Some(text[position]), 1),
            [literal, ..] => (Some(*literal), 1),
            [] => (None, 0),
        };
        if literal == Some(text[position]) {
            (at, position) = (at + width, position + 1);
        } else if let Some((after, taken)) = star {
            (at, position) = (after, taken + 1);
            star = Some((after, taken + 1));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PATHS: &Paths =
        &[("cidr", "cidrBlock"), ("association.subnet-id", "associationSet.subnetId"), ("main", "main")];

    fn filter(name: &str, values: &[&str]) -> Filter {
        Filter { name: name.to_owned(), value: values.iter().map(|value| (*value).to_owned()).collect() }
    }

    #[track_caller]
    fn check(filters: &[Filter], passes: bool) {
        let tags = json!([{"key": "Name", "value": "a*b"}, {"key": "empty", "value": ""}]);
        let sets = json!([{"subnetId": "subnet-1"}, {"subnetId": "subnet-2"}]);
        let item = json!({"cidrBlock": "10.0.0.0/16", "main": true, "associationSet": sets, "tagSet": tags});
        check_names(filters, PATHS).expect("the names are known");
        assert_eq!(apply(vec![item], filters, PATHS).expect("it is a tree").len() == 1, passes);
    }

    #[test]
    fn values_of_one_filter_are_alternatives_and_filters_add_up() {
        check(&[filter("cidr", &["10.1.0.0/16", "10.0.0.0/16"])], true);
        check(&[filter("cidr", &["10.0.0.0/16"]), filter("main", &["false"])], false);
        check(&[filter("main", &["true"]), filter("association.subnet-id", &["subnet-2"])], true);
    }

    #[test]
    fn tags_are_compared_by_key_and_value() {
        check(&[filter("tag:Name", &[r"a\*b"])], true);
        check(&[filter("tag:Name", &[r"a\?b"])], false);
        check(&[filter("tag:empty", &[""])], true);
        check(&[filter("tag:missing", &["*"])], false);
        check(&[filter("tag-key", &["Na*"])], true);
    }

    #[test]
    fn wildcards_match_any_text_and_any_character() {
        for (pattern, matches) in
            [("10.*/16", true), ("*", true), ("10.?.0.0/16", true), ("10.*/1", false), ("*6*6*", false)]
        {
            check(&[filter("cidr", &[pattern])], matches);
        }
    }

    #[test]
    fn an_item_is_admitted_by_all_filters_of_the_name_and_by_no_others() {
        let filters =
            [filter("cidr", &["10.1.0.0/16", "10.2.*"]), filter("cidr", &["*/16"]), filter("main", &["true"])];
        for (text, admitted) in [("10.1.0.0/16", true), ("10.2.0.0/16", true), ("10.2.0.0/24", false), ("10", false)] {
            assert_eq!(admit(&filters, "cidr", text), admitted, "{text}");
        }
        assert!(admit(&filters, "other", "anything"));
    }

    #[test]
    fn an_unknown_filter_is_named() {
        let error = check_names(&[filter("colour", &["red"])], PATHS).expect_err("there is no such filter");
        assert_eq!(error.message, "The filter 'colour' is invalid");
    }
}
