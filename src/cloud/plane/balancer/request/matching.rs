//! Which rule a request is for.
//!
//! AWS: Elastic Load Balancing, Application Load Balancers, "Condition types for listener rules".

use std::net::IpAddr;

use hyper::http::request::Parts;

use super::super::wanted::Rule;
use crate::elbv2::{Condition, QueryPair};

/// The first rule that a request matches. The last rule of a listener matches all.
pub(super) fn rule<'a>(rules: &'a [Rule], request: &Parts, host: &str, client: IpAddr) -> Option<&'a Rule> {
    rules.iter().find(|rule| rule.conditions.iter().all(|condition| holds(condition, request, host, client)))
}

fn holds(condition: &Condition, request: &Parts, host: &str, client: IpAddr) -> bool {
    let any = |patterns: &[String], text: &str, case: Case| patterns.iter().any(|it| matches(it, text, case));
    match condition {
        Condition::HostHeader(patterns) => any(patterns, without_port(host), Case::Ignored),
        Condition::PathPattern(patterns) => any(patterns, request.uri.path(), Case::Minded),
        Condition::HttpRequestMethod(methods) => methods.iter().any(|method| method == request.method.as_str()),
        Condition::SourceIp(blocks) => blocks.iter().any(|block| block.contains(&client)),
        Condition::HttpHeader { name, values } => {
            let mut fields = request.headers.get_all(name.as_str()).iter();
            fields.any(|field| field.to_str().is_ok_and(|field| any(values, field, Case::Ignored)))
        }
        Condition::QueryString(pairs) => {
            let query = request.uri.query().unwrap_or_default();
            let given: Vec<(&str, &str)> =
                query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
            pairs.iter().any(|QueryPair { key, value }| {
                given.iter().any(|(given_key, given_value)| {
                    matches(value, given_value, Case::Ignored)
                        && key.as_deref().is_none_or(|key| matches(key, given_key, Case::Ignored))
                })
            })
        }
    }
}

/// A host as `Host` names it, without a port.
pub(super) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Minded,
    Ignored,
}

/// Whether a text fits a pattern, in which `*` stands for any characters and `?` for one.
fn matches(pattern: &str, text: &str, case: Case) -> bool {
    let same = |one: u8, other: u8| match case {
        Case::Minded => one == other,
        Case::Ignored => one.eq_ignore_ascii_case(&other),
    };
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut seen) = (0, 0);
    // Where to go on when a guess at what the last `*` stands for was too short.
    let mut again: Option<(usize, usize)> = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                again = Some((at + 1, seen));
                at += 1;
            }
            Some(letter) if *letter == b'?' || same(*letter, text[seen]) => {
                at += 1;
                seen += 1;
            }
            _ => match again {
                Some((after_star, from)) => {
                    again = Some((after_star, from + 1));
                    (at, seen) = (after_star, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elbv2::{ActionKind, FixedResponse};

    #[test]
    fn wildcards_stand_for_characters() {
        for (pattern, text) in
            [("*", ""), ("/a/*", "/a/"), ("/a/*/c", "/a/b/b/c"), ("*.js", "/x.y.js"), ("/?", "/a"), ("a*a", "aba")]
        {
            assert!(matches(pattern, text, Case::Minded), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("/a/*", "/a"), ("/?", "/"), ("a*a", "a"), ("/A", "/a"), ("*b", "abc")] {
            assert!(!matches(pattern, text, Case::Minded), "{pattern} {text}");
        }
        assert!(matches("*.EXAMPLE.com", "www.example.COM", Case::Ignored));
    }

    fn rules(conditions: Vec<Vec<Condition>>) -> Vec<Rule> {
        let answer = FixedResponse { message_body: None, status_code: "200".to_owned(), content_type: None };
        let rule = |(number, conditions): (usize, Vec<Condition>)| Rule {
            arn: number.to_string(),
            conditions,
            action: ActionKind::FixedResponse(answer.clone()),
        };
        conditions.into_iter().enumerate().map(rule).collect()
    }

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    fn chosen(rules: &[Rule], method: &str, uri: &str, header: (&str, &str)) -> Option<String> {
        let request = hyper::Request::builder().method(method).uri(uri).header(header.0, header.1).body(());
        let (parts, ()) = request.expect("a request").into_parts();
        let client = IpAddr::from([203, 0, 113, 10]);
        rule(rules, &parts, "shop.example.com:8080", client).map(|rule| rule.arn.clone())
    }

    #[test]
    fn the_first_rule_that_matches_in_all_conditions_is_taken() {
        let pair = |key: Option<&str>, value: &str| QueryPair { key: key.map(str::to_owned), value: value.to_owned() };
        let rules = rules(vec![
            vec![Condition::HostHeader(texts(&["www.example.com"]))],
            vec![Condition::HostHeader(texts(&["*.example.com"])), Condition::PathPattern(texts(&["/api/*"]))],
            vec![Condition::HttpRequestMethod(texts(&["PUT", "POST"]))],
            vec![Condition::HttpHeader { name: "User-Agent".to_owned(), values: texts(&["*Chrome*"]) }],
            vec![Condition::QueryString(vec![pair(Some("version"), "v1"), pair(None, "*example*")])],
            vec![Condition::SourceIp(vec!["203.0.113.0/24".parse().expect("a block")])],
            vec![],
        ]);
        let none = ("accept", "*/*");
        let number = |method, uri, header| chosen(&rules, method, uri, header).expect("the last one matches all");
        assert_eq!(number("GET", "/api/orders", none), "1");
        assert_eq!(number("POST", "/orders", none), "2");
        assert_eq!(number("GET", "/", ("user-agent", "a chrome b")), "3");
        assert_eq!(number("GET", "/?a=b&VERSION=V1", none), "4");
        assert_eq!(number("GET", "/?site=an-example-b", none), "4");
        assert_eq!(number("GET", "/?version=v2", none), "5");
        assert_eq!(chosen(&rules[..5], "GET", "/", none), None);
    }
}
