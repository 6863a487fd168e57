//! What inputs are accepted, and how each protocol words what is wrong.

use serde::Deserialize;
use serde_json::{Value, json};

use super::read_input;
use crate::operation::Protocol;

const EC2: Protocol = Protocol::Ec2 { version: "", namespace: "" };
const QUERY: Protocol = Protocol::Query { version: "", namespace: "" };
const JSON: Protocol = Protocol::Json { target: "" };

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Thing {
    name: String,
    count: Option<u16>,
    on: Option<bool>,
    mode: Option<Mode>,
    #[serde(default)]
    tag: Vec<Tag>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    Fast,
    VerySlow,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Tag {
    key: String,
}

#[track_caller]
fn check_error(protocol: Protocol, input: Value, code: &str, message: &str) {
    let error = read_input::<Thing>(protocol, input).expect_err("the input is wrong").for_protocol(protocol);
    assert_eq!((error.code.as_ref(), error.message.as_str()), (code, message));
}

fn keys(thing: &Thing) -> Vec<&str> {
    thing.tag.iter().map(|tag| tag.key.as_str()).collect()
}

#[test]
fn text_becomes_numbers_booleans_enums_and_lists_in_numeric_order() {
    let tags = json!({"10": {"Key": "ten"}, "2": {"Key": "two"}});
    let input = json!({"Name": "n", "Count": "7", "On": "true", "Mode": "very-slow", "Tag": tags});
    let thing: Thing = read_input(EC2, input).expect("it is right");
    assert_eq!((thing.count, thing.on, &thing.mode), (Some(7), Some(true), &Some(Mode::VerySlow)));
    assert_eq!(keys(&thing), ["two", "ten"]);
}

#[test]
fn query_lists_have_a_member_level_or_not_and_may_be_empty() {
    let with: Thing = read_input(QUERY, json!({"Name": "n", "Tag": {"member": {"1": {"Key": "a"}}}})).expect("right");
    let without: Thing = read_input(QUERY, json!({"Name": "n", "Tag": {"1": {"Key": "a"}}})).expect("right");
    let empty: Thing = read_input(QUERY, json!({"Name": "n", "Tag": ""})).expect("right");
    assert_eq!((keys(&with), keys(&without), keys(&empty)), (vec!["a"], vec!["a"], vec![]));
}

#[test]
fn json_keeps_types_apart_and_null_is_absent() {
    let thing: Thing = read_input(JSON, json!({"Name": "n", "Count": 7, "Tag": null})).expect("it is right");
    assert_eq!((thing.count, thing.tag.len()), (Some(7), 0));
    let error = read_input::<Thing>(JSON, json!({"Name": "n", "Count": "7"})).expect_err("a string is no number");
    assert_eq!(error.for_protocol(JSON).code, "SerializationException");
}

#[test]
fn unknown_parameters_are_named() {
    let input = json!({"Name": "n", "Tag": {"1": {"Key": "a", "Colour": "red"}}});
    check_error(EC2, input.clone(), "UnknownParameter", "The parameter Tag.1.Colour is not recognized");
    check_error(QUERY, input, "ValidationError", "The parameter tag.1.member.colour is not recognized");
    let input = json!({"Name": "n", "Colour": 1});
    check_error(JSON, input, "SerializationException", "The parameter colour is not recognized");
}

#[test]
fn missing_parameters_are_named() {
    check_error(EC2, json!({}), "MissingParameter", "The request must contain the parameter Name");
    let message =
        "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null";
    check_error(QUERY, json!({}), "ValidationError", message);
    check_error(JSON, json!({}), "InvalidParameterException", message);
}

#[test]
fn values_outside_an_enum_are_named_with_the_allowed_ones() {
    let input = json!({"Name": "n", "Mode": "slow"});
    check_error(
        EC2,
        input.clone(),
        "InvalidParameterValue",
        "Invalid value 'slow' for Mode. Valid values: fast, very-slow",
    );
    let message = "1 validation error detected: Value 'slow' at 'mode' failed to satisfy constraint: \
                   Member must satisfy enum value set: [fast, very-slow]";
    check_error(QUERY, input, "ValidationError", message);
}

#[test]
fn numbers_out_of_range_are_refused() {
    let error = read_input::<Thing>(EC2, json!({"Name": "n", "Count": "70000"})).expect_err("a u16 ends at 65535");
    assert_eq!(error.for_protocol(EC2).code, "InvalidParameterValue");
}
