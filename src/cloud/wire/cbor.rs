//! The protocol RPC v2 CBOR (Smithy 2.0, "Smithy RPC v2 CBOR protocol"), which newer clients of CloudWatch speak: JSON 1.0
//! in other bytes, so it is turned into that and back.

use ciborium::Value as Cbor;
use hyper::HeaderMap;
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use serde_json::{Map, Number, Value};

/// Says that a message is of this protocol, in requests and in answers.
pub(crate) const HEADER: &str = "smithy-protocol";
pub(crate) const PROTOCOL: &str = "rpc-v2-cbor";
pub(crate) const CONTENT_TYPE: &str = "application/cbor";

/// Seconds since 1970 (RFC 8949, 3.4.2).
const EPOCH: u64 = 1;

/// Deeper values than any AWS operation has; it bounds the recursion.
const MAX_DEPTH: usize = 64;

/// Makes a request of this protocol one of JSON; tells whether it was of this protocol.
pub(crate) fn to_json(path: &str, headers: &mut HeaderMap, body: &mut Bytes) -> bool {
    if headers.get(HEADER).is_none_or(|protocol| protocol != PROTOCOL) {
        return false;
    }
    let mut parts = path.trim_start_matches('/').split('/');
    let target = match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("service"), Some(service), Some("operation"), Some(operation), None) => format!("{service}.{operation}"),
        _ => String::new(),
    };
    if let Ok(target) = HeaderValue::try_from(target) {
        headers.insert("x-amz-target", target);
    }
    // What cannot be read stays as it is, which is no JSON either.
    if let Some(input) = read(body) {
        *body = input.to_string().into();
    }
    true
}

/// An answer in JSON as one of this protocol.
pub(crate) fn from_json(body: &str) -> Vec<u8> {
    let answer: Value = serde_json::from_str(body).unwrap_or_default();
    let mut bytes = Vec::new();
    match ciborium::into_writer(&to_cbor(answer, false), &mut bytes) {
        Ok(()) => bytes,
        // Nothing can fail to be written into memory.
        Err(_) => Vec::new(),
    }
}

fn read(body: &[u8]) -> Option<Value> {
    if body.is_empty() {
        return Some(Value::Object(Map::new()));
    }
    value(ciborium::de::from_reader_with_recursion_limit(body, MAX_DEPTH).ok()?)
}

/// The same value in JSON; `None` for what JSON does not have.
fn value(cbor: Cbor) -> Option<Value> {
    Some(match cbor {
        Cbor::Null => Value::Null,
        Cbor::Bool(flag) => Value::Bool(flag),
        Cbor::Text(text) => Value::String(text),
        Cbor::Integer(number) => {
            let number = i128::from(number);
            Value::Number(Number::from_i128(number)?)
        }
        Cbor::Float(number) => Value::Number(Number::from_f64(number)?),
        Cbor::Tag(EPOCH, seconds) => value(*seconds)?,
        Cbor::Array(items) => Value::Array(items.into_iter().map(value).collect::<Option<_>>()?),
        Cbor::Map(entries) => {
            let entries = entries.into_iter().map(|(name, entry)| Some((name.into_text().ok()?, value(entry)?)));
            Value::Object(entries.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// The same value in CBOR. Which numbers are times, JSON does not say: those of a member that is called so.
fn to_cbor(json: Value, is_time: bool) -> Cbor {
    match json {
        Value::Null => Cbor::Null,
        Value::Bool(flag) => Cbor::Bool(flag),
        Value::String(text) => Cbor::Text(text),
        Value::Number(number) if is_time => {
            Cbor::Tag(EPOCH, Box::new(Cbor::Float(number.as_f64().unwrap_or_default())))
        }
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Cbor::Integer(whole.into()),
            None => Cbor::Float(number.as_f64().unwrap_or_default()),
        },
        Value::Array(items) => Cbor::Array(items.into_iter().map(|item| to_cbor(item, is_time)).collect()),
        Value::Object(members) => {
            let member = |(name, member): (String, Value)| {
                let is_time = ["Timestamp", "Timestamps"].contains(&name.as_str());
                (Cbor::Text(name), to_cbor(member, is_time))
            };
            Cbor::Map(members.into_iter().map(member).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_becomes_one_of_json() {
        let time = Cbor::Tag(EPOCH, Box::new(Cbor::Float(1_700_000_000.5)));
        let input = Cbor::Map(vec![(Cbor::Text("StartTime".to_owned()), time)]);
        let mut bytes = Vec::new();
        ciborium::into_writer(&input, &mut bytes).expect("it is written");
        let (mut headers, mut body) = (HeaderMap::new(), Bytes::from(bytes));
        assert!(!to_json("/", &mut headers, &mut body));
        headers.insert(HEADER, HeaderValue::from_static(PROTOCOL));
        assert!(to_json("/service/Granite/operation/ListMetrics", &mut headers, &mut body));
        assert_eq!(headers["x-amz-target"], "Granite.ListMetrics");
        assert_eq!(serde_json::from_slice::<Value>(&body).expect("JSON"), json!({ "StartTime": 1_700_000_000.5 }));
    }

    #[test]
    fn times_of_answers_are_tagged() {
        let answer = from_json(r#"{"Timestamps":[1.5],"Values":[2.0],"Count":3}"#);
        let answer: Cbor = ciborium::from_reader(&answer[..]).expect("CBOR");
        let expected = Cbor::Map(vec![
            (Cbor::Text("Count".to_owned()), Cbor::Integer(3.into())),
            (Cbor::Text("Timestamps".to_owned()), Cbor::Array(vec![Cbor::Tag(EPOCH, Box::new(Cbor::Float(1.5)))])),
            (Cbor::Text("Values".to_owned()), Cbor::Array(vec![Cbor::Float(2.0)])),
        ]);
        assert_eq!(answer, expected);
    }

    #[test]
    fn nonsense_stays_nonsense() {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_static(PROTOCOL));
        let mut body = Bytes::from_static(b"\xff\xff");
        assert!(to_json("/", &mut headers, &mut body));
        assert!(serde_json::from_slice::<Value>(&body).is_err());
    }
}
