//! Load balancers, listeners, rules and target groups.

use super::{Context, finding};
use crate::{
    plan::Action as Planned,
    serve::{Finding, Lack, Reason, Severity, probes, takers::action_of},
};
use model::serving::{Action, Fact, Node};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn find(context: &Context<'_>, found: &mut Vec<Finding>) {
    found.extend(ends(context));
    found.extend(unserved(context));
    for change in context.changes().filter(|change| change.before.present) {
        let (before, after) = (&change.before.fact, &change.after.fact);
        let address = change.object.address.as_ref();
        let name = change.object.name();
        match (before, after) {
            (Some(Fact::LoadBalancer(before)), Some(Fact::LoadBalancer(after))) => {
                let (gone, new) =
                    (before.subnets.difference(&after.subnets), after.subnets.difference(&before.subnets));
                let (gone, new) = (gone.count(), new.count());
                if gone > 0 && new == 0 {
                    let message = format!(
                        "{name} leaves a zone, and AWS does not say for how long its node there serves clients that know it: the DNS record holds for 60 s."
                    );
                    found.push(finding(
                        20,
                        address,
                        Severity::Unproven,
                        message,
                        "Its tasks have left before, so few requests are at stake: allow it, and let the gate watch.",
                    ));
                }
                if gone > 0 && new > 0 {
                    let message = format!(
                        "{name} gets new subnets and loses old ones in one call: its old nodes vanish while clients know them."
                    );
                    found.push(finding(20, address, Severity::Refuse, message, "Let old and new subnets stand together first, and take the old ones out after a settling step."));
                }
            }
            (Some(Fact::Listener(before)), Some(Fact::Listener(after)))
                if before.certificate.is_some()
                    && after.certificate.is_some()
                    && before.certificate != after.certificate =>
            {
                let message = format!(
                    "{name} shows another certificate at once; clients that ask for a name only the old one has are refused."
                );
                found.push(finding(
                    22,
                    address,
                    Severity::Watch,
                    message,
                    "Add the new certificate beside the old one first, then make it the default.",
                ));
            }
            _ => (),
        }
        if let (Some(before), Some(after)) = (before.as_ref().and_then(action_of), after.as_ref().and_then(action_of)) {
            let first = change.before.step.is_none();
            found.extend(first.then(|| leased(context, change.index, before, after)).flatten().map(|message| {
                finding(
                    18,
                    address,
                    Severity::Refuse,
                    message,
                    "Let the rollout that moved them end, or give them up by declaring the live weights.",
                )
            }));
            found.extend(eager(context, before, after).map(|message| {
                finding(
                    17,
                    address,
                    Severity::Watch,
                    message,
                    "A slow start of the group gives new targets their share little by little.",
                )
            }));
        }
    }
    for live in context.live {
        let idle = context.end.load_balancer(live.path.load_balancer).and_then(|it| it.idle_timeout);
        if let Some((idle, keep)) = idle.zip(live.keep_alive).filter(|(idle, keep)| keep <= idle) {
            let object = context.start.object(live.path.load_balancer);
            let before = context.start.load_balancer(live.path.load_balancer).and_then(|it| it.idle_timeout);
            let severity = if before.is_some_and(|before| before < keep) { Severity::Refuse } else { Severity::Watch };
            let message = format!(
                "The application closes idle connections after {keep} s, and {} uses them for {idle} s.",
                object.name()
            );
            found.push(finding(
                14,
                object.address.as_ref(),
                severity,
                message,
                "Let the application keep them for longer first.",
            ));
        }
    }
}

