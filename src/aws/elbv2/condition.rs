use model::{Cidr, Problem, serving::Match};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a request must be for a rule to apply. It meets a condition when it meets one of its values.
///
/// Patterns may hold `*` for any text and `?` for any character. AWS: ELBv2 API Reference, RuleCondition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// The host name matches a pattern, upper or lower case.
    HostHeader(BTreeSet<String>),
    /// The path, without the query, matches a pattern.
    PathPattern(BTreeSet<String>),
    /// A header matches a pattern, upper or lower case.
    HttpHeader {
        /// The name of the header; not `host`.
        name: String,
        /// Patterns of its value.
        values: BTreeSet<String>,
    },
    /// The method is one of these, in upper case.
    HttpRequestMethod(BTreeSet<String>),
    /// A parameter of the query matches.
    QueryString(BTreeSet<QueryString>),
    /// The address that the connection comes from lies in a block.
    SourceIp(BTreeSet<Cidr>),
    /// Something that another writer has set and this kind has no words for (such as regular expressions and IPv6
    /// blocks), by its name. It is only ever read, so that it shows as a difference; a stack cannot declare it.
    Unmodelled(String),
}

/// What a parameter of the query must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QueryString {
    /// Its name; empty for any.
    pub key: String,
    /// A pattern of its value.
    pub value: String,
}

impl Condition {
    /// The host name matches `pattern`.
    pub fn host(pattern: impl Into<String>) -> Self {
        Self::HostHeader(BTreeSet::from([pattern.into()]))
    }

    /// The path matches `pattern`.
    pub fn path(pattern: impl Into<String>) -> Self {
        Self::PathPattern(BTreeSet::from([pattern.into()]))
    }

    /// The header `name` matches `pattern`.
    pub fn header(name: impl Into<String>, pattern: impl Into<String>) -> Self {
        Self::HttpHeader { name: name.into(), values: BTreeSet::from([pattern.into()]) }
    }

    /// The word AWS has for what is judged.
    fn field(&self) -> &str {
        match self {
            Self::HostHeader(_) => "host-header",
            Self::PathPattern(_) => "path-pattern",
            Self::HttpHeader { .. } => "http-header",
            Self::HttpRequestMethod(_) => "http-request-method",
            Self::QueryString(_) => "query-string",
            Self::SourceIp(_) => "source-ip",
            Self::Unmodelled(field) => field,
        }
    }

    /// What it does for serving.
    pub(super) fn fact(&self) -> Match {
        let texts: BTreeSet<String> = match self {
            Self::HostHeader(values)
            | Self::PathPattern(values)
            | Self::HttpHeader { values, .. }
            | Self::HttpRequestMethod(values) => values.clone(),
            Self::QueryString(_) | Self::SourceIp(_) | Self::Unmodelled(_) => {
                return Match::Opaque(format!("{self:?}"));
            }
        };
        let property = match self {
            Self::HttpHeader { name, .. } => format!("http-header {}", name.to_lowercase()),
            other => other.field().to_owned(),
        };
        // Hosts and headers are compared in upper or lower case alike, paths and methods are not.
        let exact = matches!(self, Self::PathPattern(_) | Self::HttpRequestMethod(_));
        let patterns = if exact { texts } else { texts.iter().map(|text| text.to_lowercase()).collect() };
        Match::Patterns { property, patterns }
    }

    fn count(&self) -> usize {
        match self {
            Self::HostHeader(values)
            | Self::PathPattern(values)
            | Self::HttpHeader { values, .. }
            | Self::HttpRequestMethod(values) => values.len(),
            Self::QueryString(values) => values.len(),
            Self::SourceIp(blocks) => blocks.len(),
            Self::Unmodelled(_) => 1,
        }
    }
}

/// The rules that the conditions of one listener rule break.
///
/// AWS: Elastic Load Balancing, "Quotas for your Application Load Balancers" (five values in all), and ELBv2 API
/// Reference, CreateRule (all but headers and query strings stand once).
pub(super) fn problems(field: &str, conditions: &BTreeSet<Condition>) -> Vec<Problem> {
    let mut messages = Vec::new();
    if conditions.is_empty() {
        messages.push("a rule without a condition never differs from the default: give it one".to_owned());
    }
    let values: usize = conditions.iter().map(Condition::count).sum();
    if values > 5 {
        messages.push(format!("has {values} values: a rule can have five"));
    }
    let mut once = BTreeSet::new();
    for condition in conditions {
        let repeatable = matches!(condition, Condition::HttpHeader { .. } | Condition::QueryString(_));
        if !repeatable && !once.insert(condition.field()) {
            messages.push(format!("has two conditions on {}: put the values into one", condition.field()));
        }
        if condition.count() == 0 {
            messages.push(format!("the condition on {} has no value", condition.field()));
        }
        if let Condition::Unmodelled(field) = condition {
            messages.push(format!("`{field}` can be read but not declared"));
        }
    }
    messages.into_iter().map(|message| Problem::new(field, message)).collect()
}

#[cfg(feature = "live")]
mod live;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_beyond_the_types() {
        let found = |conditions: &[Condition]| problems("conditions", &conditions.iter().cloned().collect()).len();
        assert_eq!(found(&[Condition::path("/a"), Condition::header("A", "1"), Condition::header("B", "2")]), 0);
        assert_eq!(found(&[]), 1);
        assert_eq!(found(&[Condition::path("/a"), Condition::path("/b")]), 1);
        assert_eq!(found(&[Condition::SourceIp(BTreeSet::new())]), 1);
        assert_eq!(found(&[Condition::PathPattern(["/1", "/2", "/3", "/4", "/5", "/6"].map(str::to_owned).into())]), 1);
        assert_eq!(found(&[Condition::Unmodelled("source-ip".to_owned())]), 1);
    }
}
