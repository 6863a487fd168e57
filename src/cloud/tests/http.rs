//! The local cloud over HTTP, as a client that nobody wrote for it sees it.

#![allow(clippy::print_stdout)]

mod client;
#[path = "client/process.rs"]
mod process;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Instant;

use client::{Client, Cloud};
use rust_stack_cloud::{Config, Server, StartError};
use serde_json::{Value, json};

#[test]
fn query_and_json_services_answer_in_their_protocols() {
    let cloud = Cloud::start(Config::default());
    let client = cloud.client();
    let identity = client.query("sts", "Action=GetCallerIdentity&Version=2011-06-15");
    assert_eq!((identity.status, identity.content_type.as_str()), (200, "text/xml"));
    assert!(identity.body.contains("<Account>123456789012</Account>"), "{}", identity.body);
    let made = client.json("logs", "Logs_20140328.CreateLogGroup", &json!({"logGroupName": "a"}));
    assert_eq!((made.status, made.content_type.as_str()), (200, "application/x-amz-json-1.1"));
    let again = client.json("logs", "Logs_20140328.CreateLogGroup", &json!({"logGroupName": "a"}));
    assert_eq!((again.status, again.error.as_deref()), (400, Some("ResourceAlreadyExistsException")));
    assert_eq!(again.value()["__type"], "ResourceAlreadyExistsException");
}

#[test]
fn unknown_operations_and_parameters_are_errors_that_name_them() {
    let cloud = Cloud::start(Config::default());
    let client = cloud.client();
    let action = client.query("ec2", "Action=Fly&Version=2016-11-15");
    assert_eq!(action.status, 400);
    assert!(
        action.body.starts_with("<?xml") && action.body.contains("<Response><Errors><Error><Code>InvalidAction</Code>")
    );
    let parameter = client.query("sts", "Action=GetCallerIdentity&Version=2011-06-15&Colour=red");
    assert!(parameter.body.contains("<Code>ValidationError</Code>") && parameter.body.contains("colour"));
    let service = client.query("lambda", "Action=ListFunctions");
    assert_eq!(service.status, 501);
    assert!(service.body.contains("lambda"));
}

#[test]
fn admin_endpoints_tell_what_happened() {
    let cloud = Cloud::start(Config::default());
    let client = cloud.client();
    client.json("logs", "Logs_20140328.CreateLogGroup", &json!({"logGroupName": "a"}));
    assert_eq!(client.admin("GET", "health", None).value()["profile"], "instant");
    assert_eq!(client.admin("GET", "status", None).value()["logs"]["groups"], 1);
    assert_eq!(client.admin("GET", "requests", None).value(), json!({"logs.CreateLogGroup": 1}));
    assert_eq!(client.admin("GET", "nothing", None).status, 404);
}

#[test]
fn faults_hit_the_calls_they_are_ordered_for() {
    let cloud = Cloud::start(Config::default());
    let client = cloud.client();
    let create = |name: &str| client.json("logs", "Logs_20140328.CreateLogGroup", &json!({ "logGroupName": name }));
    let order = |kind: &str| {
        let fault = json!({"service": "logs", "operation": "CreateLogGroup", "kind": kind});
        assert_eq!(client.admin("POST", "faults", Some(&fault)).status, 200);
    };
    order("fail_before");
    assert_eq!(create("a").status, 500);
    assert_eq!(create("a").status, 200);
    order("fail_after");
    assert_eq!(create("b").status, 500);
    assert_eq!(create("b").error.as_deref(), Some("ResourceAlreadyExistsException"));
    order("throttle");
    assert_eq!(create("c").error.as_deref(), Some("ThrottlingException"));
    order("drop_connection");
    client.try_json("logs", "Logs_20140328.CreateLogGroup", &json!({"logGroupName": "d"})).expect_err("no reply comes");
    assert_eq!(create("d").error.as_deref(), Some("ResourceAlreadyExistsException"));
}

#[test]
fn faults_are_ordered_shown_and_cleared() {
    let cloud = Cloud::start(Config::default());
    let client = cloud.client();
    let order = |fault: Value| client.admin("POST", "faults", Some(&fault));
    let throttle = order(json!({"service": "logs", "kind": "throttle", "times": 5})).value();
    assert_eq!((&throttle["id"], &throttle["kind"], &throttle["skip"]), (&json!(1), &json!("throttle"), &json!(0)));
    assert_eq!(order(json!({"kind": "zone_loss", "zone": "us-east-1a", "for_seconds": 600})).value()["id"], 2);
    let shown = || client.admin("GET", "faults", None).value();
    assert_eq!((&shown()[0]["id"], &shown()[1]["zone"]), (&json!(1), &json!("us-east-1a")));
    assert_eq!(client.admin("DELETE", "faults/1", None).value()["id"], 1);
    assert_eq!(client.admin("DELETE", "faults/1", None).status, 404);
    assert_eq!(client.admin("DELETE", "faults/x", None).status, 404);
    assert_eq!(client.admin("DELETE", "faults", None).value()[0]["id"], 2);
    assert_eq!(shown(), json!([]));
}

