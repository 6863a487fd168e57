//! The longest full outage that could have passed between two probes.
//!
//! The claim covers outages in which each new connection is refused, reset, dropped or answered with an error. A stall
//! that ends before the deadline is no outage: it is seen as latency.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// When a Linux client sends an unanswered SYN again: first after one second, then after twice as long each time
/// (RFC 6298, section 2.1 and 5.5).
const FIRST_RETRANSMIT: Duration = Duration::from_secs(1);

/// How probes are laid out in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// One probe at a random time in each slot of length `slot`; slot after slot goes to the next of `addresses`.
    JitteredStratified {
        /// The length of a slot.
        slot: Duration,
        /// How many addresses take turns.
        addresses: u32,
    },
    /// A probe every so often, such as a loop with a sleep, as long as no answer takes longer than that.
    Regular(Duration),
}

impl Spacing {
    /// The longest time without a probe to one address.
    pub fn longest(self) -> Duration {
        match self {
            // From the begin of one slot to the end of the slot that is as many later as there are addresses.
            Spacing::JitteredStratified { slot, addresses } => slot * (addresses.max(1) + 1),
            Spacing::Regular(interval) => interval,
        }
    }
}

/// A claim about outages that could have escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// No full outage longer than this escaped; `None` where there is no limit.
    #[serde(with = "crate::micros::optional", rename = "longest_us")]
    pub longest: Option<Duration>,
    /// What the number leans on.
    pub caveat: GapCaveat,
}

/// What a [`Gap`] leans on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapCaveat {
    /// The deadline is shorter than a second, so no retransmitted SYN could rescue a probe.
    None,
    /// The deadline leaves time for a SYN to be sent again after the outage, which is added to the claim.
    SynRetransmitted,
    /// Without a deadline every probe is answered in the end, whatever happened meanwhile.
    NoDeadline,
}

/// The longest full outage that can escape probes that are at most `spacing` apart and fail after `deadline`.
pub fn longest_undetectable(spacing: Duration, deadline: Option<Duration>) -> Gap {
    let Some(deadline) = deadline else { return Gap { longest: None, caveat: GapCaveat::NoDeadline } };
    let mut rescue = Duration::ZERO;
    let mut next = FIRST_RETRANSMIT;
    while next <= deadline {
        rescue = next;
        next = next * 2 + FIRST_RETRANSMIT;
    }
    let caveat = if rescue.is_zero() { GapCaveat::None } else { GapCaveat::SynRetransmitted };
    Gap { longest: Some(spacing.saturating_add(rescue)), caveat }
}

/// The longest time without a probe in a window that reaches from `start` to `end`, from the times at which probes
/// were sent, in order.
pub fn longest_silence(start: Duration, end: Duration, sent: impl IntoIterator<Item = Duration>) -> Duration {
    let mut last = start;
    let mut longest = Duration::ZERO;
    for time in sent {
        longest = longest.max(time.min(end).saturating_sub(last));
        last = last.max(time);
    }
    longest.max(end.saturating_sub(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn a_deadline_of_a_second_lets_a_syn_be_sent_again() {
        let below = longest_undetectable(ms(200), Some(ms(999)));
        assert_eq!(below, Gap { longest: Some(ms(200)), caveat: GapCaveat::None });
        let at = longest_undetectable(ms(200), Some(ms(1000)));
        assert_eq!(at, Gap { longest: Some(ms(1200)), caveat: GapCaveat::SynRetransmitted });
        // Sent again after 1 and 3 seconds; the one after 7 comes too late.
        assert_eq!(longest_undetectable(ms(200), Some(ms(5000))).longest, Some(ms(3200)));
    }

    #[test]
    fn silence_counts_the_ends_of_the_window() {
        let sent = [ms(300), ms(400), ms(700)];
        assert_eq!(longest_silence(ms(0), ms(800), sent), ms(300));
        assert_eq!(longest_silence(ms(250), ms(1500), sent), ms(800));
        assert_eq!(longest_silence(ms(100), ms(500), []), ms(400));
        assert_eq!(longest_silence(ms(0), ms(350), sent), ms(300));
    }
}
