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

/// A condition as it stands in requests and replies.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RuleCondition {
    field: Option<Field>,
    values: Option<Vec<String>>,
    host_header_config: Option<Patterns>,
    path_pattern_config: Option<Patterns>,
    http_header_config: Option<HttpHeaderConfig>,
    query_string_config: Option<QueryStringConfig>,
    http_request_method_config: Option<Patterns>,
    source_ip_config: Option<Patterns>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Field {
    HttpHeader,
    HttpRequestMethod,
    HostHeader,
    PathPattern,
    QueryString,
    SourceIp,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Patterns {
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct HttpHeaderConfig {
    http_header_name: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct QueryStringConfig {
    #[serde(default)]
    values: Vec<QueryPair>,
}

/// The conditions that a request describes.
///
/// AWS: Elastic Load Balancing, Application Load Balancers, "Condition types for listener rules".
pub(super) fn parse(conditions: Vec<RuleCondition>) -> Result<Vec<Condition>, ApiError> {
    if conditions.is_empty() {
        return Err(validation("A condition must be specified"));
    }
    let mut seen = BTreeSet::new();
    let mut parsed = Vec::new();
    for condition in conditions {
        let condition = condition.parse()?;
        let field = condition.field();
        if !seen.insert(field) && !matches!(field, Field::HttpHeader | Field::QueryString) {
            return Err(validation(format!("Condition field '{}' can be specified only once", field.name())));
        }
        parsed.push(condition);
    }
    limits::CONDITION_VALUES.check("ValidationError", parsed.iter().map(Condition::count).sum())?;
    limits::CONDITION_WILDCARDS.check("ValidationError", parsed.iter().map(Condition::wildcards).sum())?;
    Ok(parsed)
}

impl RuleCondition {
    fn parse(self) -> Result<Condition, ApiError> {
        let field = self.field.ok_or_else(|| validation("A condition field must be specified"))?;
        let short = matches!(field, Field::HostHeader | Field::PathPattern);
        if self.values.is_some() && !short {
            return Err(validation(format!("The 'Values' field is not compatible with '{}'", field.name())));
        }
        self.refuse_other_fields(field)?;
        let patterns = match field {
            Field::HostHeader => self.host_header_config,
            Field::PathPattern => self.path_pattern_config,
            Field::HttpRequestMethod => self.http_request_method_config,
            Field::SourceIp => self.source_ip_config,
            Field::HttpHeader | Field::QueryString => None,
        };
        let values = match (self.values, patterns) {
            (Some(_), Some(_)) => {
                let message = format!("You cannot provide both 'Values' and a configuration for a condition of type '{}'", field.name());
                return Err(validation(message));
            }
            (Some(values), None) => values,
            (None, patterns) => patterns.map(|patterns| patterns.values).unwrap_or_default(),
        };
        let condition = match field {
            Field::HostHeader => Condition::HostHeader(values),
            Field::PathPattern => Condition::PathPattern(values),
            Field::HttpRequestMethod => Condition::HttpRequestMethod(values),
            Field::SourceIp => Condition::SourceIp(values.iter().map(|value| block(value)).collect::<Result<_, _>>()?),
            Field::HttpHeader => {
                let config = self.http_header_config.ok_or_else(|| missing(field))?;
                Condition::HttpHeader { name: config.http_header_name.ok_or_else(|| missing(field))?, values: config.values }
            }
            Field::QueryString => Condition::QueryString(self.query_string_config.ok_or_else(|| missing(field))?.values),
        };
        condition.check()?;
        Ok(condition)
    }

    fn refuse_other_fields(&self, field: Field) -> Result<(), ApiError> {
        let given = [
            (Field::HostHeader, self.host_header_config.is_some()),
            (Field::PathPattern, self.path_pattern_config.is_some()),
            (Field::HttpHeader, self.http_header_config.is_some()),
            (Field::QueryString, self.query_string_config.is_some()),
            (Field::HttpRequestMethod, self.http_request_method_config.is_some()),
            (Field::SourceIp, self.source_ip_config.is_some()),
        ];
        match given.iter().find(|(other, given)| *given && *other != field) {
            Some((other, _)) => {
                let (other, field) = (other.name(), field.name());
                Err(validation(format!("A configuration for '{other}' is not compatible with '{field}'")))
            }
            None => Ok(()),
        }
    }
}

impl Condition {
    fn field(&self) -> Field {
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

    pub(super) fn view(&self) -> RuleCondition {
        let patterns = |values: &Vec<String>| Some(Patterns { values: values.clone() });
        let view = RuleCondition { field: Some(self.field()), ..RuleCondition::default() };
        match self {
            Condition::HostHeader(values) => {
                RuleCondition { values: Some(values.clone()), host_header_config: patterns(values), ..view }
            }
            Condition::PathPattern(values) => {
                RuleCondition { values: Some(values.clone()), path_pattern_config: patterns(values), ..view }
            }
            Condition::HttpRequestMethod(values) => RuleCondition { http_request_method_config: patterns(values), ..view },
            Condition::SourceIp(blocks) => {
                let values = blocks.iter().map(IpNet::to_string).collect();
                RuleCondition { source_ip_config: Some(Patterns { values }), ..view }
            }
            Condition::HttpHeader { name, values } => {
                let config = HttpHeaderConfig { http_header_name: Some(name.clone()), values: values.clone() };
                RuleCondition { http_header_config: Some(config), ..view }
            }
            Condition::QueryString(pairs) => {
                RuleCondition { query_string_config: Some(QueryStringConfig { values: pairs.clone() }), ..view }
            }
        }
    }
}

impl Field {
    fn name(self) -> &'static str {
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

fn missing(field: Field) -> ApiError {
    validation(format!("A condition value must be specified for '{}'", field.name()))
}

fn block(text: &str) -> Result<IpNet, ApiError> {
    text.parse().map_err(|_| validation(format!("The 'source-ip' value '{text}' is not a CIDR block")))
}

/// A token of RFC 7230; the host has a condition of its own.
fn is_header_name(name: &str) -> bool {
    let token = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
    (1..=MAX_NAME).contains(&name.len()) && name.chars().all(token) && !name.eq_ignore_ascii_case("host")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(values: &[&str]) -> RuleCondition {
        let values = Some(values.iter().map(|value| (*value).to_owned()).collect());
        RuleCondition { field: Some(Field::HostHeader), values, ..RuleCondition::default() }
    }

    fn source(blocks: &[&str]) -> RuleCondition {
        let values = blocks.iter().map(|value| (*value).to_owned()).collect();
        let source_ip_config = Some(Patterns { values });
        RuleCondition { field: Some(Field::SourceIp), source_ip_config, ..RuleCondition::default() }
    }

    #[test]
    fn values_and_wildcards_are_counted_over_all_conditions() {
        assert!(parse(vec![host(&["a", "b", "c"]), source(&["10.0.0.0/8", "::/0"])]).is_ok());
        assert!(parse(vec![host(&["a", "b", "c"]), source(&["10.0.0.0/8", "::/0", "192.0.2.0/24"])]).is_err());
        assert!(parse(vec![host(&["*.*.*.*.*.*"])]).is_ok());
        assert!(parse(vec![host(&["*.*.*.*.*.*.*"])]).is_err());
    }

    #[test]
    fn wrong_conditions_are_refused() {
        assert!(parse(Vec::new()).is_err());
        assert!(parse(vec![host(&[])]).is_err());
        assert!(parse(vec![host(&["a b"])]).is_err());
        assert!(parse(vec![host(&["a"]), host(&["b"])]).is_err());
        assert!(parse(vec![source(&["10.0.0.1"])]).is_err());
        let mixed = RuleCondition { source_ip_config: Some(Patterns { values: Vec::new() }), ..host(&["a"]) };
        assert!(parse(vec![mixed]).is_err());
        let header = |name: &str| {
            let config = HttpHeaderConfig { http_header_name: Some(name.to_owned()), values: vec!["a".to_owned()] };
            parse(vec![RuleCondition { field: Some(Field::HttpHeader), http_header_config: Some(config), ..RuleCondition::default() }])
        };
        assert!(header("User-Agent").is_ok());
        assert!(header("Host").is_err());
    }
}
