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
};
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
        if serves_from(rollout, &learnt, request).is_some_and(|group| Some(group) != declared(rollout, request.desired))
        {
            turn(arranged.document.to_mut(), rollout);
        }
    }
    let turned = arranged.document.clone();
    let request = &Request { desired: &turned, ..*request };
    let dependencies = Dependencies::of(request.desired, request.schemas).map_err(Refusal::Cycle)?;
    let decisions = decide::decide(request, &learnt, &dependencies, &Rules::default());
    for rollout in rollouts {
        let Some(decision) = decisions.declared.iter().find(|it| *it.address() == rollout.service) else { continue };
        let Some((_, observed)) = decision.current else { continue };
        let superseded = learnt.state.resources.get(&rollout.service).map(|record| &record.superseded[..]);
        let superseded = superseded.unwrap_or_default();
        if is_new_version(decision, rollout) {
            let idle = declared(rollout, request.desired).and_then(|group| rollout.other(group));
            // The version before the last may still be there, when that rollout has not come to its end. Then the last one
            // is changed where it stands, because what gets requests must not be mixed.
            let Some(idle) = idle.filter(|idle| !superseded.iter().any(|it| is_in(&it.object.inputs, idle, &learnt)))
            else {
                continue;
            };
            turn(arranged.document.to_mut(), rollout);
            let why = format!("its new version comes beside it, in {idle}");
            arranged.rules.replaced.insert(rollout.service.clone(), why);
        } else if superseded.is_empty() && is_in_either(&observed.inputs, rollout, &learnt) {
            let dividers = request.desired.resources.iter().filter(|resource| divides(resource, rollout));
            arranged.rules.held.extend(dividers.map(|resource| resource.address.clone()));
        }
    }
    Ok(arranged)
}

/// Whether a resource divides the requests between the two groups of a rollout.
pub(super) fn divides(resource: &Declaration, rollout: &Rollout) -> bool {
    let named: BTreeSet<Address> = references(&resource.inputs).into_iter().map(|it| it.address).collect();
    named.contains(&rollout.serving) && named.contains(&rollout.idle)
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

fn is_in_either(inputs: &Value, rollout: &Rollout, learnt: &Learnt<'_>) -> bool {
    is_in(inputs, &rollout.serving, learnt) || is_in(inputs, &rollout.idle, learnt)
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
    let named: BTreeSet<Address> = references(&service.inputs).into_iter().map(|it| it.address).collect();
    [&rollout.serving, &rollout.idle].into_iter().find(|group| named.contains(*group))
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
