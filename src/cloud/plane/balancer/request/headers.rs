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
    pub(super) client: SocketAddr,
    pub(super) scheme: &'static str,
    /// The port of the listener.
    pub(super) port: u16,
    pub(super) host: &'a str,
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
    let Origin { client, scheme, port, .. } = origin;
    let address = match routing.client_port {
        true => client.to_string(),
        false => client.ip().to_string(),
    };
    match routing.forwarded_for {
        ForwardedFor::Append => {
            let before: Vec<&str> =
                headers.get_all(FORWARDED_FOR).iter().filter_map(|field| field.to_str().ok()).collect();
            let all = if before.is_empty() { address } else { format!("{}, {address}", before.join(", ")) };
            insert(headers, FORWARDED_FOR, &all);
        }
        ForwardedFor::Preserve => (),
        ForwardedFor::Remove => {
            headers.remove(FORWARDED_FOR);
        }
    }
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static(scheme));
    headers.insert(FORWARDED_PORT, HeaderValue::from(port));
    trace(headers);
}

/// Makes a target's header that of the answer to a client.
pub(super) fn to_client(headers: &mut HeaderMap, upgrade: bool) {
    remove_hop_by_hop(headers, upgrade);
}

/// Unless the host is to be preserved, the port of a listener on an unusual one is told in it.
fn host(headers: &mut HeaderMap, routing: &Routing, origin: Origin<'_>) {
    let Origin { host, port, .. } = origin;
    let add_port =
        !routing.preserve_host_header && ![80, 443].contains(&port) && super::matching::without_port(host) == host;
    match add_port {
        true => insert(headers, HOST, &format!("{host}:{port}")),
        false if !headers.contains_key(HOST) => insert(headers, HOST, host),
        false => (),
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// RFC 9110, 7.6.1: fields that are about one connection only. `Transfer-Encoding` is the library's.
fn remove_hop_by_hop(headers: &mut HeaderMap, upgrade: bool) {
    if let Some(named) = headers.get(CONNECTION).and_then(|field| field.to_str().ok()) {
        let named: Vec<HeaderName> = named.split(',').filter_map(|name| name.trim().parse().ok()).collect();
        for name in named.iter().filter(|name| !(upgrade && **name == UPGRADE)) {
            headers.remove(name);
        }
    }
    match upgrade {
        true => {
            headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        }
        false => {
            headers.remove(CONNECTION);
            headers.remove(UPGRADE);
        }
    }
    for name in [KEEP_ALIVE, PROXY_CONNECTION, TE, TRAILER] {
        headers.remove(name);
    }
}

/// Gives a request an id that can be followed: `Root` where it has none, `Self` in addition where it has one.
fn trace(headers: &mut HeaderMap) {
    let seconds = SystemTime::UNIX_EPOCH.elapsed().map(|since| since.as_secs()).unwrap_or_default();
    let id = format!("1-{seconds:08x}-{:024x}", rand::random::<u128>() >> 32);
    let before = headers.get(TRACE_ID).and_then(|field| field.to_str().ok());
    let fields: Vec<&str> = before
        .unwrap_or_default()
        .split(';')
        .filter(|field| !field.is_empty() && !field.starts_with("Self="))
        .collect();
    let traced = match fields.iter().any(|field| field.starts_with("Root=")) {
        true => format!("Self={id};{}", fields.join(";")),
        false if fields.is_empty() => format!("Root={id}"),
        false => format!("Root={id};{}", fields.join(";")),
    };
    insert(headers, TRACE_ID, &traced);
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
        let client = SocketAddr::from(([203, 0, 113, 10], 5000));
        let origin = Origin { client, scheme: "http", port, host: "www.example.com" };
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
