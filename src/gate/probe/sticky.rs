//! The cookies of the sticky stream.

use hyper::{
    HeaderMap,
    header::{COOKIE, HeaderValue, SET_COOKIE},
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Cookies by name, without the attributes: a load balancer's stickiness cookie is sent back until another replaces it.
#[derive(Debug, Default)]
pub(super) struct Cookies(Mutex<BTreeMap<String, String>>);

impl Cookies {
    /// Adds what is kept to a request.
    pub(super) fn send(&self, headers: &mut HeaderMap) {
        let cookies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if let (false, Ok(value)) = (line.is_empty(), HeaderValue::try_from(line.join("; "))) {
            headers.insert(COOKIE, value);
        }
    }

    /// Keeps what an answer sets.
    pub(super) fn keep(&self, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let pair = line.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                let mut cookies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                cookies.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_last_is_sent_back() {
        let cookies = Cookies::default();
        let mut request = HeaderMap::new();
        cookies.send(&mut request);
        assert!(request.is_empty());
        for set in ["AWSALB=one; Expires=Thu, 03 Dec 2026; Path=/", "AWSALB=two; Path=/", "x=y=z"] {
            let mut answer = HeaderMap::new();
            answer.insert(SET_COOKIE, set.parse().expect("a header value"));
            cookies.keep(&answer);
        }
        cookies.send(&mut request);
        assert_eq!(request[COOKIE], "AWSALB=two; x=y=z");
    }
}
