//! Writes replies and errors in the envelope of each protocol.

use serde_json::{Value, json};

use super::{ApiError, xml};
use crate::operation::Protocol;

const XML_DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// An answer, ready to be sent.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    /// The error's code, for the header `x-amzn-ErrorType` and for the access log.
    pub(crate) error: Option<String>,
    pub(crate) body: String,
}

/// The reply to an operation that succeeded.
pub(crate) fn success(protocol: Protocol, operation: &str, output: &Value, request_id: &str) -> Reply {
    let body = match protocol {
        Protocol::Ec2 { namespace, .. } => {
            let mut body = format!("{XML_DECLARATION}<{operation}Response xmlns=\"{namespace}\">");
            xml::element(&mut body, "requestId", "item", &json!(request_id));
            xml::content(&mut body, "item", output);
            body + &format!("</{operation}Response>")
        }
        Protocol::Query { namespace, .. } => {
            let mut body = format!("{XML_DECLARATION}<{operation}Response xmlns=\"{namespace}\">");
            // An operation without output has no result element.
            if !output.is_null() {
                xml::element(&mut body, &format!("{operation}Result"), "member", output);
            }
            xml::element(&mut body, "ResponseMetadata", "member", &json!({ "RequestId": request_id }));
            body + &format!("</{operation}Response>")
        }
        Protocol::Json { .. } if output.is_null() => "{}".to_owned(),
        Protocol::Json { .. } => output.to_string(),
    };
    Reply { status: 200, content_type: content_type(protocol), error: None, body }
}

/// The reply that tells of an error.
pub(crate) fn failure(protocol: Protocol, error: &ApiError, request_id: &str) -> Reply {
    let ApiError { code, message, status } = error;
    let body = match protocol {
        Protocol::Ec2 { .. } => {
            let errors = json!([{ "Code": code, "Message": message }]);
            let mut body = XML_DECLARATION.to_owned();
            xml::element(&mut body, "Response", "Error", &json!({ "Errors": errors, "RequestID": request_id }));
            body
        }
        Protocol::Query { namespace, .. } => {
            let blame = if *status < 500 { "Sender" } else { "Receiver" };
            let error = json!({ "Type": blame, "Code": code, "Message": message });
            let mut body = format!("{XML_DECLARATION}<ErrorResponse xmlns=\"{namespace}\">");
            xml::content(&mut body, "member", &json!({ "Error": error, "RequestId": request_id }));
            body + "</ErrorResponse>"
        }
        Protocol::Json { .. } => json!({ "__type": code, "message": message }).to_string(),
    };
    Reply { status: *status, content_type: content_type(protocol), error: Some(code.to_string()), body }
}

fn content_type(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Ec2 { .. } => "text/xml;charset=UTF-8",
        Protocol::Query { .. } => "text/xml",
        Protocol::Json { .. } => "application/x-amz-json-1.1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMESPACE: &str = "urn:n";
    const EC2: Protocol = Protocol::Ec2 { version: "", namespace: NAMESPACE };
    const QUERY: Protocol = Protocol::Query { version: "", namespace: NAMESPACE };
    const JSON: Protocol = Protocol::Json { target: "" };

    #[track_caller]
    fn check(reply: &Reply, expected: &str) {
        assert_eq!(reply.body.trim_start_matches(XML_DECLARATION), expected);
    }

    #[test]
    fn success_in_each_envelope() {
        let output = json!({"vpcSet": [{"vpcId": "vpc-1"}]});
        let ec2 = "<DoResponse xmlns=\"urn:n\"><requestId>r</requestId><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet></DoResponse>";
        check(&success(EC2, "Do", &output, "r"), ec2);
        let query = "<DoResponse xmlns=\"urn:n\"><DoResult><vpcSet><member><vpcId>vpc-1</vpcId></member></vpcSet></DoResult>\
                     <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DoResponse>";
        check(&success(QUERY, "Do", &output, "r"), query);
        let none =
            "<DoResponse xmlns=\"urn:n\"><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DoResponse>";
        check(&success(QUERY, "Do", &Value::Null, "r"), none);
        check(&success(JSON, "Do", &Value::Null, "r"), "{}");
    }

    #[test]
    fn failure_in_each_envelope() {
        let error = ApiError::new("Bad", "a & b");
        let ec2 = "<Response><Errors><Error><Code>Bad</Code><Message>a &amp; b</Message></Error></Errors><RequestID>r</RequestID></Response>";
        check(&failure(EC2, &error, "r"), ec2);
        let query = "<ErrorResponse xmlns=\"urn:n\"><Error><Code>Bad</Code><Message>a &amp; b</Message><Type>Sender</Type></Error>\
                     <RequestId>r</RequestId></ErrorResponse>";
        check(&failure(QUERY, &error, "r"), query);
        check(&failure(JSON, &error, "r"), r#"{"__type":"Bad","message":"a & b"}"#);
    }
}
