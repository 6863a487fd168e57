//! How many probes, and how many of them failed.

use super::Probability;
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// Probes sent and failed. Never more failures than probes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Counts {
    probes: u64,
    failures: u64,
}

/// More failures than probes were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{failures} of {probes} probes cannot have failed")]
pub struct MoreFailuresThanProbes {
    /// The probes.
    pub probes: u64,
    /// The failures.
    pub failures: u64,
}

impl Counts {
    /// `failures` of `probes` failed.
    ///
    /// # Errors
    /// When more failed than there were.
    pub fn new(probes: u64, failures: u64) -> Result<Self, MoreFailuresThanProbes> {
        if failures <= probes {
            Ok(Counts { probes, failures })
        } else {
            Err(MoreFailuresThanProbes { probes, failures })
        }
    }

    /// `probes` without a failure.
    pub const fn clean(probes: u64) -> Self {
        Counts { probes, failures: 0 }
    }

    /// All of them.
    pub const fn probes(self) -> u64 {
        self.probes
    }

    /// Those that failed.
    pub const fn failures(self) -> u64 {
        self.failures
    }

    /// Those that did not fail.
    pub const fn successes(self) -> u64 {
        self.probes - self.failures
    }

    /// One more probe.
    pub fn add(&mut self, failed: bool) {
        self.probes += 1;
        self.failures += u64::from(failed);
    }

    /// Takes back a probe that was added, because it turned out otherwise. What was never added cannot be taken back.
    pub fn take_back(&mut self, failed: bool) {
        let there = if failed { self.failures > 0 } else { self.successes() > 0 };
        debug_assert!(there, "a probe that was never added is taken back");
        if there {
            self.probes -= 1;
            self.failures -= u64::from(failed);
        }
    }

    /// The share that failed; `None` without probes.
    pub fn failure_rate(self) -> Option<Probability> {
        (self.probes > 0).then(|| Probability::clamped(self.failures as f64 / self.probes as f64))
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.probes += other.probes;
        self.failures += other.failures;
    }
}

#[derive(Deserialize)]
struct Unchecked {
    probes: u64,
    failures: u64,
}

impl TryFrom<Unchecked> for Counts {
    type Error = MoreFailuresThanProbes;

    fn try_from(unchecked: Unchecked) -> Result<Self, MoreFailuresThanProbes> {
        Counts::new(unchecked.probes, unchecked.failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_failures_than_probes() {
        assert!(Counts::new(1, 2).is_err());
        assert!(serde_json::from_str::<Counts>(r#"{"probes":1,"failures":2}"#).is_err());
    }

    #[test]
    fn what_was_added_can_be_taken_back() {
        let mut counts = Counts::clean(3);
        counts.add(true);
        counts.take_back(true);
        assert_eq!(counts, Counts::clean(3));
        assert_eq!(Counts::default().failure_rate(), None);
    }
}
