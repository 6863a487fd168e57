//! Listeners that lose connections or are slow.

use std::time::Duration;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::faults::{Fault, Faults, Seconds, Share};

/// A share of the new connections is lost: nobody answers, and the client waits until it gives up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PacketLoss {
    /// The name of the load balancer.
    pub(crate) load_balancer: String,
    /// The listener's port; all listeners of the load balancer when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<u16>,
    pub(crate) share: Share,
    /// Decides which connections: with the same seed the first, the second and so on fare alike.
    #[serde(default)]
    pub(crate) seed: u64,
    /// How long; until it is cleared when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) for_seconds: Option<Seconds>,
}

/// Requests wait before they are answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListenerLatency {
    /// The name of the load balancer.
    pub(crate) load_balancer: String,
    /// The listener's port; all listeners of the load balancer when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<u16>,
    /// How long each request waits.
    pub(crate) milliseconds: u64,
    /// How long it is so; until it is cleared when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) for_seconds: Option<Seconds>,
}

/// A listener as faults name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listener<'a> {
    /// The name of its load balancer.
    pub(crate) load_balancer: &'a str,
    pub(crate) port: u16,
}

impl Faults {
    /// Whether a new connection to a listener is lost. `connection` counts the connections that the listener has been
    /// offered, on all its nodes together. Whoever accepted one that is lost holds it and says nothing, as with
    /// [`Verdict::Lost`](crate::plane::network::Verdict::Lost).
    pub(crate) fn loses(&self, listener: Listener<'_>, connection: u64) -> bool {
        if self.none() {
            return false;
        }
        self.lock().at(Timestamp::now()).iter().any(|order| match &order.fault {
            Fault::PacketLoss(loss) => {
                listener.is(&loss.load_balancer, loss.port) && hits(loss.share, loss.seed, connection)
            }
            _ => false,
        })
    }

    /// How long a request to a listener waits before it is sent on or answered.
    pub(crate) fn latency(&self, listener: Listener<'_>) -> Duration {
        if self.none() {
            return Duration::ZERO;
        }
        let mut pending = self.lock();
        let waits = pending.at(Timestamp::now()).iter().filter_map(|order| match &order.fault {
            Fault::ListenerLatency(it) if listener.is(&it.load_balancer, it.port) => Some(it.milliseconds),
            _ => None,
        });
        Duration::from_millis(waits.max().unwrap_or_default())
    }
}

impl Listener<'_> {
    fn is(self, load_balancer: &str, port: Option<u16>) -> bool {
        self.load_balancer == load_balancer && port.is_none_or(|port| port == self.port)
    }
}

/// Whether a share hits the one with this number: as chance would, but the same at each try.
fn hits(share: Share, seed: u64, number: u64) -> bool {
    // From a random start, so that neighbouring seeds do not hit the same numbers in another order.
    let start: u64 = StdRng::seed_from_u64(seed).random();
    StdRng::seed_from_u64(start.wrapping_add(number)).random_bool(share.into())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const WEB: Listener<'_> = Listener { load_balancer: "web", port: 80 };

    fn ordered(order: Value) -> Faults {
        let faults = Faults::default();
        faults.order(serde_json::from_value(order).expect("it is a fault"));
        faults
    }

    fn lost(seed: u64, share: f64) -> Vec<u64> {
        let faults =
            ordered(json!({"kind": "packet_loss", "load_balancer": "web", "share": share, "seed": seed, "port": 80}));
        (0..1000).filter(|number| faults.loses(WEB, *number)).collect()
    }

    #[test]
    fn the_share_is_kept_and_the_seed_repeats() {
        let some = lost(1, 0.1);
        assert!((70..=130).contains(&some.len()), "{} of 1000", some.len());
        assert_eq!(lost(1, 0.1), some);
        let other = lost(2, 0.1);
        let common = other.iter().filter(|number| some.contains(number)).count();
        assert!(common < 30, "{common} of {} are the same", other.len());
        assert_eq!(lost(1, 1.0).len(), 1000);
    }

    #[test]
    fn other_listeners_are_left_alone() {
        let faults = ordered(json!({"kind": "packet_loss", "load_balancer": "web", "share": 1, "port": 80}));
        assert!(!faults.loses(Listener { port: 443, ..WEB }, 1));
        assert!(!faults.loses(Listener { load_balancer: "other", ..WEB }, 1));
        let faults = ordered(json!({"kind": "listener_latency", "load_balancer": "web", "milliseconds": 50}));
        assert_eq!(faults.latency(Listener { port: 443, ..WEB }), Duration::from_millis(50));
        assert_eq!(faults.latency(Listener { load_balancer: "other", ..WEB }), Duration::ZERO);
    }
}
