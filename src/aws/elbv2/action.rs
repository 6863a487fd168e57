mod division;

pub(super) use division::{expand, shift};

use crate::words::words;
use model::{In, Port, Problem, Seconds, TargetGroupArn, Weight, serving};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a listener or a rule does with a request. AWS: ELBv2 API Reference, Action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A target answers.
    Forward(Forward),
    /// The load balancer sends the client elsewhere.
    Redirect(Redirect),
    /// The load balancer itself answers.
    FixedResponse(FixedResponse),
    /// Something that another writer has set and this kind has no words for (such as authentication), by the names
    /// of its types. It is only ever read, so that it shows as a difference; a stack cannot declare it.
    Unmodelled(String),
}

/// To which target groups requests go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forward {
    /// One to five groups.
    pub target_groups: BTreeSet<TargetGroupTuple>,
    /// Whether a client stays with the group that it was sent to first.
    pub stickiness: TargetGroupStickiness,
}

/// A target group and its share. AWS: ELBv2 API Reference, TargetGroupTuple.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TargetGroupTuple {
    /// The group.
    pub target_group: In<TargetGroupArn>,
    /// Its share of the requests is its weight among all weights; 0 is none.
    pub weight: Weight,
}

/// Whether a client stays with the target group that it was sent to first. While it does, a weight of 0 does not
/// take the group's clients away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetGroupStickiness {
    /// It does not.
    #[default]
    Disabled,
    /// For this long after each request: 1 to 604800 s.
    Enabled(Seconds),
}

/// Where a client is sent. Texts may hold AWS's keywords `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and
/// `#{query}`, which stand for the part of the request. AWS: ELBv2 API Reference, RedirectActionConfig.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// `HTTP`, `HTTPS` or `#{protocol}`.
    pub protocol: String,
    /// 1 to 65535 or `#{port}`.
    pub port: String,
    /// The host name.
    pub host: String,
    /// The path; begins with `/`.
    pub path: String,
    /// The query without its `?`.
    pub query: String,
    /// Whether clients may remember it.
    pub status_code: RedirectStatusCode,
}

words! {
    /// Whether clients may remember a redirect.
    RedirectStatusCode {
        /// 301: they may.
        Permanent = "HTTP_301",
        /// 302: they ask again each time.
        Temporary = "HTTP_302",
    }

    /// What the body of a fixed response is. AWS: ELBv2 API Reference, FixedResponseActionConfig.
    ContentType {
        /// Plain text.
        TextPlain = "text/plain",
        /// A style sheet.
        TextCss = "text/css",
        /// A page.
        TextHtml = "text/html",
        /// A script.
        ApplicationJavascript = "application/javascript",
        /// JSON.
        ApplicationJson = "application/json",
    }
}

/// What the load balancer itself answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedResponse {
    /// 200 to 299 or 400 to 599.
    pub status_code: u16,
    /// What the body is.
    pub content_type: ContentType,
    /// The body; at most 1024 characters.
    pub message_body: String,
}

/// The most target groups of one action. AWS: Elastic Load Balancing, "Quotas for your Application Load Balancers".
const MOST_TARGET_GROUPS: usize = 5;

impl Action {
    /// Sends every request to one group.
    pub fn forward(target_group: In<TargetGroupArn>) -> Self {
        Self::weighted([(target_group, Weight::new(1))])
    }

    /// Divides the requests by weight.
    pub fn weighted(target_groups: impl IntoIterator<Item = (In<TargetGroupArn>, Weight)>) -> Self {
        let tuple = |(target_group, weight)| TargetGroupTuple { target_group, weight };
        Self::Forward(Forward {
            target_groups: target_groups.into_iter().map(tuple).collect(),
            stickiness: TargetGroupStickiness::Disabled,
        })
    }

    /// Sends clients to the same address over HTTPS, for good.
    pub fn redirect_to_https(port: Port) -> Self {
        Self::Redirect(Redirect { protocol: "HTTPS".to_owned(), port: port.to_string(), ..Redirect::default() })
    }

