//! When each probe is due: set beforehand, whatever happens to the probes before it.
//!
//! Jittered-stratified: time is cut into slots, and each has one probe at a random time within it. So probes keep to
//! no rhythm that a health check of the service could share, and never lie further apart than two slots.

use super::{Stream, StreamPlan};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};
use std::time::Duration;

/// The times of one stream. Anyone who knows the seed can calculate them again.
#[derive(Clone, Debug)]
pub struct Schedule {
    slot_us: u64,
    random: ChaCha8Rng,
}

impl Schedule {
    /// The schedule of `plan` for `seed`.
    pub fn new(plan: StreamPlan, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(number(plan.stream));
        Schedule { slot_us: (plan.slot.as_micros() as u64).max(1), random }
    }

    /// When the probe of `slot` is due, from the start of the prober. Whole microseconds.
    pub fn due(&self, slot: u64) -> Duration {
        let mut random = self.random.clone();
        // Each slot uses one number of two words.
        random.set_word_pos(u128::from(slot) * 2);
        self.within(slot, random.next_u64())
    }

    /// When each probe is due, from the first on: the same as [`Schedule::due`], for less.
    pub fn times(&self) -> impl Iterator<Item = (u64, Duration)> + Send + use<> {
        let (schedule, mut random) = (self.clone(), self.random.clone());
        (0..).map(move |slot| (slot, schedule.within(slot, random.next_u64())))
    }

    fn within(&self, slot: u64, number: u64) -> Duration {
        let offset = (u128::from(number) * u128::from(self.slot_us)) >> 64;
        Duration::from_micros(slot.saturating_mul(self.slot_us).saturating_add(offset as u64))
    }
}

/// Part of the format of the log: a stream keeps its number.
fn number(stream: Stream) -> u64 {
    match stream {
        Stream::NewConnection => 1,
        Stream::KeepAlive => 2,
        Stream::Long => 3,
        Stream::EveryAddress => 4,
        Stream::Sticky => 5,
        Stream::TestListener => 6,
        Stream::Control => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(seed: u64) -> Schedule {
        Schedule::new(StreamPlan { stream: Stream::NewConnection, slot: Duration::from_millis(20) }, seed)
    }

    #[test]
    fn one_probe_in_each_slot_and_at_most_two_slots_between_two() {
        let schedule = schedule(1);
        let due: Vec<u64> = schedule.times().take(10_000).map(|(_, due)| due.as_micros() as u64).collect();
        for (slot, due) in due.iter().enumerate() {
            assert_eq!(*due / 20_000, slot as u64);
        }
        let longest = due.windows(2).map(|pair| pair[1] - pair[0]).max().expect("there are pairs");
        assert!((35_000..=40_000).contains(&longest), "{longest}");
        let mean = due.iter().map(|due| due % 20_000).sum::<u64>() / 10_000;
        assert!((9_700..10_300).contains(&mean), "{mean} is not the middle of a slot");
    }

    #[test]
    fn the_seed_and_the_stream_decide_and_nothing_else() {
        assert_eq!(schedule(7).times().nth(123), Some((123, schedule(7).due(123))));
        assert_ne!(schedule(7).due(123), schedule(8).due(123));
        let other = Schedule::new(StreamPlan { stream: Stream::Sticky, slot: Duration::from_millis(20) }, 7);
        assert_ne!(schedule(7).due(123), other.due(123));
        // Part of the format: a certificate names a seed, and these times must stay what they are.
        let first: Vec<u64> = (0..3).map(|slot| schedule(1).due(slot).as_micros() as u64).collect();
        assert_eq!(first, FIRST_OF_SEED_1);
    }

    const FIRST_OF_SEED_1: [u64; 3] = [17_038, 21_018, 51_175];
}
