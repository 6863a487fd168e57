//! Which of two target groups serves, and whether a new version has to come to the other one.
//!
//! A stack declares a service in one of the two groups and never says which of them serves now: that is what is
//! recorded. So before anything is decided the declaration is turned the way things are; and where a new version is
//! called for it is turned the other way once more, so that what follows is an ordinary plan: a service in the idle
//! group takes the place of the one in the serving group, and the requests go where it is.

use super::{
    Action, Dependencies, Refusal, Request,
    decide::{self, Decision},
    learn::{self, Learnt},
    mention::{mentions, texts},
    restore,
};
use crate::state::{Event, Object};
use model::{Address, Declaration, Document, Rollout, references};
use serde_json::Value;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// The stack as it is to be planned.
pub(super) struct Arranged<'a> {
    /// What is wanted, with the groups as they serve.
    pub(super) document: Cow<'a, Document>,
    /// How to treat what rollouts are about.
    pub(super) rules: Rules,
}

/// How resources that rollouts are about are decided on.
#[derive(Default)]
pub(super) struct Rules {
    /// Services that are replaced to bring out a version, and why.
    pub(super) replaced: BTreeMap<Address, String>,
    /// Who divides requests that nothing has to be changed about: it keeps the division it has, which a rollout or a
    /// person has given it.
    pub(super) held: BTreeSet<Address>,
}

/// Turns what is wanted the way it has to be.
pub(super) fn arrange<'a>(request: &Request<'a>) -> Result<Arranged<'a>, Refusal> {
    let mut arranged = Arranged { document: Cow::Borrowed(request.desired), rules: Rules::default() };
    let rollouts = &request.desired.rollouts;
    if rollouts.is_empty() {
        return Ok(arranged);
    }
    let learnt = learn::learn(request)?;
    for rollout in rollouts {
        let serves = serves_from(rollout, &learnt, request);
        if serves.is_some_and(|group| Some(group) != declared(rollout, &arranged.document)) {
            turn(arranged.document.to_mut(), rollout);
        }
        let other = declared(rollout, &arranged.document).and_then(|group| rollout.other(group));
        if other.is_some_and(|other| has_older(rollout, other, &learnt))
            && is_wanted_again(rollout, &arranged.document, &learnt, request)?
        {
            turn(arranged.document.to_mut(), rollout);
        }
    }
    let turned = arranged.document.clone();
    let request = &Request { desired: &turned, ..*request };
    let dependencies = Dependencies::of(request.desired, request.schemas).map_err(Refusal::Cycle)?;
    let mut learnt = learnt;
    learnt.restore(request, &dependencies)?;
    let decisions = decide::decide(request, &learnt, &dependencies, &Rules::default());
    for rollout in rollouts {
        let Some(decision) = decisions.declared.iter().find(|it| *it.address() == rollout.service) else { continue };
        if decision.current.is_none() {
            continue;
        }
        if is_new_version(decision, rollout) {
            let idle = declared(rollout, request.desired).and_then(|group| rollout.other(group));
            // The version before the last may still be there, when that rollout has not come to its end. Then the last one
            // is changed where it stands, because what gets requests must not be mixed.
            let Some(idle) = idle.filter(|idle| !has_older(rollout, idle, &learnt)) else { continue };
            turn(arranged.document.to_mut(), rollout);
            let why = format!("its new version comes beside it, in {idle}");
            arranged.rules.replaced.insert(rollout.service.clone(), why);
        } else if older(rollout, &learnt).next().is_none() {
            let dividers = request.desired.resources.iter().filter(|resource| divides(resource, rollout));
            arranged.rules.held.extend(dividers.map(|resource| resource.address.clone()));
        }
    }
    Ok(arranged)
}

/// The service's older objects that still exist.
fn older<'l>(rollout: &Rollout, learnt: &'l Learnt<'_>) -> impl Iterator<Item = &'l Object> {
    let record = learnt.state.resources.get(&rollout.service);
    record.into_iter().flat_map(|record| record.superseded.iter().map(|old| &old.object))
}

/// Whether one of them is in this group.
fn has_older(rollout: &Rollout, group: &Address, learnt: &Learnt<'_>) -> bool {
    older(rollout, learnt).any(|object| is_in(&object.inputs, group, learnt))
}

/// Whether the older version of a rollout that has not come to its end is what is wanted: then the requests go back.
fn is_wanted_again(
    rollout: &Rollout,
    document: &Document,
    learnt: &Learnt<'_>,
    request: &Request<'_>,
) -> Result<bool, Refusal> {
    let mut document = document.clone();
    turn(&mut document, rollout);
    let request = &Request { desired: &document, ..*request };
    let dependencies = Dependencies::of(request.desired, request.schemas).map_err(Refusal::Cycle)?;
    let restored = restore::restored(request, &learnt.state, &dependencies);
    Ok(restored.iter().any(|event| matches!(event, Event::Restored { address, .. } if *address == rollout.service)))
}

/// Whether a resource divides the requests between the two groups of a rollout.
pub(super) fn divides(resource: &Declaration, rollout: &Rollout) -> bool {
    names(resource, &rollout.serving) && names(resource, &rollout.idle)
}

fn is_new_version(decision: &Decision<'_>, rollout: &Rollout) -> bool {
    match decision.action {
        Some(Action::Update) => decision.fields.iter().any(|change| rollout.version.contains(&change.field)),
        Some(Action::Replace) => true,
        _ => false,
    }
}

/// The group in which the service is now.
fn serves_from<'r>(rollout: &'r Rollout, learnt: &Learnt<'_>, request: &Request<'_>) -> Option<&'r Address> {
    let object = learnt.state.resources.get(&rollout.service)?.current.as_ref()?;
    let inputs = &request.observed.object(&object.id)?.inputs;
    [&rollout.serving, &rollout.idle].into_iter().find(|group| is_in(inputs, group, learnt))
}

/// Whether these inputs of a service name a group, whichever of its generations.
fn is_in(inputs: &Value, group: &Address, learnt: &Learnt<'_>) -> bool {
    let objects = learnt.state.resources.get(group).into_iter().flat_map(|record| record.objects());
    let outputs: BTreeSet<&str> = objects.flat_map(|object| texts(&object.outputs)).collect();
    mentions(inputs, &outputs)
}

/// The group in which a stack declares the service.
fn declared<'r>(rollout: &'r Rollout, document: &Document) -> Option<&'r Address> {
    let service = document.resources.iter().find(|resource| resource.address == rollout.service)?;
    [&rollout.serving, &rollout.idle].into_iter().find(|group| names(service, group))
}

/// Whether the inputs of a resource refer to another one.
fn names(resource: &Declaration, other: &Address) -> bool {
    references(&resource.inputs).iter().any(|reference| reference.address == *other)
}

/// Lets the two groups change roles: the service goes to the other one, and so do the requests.
fn turn(document: &mut Document, rollout: &Rollout) {
    for resource in &mut document.resources {
        if resource.address == rollout.service || divides(resource, rollout) {
            exchange(&mut resource.inputs, rollout);
        }
    }
}

fn exchange(value: &mut Value, rollout: &Rollout) {
    if let Some(reference) = model::Reference::from_json(value) {
        if let Some(other) = rollout.other(&reference.address) {
            *value = model::Reference { address: other.clone(), ..reference }.to_json();
        }
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| exchange(item, rollout)),
        Value::Object(fields) => fields.values_mut().for_each(|field| exchange(field, rollout)),
        _ => (),
    }
}
