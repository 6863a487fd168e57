//! A cloud in a process of its own, for a test to kill: the test starts itself once more, and there it serves.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rust_stack_cloud::Config;

use crate::client::{Client, Cloud};

/// Names the directory of the cloud to the process that is to serve it.
const DIRECTORY: &str = "RUST_STACK_CLOUD_TEST_DIRECTORY";

/// Serves until it is killed, if [`start`] has started this process. A test that calls `start` begins with it.
pub(crate) fn serve_if_asked(config: Config) {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let cloud = Cloud::start(Config { directory: Some(directory.into()), ..config });
    println!("\naddress {}", cloud.address);
    loop {
        std::thread::park();
    }
}

/// Starts the process in which `test` serves the cloud of a directory.
pub(crate) fn start(test: &str, directory: &Path) -> (Child, Client) {
    let mut process = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let output = BufReader::new(process.stdout.take().expect("its output"));
    let mut lines = output.lines().map(|line| line.expect("text"));
    let address =
        lines.find_map(|line| line.strip_prefix("address ").map(str::to_owned)).expect("it tells its address");
    (process, Client::new(address.parse().expect("an address")))
}
