//! How many connections the listeners of a load balancer were offered, on all its nodes together.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// See the module; by port.
#[derive(Debug, Default)]
pub(super) struct Offered(Mutex<BTreeMap<u16, u64>>);

impl Offered {
    /// The number of the next connection.
    pub(super) fn next(&self, port: u16) -> u64 {
        let mut offered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = offered.entry(port).or_default();
        *number += 1;
        *number
    }
}
