use model::{Cidr, Problem};
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
mod live {
    use super::{Condition, QueryString};
    use crate::live::prelude::*;
    use aws_sdk_elasticloadbalancingv2::types::{
        HostHeaderConditionConfig, HttpHeaderConditionConfig, HttpRequestMethodConditionConfig,
        PathPatternConditionConfig, QueryStringConditionConfig, QueryStringKeyValuePair, RuleCondition,
        SourceIpConditionConfig,
    };
    use std::collections::BTreeSet;

    impl Condition {
        /// The condition that a reply reports.
        pub(in crate::elbv2) fn of(found: &RuleCondition) -> Result<Self> {
            let field = found.field().or_missing("Field")?;
            let set = |values: &[String]| values.iter().cloned().collect::<BTreeSet<_>>();
            let condition = match field {
                "host-header" => {
                    let values = found.host_header_config().map_or(found.values(), |config| config.values());
                    Some(Self::HostHeader(set(values)))
                }
                "path-pattern" => {
                    let values = found.path_pattern_config().map_or(found.values(), |config| config.values());
                    Some(Self::PathPattern(set(values)))
                }
                "http-header" => found.http_header_config().and_then(|config| {
                    Some(Self::HttpHeader { name: config.http_header_name()?.to_owned(), values: set(config.values()) })
                }),
                "http-request-method" => {
                    found.http_request_method_config().map(|config| Self::HttpRequestMethod(set(config.values())))
                }
                "query-string" => found
                    .query_string_config()
                    .map(|config| Self::QueryString(config.values().iter().map(query_string).collect())),
                "source-ip" => found
                    .source_ip_config()
                    .and_then(|config| config.values().iter().map(|block| block.parse().ok()).collect())
                    .map(Self::SourceIp),
                _ => None,
            };
            let unmodelled = || Self::Unmodelled(field.to_owned());
            Ok(condition.filter(|condition| condition.count() > 0).unwrap_or_else(unmodelled))
        }

        /// The condition as requests take it.
        pub(in crate::elbv2) fn request(&self) -> Result<RuleCondition> {
            let values = |values: &BTreeSet<String>| Some(values.iter().cloned().collect::<Vec<_>>());
            let condition = RuleCondition::builder().field(self.field());
            Ok(match self {
                Self::HostHeader(patterns) => {
                    let config = HostHeaderConditionConfig::builder().set_values(values(patterns)).build();
                    condition.host_header_config(config)
                }
                Self::PathPattern(patterns) => {
                    let config = PathPatternConditionConfig::builder().set_values(values(patterns)).build();
                    condition.path_pattern_config(config)
                }
                Self::HttpHeader { name, values: patterns } => {
                    let config = HttpHeaderConditionConfig::builder().http_header_name(name);
                    condition.http_header_config(config.set_values(values(patterns)).build())
                }
                Self::HttpRequestMethod(methods) => {
                    let config = HttpRequestMethodConditionConfig::builder().set_values(values(methods)).build();
                    condition.http_request_method_config(config)
                }
                Self::QueryString(parameters) => {
                    let pairs = parameters.iter().map(key_value_pair).collect();
                    condition.query_string_config(QueryStringConditionConfig::builder().set_values(Some(pairs)).build())
                }
                Self::SourceIp(blocks) => {
                    let blocks = blocks.iter().map(ToString::to_string).collect();
                    condition.source_ip_config(SourceIpConditionConfig::builder().set_values(Some(blocks)).build())
                }
                Self::Unmodelled(field) => {
                    return Err(Fault::Inputs(format!("`{field}` can be read but not declared")));
                }
            }
            .build())
        }
    }

    fn query_string(found: &QueryStringKeyValuePair) -> QueryString {
        let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
        QueryString { key: text(found.key()), value: text(found.value()) }
    }

    fn key_value_pair(wanted: &QueryString) -> QueryStringKeyValuePair {
        let key = Some(wanted.key.clone()).filter(|key| !key.is_empty());
        QueryStringKeyValuePair::builder().set_key(key).value(&wanted.value).build()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn texts<const N: usize>(texts: [&str; N]) -> BTreeSet<String> {
            texts.into_iter().map(str::to_owned).collect()
        }

        #[test]
        fn conditions_survive_the_api() {
            let any = QueryString { key: String::new(), value: "beta".to_owned() };
            for condition in [
                Condition::host("*.example.com"),
                Condition::PathPattern(texts(["/api/*", "/v?/*"])),
                Condition::header("X-Canary", "yes"),
                Condition::HttpRequestMethod(texts(["GET", "HEAD"])),
                Condition::QueryString([QueryString { key: "v".to_owned(), value: "2".to_owned() }, any].into()),
                Condition::SourceIp(["10.0.0.0/8".parse().unwrap()].into()),
            ] {
                assert_eq!(Condition::of(&condition.request().unwrap()), Ok(condition));
            }
        }

        #[test]
        fn the_short_form_is_the_same() {
            let short = RuleCondition::builder().field("path-pattern").values("/api/*").build();
            assert_eq!(Condition::of(&short), Ok(Condition::path("/api/*")));
        }

        #[test]
        fn what_has_no_words_is_a_difference_and_no_error() {
            let ipv6 = SourceIpConditionConfig::builder().values("2001:db8::/32").build();
            let ipv6 = RuleCondition::builder().field("source-ip").source_ip_config(ipv6).build();
            assert_eq!(Condition::of(&ipv6), Ok(Condition::Unmodelled("source-ip".to_owned())));
            let regex = RuleCondition::builder().field("path-pattern").regex_values("^/v[0-9]+").build();
            assert_eq!(Condition::of(&regex), Ok(Condition::Unmodelled("path-pattern".to_owned())));
        }
    }
}

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
