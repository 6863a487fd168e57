use super::{Project, end_to_end::unchanged};
use serde_json::Value;
use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret")];

#[test]
fn an_endpoint_that_nobody_serves_is_said_to_be_unreachable() {
    let project = Project::new("unreachable");
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", nobody.local_addr().expect("it has an address"));
    drop(nobody);
    for command in [&["plan", "dev"][..], &["apply", "dev", "--auto-approve"]] {
        let finished = project.run_with(&[command, &["--endpoint-url", &url]].concat(), &KEYS);
        finished.fails(&["the endpoint cannot be reached", "Check the endpoint URL"]);
    }
    assert!(!project.root.join("state").exists(), "nothing was recorded");
}

#[test]
fn missing_credentials_are_said_so_soon() {
    let project = Project::new("no-credentials");
    project.run(&["validate", "dev"]).succeeds();
    let begun = Instant::now();
    project.run(&["plan", "dev"]).fails(&["no AWS credentials were found", "AWS_ACCESS_KEY_ID", "--profile"]);
    assert!(begun.elapsed() < Duration::from_secs(10), "it took {:?}", begun.elapsed());
    project.run(&["plan", "dev", "--profile", "nobody"]).fails(&["nobody", "--profile"]);
    assert!(!project.root.join("state").exists(), "nothing was recorded");
}

#[test]
fn credentials_that_have_expired_are_said_so() {
    let project = Project::new("expired");
    let cloud = project.cloud(&[]);
    let expired = [("AWS_ACCESS_KEY_ID", "EXPIRED"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let finished = project.run_with(&["plan", "dev", "--endpoint-url", &cloud.url], &expired);
    finished.fails(&["expired", "log in again"]);
}

#[test]
fn a_stack_is_found_only_where_it_is() {
    let project = Project::new("elsewhere");
    let cloud = project.cloud(&[]);
    let endpoint = ["--endpoint-url", cloud.url.as_str()];
    let run = |command: &[&str]| project.run_with(&[command, &endpoint].concat(), &KEYS);
    run(&["apply", "dev", "--auto-approve"]).succeeds();
    assert!(project.root.join("state/dev/state.json").is_file(), "it stands apart from what is on the local cloud");
    let before = project.files("state/dev");
    let made = cloud.total();

    for region in [&["--region", "eu-west-1"][..], &["--var", "region=eu-west-1"]] {
        for command in [&["plan", "dev"][..], &["apply", "dev", "--auto-approve"]] {
            run(&[command, region].concat()).fails(&["us-east-1", "eu-west-1"]);
        }
    }
    run(&["destroy", "dev", "--auto-approve", "--region", "eu-west-1"]).fails(&[
        "the stack exists in account 123456789012 in us-east-1",
        "eu-west-1",
        "Use the profile, region and endpoint of the stack",
    ]);
    assert_eq!(project.files("state/dev"), before);

    // The same stack as another account has recorded it.
    let state = project.read("state/dev/state.json");
    let mut moved: Value = serde_json::from_str(&state).expect("it is JSON");
    moved["home"]["account"] = "999999999999".into();
    project.write("state/dev/state.json", moved.to_string());
    for command in [&["plan", "dev"][..], &["apply", "dev", "--auto-approve"], &["destroy", "dev", "--auto-approve"]] {
        run(command).fails(&["the stack exists in account 999999999999", "account 123456789012"]);
    }
    project.write("state/dev/state.json", state);
    assert_eq!(cloud.total(), made, "nothing was touched");
    unchanged(&run(&["plan", "dev", "--detailed-exitcode"]));
    assert!(!project.root.join("state/local/dev").exists());
}

/// Endpoint, profile and credentials are found where the AWS SDK finds them: in the environment and in the user's files.
#[test]
fn endpoints_and_profiles_are_found_where_the_sdk_finds_them() {
    let project = Project::new("profiles");
    let cloud = project.cloud(&[]);
    let plan = ["plan", "dev", "--detailed-exitcode"];
    let endpoint = ("AWS_ENDPOINT_URL", cloud.url.as_str());
    project.run_with(&plan, &[&KEYS[..], &[endpoint]].concat()).exits(2);

    project.write("home/.aws/credentials", "[work]\naws_access_key_id = key\naws_secret_access_key = secret\n");
    project.write("home/.aws/config", format!("[profile work]\nregion = us-east-1\nendpoint_url = {}\n", cloud.url));
    let of_work = [&plan[..], &["--profile", "work"]].concat();
    project.run(&of_work).exits(2);
    project.run_with(&plan, &[("AWS_PROFILE", "work")]).exits(2);
    project.run_with(&plan, &[endpoint]).fails(&["no AWS credentials were found"]);

    project.run(&["apply", "dev", "--auto-approve", "--profile", "work"]).succeeds();
    unchanged(&project.run_with(&plan, &[&KEYS[..], &[endpoint]].concat()));
    let state: Value = serde_json::from_str(&project.read("state/dev/state.json")).expect("it is JSON");
    assert_eq!(state["home"]["endpoint"], cloud.url);
}
