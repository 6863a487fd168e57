use super::{Condition, QueryString};
use crate::live::prelude::*;
use aws_sdk_elasticloadbalancingv2::types::{
    HostHeaderConditionConfig, HttpHeaderConditionConfig, HttpRequestMethodConditionConfig, PathPatternConditionConfig,
    QueryStringConditionConfig, QueryStringKeyValuePair, RuleCondition, SourceIpConditionConfig,
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
