//! Who saw which request, for tests that count: off until it is asked for.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::HeaderMap;
use serde::{Deserialize, Serialize};

/// What is kept of requests that carry an id.
#[derive(Debug, Default)]
pub(crate) struct Census {
    on: AtomicBool,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    settings: Settings,
    /// Oldest first.
    seen: VecDeque<Seen>,
}

/// What to keep.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The header field that carries the ids.
    #[serde(default = "header")]
    pub(crate) header: String,
    /// How many requests are kept; the oldest go first.
    #[serde(default = "capacity")]
    pub(crate) capacity: usize,
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) id: String,
    /// The load balancer's name.
    pub(crate) load_balancer: String,
    pub(crate) zone: String,
    /// Where it was forwarded to, if it was.
    pub(crate) target: Option<String>,
    /// What was answered; `None` when the client went away before.
    pub(crate) status: Option<u16>,
}

/// What became of the requests with one id.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Counts {
    seen: usize,
    zones: BTreeMap<String, usize>,
    targets: BTreeMap<String, usize>,
    statuses: BTreeMap<String, usize>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { header: header(), capacity: capacity() }
    }
}

fn header() -> String {
    "x-request-id".to_owned()
}

fn capacity() -> usize {
    100_000
}

impl Census {
    /// Starts anew.
    pub(crate) fn start(&self, settings: Settings) {
        *self.lock() = Kept { settings, seen: VecDeque::new() };
        self.on.store(true, Ordering::Relaxed);
    }

    /// Forgets everything and keeps nothing any more.
    pub(crate) fn stop(&self) {
        self.on.store(false, Ordering::Relaxed);
        *self.lock() = Kept::default();
    }

    /// The id of a request, if ids are wanted.
    pub(super) fn id(&self, headers: &HeaderMap) -> Option<String> {
        if !self.on.load(Ordering::Relaxed) {
            return None;
        }
        let id = headers.get(self.lock().settings.header.as_str())?.to_str().ok()?;
        Some(id.to_owned())
    }

    pub(super) fn add(&self, seen: Seen) {
        let mut kept = self.lock();
        while kept.seen.len() >= kept.settings.capacity.max(1) {
            kept.seen.pop_front();
        }
        kept.seen.push_back(seen);
    }

    /// What became of the requests to a load balancer, or to all, by id.
    pub(crate) fn counts(&self, load_balancer: Option<&str>) -> BTreeMap<String, Counts> {
        let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
        let kept = self.lock();
        for seen in kept.seen.iter().filter(|seen| load_balancer.is_none_or(|name| seen.load_balancer == name)) {
            let of_id = counts.entry(seen.id.clone()).or_default();
            of_id.seen += 1;
            *of_id.zones.entry(seen.zone.clone()).or_default() += 1;
            if let Some(target) = &seen.target {
                *of_id.targets.entry(target.clone()).or_default() += 1;
            }
            let status = seen.status.map_or_else(|| "client gone".to_owned(), |status| status.to_string());
            *of_id.statuses.entry(status).or_default() += 1;
        }
        counts
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_until_it_is_asked_for_and_never_more_than_that() {
        let census = Census::default();
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", hyper::header::HeaderValue::from_static("7"));
        assert_eq!(census.id(&headers), None);
        census.start(Settings { capacity: 2, ..Settings::default() });
        for status in [200, 502, 200] {
            let id = census.id(&headers).expect("it is on");
            let (load_balancer, zone) = ("web".to_owned(), "us-east-1a".to_owned());
            census.add(Seen { id, load_balancer, zone, target: None, status: Some(status) });
        }
        let counts = census.counts(Some("web"));
        assert_eq!((counts["7"].seen, counts["7"].statuses["502"]), (2, 1));
        assert!(census.counts(Some("other")).is_empty());
        census.stop();
        assert!(census.counts(None).is_empty() && census.id(&headers).is_none());
    }
}
