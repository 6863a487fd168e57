//! Reads a call from an HTTP request.

use std::io::Read;

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING};
use serde_json::Value;

use super::credential::Credential;
use super::{ApiError, query};
use crate::dispatch::Call;
use crate::operation::{Protocol, Service};
use crate::services;

/// The most that a request body may hold once it is unpacked, in bytes.
const MAX_UNPACKED: u64 = 64 << 20;

/// What stands in a form besides an operation's parameters: the protocol's own fields and those of a signature.
const NOT_PARAMETERS: [&str; 8] = [
    "Action",
    "Version",
    "AWSAccessKeyId",
    "Signature",
    "SignatureMethod",
    "SignatureVersion",
    "Timestamp",
    "SecurityToken",
];

/// An HTTP request with its whole body.
#[derive(Debug)]
pub(crate) struct Incoming<'a> {
    pub(crate) headers: &'a HeaderMap,
    /// The part of the URL after `?`.
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
}

/// A request that did not become a call, and the protocol to say so in.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) protocol: Protocol,
    pub(crate) service: Option<&'static Service>,
    pub(crate) error: ApiError,
}

/// Reads a call. The service is found from the signature's scope, and what the content type says is not looked at.
pub(crate) fn parse(request: &Incoming<'_>, request_id: &str) -> Result<Call, Box<Refusal>> {
    let guess = guess_protocol(request.headers);
    let refuse = |error| Box::new(Refusal { protocol: guess, service: None, error });

    let query: Vec<(String, String)> = form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
    let credential = credential(request.headers, &query, guess).map_err(refuse)?;
    let Some(service) = services::by_signing_name(&credential.service) else {
        return Err(refuse(not_modelled(&credential.service)));
    };
    let refuse = |error| Box::new(Refusal { protocol: service.protocol, service: Some(service), error });

    if !credential.region_is_valid() {
        let message = format!("Credential should be scoped to a valid region, not '{}'.", credential.region);
        return Err(refuse(ApiError::new("SignatureDoesNotMatch", message).status(403)));
    }
    let body = unpack(request).map_err(refuse)?;
    let (operation, input) = match service.protocol {
        Protocol::Json { target } => parse_json(request.headers, target, &body),
        Protocol::Ec2 { version, .. } | Protocol::Query { version, .. } => parse_form(query, &body, version),
    }
    .map_err(refuse)?;
    let Credential { access_key, region, .. } = credential;
    Ok(Call { service, operation, input, region, access_key, request_id: request_id.to_owned() })
}

/// The protocol to answer in as long as the service is not known.
fn guess_protocol(headers: &HeaderMap) -> Protocol {
    if headers.contains_key("x-amz-target") {
        Protocol::Json { target: "" }
    } else {
        Protocol::Query { version: "", namespace: "" }
    }
}

fn credential(headers: &HeaderMap, query: &[(String, String)], guess: Protocol) -> Result<Credential, ApiError> {
    let suffix = if matches!(guess, Protocol::Json { .. }) { "Exception" } else { "" };
    let presigned = query.iter().find(|(name, _)| name == "X-Amz-Credential");
    let found = match (header(headers, AUTHORIZATION.as_str()), presigned) {
        (Some(header), _) => Credential::from_header(header),
        (None, Some((_, scope))) => Credential::from_scope(scope),
        (None, None) => {
            let code = format!("MissingAuthenticationToken{suffix}");
            return Err(ApiError::new(code, "Request is missing Authentication Token").status(403));
        }
    };
    found.ok_or_else(|| {
        let message = "Authorization header requires 'Credential' parameter with a scope of Signature Version 4.";
        ApiError::new(format!("IncompleteSignature{suffix}"), message).status(403)
    })
}

fn not_modelled(signing_name: &str) -> ApiError {
    ApiError::new("NotImplemented", format!("The local cloud does not model the service '{signing_name}'.")).status(501)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn unpack(request: &Incoming<'_>) -> Result<Vec<u8>, ApiError> {
    let failed = |reason: String| ApiError::new("SerializationException", reason);
    match header(request.headers, CONTENT_ENCODING.as_str()) {
        None | Some("" | "identity") => Ok(request.body.to_vec()),
        Some("gzip") => {
            let mut body = Vec::new();
            let mut unpacked = flate2::read::GzDecoder::new(request.body).take(MAX_UNPACKED + 1);
            unpacked
                .read_to_end(&mut body)
                .map_err(|error| failed(format!("The gzip body cannot be read: {error}")))?;
            if body.len() as u64 > MAX_UNPACKED {
                return Err(ApiError::new("RequestEntityTooLarge", "The unpacked body is too large").status(413));
            }
            Ok(body)
        }
        Some(other) => Err(failed(format!("The content encoding {other} is not supported"))),
    }
}

fn parse_json(headers: &HeaderMap, target: &str, body: &[u8]) -> Result<(String, Value), ApiError> {
    let unknown = |message: String| ApiError::new("UnknownOperationException", message);
    let Some(asked) = header(headers, "x-amz-target") else {
        return Err(unknown("The header X-Amz-Target names no operation".to_owned()));
    };
    let operation = asked.strip_prefix(target).and_then(|rest| rest.strip_prefix('.'));
    let operation = operation.ok_or_else(|| unknown(format!("The operation {asked} does not exist")))?;
    let text = if body.is_empty() { b"{}" } else { body };
    let input =
        serde_json::from_slice(text).map_err(|error| ApiError::new("SerializationException", error.to_string()))?;
    Ok((operation.to_owned(), input))
}

fn parse_form(mut pairs: Vec<(String, String)>, body: &[u8], version: &str) -> Result<(String, Value), ApiError> {
    pairs.extend(form_urlencoded::parse(body).into_owned());
    let find = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let Some(action) = find("Action").filter(|action| !action.is_empty()) else {
        return Err(ApiError::new("MissingAction", "The request must contain the parameter Action"));
    };
    if let Some(other) = find("Version").filter(|asked| *asked != version) {
        let message = format!("Could not find operation {action} for version {other}");
        return Err(ApiError::new("InvalidAction", message));
    }
    let is_parameter = |name: &str| !NOT_PARAMETERS.contains(&name) && !name.starts_with("X-Amz-");
    let parameters = pairs.iter().filter(|(name, _)| is_parameter(name));
    let tree = query::tree(parameters.map(|(name, value)| (name.as_str(), value.as_str())));
    let tree = tree.map_err(|message| ApiError::new("MalformedQueryString", message))?;
    Ok((action.to_owned(), tree))
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
