//! Conditions as they stand in requests and replies.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::condition::{self, Condition, Field, QueryPair, missing};
use super::errors::validation;
use crate::wire::ApiError;

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
pub(super) fn parse(conditions: Vec<RuleCondition>) -> Result<Vec<Condition>, ApiError> {
    let conditions: Vec<Condition> = conditions.into_iter().map(RuleCondition::parse).collect::<Result<_, _>>()?;
    condition::check(&conditions)?;
    Ok(conditions)
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
                let message = format!(
                    "You cannot provide both 'Values' and a configuration for a condition of type '{}'",
                    field.name()
                );
                return Err(validation(message));
            }
            (Some(values), None) => values,
            (None, patterns) => patterns.map(|patterns| patterns.values).unwrap_or_default(),
        };
        Ok(match field {
            Field::HostHeader => Condition::HostHeader(values),
            Field::PathPattern => Condition::PathPattern(values),
            Field::HttpRequestMethod => Condition::HttpRequestMethod(values),
            Field::SourceIp => Condition::SourceIp(values.iter().map(|value| block(value)).collect::<Result<_, _>>()?),
            Field::HttpHeader => {
                let config = self.http_header_config.ok_or_else(|| missing(field))?;
                Condition::HttpHeader {
                    name: config.http_header_name.ok_or_else(|| missing(field))?,
                    values: config.values,
                }
            }
            Field::QueryString => {
                Condition::QueryString(self.query_string_config.ok_or_else(|| missing(field))?.values)
            }
        })
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
            Condition::HttpRequestMethod(values) => {
                RuleCondition { http_request_method_config: patterns(values), ..view }
            }
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

fn block(text: &str) -> Result<IpNet, ApiError> {
    text.parse().map_err(|_| validation(format!("The 'source-ip' value '{text}' is not a CIDR block")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(field: Field) -> RuleCondition {
        RuleCondition { field: Some(field), ..RuleCondition::default() }
    }

    fn patterns(values: &[&str]) -> Option<Patterns> {
        Some(Patterns { values: values.iter().map(|value| (*value).to_owned()).collect() })
    }

    #[test]
    fn both_forms_mean_the_same() {
        let short = RuleCondition { values: Some(vec!["a".to_owned()]), ..of(Field::HostHeader) };
        let long = RuleCondition { host_header_config: patterns(&["a"]), ..of(Field::HostHeader) };
        assert_eq!(parse(vec![short]), parse(vec![long]));
        let both =
            RuleCondition { values: Some(Vec::new()), host_header_config: patterns(&["a"]), ..of(Field::HostHeader) };
        assert!(parse(vec![both]).is_err());
    }

    #[test]
    fn a_configuration_is_that_of_its_field() {
        let source = |block: &str| RuleCondition { source_ip_config: patterns(&[block]), ..of(Field::SourceIp) };
        assert!(parse(vec![source("10.0.0.0/8")]).is_ok());
        assert!(parse(vec![source("10.0.0.1")]).is_err(), "that is no block");
        let other = RuleCondition { field: Some(Field::HostHeader), ..source("10.0.0.0/8") };
        assert!(parse(vec![other]).is_err());
        assert!(parse(vec![of(Field::QueryString)]).is_err());
        assert!(parse(vec![RuleCondition::default()]).is_err());
    }
}
