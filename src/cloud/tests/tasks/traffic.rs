//! Clients that ask without end, and what they were answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::stage::{eventually, text};

/// A pause between two requests of a client, so that the machine does other things, too.
const PAUSE: Duration = Duration::from_millis(5);

/// How long a client waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Clients that ask for the version at a URL, each for itself.
pub(crate) struct Traffic {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<Vec<Reply>>>,
}

/// What became of one request.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The request's id, which the census of the load balancer knows it by.
    pub(crate) id: String,
    /// The version that answered, or what came in its place.
    pub(crate) said: Result<String, String>,
}

impl Traffic {
    pub(crate) fn start(url: &str, clients: usize) -> Self {
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let client = |number: usize| {
            let (stop, answered, url) = (Arc::clone(&stop), Arc::clone(&answered), format!("{url}version"));
            std::thread::spawn(move || {
                let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT));
                let agent: ureq::Agent = config.build().into();
                let mut replies = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let id = format!("{number}-{}", replies.len());
                    let said = ask(&agent, &url, &id);
                    replies.push(Reply { id, said });
                    answered.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(PAUSE);
                }
                replies
            })
        };
        let clients = (0..clients).map(client).collect();
        let traffic = Traffic { stop, answered, clients };
        traffic.until_more(1);
        traffic
    }

    /// Waits until `count` more requests have been answered.
    pub(crate) fn until_more(&self, count: usize) {
        let wanted = self.answered() + count;
        eventually("requests are answered", || (self.answered() >= wanted).then_some(()));
    }

    fn answered(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    /// Ends the clients, and gives what became of their requests.
    pub(crate) fn end(self) -> Vec<Reply> {
        self.stop.store(true, Ordering::Relaxed);
        self.clients.into_iter().flat_map(|client| client.join().expect("it ends")).collect()
    }
}

fn ask(agent: &ureq::Agent, url: &str, id: &str) -> Result<String, String> {
    let mut answer = agent.get(url).header("x-request-id", id).call().map_err(|error| error.to_string())?;
    if answer.status() != 200 {
        return Err(answer.status().as_u16().to_string());
    }
    let body = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
    let body: Value = serde_json::from_str(&body).map_err(|error| error.to_string())?;
    Ok(text(&body["version"]))
}

/// How often each answer was given.
pub(crate) fn counts(replies: &[Reply]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for reply in replies {
        let said = match &reply.said {
            Ok(version) => version,
            Err(failure) => failure,
        };
        *counts.entry(said.as_str()).or_default() += 1;
    }
    counts
}
