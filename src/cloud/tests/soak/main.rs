//! A short soak: services behind load balancers under a steady load, and nothing left behind however the cloud ends. The
//! long one is `cargo run --release -p rust-stack-cloud --example soak`.

#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout)]

#[allow(dead_code, reason = "it is shared with other tests")]
#[path = "../client/mod.rs"]
mod client;
mod course;
mod load;
#[allow(dead_code, reason = "it is shared with other tests")]
#[path = "../stage/mod.rs"]
mod stage;
mod traces;

use std::time::Duration;

use course::{Course, Minute};

#[test]
fn nothing_is_lost_and_nothing_is_left() {
    course::serve_if_asked();
    let course = Course { load_balancers: 2, tasks: 6, rate: 60, time: Duration::from_secs(6) };
    let arguments = ["--exact", "nothing_is_lost_and_nothing_is_left", "--nocapture"];
    let minutes = course.run(&arguments, |minute| println!("{minute}"));
    assert!(minutes.iter().map(|minute| minute.tally.sent).sum::<usize>() >= 300, "{minutes:?}");
    assert!(minutes.iter().all(|Minute { tally, .. }| tally.failures.is_empty()), "{minutes:?}");
}
