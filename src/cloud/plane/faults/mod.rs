//! Faults of the data plane: what its parts ask before they do what they do.
//!
//! Every part asks through [`Shared::faults`](super::driver::Shared) and does what the answer says:
//!
//! | who | asks | when |
//! |---|---|---|
//! | `tasks` | [`Faults::crashes`] | in each round, with the tasks that run |
//! | `balancer` | [`Faults::registration_delay`] | when it meets a new target |
//! | `balancer` | [`Faults::loses`] | for each connection that it accepts |
//! | `balancer` | [`Faults::latency`] | for each request |
//! | `network` | [`Faults::zone_lost`] | for each connection |

mod crash;
mod listener;
mod registration;
mod zone;

pub(crate) use crash::{Running, TaskCrash};
pub(crate) use listener::{Listener, ListenerLatency, PacketLoss};
pub(crate) use registration::SlowRegistration;
pub(crate) use zone::ZoneLoss;

#[cfg(doc)]
use crate::faults::Faults;
