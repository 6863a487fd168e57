//! The tests of the service in `app`, which are Python's and need nothing but Python.
//!
//! Where there is no Python that is new enough, this test says so and does nothing.

use std::process::{Command, Stdio};

/// The oldest version that the service runs on.
const OLDEST: (u32, u32) = (3, 9);

#[test]
fn the_service_passes_its_own_tests() {
    if let Err(why) = python() {
        eprintln!("SKIPPED: the service was not tested, because {why}");
        return;
    }
    let mut tests = Command::new("python3");
    tests.args(["-m", "unittest", "discover", "-s", "app/tests", "-t", "app"]);
    // Nothing is left in the repository, and nobody's settings change what is tested.
    tests.current_dir(env!("CARGO_MANIFEST_DIR")).env("PYTHONDONTWRITEBYTECODE", "1").env_remove("PYTHONPATH");
    let output = tests.stdin(Stdio::null()).output().expect("it has just told its version");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(tests_run(&said) >= 50, "hardly any test was found: {said}");
}

/// Whether the `python3` on the PATH is new enough; why not.
fn python() -> Result<(), String> {
    let asked = Command::new("python3").args(["-c", "import sys; print(*sys.version_info[:2])"]).output();
    let output = asked.map_err(|error| format!("there is no `python3`: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<u32> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers.as_slice() {
        [major, minor] if (*major, *minor) >= OLDEST => Ok(()),
        [major, minor] => Err(format!("`python3` is {major}.{minor}, and it needs {}.{}", OLDEST.0, OLDEST.1)),
        _ => Err(format!("`python3` does not work: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}

/// How many there were, as `Ran 70 tests in 9.8s` tells.
fn tests_run(said: &str) -> usize {
    let (_, rest) = said.split_once("Ran ").unwrap_or_default();
    rest.split_whitespace().next().and_then(|count| count.parse().ok()).unwrap_or_default()
}
