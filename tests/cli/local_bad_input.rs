//! What cannot work on the local cloud: a message each that says what to do, and nothing that is left running.

use super::{Cloud, Project};
use serde_json::json;
use std::{fs, net::TcpListener};

#[test]
fn a_port_that_is_taken_is_told() {
    let project = Project::new("taken");
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let port = taken.local_addr().expect("an address").port().to_string();
    let up = project.run(&["local", "up", "--port", &port]);
    assert!(up.stderr.contains(&format!("another program listens on port {port}")), "{up}");
    let stdout = up.succeeds();
    let cloud = Cloud::of(&project.root);
    assert!(!cloud.url.ends_with(&format!(":{port}")) && stdout.contains(&cloud.url), "{stdout}");
    nothing_is_left(&project);
}

#[test]
fn a_python_that_is_missing_is_told() {
    let project = Project::new("no-python");
    project.application();
    let empty = project.root.join("home");
    let path = [("PATH", empty.to_str().expect("a text"))];
    let said = ["tasks need Python 3.9 or newer, and there is none on the PATH", "Install Python 3"];
    project.run_with(&["local", "up", "--port", "0", "--data-plane", "on"], &path).fails(&said);
    assert!(project.run(&["local", "status"]).succeeds().contains("No local cloud runs"));
    // Where nobody demands processes, it does without, and says so.
    let up = project.run_with(&["local", "up", "--port", "0"], &path);
    assert!(up.stderr.contains("No task runs as a process") && up.stderr.contains(said[0]), "{up}");
    up.succeeds();
    nothing_is_left(&project);
}

#[test]
fn an_application_that_is_missing_is_told() {
    let project = Project::new("no-application");
    let said = ["there is no application to run", "app.py is missing", "--data-plane off"];
    project.run(&["local", "up", "--port", "0", "--data-plane", "on"]).fails(&said);
    assert!(project.run(&["local", "status"]).succeeds().contains("No local cloud runs"));
}

#[test]
fn an_application_that_does_not_start_is_told() {
    let project = Project::new("does-not-start");
    project.write("app/app.py", "raise SystemExit('there is no database')\n");
    project.cloud(&["--data-plane", "on"]);
    let error = project.run(&["apply", "dev", "--local", "--auto-approve", "--no-gate"]);
    error.fails(&[
        "service.web",
        "tasks failed to start",
        "Essential container in task exited",
        "rust-stack local logs",
    ]);
    // The hint leads to what the application has said.
    let groups = project.run(&["local", "logs", "nobody"]).fails(&["log groups: "]);
    let group = groups.split("log groups: ").nth(1).and_then(|names| names.lines().next()).expect("they are named");
    assert!(project.run(&["local", "logs", group]).succeeds().contains("there is no database"));
    nothing_is_left(&project);
}

#[test]
fn an_image_that_was_never_pushed_is_told() {
    let project = Project::new("never-pushed");
    project.application();
    project.cloud(&["--data-plane", "on"]);
    let error = project.run(&["apply", "dev", "--local", "--auto-approve", "--no-gate", "--var", "image=v9"]);
    error.fails(&["service.web", "CannotPullContainerError", "v9", "not found"]);
    nothing_is_left(&project);
}

#[test]
fn targets_that_are_unhealthy_from_the_start_are_told() {
    let project = Project::new("unhealthy");
    project.application();
    let cloud = project.cloud(&["--data-plane", "on"]);
    cloud.image("sick", &json!({ "VERSION": "sick", "FAULT_FAIL_HEALTH_AFTER_SECONDS": "0" }));
    let error = project.run(&["apply", "dev", "--local", "--auto-approve", "--no-gate", "--var", "image=sick"]);
    error.fails(&["service.web", "tasks failed health checks", "failed ELB health checks"]);
    nothing_is_left(&project);
}

#[test]
fn a_url_that_is_wrong_is_told() {
    let project = Project::new("wrong-url");
    let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free").local_addr().expect("an address");
    let watch = project.run(&["watch", &format!("http://{free}/"), "--for", "1s"]);
    watch.fails(&["no check of", "succeeded", "Is the URL right, and does the service run?"]);
    project.run(&["watch", "http://127.0.0.1:0:0/", "--for", "1s"]).fails(&["http://127.0.0.1:0:0/"]);
    project.run(&["watch", "nothing", "--for", "1s"]).fails(&["nothing"]);
}

/// Stops the local cloud: its process ends, and all that it has started.
#[track_caller]
fn nothing_is_left(project: &Project) {
    let endpoint = project.read("state/local/.cloud/endpoint.json");
    let endpoint: serde_json::Value = serde_json::from_str(&endpoint).expect("it is JSON");
    let mut family = vec![endpoint["pid"].as_u64().expect("an id").to_string()];
    let mut seen = 0;
    while let Some(parent) = family.get(seen).cloned() {
        seen += 1;
        family.extend(processes().into_iter().filter(|(_, of, _)| *of == parent).map(|(pid, ..)| pid));
    }
    project.run(&["local", "down"]).succeeds();
    let begun = std::time::Instant::now();
    loop {
        let left: Vec<_> =
            processes().into_iter().filter(|(pid, _, state)| family.contains(pid) && state != "Z").collect();
        if left.is_empty() {
            break;
        }
        assert!(begun.elapsed().as_secs() < 10, "these are left: {left:?}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// The id, the parent's id and the state of every process.
fn processes() -> Vec<(String, String, String)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let of = |pid: String| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name before may have spaces and parentheses in it.
        let mut rest = stat.rsplit_once(')')?.1.split_whitespace();
        let (state, parent) = (rest.next()?.to_owned(), rest.next()?.to_owned());
        Some((pid, parent, state))
    };
    let pids = entries.filter_map(|entry| entry.file_name().into_string().ok());
    pids.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).filter_map(of).collect()
}
