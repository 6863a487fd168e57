//! The longest time without a new connection.

use super::Gaps;
use crate::{
    probe::{Record, Stream},
    statistics::gap,
};
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

/// When probes with new connections were sent, by address.
#[derive(Default)]
pub(super) struct Silences(BTreeMap<SocketAddr, Vec<Duration>>);

impl Silences {
    pub(super) fn observe(&mut self, record: &Record) {
        if let (Stream::NewConnection, Some(address), Some(sent)) = (record.stream, record.address, record.sent) {
            self.0.entry(address).or_default().push(sent);
        }
    }

    /// The gaps of a run that ended at `end`. Entries are in the order of outcomes, so times are sorted first.
    pub(super) fn gaps(mut self, end: Duration, deadline: Duration) -> Option<Gaps> {
        let mut all: Vec<Duration> = self.0.values().flatten().copied().collect();
        if all.is_empty() {
            return None;
        }
        all.sort_unstable();
        let claim = |silence| gap::longest_undetectable(silence, Some(deadline));
        let service = claim(gap::longest_silence(Duration::ZERO, end, all));
        let addresses = self.0.iter_mut().map(|(address, sent)| {
            sent.sort_unstable();
            let first = sent.first().copied().unwrap_or_default();
            (*address, claim(gap::longest_silence(first, end, sent.iter().copied())))
        });
        Some(Gaps { service, addresses: addresses.collect() })
    }
}
