//! Where an apply asks whether it may go on: not when the cloud says that it is done, but when users are still served.

use futures::{FutureExt as _, future::BoxFuture};
use std::time::Duration;

/// Judges an apply by what its users see.
pub trait Gate: Send + Sync {
    /// Asked at the end of each wave: everything that was changed so far is ready, and `before` says what comes next.
    /// The apply begins nothing that waits for it until the answer is there. `bake` is how long what was changed is to be
    /// watched at least.
    fn judge<'a>(&'a self, before: &'a str, bake: Duration) -> BoxFuture<'a, Result<(), Halt>>;
}

/// Why an apply must not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Halt(pub String);

/// No gate: what the cloud says is enough. Nobody watches, so there is no time to wait for either.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ungated;

impl Gate for Ungated {
    fn judge<'a>(&'a self, _: &'a str, _: Duration) -> BoxFuture<'a, Result<(), Halt>> {
        std::future::ready(Ok(())).boxed()
    }
}
