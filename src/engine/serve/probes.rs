//! What the stack says has to stay up, put to the paths that serve it.

use super::{Live, Question, state::Moment};
use model::{In, Part, Reference, Seconds, serving::Probe};

/// Lets each path know what is asked of it.
pub(super) fn apply(question: &Question<'_>, live: &mut [Live], start: &Moment<'_>) {
    for probe in &question.desired.serves {
        let Some(target) = Target::of(probe) else { continue };
        let fits = |live: &&mut Live| target.leads_to(live, start);
        for live in live.iter_mut().filter(fits) {
            live.path.needed = live.path.needed.max(probe.at_least);
            live.path.max_request = live.path.max_request.max(probe.max_request.map(Seconds::get));
            live.keep_alive = live.keep_alive.or(probe.keep_alive.map(Seconds::get));
            live.url = Some(shown(&probe.url, question));
        }
    }
}

/// Whether a probe leads to any path at all.
pub(super) fn is_served(probe: &Probe, live: &[Live], start: &Moment<'_>) -> bool {
    Target::of(probe).is_some_and(|target| live.iter().any(|live| target.leads_to(live, start)))
}

/// A URL as people read it: with the outputs of what exists.
fn shown(url: &In<String>, question: &Question<'_>) -> String {
    const UNKNOWN: &str = "(known after apply)";
    let known = |reference: &Reference| {
        let object = question.recorded.resources.get(&reference.address)?.current.as_ref()?;
        let outputs = question.observed.object(&object.id).map_or(&object.outputs, |observed| &observed.outputs);
        outputs.get(&reference.output)?.as_str()
    };
    let text = |reference| known(reference).unwrap_or(UNKNOWN).to_owned();
    match url {
        In::Value(url) => url.clone(),
        In::Reference(reference) => format!("http://{}/", text(reference)),
        In::Join(parts) => {
            let parts = parts.iter().map(|part| match part {
                Part::Text(part) => part.clone(),
                Part::Reference(reference) => text(reference),
            });
            parts.collect()
        }
    }
}

/// Where a URL leads.
struct Target {
    port: u16,
    /// The load balancer, when the host is one's DNS name.
    load_balancer: Option<Reference>,
    host: Option<String>,
    path: String,
}

impl Target {
    fn of(probe: &Probe) -> Option<Self> {
        let (text, load_balancer) = match &probe.url {
            In::Value(text) => (text.clone(), None),
            In::Reference(reference) => (format!("http://{reference}/"), Some(reference.clone())),
            In::Join(parts) => {
                let reference = parts.iter().find_map(|part| match part {
                    Part::Reference(reference) => Some(reference.clone()),
                    Part::Text(_) => None,
                });
                let texts = parts.iter().map(|part| match part {
                    Part::Text(text) => text.clone(),
                    Part::Reference(reference) => reference.to_string(),
                });
                (texts.collect(), reference)
            }
        };
        let (scheme, rest) = text.split_once("://")?;
        let (authority, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
        let default = if scheme == "https" { 443 } else { 80 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, default),
        };
        let host = load_balancer.is_none().then(|| host.to_owned());
        let path = path.split(['?', '#']).next().unwrap_or("/").to_owned();
        Some(Self { port, load_balancer, host, path })
    }

    fn leads_to(&self, live: &Live, start: &Moment<'_>) -> bool {
        let address = start.object(live.path.load_balancer).address.as_ref();
        let there = self.load_balancer.as_ref().is_none_or(|reference| Some(&reference.address) == address);
        there && live.path.port == self.port && live.path.takes(self.host.as_deref(), &self.path)
    }
}
