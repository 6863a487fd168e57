//! What is counted of one request.

use std::time::Duration;

use hyper::{HeaderMap, StatusCode};

use super::super::census::Seen;
use super::super::group::Group;
use super::super::metrics::Metric;
use super::super::node::Node;
use super::super::targets::Target;

/// The account of a request. One that is dropped before it is closed is that of a client that went away.
pub(super) struct Account<'a> {
    node: &'a Node,
    load_balancer: &'a str,
    /// Its id, if somebody wants to know what becomes of it.
    id: Option<String>,
    target: Option<String>,
    /// The target group that it was forwarded to.
    group: Option<&'a Group>,
    /// After what time a target has given the answer, if one has.
    answered: Option<Duration>,
    closed: bool,
}

impl<'a> Account<'a> {
    pub(super) fn open(node: &'a Node, load_balancer: &'a str, headers: &HeaderMap) -> Self {
        let id = node.census.id(headers);
        Account { node, load_balancer, id, target: None, group: None, answered: None, closed: false }
    }

    /// A target was chosen.
    pub(super) fn forwarded(&mut self, group: &'a Group, target: &Target) {
        self.group = Some(group);
        if self.id.is_some() {
            self.target = Some(target.name.clone());
        }
    }

    /// The target has answered.
    pub(super) fn answered(&mut self, after: Duration) {
        self.answered = Some(after);
    }

    /// The client is answered.
    pub(super) fn close(mut self, status: StatusCode) {
        self.closed = true;
        let status = status.as_u16();
        let of_target = match status / 100 {
            2 => Some(Metric::Target2xx),
            3 => Some(Metric::Target3xx),
            4 => Some(Metric::Target4xx),
            5 => Some(Metric::Target5xx),
            _ => None,
        };
        if let Some(group) = self.group {
            group.series.forwarded(of_target.filter(|_| self.answered.is_some()), self.answered);
        }
        if self.answered.is_none() {
            self.count_own(status);
        }
        self.record(Some(status));
    }

    /// Counts an answer that the load balancer gave by itself.
    fn count_own(&self, status: u16) {
        let exact = match status {
            500 => Some(Metric::Elb500),
            502 => Some(Metric::Elb502),
            503 => Some(Metric::Elb503),
            504 => Some(Metric::Elb504),
            _ => None,
        };
        let class = match status / 100 {
            3 => Some(Metric::Elb3xx),
            4 => Some(Metric::Elb4xx),
            5 => Some(Metric::Elb5xx),
            _ => None,
        };
        exact.into_iter().chain(class).for_each(|metric| self.node.series.count(metric));
    }

    fn record(&mut self, status: Option<u16>) {
        if let Some(id) = self.id.take() {
            self.node.census.add(Seen {
                id,
                load_balancer: self.load_balancer.to_owned(),
                zone: self.node.place.zone.clone(),
                target: self.target.take(),
                status,
            });
        }
    }
}

impl Drop for Account<'_> {
    fn drop(&mut self) {
        if !self.closed {
            if let Some(group) = self.group {
                group.series.forwarded(None, None);
            }
            // AWS: "HTTP 460": the client closed the connection before it was answered.
            self.node.series.count(Metric::Elb4xx);
            self.record(None);
        }
    }
}
