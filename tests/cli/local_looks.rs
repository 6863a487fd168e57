//! What people see of the local cloud: where it listens, what runs, what tasks write.

use super::Project;
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

#[test]
fn status_and_logs_show_where_it_listens_what_runs_and_what_is_written() {
    let project = Project::new("looks");
    project.application();
    let cloud = project.cloud(&["--data-plane", "on"]);
    project.run(&["apply", "dev", "--local", "--auto-approve", "--no-gate"]).succeeds();

    // Each listener with its URL and where its nodes really listen: somebody answers there.
    let told = cloud.admin("endpoints");
    let (name, dns_name) = (text(&told[0]["name"]), text(&told[0]["dns_name"]));
    let listener = &told[0]["listeners"][0];
    let addresses: Vec<String> = listener["addresses"].as_array().expect("a list").iter().map(text).collect();
    assert_eq!(addresses.len(), 3, "one in each zone: {told}");
    let status = project.run(&["local", "status"]).succeeds();
    let shown = format!(
        "\nLoad balancers\n  {name}  {dns_name}\n    HTTP 80  {}  on {}\n",
        text(&listener["url"]),
        addresses.join(", ")
    );
    assert!(status.contains(&shown), "{status}\nis without\n{shown}");
    assert!(text(&listener["url"]).starts_with(&format!("http://{dns_name}:")), "{listener}");
    for address in &addresses {
        ureq::get(format!("http://{address}/version")).call().expect("a task answers");
    }
    let tasks = "\nTasks: 2 run\n  service  cluster   running  pending\n  dev-web  dev-main  2 of 2   0\n";
    assert!(status.contains(tasks), "{status}\nis without\n{tasks}");
    let lines = project.run(&["local", "status", "--json"]).lines();
    let line = lines.iter().find(|line| line["type"] == "local").expect("it is a line of the stream");
    assert_eq!((&line["tasks"], &line["services"][0]["service"]), (&json!(2), &json!("dev-web")));
    assert_eq!(line["load_balancers"][0]["listeners"][0]["addresses"], json!(addresses));

    // The lines of a log group tell who has written them, those of a task are as they were written.
    let all = cloud.ecs("ListTasks", &json!({ "cluster": "dev-main" }));
    let task = text(&all["taskArns"][0]);
    let id = task.rsplit('/').next().expect("an id").to_owned();
    let groups = project.run(&["local", "logs", "nobody"]).fails(&["`nobody`: no log group and no task has this name"]);
    let group = groups.split("log groups: ").nth(1).and_then(|names| names.lines().next()).expect("they are named");
    let lines = project.run(&["local", "logs", group]).succeeds();
    assert!(lines.lines().any(|line| line.starts_with(&format!("{}  {{", &id[..8]))), "{lines}");
    for name in [task.as_str(), &id, &id[..8]] {
        let lines = project.run(&["local", "logs", name]).succeeds();
        let messages = lines.lines().map(|line| {
            let line: Value = serde_json::from_str(line).expect("the application writes JSON");
            text(&line["message"])
        });
        assert_eq!(messages.take(2).collect::<Vec<_>>(), ["listening", "request"], "{lines}");
    }
    let stream = project.run(&["local", "logs", &id, "--json"]).lines();
    let line = stream.iter().find(|line| line["log_group"] == group).expect("it is a line of the stream");
    assert_eq!(line["task"], id);

    // Who follows sees a request that comes later, and ends with the local cloud.
    let mut follows = project.command(&["local", "logs", group, "--follow"]);
    let mut follows = follows.stdout(Stdio::piped()).spawn().expect("it runs");
    let mut read = BufReader::new(follows.stdout.take().expect("its output")).lines().map_while(Result::ok);
    assert!(read.next().is_some(), "what is there comes first");
    ureq::get(format!("http://{}/version", addresses[0]))
        .header("x-request-id", "later")
        .call()
        .expect("a task answers");
    assert!(read.any(|line| line.contains("later")), "it goes on");
    project.run(&["local", "down"]).succeeds();
    assert_eq!(read.filter(|line| line.is_empty()).count(), 0);
    assert!(follows.wait().expect("it ends").success());
    project.run(&["local", "logs", &id]).fails(&["no local cloud runs", "rust-stack local up"]);
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is a text")).to_owned()
}
