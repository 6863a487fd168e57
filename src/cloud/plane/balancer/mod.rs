//! Load balancers as proxies.

use super::Facts;
use super::driver::Shared;
use crate::context::Context;

/// What is known of one target.
#[derive(Debug, Clone)]
pub(crate) struct TargetFact {}

/// A load balancer that there should be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {}

/// The load balancers of this region that there should be.
pub(crate) fn wanted(_cx: &Context<'_>) -> Vec<Wanted> {
    Vec::new()
}

/// All load balancers there are.
#[derive(Debug)]
pub(crate) struct Balancers {}

impl Balancers {
    pub(crate) fn new(_shared: Shared) -> Self {
        Balancers {}
    }

    /// Tells the health of the targets.
    pub(crate) fn report(&self, _facts: &mut Facts) {}

    /// Opens and closes listeners until there are those that should be.
    pub(crate) fn reconcile(&mut self, _wanted: Vec<Wanted>) {}

    /// Closes every listener and every connection.
    pub(crate) async fn stop(self) {}
}
