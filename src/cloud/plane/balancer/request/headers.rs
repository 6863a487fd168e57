//! What a load balancer changes in headers.
//!
//! AWS: Elastic Load Balancing, Application Load Balancers, "HTTP headers and Application Load Balancers", "Request
//! tracing for your Application Load Balancer".

use std::net::SocketAddr;
use std::time::SystemTime;

use hyper::HeaderMap;
use hyper::header::{CONNECTION, EXPECT, HOST, HeaderName, HeaderValue, TE, TRAILER, UPGRADE};

use crate::elbv2::{ForwardedFor, Routing};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// The most addresses that `X-Forwarded-For` may name; with more the answer is 463.
pub(super) const MAX_FORWARDED_FOR: usize = 30;

/// What is told to a target about the way a request came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) from: &'a From,
    pub(super) scheme: &'static str,
    /// The port of the listener.
    pub(super) port: u16,
    /// The host that the client has asked for.
    pub(super) host: &'a HeaderValue,
}

/// Where the requests of a connection come from, as it is told to targets.
#[derive(Debug, Clone)]
pub(super) struct From {
    address: HeaderValue,
    address_and_port: HeaderValue,
    /// The port of the listener.
    port: HeaderValue,
}

impl From {
    pub(super) fn new(client: SocketAddr, port: u16) -> Self {
        // An address is nothing but visible characters.
        let value = |text: String| HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""));
        From {
            address: value(client.ip().to_string()),
            address_and_port: value(client.to_string()),
            port: HeaderValue::from(port),
        }
    }
}

/// How many addresses a client's `X-Forwarded-For` names.
pub(super) fn forwarded_for_count(headers: &HeaderMap) -> usize {
    let fields = headers.get_all(FORWARDED_FOR).iter().filter_map(|field| field.to_str().ok());
    fields.map(|field| field.split(',').count()).sum()
}

