//! Ids that look like AWS's, from one seeded source.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Makes ids. The same seed makes the same ids in the same order.
#[derive(Debug)]
pub(crate) struct Ids {
    random: StdRng,
}

impl Ids {
    /// Ids of one start of the cloud. `start` counts the starts on the same stored state, so that a fixed
    /// seed does not hand out the ids of the run before.
    pub(crate) fn new(seed: Option<u64>, start: u64) -> Self {
        let random = match seed {
            Some(seed) => StdRng::seed_from_u64(seed ^ start.rotate_left(32)),
            None => StdRng::from_os_rng(),
        };
        Ids { random }
    }

    /// An EC2 id: `prefix-0` and sixteen hexadecimal digits, as in `vpc-0123456789abcdef0`.
    pub(crate) fn ec2(&mut self, prefix: &str) -> String {
        format!("{prefix}-0{}", self.hex(16))
    }

    /// `digits` lower-case hexadecimal digits, as at the end of a load balancer's ARN.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        self.pick(digits, b"0123456789abcdef")
    }

    /// `length` capital letters and digits 2 to 7, as after `AROA` in a role's id.
    pub(crate) fn base32(&mut self, length: usize) -> String {
        self.pick(length, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    }

    /// `length` decimal digits, as in the DNS name of a load balancer.
    pub(crate) fn digits(&mut self, length: usize) -> String {
        self.pick(length, b"0123456789")
    }

    /// A UUID of version 4.
    pub(crate) fn uuid(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.random.random()).into_uuid().to_string()
    }

    fn pick(&mut self, length: usize, alphabet: &[u8]) -> String {
        (0..length).map(|_| char::from(alphabet[self.random.random_range(0..alphabet.len())])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_shape_of_aws_ids() {
        let mut ids = Ids::new(Some(1), 0);
        let vpc = ids.ec2("vpc");
        assert_eq!(vpc.len(), "vpc-0123456789abcdef0".len());
        assert!(vpc.starts_with("vpc-0"));
        assert_eq!(ids.uuid().len(), 36);
    }

    #[test]
    fn a_seed_repeats_within_a_start_and_not_across_starts() {
        let first = Ids::new(Some(7), 0).hex(16);
        assert_eq!(first, Ids::new(Some(7), 0).hex(16));
        assert_ne!(first, Ids::new(Some(7), 1).hex(16));
    }
}
