//! Targets that are slow to register.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::faults::{Fault, Faults, Seconds};

/// A load balancer takes longer to begin with a target that was registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlowRegistration {
    /// The name of the target group; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target_group: Option<String>,
    /// How much longer.
    pub(crate) delay_seconds: Seconds,
    /// How long it is so; until it is cleared when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) for_seconds: Option<Seconds>,
}

impl Faults {
    /// How much longer than otherwise a target that is registered now in the group of this name stays initial without a
    /// health check. Asked once for each target, when it is met: what is cleared later does not shorten it.
    pub(crate) fn registration_delay(&self, target_group: &str) -> Duration {
        let mut pending = self.lock();
        let delays = pending.at(Timestamp::now()).iter().filter_map(|order| match &order.fault {
            Fault::SlowRegistration(it) if it.target_group.as_deref().is_none_or(|name| name == target_group) => {
                Some(it.delay_seconds.duration())
            }
            _ => None,
        });
        delays.max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_longest_delay_counts() {
        let faults = Faults::default();
        for order in [
            json!({"kind": "slow_registration", "delay_seconds": 2}),
            json!({"kind": "slow_registration", "delay_seconds": 20, "target_group": "web"}),
        ] {
            faults.order(serde_json::from_value(order).expect("it is a fault"));
        }
        assert_eq!(faults.registration_delay("web"), Duration::from_secs(20));
        assert_eq!(faults.registration_delay("other"), Duration::from_secs(2));
        faults.clear_all();
        assert_eq!(faults.registration_delay("web"), Duration::ZERO);
    }
}
