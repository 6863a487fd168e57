//! Transactions, dry runs, client tokens and latency, on a small service of this file's own.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Call, dispatch};
use crate::context::Context;
use crate::operation::{Protocol, Service, operations};
use crate::testing::{Local, code};
use crate::wire::ApiError;

const SERVICE: Service = Service {
    name: "ec2",
    signing_name: "ec2",
    protocol: Protocol::Ec2 { version: "", namespace: "" },
    global: false,
    read_after_write: Duration::from_secs(1),
    prepare: |_| (),
    operations: OPERATIONS,
};

operations! {
    Count => count;
    Make => make, unmodelled ["Colour"];
    Fail => fail;
    Panic => panic;
    Wait => wait;
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Make {
    client_token: Option<String>,
    size: Option<u8>,
}

#[derive(Serialize)]
struct Made {
    id: String,
    size: Option<u8>,
}

fn make(context: &mut Context<'_>, input: Make) -> Result<Made, ApiError> {
    if let Some(id) = context.replayed(input.client_token.as_deref())? {
        return Ok(Made { id, size: input.size });
    }
    let id = context.ids.ec2("thing");
    context.core.prepared.insert(id.clone(), crate::context::Prepared {});
    context.remember(input.client_token.as_deref(), &id);
    Ok(Made { id, size: input.size })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

fn count(context: &mut Context<'_>, _: Nothing) -> Result<usize, ApiError> {
    Ok(context.core.prepared.iter().count())
}

fn fail(context: &mut Context<'_>, _: Nothing) -> Result<(), ApiError> {
    context.core.prepared.insert("half", crate::context::Prepared {});
    Err(ApiError::new("Failed", ""))
}

fn panic(context: &mut Context<'_>, _: Nothing) -> Result<(), ApiError> {
    context.core.prepared.insert("half", crate::context::Prepared {});
    panic!("a defect, on purpose");
}

#[derive(Serialize)]
struct Times {
    seconds: i64,
    visible_at_once: bool,
}

fn wait(context: &mut Context<'_>, _: Nothing) -> Result<Times, ApiError> {
    let done = context.after(Duration::from_secs(10));
    Ok(Times { seconds: done.as_second() - context.now.as_second(), visible_at_once: context.visible(context.now) })
}

fn call(cloud: &mut Local, operation: &str, input: Value) -> Result<Value, ApiError> {
    let call = Call {
        service: &SERVICE,
        operation: operation.to_owned(),
        input,
        region: cloud.region.clone(),
        access_key: cloud.access_key.clone(),
        request_id: String::new(),
    };
    dispatch(&mut cloud.world, call, cloud.now)
}

/// How many records there are, in a region whose defaults are made.
fn records(cloud: &mut Local) -> usize {
    let counted = call(cloud, "Count", json!({})).expect("it counts");
    counted.as_u64().and_then(|count| usize::try_from(count).ok()).expect("a count")
}

#[test]
fn a_call_that_fails_or_panics_leaves_nothing_behind() {
    let mut cloud = Local::new();
    let before = records(&mut cloud);
    assert_eq!(code(call(&mut cloud, "Fail", json!({}))), "Failed");
    assert_eq!(code(call(&mut cloud, "Panic", json!({}))), "InternalFailure");
    assert_eq!(records(&mut cloud), before);
    call(&mut cloud, "Make", json!({})).expect("it goes on working");
    assert_eq!(records(&mut cloud), before + 1);
}

#[test]
fn a_dry_run_changes_nothing_and_says_whether_it_would_have_succeeded() {
    let mut cloud = Local::new();
    let before = records(&mut cloud);
    let result = call(&mut cloud, "Make", json!({"DryRun": "true"})).expect_err("it is a dry run");
    assert_eq!((result.code.as_ref(), result.status), ("DryRunOperation", 412));
    assert_eq!(code(call(&mut cloud, "Fail", json!({"DryRun": "true"}))), "Failed");
    assert_eq!(records(&mut cloud), before);
    call(&mut cloud, "Make", json!({"DryRun": "false"})).expect("it is a real one");
    assert_eq!(code(call(&mut cloud, "Make", json!({"DryRun": "maybe"}))), "InvalidParameterValue");
}

#[test]
fn a_client_token_makes_one_thing() {
    let mut cloud = Local::new();
    let first = call(&mut cloud, "Make", json!({"ClientToken": "t", "Size": "1"})).expect("it is made");
    assert_eq!(call(&mut cloud, "Make", json!({"ClientToken": "t", "Size": "1"})), Ok(first));
    let other = call(&mut cloud, "Make", json!({"ClientToken": "t", "Size": "2"}));
    assert_eq!(code(other), "IdempotentParameterMismatch");
}

#[test]
fn unmodelled_parameters_are_accepted_and_others_are_not() {
    let mut cloud = Local::new();
    call(&mut cloud, "Make", json!({"Colour": "red"})).expect("it is accepted");
    assert_eq!(code(call(&mut cloud, "Make", json!({"Color": "red"}))), "UnknownParameter");
    assert_eq!(code(call(&mut cloud, "Destroy", json!({}))), "InvalidAction");
}

#[test]
fn time_passes_only_under_the_aws_profile() {
    let instant = call(&mut Local::new(), "Wait", json!({}));
    assert_eq!(instant, Ok(json!({"seconds": 0, "visible_at_once": true})));
    let aws = call(&mut Local::aws(), "Wait", json!({}));
    assert_eq!(aws, Ok(json!({"seconds": 10, "visible_at_once": false})));
}
