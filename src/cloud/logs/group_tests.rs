//! The life of log groups.

use serde_json::{Value, json};

use crate::testing::{Local, code};

fn with_groups(names: &[&str]) -> Local {
    let mut cloud = Local::new();
    for name in names {
        cloud.json("logs", "CreateLogGroup", json!({ "logGroupName": name })).expect("it is made");
    }
    cloud
}

fn names(cloud: &mut Local, input: Value) -> Vec<String> {
    let reply = cloud.json("logs", "DescribeLogGroups", input).expect("it is described");
    let groups = reply["logGroups"].as_array().expect("a list");
    groups.iter().map(|group| group["logGroupName"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn a_group_reads_back_as_it_was_made() {
    let mut cloud = Local::new();
    let key = "arn:aws:kms:us-east-1:123456789012:key/0";
    let input = json!({"logGroupName": "/ecs/web", "kmsKeyId": key, "tags": {"a": "b"}});
    assert_eq!(cloud.json("logs", "CreateLogGroup", input), Ok(Value::Null));
    let reply = cloud.json("logs", "DescribeLogGroups", json!({})).expect("it is described");
    let expected = json!({"logGroups": [{
        "logGroupName": "/ecs/web", "creationTime": cloud.now.as_millisecond(), "metricFilterCount": 0, "storedBytes": 0,
        "arn": "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/web:*",
        "logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/web",
        "kmsKeyId": key, "logGroupClass": "STANDARD", "deletionProtectionEnabled": false,
    }]});
    assert_eq!(reply, expected);
}

#[test]
fn a_name_is_used_once_per_region() {
    let mut cloud = with_groups(&["a"]);
    assert_eq!(
        code(cloud.json("logs", "CreateLogGroup", json!({"logGroupName": "a"}))),
        "ResourceAlreadyExistsException"
    );
    cloud.region = "eu-central-1".to_owned();
    assert_eq!(names(&mut cloud, json!({})), Vec::<String>::new());
    cloud.json("logs", "CreateLogGroup", json!({"logGroupName": "a"})).expect("another region has its own");
}

#[test]
fn wrong_names_and_parameters_are_refused() {
    let mut cloud = Local::new();
    let mut create = |input| code(cloud.json("logs", "CreateLogGroup", input));
    assert_eq!(create(json!({"logGroupName": "a b"})), "InvalidParameterException");
    assert_eq!(create(json!({"logGroupName": "aws/b"})), "InvalidParameterException");
    assert_eq!(create(json!({"logGroupName": "a", "kmsKeyId": "no-arn"})), "InvalidParameterException");
    assert_eq!(create(json!({"logGroupName": "a", "logGroupClass": "BEST"})), "InvalidParameterException");
    assert_eq!(create(json!({"logGroupName": "a", "colour": "red"})), "SerializationException");
    assert_eq!(create(json!({})), "InvalidParameterException");
}

#[test]
fn groups_are_found_by_prefix_pattern_and_identifier() {
    let mut cloud = with_groups(&["/ecs/api", "/ecs/web", "web"]);
    assert_eq!(names(&mut cloud, json!({"logGroupNamePrefix": "/ecs/"})), ["/ecs/api", "/ecs/web"]);
    assert_eq!(names(&mut cloud, json!({"logGroupNamePattern": "web"})), ["/ecs/web", "web"]);
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:web:*";
    assert_eq!(names(&mut cloud, json!({"logGroupIdentifiers": [arn]})), ["web"]);
    let both = json!({"logGroupNamePrefix": "a", "logGroupNamePattern": "b"});
    assert_eq!(code(cloud.json("logs", "DescribeLogGroups", both)), "InvalidParameterException");
}

#[test]
fn groups_come_in_pages() {
    let mut cloud = with_groups(&["a", "b", "c"]);
    let first = cloud.json("logs", "DescribeLogGroups", json!({"limit": 2})).expect("it is described");
    assert_eq!(first["logGroups"].as_array().map(Vec::len), Some(2));
    assert_eq!(names(&mut cloud, json!({"limit": 2, "nextToken": first["nextToken"]})), ["c"]);
    assert_eq!(code(cloud.json("logs", "DescribeLogGroups", json!({"limit": 51}))), "InvalidParameterException");
    assert_eq!(code(cloud.json("logs", "DescribeLogGroups", json!({"nextToken": "x"}))), "InvalidParameterException");
}

#[test]
fn a_protected_group_is_not_deleted() {
    let mut cloud = Local::new();
    let input = json!({"logGroupName": "a", "deletionProtectionEnabled": true});
    cloud.json("logs", "CreateLogGroup", input).expect("it is made");
    assert_eq!(code(cloud.json("logs", "DeleteLogGroup", json!({"logGroupName": "a"}))), "ValidationException");
    let off = json!({"logGroupIdentifier": "a", "deletionProtectionEnabled": false});
    cloud.json("logs", "PutLogGroupDeletionProtection", off).expect("it is set");
    cloud.json("logs", "DeleteLogGroup", json!({"logGroupName": "a"})).expect("it is deleted");
    assert_eq!(code(cloud.json("logs", "DeleteLogGroup", json!({"logGroupName": "a"}))), "ResourceNotFoundException");
}

#[test]
fn deleting_a_group_deletes_its_streams_and_no_others() {
    let mut cloud = with_groups(&["a", "ab"]);
    for group in ["a", "ab"] {
        let stream = json!({"logGroupName": group, "logStreamName": "s"});
        cloud.json("logs", "CreateLogStream", stream).expect("it is made");
    }
    cloud.json("logs", "DeleteLogGroup", json!({"logGroupName": "a"})).expect("it is deleted");
    assert_eq!(cloud.world.counts()["logs"]["streams"], 1);
}
