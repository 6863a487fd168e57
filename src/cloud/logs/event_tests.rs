//! Reading a stream forwards and backwards.

use std::time::Duration;

use serde_json::{Value, json};

use crate::testing::{Local, code};

/// A stream with the messages 1 to 5, a millisecond apart, the last one now.
fn with_events() -> Local {
    let mut cloud = Local::new();
    cloud.json("logs", "CreateLogGroup", json!({"logGroupName": "g"})).expect("it is made");
    cloud.json("logs", "CreateLogStream", json!({"logGroupName": "g", "logStreamName": "s"})).expect("it is made");
    let now = cloud.now.as_millisecond();
    let events: Vec<Value> = (1..=5).map(|n| json!({"timestamp": now - 5 + n, "message": n.to_string()})).collect();
    let input = json!({"logGroupName": "g", "logStreamName": "s", "logEvents": events});
    cloud.json("logs", "PutLogEvents", input).expect("they are taken");
    cloud
}

fn get(cloud: &mut Local, more: Value) -> Value {
    let mut input = json!({"logGroupName": "g", "logStreamName": "s"});
    for (name, value) in more.as_object().expect("an object") {
        input[name] = value.clone();
    }
    cloud.json("logs", "GetLogEvents", input).expect("they are read")
}

fn messages(reply: &Value) -> String {
    let events = reply["events"].as_array().expect("a list");
    events.iter().map(|event| event["message"].as_str().expect("a message")).collect()
}

#[test]
fn forwards_from_the_head_until_the_token_repeats() {
    let mut cloud = with_events();
    let mut token = json!(null);
    let mut pages = Vec::new();
    loop {
        let page = get(&mut cloud, json!({"startFromHead": true, "limit": 2, "nextToken": token}));
        pages.push(messages(&page));
        if page["nextForwardToken"] == token {
            break;
        }
        token = page["nextForwardToken"].clone();
    }
    assert_eq!(pages, ["12", "34", "5", ""]);
}

#[test]
fn backwards_from_the_tail_and_forwards_again() {
    let mut cloud = with_events();
    let last = get(&mut cloud, json!({"limit": 2}));
    assert_eq!(messages(&last), "45");
    let before = get(&mut cloud, json!({"limit": 2, "nextToken": last["nextBackwardToken"]}));
    assert_eq!(messages(&before), "23");
    let again = get(&mut cloud, json!({"limit": 2, "nextToken": before["nextForwardToken"]}));
    assert_eq!(messages(&again), "45");
}

#[test]
fn events_that_come_later_are_read_with_the_last_token() {
    let mut cloud = with_events();
    let all = get(&mut cloud, json!({"startFromHead": true}));
    let events = json!([{"timestamp": cloud.now.as_millisecond(), "message": "6"}]);
    let input = json!({"logGroupName": "g", "logStreamName": "s", "logEvents": events});
    cloud.json("logs", "PutLogEvents", input).expect("they are taken");
    assert_eq!(messages(&get(&mut cloud, json!({"nextToken": all["nextForwardToken"]}))), "6");
}

#[test]
fn a_time_range_includes_its_start_and_not_its_end() {
    let mut cloud = with_events();
    let now = cloud.now.as_millisecond();
    assert_eq!(messages(&get(&mut cloud, json!({"startTime": now - 3, "endTime": now}))), "234");
}

#[test]
fn retention_hides_old_events() {
    let mut cloud = with_events();
    cloud.json("logs", "PutRetentionPolicy", json!({"logGroupName": "g", "retentionInDays": 1})).expect("it is set");
    cloud.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(messages(&get(&mut cloud, json!({}))), "5");
}

#[test]
fn wrong_tokens_and_streams_are_refused() {
    let mut cloud = with_events();
    let mut get = |input| code(cloud.json("logs", "GetLogEvents", input));
    let made_up = json!({"logGroupName": "g", "logStreamName": "s", "nextToken": "f/1/s"});
    assert_eq!(get(made_up), "InvalidParameterException");
    assert_eq!(get(json!({"logGroupName": "g", "logStreamName": "t"})), "ResourceNotFoundException");
    assert_eq!(get(json!({"logStreamName": "s"})), "InvalidParameterException");
}
