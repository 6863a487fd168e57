//! The cookies by which clients stick to target groups and targets.
//!
//! AWS: Elastic Load Balancing, Application Load Balancers, "Sticky sessions for your Application Load Balancer": the
//! duration is inside the cookie, whose own expiry is always seven days; each answer renews it.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::HeaderMap;
use hyper::header::{COOKIE, HeaderValue, SET_COOKIE};
use jiff::Timestamp;

/// Names the target group of a client.
pub(super) const GROUP: &str = "AWSALBTG";
/// Names the target of a client.
pub(super) const TARGET: &str = "AWSALB";
/// Names the target of a client as long as the application's own cookie is there.
pub(super) const APPLICATION: &str = "AWSALBAPP-0";

const COOKIE_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// What the cookie with this name names, unless its time is over.
pub(super) fn read(headers: &HeaderMap, name: &str, now: Timestamp) -> Option<String> {
    let decoded = URL_SAFE_NO_PAD.decode(value(headers, name)?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (until, named) = text.split_once(' ')?;
    (now.as_millisecond() < until.parse::<i64>().ok()?).then(|| named.to_owned())
}

/// Whether a client has a cookie with this name.
pub(super) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|field| field.to_str().ok());
    let mut pairs = cookies.flat_map(|field| field.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(given, _)| *given == name).map(|(_, value)| value)
}

/// Whether an answer sets a cookie with this name.
pub(super) fn is_set(headers: &HeaderMap, name: &str) -> bool {
    let mut cookies = headers.get_all(SET_COOKIE).iter().filter_map(|field| field.to_str().ok());
    cookies.any(|field| field.split_once('=').is_some_and(|(given, _)| given.trim() == name))
}

/// Lets an answer name something for a while. The second cookie is for requests from other sites.
pub(super) fn write(headers: &mut HeaderMap, name: &str, named: &str, duration: Duration, now: Timestamp) {
    let until = now.as_millisecond().saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX));
    let value = URL_SAFE_NO_PAD.encode(format!("{until} {named}"));
    let expires = (now + COOKIE_LIFE).strftime("%a, %d %b %Y %H:%M:%S GMT");
    let cors = match name.strip_prefix(APPLICATION) {
        Some(_) => "AWSALBAPPCORS-0".to_owned(),
        None => format!("{name}CORS"),
    };
    let cookies = [
        format!("{name}={value}; Expires={expires}; Path=/"),
        format!("{cors}={value}; Expires={expires}; Path=/; SameSite=None; Secure"),
    ];
    for cookie in cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        headers.append(SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_names_its_target_until_its_time_is_over() {
        let now = Timestamp::from_second(1_800_000_000).expect("a valid time");
        let mut answer = HeaderMap::new();
        write(&mut answer, TARGET, "group\0target", Duration::from_secs(60), now);
        let cookies: Vec<&str> = answer.get_all(SET_COOKIE).iter().filter_map(|field| field.to_str().ok()).collect();
        assert!(
            cookies[0].starts_with("AWSALB=") && cookies[0].ends_with("Expires=Fri, 22 Jan 2027 08:00:00 GMT; Path=/"),
            "{}",
            cookies[0]
        );
        assert!(cookies[1].starts_with("AWSALBCORS="));
        let pair = cookies[0].split(';').next().expect("a pair");
        let mut request = HeaderMap::new();
        request.insert(COOKIE, HeaderValue::from_str(&format!("a=b; {pair}")).expect("a value"));
        assert_eq!(read(&request, TARGET, now).as_deref(), Some("group\0target"));
        assert_eq!(read(&request, TARGET, now + Duration::from_secs(60)), None);
        assert_eq!(read(&request, GROUP, now), None);
    }

    #[test]
    fn what_clients_make_up_names_nothing() {
        for made_up in ["AWSALB=", "AWSALB=!!", "AWSALB=YQ", "AWSALB"] {
            let mut request = HeaderMap::new();
            request.insert(COOKIE, HeaderValue::from_static(made_up));
            assert_eq!(read(&request, TARGET, Timestamp::UNIX_EPOCH), None, "{made_up}");
        }
    }
}
