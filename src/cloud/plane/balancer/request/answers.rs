//! The answers that a load balancer gives by itself.
//!
//! AWS: Elastic Load Balancing, Application Load Balancers, "Troubleshoot your Application Load Balancers", HTTP status
//! codes. The bodies are those that users quote.

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue, LOCATION, SERVER};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};

use super::body::Body;
use super::matching::without_port;
use crate::elbv2::{FixedResponse, Redirect, RedirectCode};

/// What answers by itself.
const SELF: HeaderValue = HeaderValue::from_static("awselb/2.0");

/// A small page that says what went wrong, or that something is elsewhere.
pub(super) fn page(status: StatusCode) -> Response<Body> {
    let title = match status.as_u16() {
        301 => "301 Moved Permanently",
        302 => "302 Found",
        400 => "400 Bad Request",
        405 => "405 Not Allowed",
        414 => "414 Request-URI Too Large",
        502 => "502 Bad Gateway",
        503 => "503 Service Temporarily Unavailable",
        504 => "504 Gateway Time-out",
        _ => status.as_str(),
    };
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    response(status, HeaderValue::from_static("text/html"), page.into())
}

/// Says that no load balancer with this name listens on a port: elsewhere a name without an address.
pub(in super::super) fn not_here(status: StatusCode, name: &str, port: u16) -> Response<Body> {
    let text = format!("No load balancer called '{name}' has such a listener on port {port}.\n");
    let mut response = Response::new(Body::whole(text.into()));
    *response.status_mut() = status;
    response
}

/// The answer of a `fixed-response` action.
pub(super) fn fixed(response_config: &FixedResponse) -> Response<Body> {
    let FixedResponse { message_body, status_code, content_type } = response_config;
    let status = status_code.parse().unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = content_type.as_deref().unwrap_or("text/plain; charset=utf-8");
    let content_type = HeaderValue::from_str(content_type).unwrap_or(HeaderValue::from_static("text/plain"));
    response(status, content_type, message_body.clone().unwrap_or_default().into())
}

/// The answer of a `redirect` action.
pub(super) fn redirect(redirect: &Redirect, request: &Parts, host: &str, scheme: &str, port: u16) -> Response<Body> {
    let status = match redirect.status_code {
        RedirectCode::MovedPermanently => StatusCode::MOVED_PERMANENTLY,
        RedirectCode::Found => StatusCode::FOUND,
    };
    let mut response = page(status);
    match HeaderValue::try_from(location(redirect, request, host, scheme, port)) {
        Ok(location) => {
            response.headers_mut().insert(LOCATION, location);
            response
        }
        // What a client put into its request cannot stand in a header.
        Err(_) => page(StatusCode::BAD_REQUEST),
    }
}

/// Where to. AWS: Elastic Load Balancing, Application Load Balancers, "Redirect actions": `#{path}` is without its
/// leading slash, and the port is always told.
fn location(redirect: &Redirect, request: &Parts, host: &str, scheme: &str, port: u16) -> String {
    let port = port.to_string();
    let parts = [
        ("#{protocol}", scheme),
        ("#{host}", without_port(host)),
        ("#{port}", port.as_str()),
        ("#{path}", request.uri.path().trim_start_matches('/')),
        ("#{query}", request.uri.query().unwrap_or_default()),
    ];
    let fill = |text: &str| parts.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    let Redirect { protocol, host, port, path, query, .. } = redirect;
    let query = fill(query);
    let question_mark = if query.is_empty() { "" } else { "?" };
    let scheme = fill(protocol).to_ascii_lowercase();
    format!("{scheme}://{}:{}{}{question_mark}{query}", fill(host), fill(port), fill(path))
}

fn response(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::whole(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(SERVER, SELF);
    headers.insert(CONTENT_TYPE, content_type);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(protocol: &str, port: &str, host: &str, path: &str, query: &str) -> String {
        let redirect = Redirect {
            protocol: protocol.to_owned(),
            port: port.to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            status_code: RedirectCode::Found,
        };
        let request = hyper::Request::builder().uri("/a/b?c=d").body(()).expect("a request");
        location(&redirect, &request.into_parts().0, "www.example.com:8080", "http", 8080)
    }

    #[test]
    fn a_redirect_takes_parts_of_the_request() {
        let all = to("#{protocol}", "#{port}", "#{host}", "/#{path}", "#{query}");
        assert_eq!(all, "http://www.example.com:8080/a/b?c=d");
        let new = to("HTTPS", "443", "new.#{host}", "/new/#{path}", "");
        assert_eq!(new, "https://new.www.example.com:443/new/a/b");
    }
}