/// Removes the fields whose names are not letters, digits and hyphens.
pub(super) fn drop_invalid(headers: &mut HeaderMap) {
    let invalid = |name: &HeaderName| !name.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let names: Vec<HeaderName> = headers.keys().filter(|name| invalid(name)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// Makes a client's header that of the request to a target.
pub(super) fn to_target(headers: &mut HeaderMap, routing: &Routing, origin: Origin<'_>, upgrade: bool) {
    remove_hop_by_hop(headers, upgrade);
    // The client has got its `100 Continue` from here by the time its body is read.
    headers.remove(EXPECT);
    host(headers, routing, origin);
    match routing.forwarded_for {
        ForwardedFor::Append => {
            append(headers, if routing.client_port { &origin.from.address_and_port } else { &origin.from.address })
        }
        ForwardedFor::Preserve => (),
        ForwardedFor::Remove => {
            headers.remove(FORWARDED_FOR);
        }
    }
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static(origin.scheme));
    headers.insert(FORWARDED_PORT, origin.from.port.clone());
    trace(headers);
}

/// Adds an address to those that a request has come from already.
fn append(headers: &mut HeaderMap, address: &HeaderValue) {
    if !headers.contains_key(FORWARDED_FOR) {
        headers.insert(FORWARDED_FOR, address.clone());
        return;
    }
    let all = headers.get_all(FORWARDED_FOR).iter().chain([address]);
    let all: Vec<&str> = all.filter_map(|field| field.to_str().ok()).collect();
    insert(headers, FORWARDED_FOR, all.join(", "));
}

/// Makes a target's header that of the answer to a client.
pub(super) fn to_client(headers: &mut HeaderMap, upgrade: bool) {
    remove_hop_by_hop(headers, upgrade);
}

/// Unless the host is to be preserved, the port of a listener on an unusual one is told in it.
fn host(headers: &mut HeaderMap, routing: &Routing, origin: Origin<'_>) {
    let Origin { host, port, .. } = origin;
    let text = host.to_str().unwrap_or_default();
    let add_port =
        !routing.preserve_host_header && ![80, 443].contains(&port) && super::matching::without_port(text) == text;
    match add_port {
        true => insert(headers, HOST, format!("{text}:{port}")),
        false if !headers.contains_key(HOST) => {
            headers.insert(HOST, host.clone());
        }
        false => (),
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

/// The fields that are about one connection only, besides `Connection` and what it names.
const HOP_BY_HOP: [HeaderName; 5] = [UPGRADE, KEEP_ALIVE, PROXY_CONNECTION, TE, TRAILER];

/// RFC 9110, 7.6.1: fields that are about one connection only. `Transfer-Encoding` is the library's.
fn remove_hop_by_hop(headers: &mut HeaderMap, upgrade: bool) {
    if let Some(named) = headers.get(CONNECTION).and_then(|field| field.to_str().ok()) {
        let named: Vec<HeaderName> = named.split(',').filter_map(|name| name.trim().parse().ok()).collect();
        for name in named.iter().filter(|name| !(upgrade && **name == UPGRADE)) {
            headers.remove(name);
        }
    }
    headers.remove(CONNECTION);
    // Most have none of them, which is found out faster in one pass.
    if headers.keys().any(|name| HOP_BY_HOP.contains(name)) {
        for name in HOP_BY_HOP.iter().filter(|name| !(upgrade && **name == UPGRADE)) {
            headers.remove(name);
        }
    }
    if upgrade {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    }
}

/// Gives a request an id that can be followed: `Root` where it has none, `Self` in addition where it has one.
fn trace(headers: &mut HeaderMap) {
    let seconds = SystemTime::UNIX_EPOCH.elapsed().map(|since| since.as_secs()).unwrap_or_default();
    let id = format!("1-{seconds:08x}-{:024x}", rand::random::<u128>() >> 32);
    let Some(before) = headers.get(TRACE_ID) else { return insert(headers, TRACE_ID, format!("Root={id}")) };
    let fields: Vec<&str> = before
        .to_str()
        .unwrap_or_default()
        .split(';')
        .filter(|field| !field.is_empty() && !field.starts_with("Self="))
        .collect();
    let traced = match fields.iter().any(|field| field.starts_with("Root=")) {
        true => format!("Self={id};{}", fields.join(";")),
        false if fields.is_empty() => format!("Root={id}"),
        false => format!("Root={id};{}", fields.join(";")),
    };
    insert(headers, TRACE_ID, traced);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn routing() -> Routing {
        Routing {
            idle_timeout: Duration::from_secs(60),
            client_keep_alive: Duration::from_secs(3600),
            drop_invalid_header_fields: false,
            preserve_host_header: false,
            client_port: false,
            forwarded_for: ForwardedFor::Append,
        }
    }

    fn sent(routing: &Routing, port: u16, fields: &[(&'static str, &str)]) -> HeaderMap {
        let fields = fields
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value")));
        let mut headers: HeaderMap = fields.collect();
        let from = From::new(SocketAddr::from(([203, 0, 113, 10], 5000)), port);
        let host = HeaderValue::from_static("www.example.com");
        let origin = Origin { from: &from, scheme: "http", port, host: &host };
        to_target(&mut headers, routing, origin, false);
        headers
    }

    #[test]
    fn a_target_is_told_where_a_request_comes_from() {
        let headers = sent(&routing(), 80, &[("x-forwarded-for", "198.51.100.1"), ("host", "www.example.com")]);
        assert_eq!(headers["x-forwarded-for"], "198.51.100.1, 203.0.113.10");
        assert_eq!(headers["x-forwarded-proto"], "http");
        assert_eq!(headers["x-forwarded-port"], "80");
        assert_eq!(headers["host"], "www.example.com");
        let preserve = Routing { forwarded_for: ForwardedFor::Preserve, ..routing() };
        assert_eq!(sent(&preserve, 80, &[("x-forwarded-for", "a")])["x-forwarded-for"], "a");
        let remove = Routing { forwarded_for: ForwardedFor::Remove, ..routing() };
        assert!(!sent(&remove, 80, &[("x-forwarded-for", "a")]).contains_key("x-forwarded-for"));
        let port = Routing { client_port: true, ..routing() };
        assert_eq!(sent(&port, 80, &[])["x-forwarded-for"], "203.0.113.10:5000");
    }

    #[test]
    fn the_host_tells_an_unusual_port_unless_it_is_preserved() {
        let given = [("host", "www.example.com")];
        assert_eq!(sent(&routing(), 8080, &given)["host"], "www.example.com:8080");
        let preserve = Routing { preserve_host_header: true, ..routing() };
        assert_eq!(sent(&preserve, 8080, &given)["host"], "www.example.com");
    }

    #[test]
    fn what_is_about_one_connection_stays_there() {
        let given =
            [("connection", "close, x-mine"), ("x-mine", "1"), ("keep-alive", "5"), ("te", "gzip"), ("x-other", "1")];
        let headers = sent(&routing(), 80, &given);
        for gone in ["connection", "x-mine", "keep-alive", "te"] {
            assert!(!headers.contains_key(gone), "{gone}");
        }
        assert!(headers.contains_key("x-other"));
    }

    #[test]
    fn a_trace_keeps_its_root() {
        let made = sent(&routing(), 80, &[]);
        let made = made["x-amzn-trace-id"].to_str().expect("a text");
        assert!(made.starts_with("Root=1-") && made.len() == "Root=1-".len() + 8 + 1 + 24, "{made}");
        let kept = sent(&routing(), 80, &[("x-amzn-trace-id", "Self=1-0-0;Root=1-1-1;a=b")]);
        let kept = kept["x-amzn-trace-id"].to_str().expect("a text");
        assert!(kept.starts_with("Self=1-") && kept.ends_with(";Root=1-1-1;a=b") && !kept.contains("1-0-0"), "{kept}");
    }

    #[test]
    fn invalid_names_are_dropped() {
        let fields = [("a_b", "1"), ("a-b", "1")];
        let mut headers: HeaderMap = fields
            .into_iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        drop_invalid(&mut headers);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["a-b"]);
    }
}
