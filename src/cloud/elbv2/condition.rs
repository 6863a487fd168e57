//! Which requests a rule is for. Regular expressions are not modelled.

use std::collections::BTreeSet;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::errors::validation;
use super::limits;
use crate::wire::ApiError;

/// The longest value of a condition (AWS: Elastic Load Balancing API Reference, RuleCondition).
const MAX_VALUE: usize = 128;
/// The longest header name or method (AWS: the same, HttpHeaderConditionConfig, HttpRequestMethodConditionConfig).
const MAX_NAME: usize = 40;

/// A condition: it holds for a request that matches one of its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Condition {
    HostHeader(Vec<String>),
    PathPattern(Vec<String>),
    HttpHeader { name: String, values: Vec<String> },
    QueryString(Vec<QueryPair>),
    HttpRequestMethod(Vec<String>),
    SourceIp(Vec<IpNet>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct QueryPair {
    pub(crate) key: Option<String>,
    pub(crate) value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Field {
    HttpHeader,
    HttpRequestMethod,
    HostHeader,
    PathPattern,
    QueryString,
    SourceIp,
}

/// Refuses conditions that a rule cannot have, each by itself or together.
///
/// AWS: Elastic Load Balancing, Application Load Balancers, "Condition types for listener rules".
pub(super) fn check(conditions: &[Condition]) -> Result<(), ApiError> {
    if conditions.is_empty() {
        return Err(validation("A condition must be specified"));
    }
    let mut seen = BTreeSet::new();
    for condition in conditions {
        condition.check()?;
        let field = condition.field();
        if !seen.insert(field) && !matches!(field, Field::HttpHeader | Field::QueryString) {
            return Err(validation(format!("Condition field '{}' can be specified only once", field.name())));
        }
    }
    limits::CONDITION_VALUES.check("ValidationError", conditions.iter().map(Condition::count).sum())?;
    limits::CONDITION_WILDCARDS.check("ValidationError", conditions.iter().map(Condition::wildcards).sum())
}

impl Condition {
    pub(super) fn field(&self) -> Field {
        match self {
            Condition::HostHeader(_) => Field::HostHeader,
            Condition::PathPattern(_) => Field::PathPattern,
            Condition::HttpHeader { .. } => Field::HttpHeader,
            Condition::QueryString(_) => Field::QueryString,
            Condition::HttpRequestMethod(_) => Field::HttpRequestMethod,
            Condition::SourceIp(_) => Field::SourceIp,
        }
    }

    /// The values that are texts.
    fn texts(&self) -> Vec<&str> {
        match self {
            Condition::HostHeader(values)
            | Condition::PathPattern(values)
            | Condition::HttpRequestMethod(values)
            | Condition::HttpHeader { values, .. } => values.iter().map(String::as_str).collect(),
            Condition::QueryString(pairs) => {
                pairs.iter().flat_map(|pair| [pair.key.as_deref(), Some(pair.value.as_str())]).flatten().collect()
            }
            Condition::SourceIp(_) => Vec::new(),
        }
    }

    fn count(&self) -> usize {
        match self {
            Condition::QueryString(pairs) => pairs.len(),
            Condition::SourceIp(blocks) => blocks.len(),
            texts => texts.texts().len(),
        }
    }

    fn wildcards(&self) -> usize {
        self.texts().into_iter().flat_map(str::chars).filter(|letter| ['*', '?'].contains(letter)).count()
    }

    fn check(&self) -> Result<(), ApiError> {
        let field = self.field();
        if self.count() == 0 {
            return Err(missing(field));
        }
        let (allowed, longest): (fn(char) -> bool, usize) = match self {
            Condition::HostHeader(_) => (|c| c.is_ascii_alphanumeric() || "-.*?".contains(c), MAX_VALUE),
            Condition::PathPattern(_) => (|c| c.is_ascii_alphanumeric() || "_-.$/~\"'@:+&*?".contains(c), MAX_VALUE),
            Condition::HttpRequestMethod(_) => (|c| c.is_ascii_uppercase() || "-_".contains(c), MAX_NAME),
            _ => (|_| true, MAX_VALUE),
        };
        for value in self.texts() {
            if value.chars().count() > longest {
                return Err(validation(format!("The '{}' value is too long; the limit is '{longest}'", field.name())));
            }
            if value.is_empty() || !value.chars().all(allowed) {
                return Err(validation(format!("The '{}' value '{value}' is invalid", field.name())));
            }
        }
        match self {
            Condition::HttpHeader { name, .. } if !is_header_name(name) => {
                Err(validation(format!("The 'HttpHeaderName' value '{name}' is invalid")))
            }
            _ => Ok(()),
        }
    }
}

impl Field {
    pub(super) fn name(self) -> &'static str {
        match self {
            Field::HttpHeader => "http-header",
            Field::HttpRequestMethod => "http-request-method",
            Field::HostHeader => "host-header",
            Field::PathPattern => "path-pattern",
            Field::QueryString => "query-string",
            Field::SourceIp => "source-ip",
        }
    }
}

pub(super) fn missing(field: Field) -> ApiError {
    validation(format!("A condition value must be specified for '{}'", field.name()))
}

/// A token of RFC 7230; the host has a condition of its own.
fn is_header_name(name: &str) -> bool {
    let token = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
    (1..=MAX_NAME).contains(&name.len()) && name.chars().all(token) && !name.eq_ignore_ascii_case("host")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    fn host(values: &[&str]) -> Condition {
        Condition::HostHeader(texts(values))
    }

    fn source(blocks: usize) -> Condition {
        Condition::SourceIp(vec!["10.0.0.0/8".parse().expect("a block"); blocks])
    }

    #[test]
    fn values_and_wildcards_are_counted_over_all_conditions() {
        assert!(check(&[host(&["a", "b", "c"]), source(2)]).is_ok());
        assert!(check(&[host(&["a", "b", "c"]), source(3)]).is_err());
        assert!(check(&[host(&["*.*.*.*.*.*"])]).is_ok());
        assert!(check(&[host(&["*.*.*.*.*.*.*"])]).is_err());
    }

    #[test]
    fn wrong_conditions_are_refused() {
        let header = |name: &str| check(&[Condition::HttpHeader { name: name.to_owned(), values: texts(&["a"]) }]);
        let method = |name: &str| check(&[Condition::HttpRequestMethod(texts(&[name]))]);
        assert!(check(&[]).is_err());
        assert!(check(&[host(&[])]).is_err());
        assert!(check(&[host(&["a b"])]).is_err());
        assert!(check(&[host(&["a"]), host(&["b"])]).is_err());
        assert!(check(&[host(&[&"a".repeat(129)])]).is_err());
        assert!(header("User-Agent").is_ok() && header("Host").is_err() && header("a b").is_err());
        assert!(method("GET").is_ok() && method("get").is_err() && method(&"A".repeat(41)).is_err());
    }
}