#[test]
fn faults_that_could_never_happen_are_refused_with_a_reason() {
    let cloud = Cloud::start(Config::default());
    let client = cloud.client();
    client.query("ec2", "Action=DescribeVpcs&Version=2016-11-15");
    let check = |fault: Value, reason: &str| {
        let answer = client.admin("POST", "faults", Some(&fault));
        let said = answer.value()["error"].as_str().expect("a reason").to_owned();
        assert!(answer.status == 400 && said.contains(reason), "{fault}: {said}");
    };
    check(json!({"service": "s3", "kind": "throttle"}), "no service \"s3\"");
    check(json!({"service": "sts", "operation": "Nothing", "kind": "throttle"}), "no operation \"Nothing\"");
    check(json!({"service": "sts", "kind": "slow"}), "has milliseconds");
    check(json!({"service": "sts", "kind": "throttle", "code": "Mine"}), "have a code");
    check(json!({"service": "sts", "kind": "throttle", "times": 0}), "at least one call");
    check(json!({"service": "sts", "kind": "throttle", "colour": "red"}), "unknown field `colour`");
    check(json!({"service": "sts", "kind": "explode"}), "unknown variant `explode`");
    check(json!({"kind": "zone_loss", "zone": "us-esat-1a"}), "no zone \"us-esat-1a\"");
    check(json!({"kind": "zone_loss", "zone": "us-east-1z"}), "no zone");
    check(json!({"kind": "zone_loss", "zone": "us-east-1a", "for_seconds": -1}), "not a duration");
    check(json!({"kind": "task_crash", "service": "web"}), "no ECS service \"web\"; there are none yet");
    check(json!({"kind": "packet_loss", "load_balancer": "web", "share": 0.5}), "no load balancer \"web\"");
    check(json!({"kind": "packet_loss", "load_balancer": "web", "share": 1.5}), "at most 1");
    check(json!({"kind": "slow_registration", "target_group": "web", "delay_seconds": 1}), "no target group");
    assert_eq!(client.admin("GET", "faults", None).value(), json!([]));
}

#[test]
fn zones_show_what_is_lost() {
    let cloud = Cloud::start(Config::default());
    let client = cloud.client();
    client.query("ec2", "Action=DescribeVpcs&Version=2016-11-15");
    client.admin("POST", "faults", Some(&json!({"kind": "zone_loss", "zone": "us-east-1b"})));
    let zones = client.admin("GET", "zones", None).value();
    let lost: Vec<(&str, bool)> = zones
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| (it["zone"].as_str().expect("a name"), it["lost"] == true))
        .collect();
    assert_eq!(lost, [("us-east-1a", false), ("us-east-1b", true), ("us-east-1c", false)]);
}

#[test]
fn a_body_that_waits_to_be_asked_for_is_asked_for() {
    let cloud = Cloud::start(Config::default());
    let mut stream = TcpStream::connect(cloud.address).expect("it listens");
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let authorization = client::authorization("sts");
    let length = body.len();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: cloud\r\nAuthorization: {authorization}\r\nContent-Length: {length}\r\n\
         Expect: 100-continue\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("it is sent");
    let mut replies = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut line = String::new();
    replies.read_line(&mut line).expect("it answers");
    assert_eq!(line.trim_end(), "HTTP/1.1 100 Continue");
    stream.write_all(body.as_bytes()).expect("it is sent");
    let rest: Vec<String> = replies.lines().map(|line| line.expect("text")).collect();
    assert!(rest.iter().any(|line| line == "HTTP/1.1 200 OK"), "{rest:?}");
}

#[test]
fn another_address_than_loopback_is_refused() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let config = Config { listen: ([0, 0, 0, 0], 0).into(), ..Config::default() };
    assert!(matches!(runtime.block_on(Server::bind(config)), Err(StartError::Config(_))));
}

/// A control-plane call is far below the time that a test would notice, also when ten clients call at once.
#[test]
fn ten_clients_at_once_are_answered_in_two_milliseconds() {
    let directory = tempfile::tempdir().expect("a directory");
    let cloud = Cloud::start(Config { directory: Some(directory.path().to_owned()), ..Config::default() });
    let calls = |client: Client, number: usize| {
        let one = |call: usize| {
            let started = Instant::now();
            let name = format!("{number}-{call}");
            let reply = client.json("logs", "Logs_20140328.CreateLogGroup", &json!({ "logGroupName": name }));
            assert_eq!(reply.status, 200);
            started.elapsed()
        };
        (0..100).map(one).collect::<Vec<_>>()
    };
    let threads: Vec<_> = (0..10)
        .map(|number| {
            std::thread::spawn({
                let client = cloud.client();
                move || calls(client, number)
            })
        })
        .collect();
    let mut durations: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().expect("it ends")).collect();
    durations.sort();
    let median = durations[durations.len() / 2];
    // Ten times the aim, so that a busy machine does not fail the test.
    assert!(median.as_millis() < 20, "the median call took {median:?}");
}

#[test]
fn what_was_answered_survives_a_kill() {
    process::serve_if_asked(Config::default());
    let directory = tempfile::tempdir().expect("a directory");
    for round in 0..3 {
        let (mut process, client) = process::start("what_was_answered_survives_a_kill", directory.path());
        assert_eq!(
            client.admin("GET", "status", None).value()["logs"]["groups"].as_u64().unwrap_or_default(),
            round * 20
        );
        for number in 0..20 {
            let name = format!("{round}-{number}");
            assert_eq!(
                client.json("logs", "Logs_20140328.CreateLogGroup", &json!({ "logGroupName": name })).status,
                200
            );
        }
        process.kill().expect("it is killed");
        process.wait().expect("it has ended");
    }
}
