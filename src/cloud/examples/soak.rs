//! A long time under load: `cargo run --release -p rust-stack-cloud --example soak -- --minutes 10`.
//!
//! 24 tasks of the application behind 4 load balancers get 500 requests in a second. Each minute shows what became of
//! them and how much memory the cloud has. Then the cloud ends three times: asked to, by SIGKILL, and in a crash; no process and no
//! port may be left. It ends with 1 when a request was lost or memory has grown.

#![allow(clippy::print_stdout)]

#[allow(dead_code, reason = "it is shared with tests")]
#[path = "../tests/client/mod.rs"]
mod client;
#[path = "../tests/soak/course.rs"]
mod course;
#[path = "../tests/soak/load.rs"]
mod load;
#[allow(dead_code, reason = "it is shared with tests")]
#[path = "../tests/stage/mod.rs"]
mod stage;
#[path = "../tests/soak/traces.rs"]
mod traces;

use std::process::ExitCode;
use std::time::Duration;

use course::{Course, Minute};

/// By how much memory may grow after the time in which what is kept fills up: logs are kept up to 2,000 lines a task.
const GROWTH: f64 = 1.1;
const FILLS_UP: usize = 3;

fn main() -> ExitCode {
    course::serve_if_asked();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let minutes = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Some(10),
        ["--minutes", minutes] => minutes.parse::<u64>().ok(),
        _ => None,
    };
    let Some(minutes) = minutes else {
        println!("It takes `--minutes N` and nothing else.");
        return ExitCode::from(2);
    };
    let course = Course { load_balancers: 4, tasks: 24, rate: 500, time: Duration::from_secs(60 * minutes) };
    let seen = course.run(&[], |minute| println!("{minute}"));
    println!("nothing was left after a shutdown, after SIGKILL and after a crash");
    let lost: usize = seen.iter().flat_map(|minute| minute.tally.failures.values()).sum();
    let after = |minute: &Minute| minute.cloud_mib;
    let grown = match (seen.get(FILLS_UP - 1), seen.last()) {
        (Some(filled), Some(last)) => after(last) > after(filled) * GROWTH,
        _ => false,
    };
    println!("{lost} requests lost; memory {}", if grown { "has grown" } else { "is flat" });
    if lost > 0 || grown { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
