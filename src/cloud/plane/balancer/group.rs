//! A target group as one node knows it, and the choice of a target.
//!
//! AWS: Elastic Load Balancing, Application Load Balancers, "Edit target group attributes", "Health checks for
//! Application Load Balancer target groups".

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::metrics::Series;
use super::targets::Target;
use crate::elbv2::{Algorithm, Balancing};

/// The least share of a target that starts slowly, so that it gets any requests at all.
const LEAST_SHARE: f64 = 0.05;

pub(super) struct Group {
    pub(super) arn: String,
    pub(super) balancing: Balancing,
    /// How long a slow start takes here; zero for not at all.
    pub(super) slow_start: Duration,
    /// The registered targets that this node may use, those that are on their way out among them.
    pub(super) targets: Vec<Arc<Target>>,
    /// What is counted of its requests.
    pub(super) series: Arc<Series>,
    /// Whose turn it is.
    pub(super) turn: Arc<AtomicUsize>,
}

impl Group {
    /// The targets that get requests now: those in good health, or all when too few are.
    pub(super) fn candidates(&self, now: Instant) -> Vec<&Arc<Target>> {
        let mut routed: Vec<_> = self.targets.iter().filter(|target| target.is_routed(now)).collect();
        let healthy = routed.iter().filter(|target| target.is_healthy()).count();
        let Balancing { minimum_healthy_count, minimum_healthy_percentage, .. } = self.balancing;
        let enough = minimum_healthy_count.max((routed.len() * minimum_healthy_percentage).div_ceil(100));
        // With fewer it fails open: the checks may be what is wrong.
        if (enough..routed.len()).contains(&healthy) {
            routed.retain(|target| target.is_healthy());
        }
        routed
    }

    /// The target of the next request; `None` when there is none at all.
    pub(super) fn choose(&self, now: Instant) -> Option<Arc<Target>> {
        let candidates = self.candidates(now);
        let count = candidates.len();
        let next = || candidates.get(self.turn.fetch_add(1, Ordering::Relaxed) % count.max(1)).copied();
        let chosen = match self.balancing.algorithm {
            Algorithm::RoundRobin if self.slow_start.is_zero() => next(),
            Algorithm::RoundRobin => {
                let accepted = |target: &&Arc<Target>| {
                    let share = target.share(self.slow_start, now).max(LEAST_SHARE);
                    share >= 1.0 || rand::random::<f64>() < share
                };
                (0..2 * count).filter_map(|_| next()).find(accepted).or_else(next)
            }
            Algorithm::LeastOutstandingRequests => {
                // In turn among equals.
                let first = self.turn.fetch_add(1, Ordering::Relaxed);
                let in_turn = (0..count).filter_map(|step| candidates.get(first.wrapping_add(step) % count).copied());
                in_turn.min_by_key(|target| target.in_flight())
            }
            Algorithm::WeightedRandom => candidates.get(rand::random_range(0..count.max(1))).copied(),
        };
        chosen.cloned()
    }

    /// The target with this key, if it gets requests now.
    pub(super) fn stuck_to(&self, key: &str, now: Instant) -> Option<Arc<Target>> {
        self.candidates(now).into_iter().find(|target| target.key == key).cloned()
    }
}