    /// Answers with a plain text.
    pub fn respond(status_code: u16, message_body: impl Into<String>) -> Self {
        Self::FixedResponse(FixedResponse {
            status_code,
            content_type: ContentType::TextPlain,
            message_body: message_body.into(),
        })
    }

    /// What it does for serving.
    pub(super) fn fact(&self) -> serving::Action {
        match self {
            Self::Forward(Forward { target_groups, stickiness }) => serving::Action::Forward {
                groups: target_groups.iter().map(|it| ((&it.target_group).into(), it.weight.get())).collect(),
                sticky: match stickiness {
                    TargetGroupStickiness::Disabled => None,
                    TargetGroupStickiness::Enabled(time) => Some(time.get()),
                },
            },
            Self::Redirect(_) | Self::FixedResponse(_) => serving::Action::Answer,
            Self::Unmodelled(types) => serving::Action::Opaque(types.clone()),
        }
    }

    pub(super) fn problems(&self, field: &str) -> Vec<Problem> {
        let problem = |message: String| Problem::new(field, message);
        match self {
            Self::Forward(Forward { target_groups, stickiness }) => {
                let distinct: BTreeSet<_> = target_groups.iter().map(|tuple| &tuple.target_group).collect();
                let sticky = match stickiness {
                    TargetGroupStickiness::Enabled(time) => super::outside(field, Some(*time), 1, 604_800),
                    TargetGroupStickiness::Disabled => None,
                };
                let count = (!(1..=MOST_TARGET_GROUPS).contains(&target_groups.len()))
                    .then(|| problem(format!("forwards to {} target groups: use 1 to 5", target_groups.len())));
                let twice = (distinct.len() < target_groups.len())
                    .then(|| problem("forwards to one target group with two weights".to_owned()));
                [count, twice, sticky].into_iter().flatten().collect()
            }
            Self::Redirect(redirect) => {
                let path = (!redirect.path.starts_with('/'))
                    .then(|| problem(format!("the path `{}` does not begin with /", redirect.path)));
                path.into_iter().collect()
            }
            Self::FixedResponse(FixedResponse { status_code, message_body, .. }) => {
                let status = (!matches!(status_code, 200..=299 | 400..=599))
                    .then(|| problem(format!("cannot answer with {status_code}: use 200 to 299 or 400 to 599")));
                let body = (message_body.chars().count() > 1024)
                    .then(|| problem("the body is longer than 1024 characters".to_owned()));
                [status, body].into_iter().flatten().collect()
            }
            Self::Unmodelled(types) => vec![problem(format!("`{types}` can be read but not declared"))],
        }
    }
}

/// The address of the request, for good: change at least one part, or clients go round in circles.
impl Default for Redirect {
    fn default() -> Self {
        Self {
            protocol: "#{protocol}".to_owned(),
            port: "#{port}".to_owned(),
            host: "#{host}".to_owned(),
            path: "/#{path}".to_owned(),
            query: "#{query}".to_owned(),
            status_code: RedirectStatusCode::Permanent,
        }
    }
}

#[cfg(feature = "live")]
mod live;

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, weight: u16) -> (In<TargetGroupArn>, Weight) {
        (In::Value(TargetGroupArn::new(name)), Weight::new(weight))
    }

    #[test]
    fn rules_beyond_the_types() {
        for good in
            [Action::forward(group("blue", 1).0), Action::redirect_to_https(Port::new(443)), Action::respond(404, "")]
        {
            assert_eq!(good.problems("action"), []);
        }
        let bad = [
            Action::weighted([]),
            Action::weighted([group("blue", 1), group("blue", 2)]),
            Action::Redirect(Redirect { path: "home".to_owned(), ..Redirect::default() }),
            Action::respond(302, ""),
            Action::Unmodelled("authenticate-oidc, forward".to_owned()),
        ];
        for bad in bad {
            assert_eq!(bad.problems("action").len(), 1, "{bad:?}");
        }
    }
}
