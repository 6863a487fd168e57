use crate::{In, Seconds};
use serde::{Deserialize, Serialize};

/// What has to stay up while a stack changes: a URL that keeps answering, and how many tasks stand behind it.
///
/// ```
/// # use rust_stack_model::{Stack, serving::Probe, Seconds};
/// # let mut stack = Stack::new("dev");
/// stack.serves(Probe::http("http://example.com/health").at_least(2).max_request(Seconds::new(10)));
/// ```
///
/// A stack without one is guarded all the same: every way from a listener through a rule and a target group to a
/// service is taken to be in use, and to need one healthy target at least.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// What clients ask for.
    pub url: In<String>,
    /// The least number of healthy targets behind it at any moment.
    pub at_least: u32,
    /// The longest that a request takes; a target that is taken out must live for so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_request: Option<Seconds>,
    /// A path whose answer takes `{ms}` milliseconds, if the application has one: with it the gate sees whether requests
    /// that take long are cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow: Option<String>,
    /// How long the application keeps an idle connection open; longer than the load balancer, or clients see 502.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<Seconds>,
    /// Texts of which one must stand in a good answer, such as the versions that may serve; empty: any answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expect: Vec<String>,
}

impl Probe {
    /// `url` answers a GET, from one healthy target at least.
    pub fn http(url: impl Into<In<String>>) -> Self {
        Self { url: url.into(), at_least: 1, max_request: None, slow: None, keep_alive: None, expect: Vec::new() }
    }

    /// So many healthy targets stand behind it at any moment.
    #[must_use]
    pub fn at_least(self, targets: u32) -> Self {
        Self { at_least: targets, ..self }
    }

    /// The longest that a request takes.
    #[must_use]
    pub fn max_request(self, time: Seconds) -> Self {
        Self { max_request: Some(time), ..self }
    }

    /// A path whose answer takes `{ms}` milliseconds: `/slow?ms={ms}`.
    #[must_use]
    pub fn slow(self, path: impl Into<String>) -> Self {
        Self { slow: Some(path.into()), ..self }
    }

    /// How long the application keeps an idle connection open.
    #[must_use]
    pub fn keep_alive(self, time: Seconds) -> Self {
        Self { keep_alive: Some(time), ..self }
    }

    /// A good answer holds this text; said several times, one of the texts.
    #[must_use]
    pub fn expect(mut self, marker: impl Into<String>) -> Self {
        self.expect.push(marker.into());
        self
    }
}
