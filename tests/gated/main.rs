//! Changes that are watched over, with every request counted at the client: good ones lose nothing, bad ones are halted and
//! taken back, killed ones lose nothing, and what cannot be watched is refused.
//!
//! Times and latencies are judged here, so the machine should have little else to do; `nice -n -10` helps where it has.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::print_stderr)]

mod bad_images;
#[path = "../cli/cloud.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line, which use all of it")]
mod cloud;
mod events;
mod good;
mod kills;
mod load;
mod outside;
#[path = "../cli/project.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line, which use all of it")]
mod project;
mod refusals;
mod scene;

use cloud::Cloud;
use project::{Finished, Project};

/// Whether all cases are wanted, and not only the few that are enough every day: `GATED=all`, which takes about an hour and
/// a half longer. `cargo test --test gated kills::of_a_role` and the like run a part of it.
fn thorough() -> bool {
    std::env::var_os("GATED").is_some_and(|wanted| wanted == "all")
}