/// Paths that end because what they go by is replaced, not because the stack does not want them any more.
fn ends(context: &Context<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let replaced = |address: &model::Address| {
        let replaces = |action| matches!(action, Planned::Replace | Planned::DeleteThenCreate);
        context.question.plan.changes.iter().any(|change| change.address == *address && replaces(change.action))
    };
    for live in context.live.iter().filter(|live| live.path.level(&context.start).is_ok()) {
        let (load_balancer, listener) =
            (context.start.object(live.path.load_balancer), context.start.object(live.path.listener));
        match live.path.level(&context.end) {
            Err(Reason::LoadBalancer) if load_balancer.address.as_ref().is_some_and(replaced) => {
                let name = load_balancer.name();
                let message = format!(
                    "{name} is replaced, and the new one has another DNS name; clients that know the old one lose it when it is deleted."
                );
                found.push(finding(21, load_balancer.address.as_ref(), Severity::Refuse, message, "Run the new load balancer beside the old one under another name of the stack, move DNS, and remove the old one in a later plan."));
            }
            Err(Reason::Listener(port))
                if context.end.is_present(live.path.listener) || listener.address.as_ref().is_some_and(replaced) =>
            {
                let message = format!("{} does not listen at port {port} any more.", listener.name());
                found.push(finding(
                    22,
                    listener.address.as_ref(),
                    Severity::Refuse,
                    message,
                    "Declare a second listener at the new port, and remove the old one in a later plan.",
                ));
            }
            Err(reason) if !is_meant(context, &reason) || live.url.is_some() => {
                let mode = crate::serve::recognise::at_the_end(context.world, &reason);
                let name = live.path.name(context.world);
                let address = context.start.object(live.path.taker).address.clone();
                let message = format!("{name} serves now and does not afterwards: {reason}.");
                let remedy =
                    "Correct the stack; or, if that is what it is for, take the rule out of it as well.".to_owned();
                found.push(Finding { mode, address, severity: Severity::Refuse, message, remedy });
            }
            _ => (),
        }
    }
    let replacements = context.question.plan.changes.iter().filter(|it| replaced(&it.address)).count();
    if found.iter().any(|it| it.mode.to_string() == "F21") && replacements > MANY {
        let message = format!("{replacements} resources are replaced together, the load balancer among them.");
        let remedy = "Make a second stack, move DNS to it, and destroy this one.";
        found.push(finding(31, None, Severity::Watch, message, remedy));
    }
    found
}

/// Whether a path ends because the stack does not have it any more.
fn is_meant(context: &Context<'_>, reason: &Reason) -> bool {
    let declared = |name: &str| {
        let address = name.split(' ').next().unwrap_or(name);
        context.question.desired.resources.iter().any(|resource| resource.address.as_str() == address)
    };
    match reason {
        Reason::LoadBalancer | Reason::Listener(_) | Reason::Answered(_) | Reason::Misrouted(_) => true,
        Reason::Group(group) => !declared(group),
        Reason::Empty { why: Lack::Service(service) | Lack::Registration(service), .. } => {
            !service.is_empty() && !declared(service)
        }
        _ => false,
    }
}

/// So many replacements are everything.
const MANY: usize = 10;

/// Probes that no path serves.
fn unserved(context: &Context<'_>) -> Vec<Finding> {
    let served = |probe: &&model::serving::Probe| probes::is_served(probe, context.live, &context.end);
    let lost = context.question.desired.serves.iter().filter(|probe| !served(probe));
    lost.map(|probe| {
        let url = serde_json::to_value(&probe.url).unwrap_or_default();
        let message = format!("No rule of the stack takes requests for {url}, which it is said to serve.");
        finding(8, None, Severity::Unproven, message, "Correct the URL in `serves`.")
    })
    .collect()
}

/// Whether a change writes weights over others that were not recorded here.
fn leased(context: &Context<'_>, index: usize, before: &Action, after: &Action) -> Option<String> {
    let object = &context.world.objects[index];
    let address = object.address.as_ref()?;
    let recorded = context.question.recorded.resources.get(address)?.current.as_ref()?;
    let observed = context.question.observed.object(&recorded.id)?;
    let schema = context.question.schemas.get(object.kind.as_str())?;
    // By what the cloud calls the groups, which is the same in both.
    let weights = |inputs: &Value| -> Option<BTreeMap<Node, u16>> {
        match action_of((schema.serving)(inputs).ok()?.first()?)? {
            Action::Forward { groups, .. } => Some(groups.clone()),
            _ => None,
        }
    };
    let (recorded, live) = (weights(&recorded.inputs)?, weights(&observed.inputs)?);
    let listed = recorded.len() == live.len() && recorded.keys().eq(live.keys());
    let moved = listed && recorded != live && before != after;
    moved.then(|| {
        format!(
            "The weights of {} were moved since the last apply, by a rollout or by somebody, and would be moved back.",
            object.name()
        )
    })
}

/// Whether a group gets its first requests, and a new target all of its share at once.
fn eager(context: &Context<'_>, before: &Action, after: &Action) -> Option<String> {
    let weights = |action: &Action| -> BTreeMap<_, _> {
        match action {
            Action::Forward { groups, .. } => groups.clone(),
            _ => BTreeMap::new(),
        }
    };
    let (before, after) = (weights(before), weights(after));
    let new = after.iter().find(|(group, weight)| **weight > 0 && before.get(group).is_none_or(|weight| *weight == 0));
    let (group, _) = new?;
    let slow = matches!(context.end.at(group), Some(Fact::TargetGroup(it)) if it.slow_start.is_some());
    (!slow).then(|| {
        format!(
            "{} gets its first requests, and each of its targets its full share, after one good check.",
            context.world.name(group)
        )
    })
}
