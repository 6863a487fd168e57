//! What the tests of the state are made of.

use super::{Event, Home, Object, Pending, State};
use crate::provider::{Id, Identity};
use model::{Address, Lifecycle};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn address(text: &str) -> Address {
    text.parse().expect("a valid address")
}

fn addresses(texts: &[&str]) -> BTreeSet<Address> {
    texts.iter().map(|text| address(text)).collect()
}

fn identity(of: &str, generation: u32) -> Identity {
    Identity {
        name: format!("dev-{of}-{generation}"),
        token: format!("token-{of}-{generation}"),
        tags: BTreeMap::new(),
    }
}

pub(super) fn home(region: &str, endpoint: Option<&str>) -> Home {
    Home { account: "1".repeat(12), region: region.to_owned(), endpoint: endpoint.map(str::to_owned) }
}

fn intend(of: &str, generation: u32, dependencies: &[&str], supersedes: Option<&str>) -> Event {
    Event::CreateIntended {
        address: address(of),
        kind: format!("ec2.{}", of.split('.').next().expect("a type")),
        pending: Pending {
            generation,
            identity: identity(of, generation),
            inputs: json!({ "cidr_block": "10.0.0.0/16", "note": "zwölf\n\"Boxkämpfer\"" }),
            dependencies: addresses(dependencies),
        },
        lifecycle: Lifecycle::default(),
        supersedes: supersedes.map(str::to_owned),
    }
}

pub(super) fn intended(of: &str, generation: u32, dependencies: &[&str]) -> Event {
    intend(of, generation, dependencies, None)
}

pub(super) fn superseding(of: &str, generation: u32, reason: &str) -> Event {
    intend(of, generation, &[], Some(reason))
}

pub(super) fn created(of: &str, id: &str) -> Event {
    Event::Created { address: address(of), id: Id::new(id) }
}

pub(super) fn not_created(of: &str) -> Event {
    Event::NotCreated { address: address(of) }
}

pub(super) fn settled(of: &str, generation: u32, id: &str, dependencies: &[&str]) -> Event {
    Event::Settled {
        address: address(of),
        object: Object {
            generation,
            id: Id::new(id),
            identity: identity(of, generation),
            inputs: json!({ "cidr_block": "10.0.0.0/16" }),
            outputs: json!({ "id": id }),
            ready: true,
            dependencies: addresses(dependencies),
        },
        lifecycle: Lifecycle::default(),
    }
}

pub(super) fn deleted(of: &str, generation: u32) -> Event {
    Event::Deleted { address: address(of), generation }
}

pub(super) fn restored(of: &str, generation: u32) -> Event {
    Event::Restored { address: address(of), generation, reason: format!("generation {generation} is wanted again") }
}

pub(super) fn moved(from: &str, to: &str) -> Event {
    Event::Moved { from: address(from), to: address(to) }
}

pub(super) fn finished() -> Event {
    Event::Finished { variables: BTreeMap::new(), outputs: [("url".to_owned(), json!("http://a"))].into() }
}

/// A few events in the order in which an apply records them.
pub(super) fn history() -> Vec<Event> {
    vec![
        Event::Begun { home: home("us-east-1", None) },
        intended("vpc.a", 1, &[]),
        created("vpc.a", "vpc-1"),
        settled("vpc.a", 1, "vpc-1", &[]),
        intended("vpc.b", 1, &[]),
        created("vpc.b", "vpc-2"),
        intended("subnet.a", 1, &["vpc.a"]),
        created("subnet.a", "subnet-1"),
        superseding("subnet.a", 2, "the CIDR changed"),
        created("subnet.a", "subnet-2"),
        settled("subnet.a", 2, "subnet-2", &["vpc.a"]),
        intended("vpc.c", 1, &[]),
    ]
}

/// The state after [`history`]: a superseded, several current and a pending object.
pub(super) fn sample() -> State {
    let mut state = State::new("dev", "l");
    for event in history() {
        state.apply(event).expect("it fits");
    }
    state
}
