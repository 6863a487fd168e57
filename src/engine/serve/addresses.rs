//! Sets of IPv4 addresses and of security groups: who may connect.

use model::{Cidr, serving::Node};
use std::collections::BTreeSet;

/// Who may connect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Peers {
    /// Ranges of addresses, each from the first to the last; in order, apart from each other.
    ranges: Vec<(u32, u32)>,
    /// Security groups.
    pub(super) groups: BTreeSet<Node>,
}

impl Peers {
    pub(super) fn add(&mut self, block: &Cidr) {
        self.ranges.push(block.bounds());
        self.ranges.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(self.ranges.len());
        for &(first, last) in &self.ranges {
            match merged.last_mut() {
                Some(open) if first <= open.1.saturating_add(1) => open.1 = open.1.max(last),
                _ => merged.push((first, last)),
            }
        }
        self.ranges = merged;
    }

    /// Whether every address of `block` is among them.
    pub(super) fn contain(&self, block: &Cidr) -> bool {
        let (first, last) = block.bounds();
        self.ranges.iter().any(|range| range.0 <= first && last <= range.1)
    }

    /// Whether everybody in `others` is among them.
    pub(super) fn cover(&self, others: &Self) -> bool {
        let within = |(first, last): &(u32, u32)| self.ranges.iter().any(|range| range.0 <= *first && *last <= range.1);
        others.ranges.iter().all(within) && others.groups.is_subset(&self.groups)
    }

    /// Those who are in both.
    pub(super) fn both(&self, others: &Self) -> Self {
        let overlaps = self.ranges.iter().flat_map(|one| {
            others.ranges.iter().filter_map(move |other| {
                let (first, last) = (one.0.max(other.0), one.1.min(other.1));
                (first <= last).then_some((first, last))
            })
        });
        let mut ranges: Vec<_> = overlaps.collect();
        ranges.sort_unstable();
        Self { ranges, groups: self.groups.intersection(&others.groups).cloned().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(blocks: &[&str]) -> Peers {
        let mut peers = Peers::default();
        blocks.iter().for_each(|block| peers.add(&block.parse().unwrap()));
        peers
    }

    #[test]
    fn halves_make_a_whole() {
        let halves = peers(&["0.0.0.0/1", "128.0.0.0/1"]);
        assert!(halves.cover(&peers(&["0.0.0.0/0"])));
        assert!(halves.contain(&Cidr::ANYWHERE));
        assert!(!peers(&["10.0.0.0/8"]).cover(&halves));
    }

    #[test]
    fn what_both_let_in() {
        let both = peers(&["0.0.0.0/0"]).both(&peers(&["10.0.0.0/8", "192.168.0.0/16"]));
        assert_eq!(both, peers(&["10.0.0.0/8", "192.168.0.0/16"]));
        assert_eq!(peers(&["10.0.0.0/8"]).both(&peers(&["11.0.0.0/8"])), Peers::default());
    }
}
