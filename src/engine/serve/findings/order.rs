//! Steps that come before what they need, or take away what is still used.

use super::{Change, Context, finding};
use crate::{
    plan::{Action, Operation},
    serve::{
        Finding, Severity,
        scope::{Effect, effect},
        state::Moment,
        takers::action_of,
    },
};
use model::serving::{Action as Routing, Fact, Node, Peer};

pub(super) fn find(context: &Context<'_>, found: &mut Vec<Finding>) {
    for change in context.changes() {
        found.extend(unattached(context, change));
        if change.before.present && !change.after.present {
            found.extend(in_use(context, change));
            found.extend(too_early(context, change));
        }
    }
    let first = context.question.plan.changes.iter().filter(|change| change.action == Action::DeleteThenCreate);
    found.extend(first.map(|change| {
        let message =
            format!("{} is deleted before its successor exists: {}.", change.address, change.reasons.join("; "));
        let remedy = "Declare the new one under another name, and remove the old one in a later plan.";
        finding(2, Some(&change.address), Severity::Watch, message, remedy)
    }));
}

/// How everything is when a step begins as early as it may.
fn earliest<'a>(context: &Context<'a>, step: usize) -> Moment<'a> {
    let mut done = context.world.order.before[step].clone();
    done.set(step, false);
    Moment::new(context.world, &done, None)
}

/// A service that registers with a group that no load balancer uses by then.
fn unattached(context: &Context<'_>, change: Change<'_>) -> Vec<Finding> {
    let Some(Fact::Service(after)) = &change.after.fact else { return Vec::new() };
    let had: Vec<&Node> = match &change.before.fact {
        Some(Fact::Service(before)) => before.registrations.iter().map(|it| &it.target_group).collect(),
        _ => Vec::new(),
    };
    let own = |group: &&Node| context.world.find(group).is_some();
    let groups = after.registrations.iter().map(|it| &it.target_group);
    let new: Vec<&Node> = groups.filter(|it| !had.contains(it)).filter(own).collect();
    if new.is_empty() {
        return Vec::new();
    }
    let moment = earliest(context, change.step);
    let attached = |group: &Node| {
        moment.users(group).any(|(_, fact)| {
            action_of(fact)
                .is_some_and(|action| matches!(action, Routing::Forward { groups, .. } if groups.contains_key(group)))
        })
    };
    let lonely = new.iter().filter(|group| !attached(group));
    lonely
        .map(|group| {
            let (name, group) = (change.object.name(), context.world.name(group));
            let message =
                format!("{name} registers with {group} before any listener or rule uses that; ECS refuses it.");
            let remedy = "Let the rule name the group, with weight 0, before the service does.";
            finding(24, change.object.address.as_ref(), Severity::Refuse, message, remedy)
        })
        .collect()
}

/// What is deleted while others still use it: the call fails, and the apply stops half-way.
fn in_use(context: &Context<'_>, change: Change<'_>) -> Option<Finding> {
    let node = &change.object.node;
    let moment = earliest(context, change.step);
    let (user, mode) = moment
        .users(node)
        .filter(|(user, fact)| *user != change.index && fact.nodes().contains(&node))
        .find_map(|(user, fact)| {
            let mode = match fact {
                _ if moment.object(user).address.is_none() => 36,
                Fact::Rule(_) | Fact::Listener(_) if matches!(change.before.fact, Some(Fact::TargetGroup(_))) => 1,
                Fact::LoadBalancer(it) if it.security_groups.contains(node) => 7,
                Fact::Service(it) if it.security_groups.contains(node) => 7,
                Fact::Passage(it) if it.security_group != *node && it.peer == Peer::SecurityGroup(node.clone()) => 7,
                Fact::LoadBalancer(it) if it.subnets.contains(node) => 20,
                Fact::Service(it) if it.subnets.contains(node) => 20,
                _ => return None,
            };
            Some((user, mode))
        })?;
    let (name, user) = (change.object.name(), moment.object(user).name());
    let message = format!("{name} is deleted while {user} still uses it.");
    let remedy = if mode == 36 {
        "It is not this stack's own: ask its owner to let go of it first."
    } else {
        "Delete it when nothing uses it any more."
    };
    Some(finding(mode, change.object.address.as_ref(), Severity::Refuse, message, remedy))
}

/// What is gone before the last step that may still fail.
fn too_early(context: &Context<'_>, change: Change<'_>) -> Option<Finding> {
    if !change.object.versions[0].present || effect(context.world, change.step) == Effect::Adds {
        return None;
    }
    let steps = &context.question.plan.steps;
    let open = steps.iter().enumerate().find(|(other, step)| {
        let works = !matches!(step.operation, Operation::Settle { .. } | Operation::Delete { .. });
        works && !context.world.order.precedes(*other, change.step)
    })?;
    let serves = change.before.fact.is_some();
    let other = crate::serve::recognise::action(open.1);
    serves.then(|| {
        let message =
            format!("{} is deleted while `{other}` may still fail: there is then no way back.", change.object.name());
        let remedy = "Delete it in the last wave.";
        finding(34, change.object.address.as_ref(), Severity::Watch, message, remedy)
    })
}
