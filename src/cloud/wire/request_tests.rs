//! Which HTTP requests become calls, and what is said of the others.

use std::io::Write;

use hyper::HeaderMap;
use hyper::header::HeaderValue;
use serde_json::json;

use super::*;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &str)| {
        ((*name).parse().expect("a header name"), HeaderValue::from_str(value).expect("a header value"))
    };
    pairs.iter().map(pair).collect()
}

fn signed(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIA/20260131/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

fn refused(headers: &HeaderMap, body: &[u8]) -> ApiError {
    parse(&Incoming { headers, query: "", body }, "r").expect_err("it is refused").error
}

#[test]
fn a_form_becomes_a_call() {
    let headers = headers(&[("authorization", &signed("sts"))]);
    let body = b"Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws";
    let call = parse(&Incoming { headers: &headers, query: "", body }, "r").expect("it is a call");
    assert_eq!((call.service.name, call.operation.as_str()), ("sts", "AssumeRole"));
    assert_eq!(call.input, json!({"RoleArn": "arn:aws"}));
}

#[test]
fn a_presigned_address_becomes_a_call() {
    let query = "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256\
                 &X-Amz-Credential=AKIA%2F20260131%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Signature=0";
    let call = parse(&Incoming { headers: &HeaderMap::new(), query, body: b"" }, "r").expect("it is a call");
    assert_eq!((call.operation.as_str(), call.input), ("GetCallerIdentity", json!({})));
}

#[test]
fn packed_json_becomes_a_call() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(br#"{"limit": 1}"#).expect("memory takes it");
    let body = packer.finish().expect("memory takes it");
    let authorization = signed("logs");
    let pairs =
        [("authorization", authorization.as_str()), ("x-amz-target", "Logs_20140328.Do"), ("content-encoding", "gzip")];
    let headers = headers(&pairs);
    let call = parse(&Incoming { headers: &headers, query: "", body: &body }, "r").expect("it is a call");
    assert_eq!((call.operation.as_str(), call.input), ("Do", json!({"limit": 1})));
    let cut = Incoming { headers: &headers, query: "", body: &body[..10] };
    assert_eq!(parse(&cut, "r").expect_err("it is cut").error.code, "SerializationException");
}

#[test]
fn an_unsigned_request_is_refused_in_its_protocol() {
    assert_eq!(refused(&HeaderMap::new(), b"").code, "MissingAuthenticationToken");
    let json = headers(&[("x-amz-target", "Logs_20140328.Do")]);
    assert_eq!(refused(&json, b"").code, "MissingAuthenticationTokenException");
}

#[test]
fn a_service_that_is_not_modelled_is_named() {
    let error = refused(&headers(&[("authorization", &signed("lambda"))]), b"");
    assert_eq!(error.code, "NotImplemented");
    assert!(error.message.contains("'lambda'"), "{}", error.message);
}

#[test]
fn other_versions_and_targets_are_refused() {
    let sts = headers(&[("authorization", &signed("sts"))]);
    assert_eq!(refused(&sts, b"Action=GetCallerIdentity&Version=2000-01-01").code, "InvalidAction");
    assert_eq!(refused(&sts, b"Version=2011-06-15").code, "MissingAction");
    let logs = headers(&[("authorization", &signed("logs")), ("x-amz-target", "DynamoDB_20120810.Do")]);
    assert_eq!(refused(&logs, b"{}").code, "UnknownOperationException");
}
