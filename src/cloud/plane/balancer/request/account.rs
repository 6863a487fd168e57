//! What is counted of one request.

use std::sync::Arc;
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
    /// The target group that gave the answer.
    answered_by: Option<Arc<Group>>,
    closed: bool,
}

impl<'a> Account<'a> {
    pub(super) fn open(node: &'a Node, load_balancer: &'a str, headers: &HeaderMap) -> Self {
        let id = node.census.id(headers);
        Account { node, load_balancer, id, target: None, answered_by: None, closed: false }
    }

    /// A target was chosen.
    pub(super) fn forwarded(&mut self, group: &Group, target: &Target) {
        group.series.count(Metric::RequestCount);
        if self.id.is_some() {
            self.target = Some(target.name.clone());
        }
    }

    /// The target has answered.
    pub(super) fn answered(&mut self, group: &Arc<Group>, after: Duration) {
        group.series.response_time(after);
        self.answered_by = Some(Arc::clone(group));
    }

    /// The client is answered.
    pub(super) fn close(mut self, status: StatusCode) {
        match &self.answered_by {
            Some(group) => {
                let metric = match status.as_u16() / 100 {
                    2 => Some(Metric::Target2xx),
                    3 => Some(Metric::Target3xx),
                    4 => Some(Metric::Target4xx),
                    5 => Some(Metric::Target5xx),
                    _ => None,
                };
                metric.into_iter().for_each(|metric| group.series.count(metric));
            }
            None => self.count_own(status.as_u16()),
        }
        self.record(Some(status.as_u16()));
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
        self.closed = true;
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
            // AWS: "HTTP 460": the client closed the connection before it was answered.
            self.node.series.count(Metric::Elb4xx);
            self.record(None);
        }
    }
}
