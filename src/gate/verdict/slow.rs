//! Whether a wave has become slow.

use crate::statistics::{Counts, Probability, exact};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Which probes are slow, and how many of them are too many.
///
/// Whether a probe is slow is yes or no, as whether it failed, so the same statistics apply. It is looked at once, when
/// the wave would be promoted: slow answers come in bursts, of which a test after each probe would make too much.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slow {
    /// A probe that takes longer is slow.
    #[serde(with = "crate::micros", rename = "than_us")]
    pub than: Duration,
    /// The share of slow probes that a wave may have.
    pub share: Probability,
    /// The chance that a wave is rejected which has this share.
    pub alpha: Probability,
}

impl Slow {
    /// Whether these are too many. `counts`: the answered probes, and as failures the slow ones.
    pub(super) fn is_exceeded(&self, counts: Counts) -> bool {
        exact::lower_bound(counts, self.alpha) > self.share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_surely_above_the_share_is_too_much() {
        let slow = Slow {
            than: Duration::from_millis(100),
            share: Probability::literal(0.05),
            alpha: Probability::literal(1e-3),
        };
        let exceeded = |slow_ones| slow.is_exceeded(Counts::new(400, slow_ones).expect("fewer than all"));
        assert!(!exceeded(0) && !exceeded(20) && !exceeded(33));
        assert!(exceeded(40) && exceeded(400));
        assert!(!slow.is_exceeded(Counts::default()));
    }
}
