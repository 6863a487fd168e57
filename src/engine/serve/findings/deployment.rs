//! Services and how they deploy.

use super::{Context, finding};
use crate::serve::{Finding, Severity, capacity, state::Moment};
use model::serving::{Fact, Scaling, Service, Strategy};

pub(super) fn find(context: &Context<'_>, found: &mut Vec<Finding>) {
    for (change, before, after) in context.services() {
        let address = change.object.address.as_ref();
        let name = change.object.name();
        let mut report = |mode, severity, message: String, remedy| {
            found.push(finding(mode, address, severity, message, remedy));
        };
        if before.machines_drain == Some(false) {
            let message = format!("The machines that {name} runs on may end before its tasks run elsewhere.");
            report(30, Severity::Refuse, message, "Turn managed draining of the capacity provider on.");
        }
        let Some(after) = after else { continue };
        let deploys = capacity::deploys(before, after);
        if before.strategy != after.strategy && differs_otherwise(before, after) {
            let message = format!("{name} gets another deployment strategy together with other changes.");
            report(37, Severity::Refuse, message, "Change the strategy in a plan of its own.");
        }
        if before.strategy == Strategy::External && deploys {
            let message = format!("Deployments of {name} are made by another controller, so ECS refuses the change.");
            report(19, Severity::Refuse, message, "Deploy through the controller, or change the controller first.");
        }
        let scaling = scaling(&context.start, change.index);
        if let (Some(scaling), true) = (scaling, after.desired.is_some() && after.desired != before.desired) {
            let (from, to) = (before.desired.unwrap_or(0), after.desired.unwrap_or(0));
            let message = format!(
                "{name} is scaled between {} and {} tasks by another writer; its count would go from {from} to {to}.",
                scaling.minimum, scaling.maximum
            );
            report(29, Severity::Refuse, message, "Do not declare `desired_count`.");
        }
        if !deploys {
            continue;
        }
        if let Some(count) = capacity::stuck_at(after, scaling) {
            let (fewest, most) = (capacity::fewest(after, count), capacity::most(after, count));
            let message = format!(
                "With {count} task{} wanted, at least {fewest} and at most {most} run during a deployment of {name}: none can start and none can stop.",
                if count == 1 { "" } else { "s" }
            );
            report(9, Severity::Refuse, message, "Use a minimum of 100 and a maximum of 200 per cent.");
        }
        if !after.stops_failing {
            let message = format!("A deployment of {name} whose tasks keep failing is never stopped by ECS.");
            report(16, Severity::Watch, message, "Enable the circuit breaker.");
        }
        if let Some(needed) = detection(context, after).filter(|needed| after.grace.unwrap_or(0) < *needed) {
            let message = format!(
                "Failed checks of a new task of {name} count after {} s, and it takes {needed} s until a check can tell.",
                after.grace.unwrap_or(0)
            );
            report(
                15,
                Severity::Watch,
                message,
                "Raise the health check grace period first; that starts no deployment.",
            );
        }
        for alarm in &after.alarms {
            let quiet = matches!(context.start.at(alarm), Some(Fact::Alarm { quiet: true }));
            if !quiet {
                let alarm = context.world.name(alarm);
                let message = format!("{alarm}, which rolls deployments of {name} back, is in alarm or has no data.");
                report(32, Severity::Unproven, message, "Let it become quiet first.");
            }
        }
        if after.early_success && context.world.order.wave[change.step] + 1 < context.world.order.waves() {
            let message = format!("A deployment of {name} counts as done while its old tasks are still there.");
            report(33, Severity::Unproven, message, "Let it count as done when it is the only one.");
        }
    }
    found.extend(namespaces(context));
}

/// Whether anything but the strategy changes.
fn differs_otherwise(before: &Service, after: &Service) -> bool {
    Service { strategy: after.strategy, ..before.clone() } != *after
}

pub(super) fn scaling<'w>(moment: &Moment<'w>, service: usize) -> Option<&'w Scaling> {
    let node = &moment.object(service).node;
    moment.users(node).find_map(|(_, fact)| match fact {
        Fact::Scaling(scaling) if scaling.service == *node => Some(scaling),
        _ => None,
    })
}

/// How long it takes until a target group has found a target unhealthy, in seconds.
fn detection(context: &Context<'_>, service: &Service) -> Option<u32> {
    let groups = service.registrations.iter().filter_map(|it| context.end.at(&it.target_group));
    let times = groups.filter_map(|fact| match fact {
        Fact::TargetGroup(group) => Some(group.check_interval * group.unhealthy_threshold),
        _ => None,
    });
    times.max()
}

/// Services that are replaced although their name is unique in a namespace.
fn namespaces(context: &Context<'_>) -> Vec<Finding> {
    let new = context.changes().filter(|change| !change.before.present).filter_map(|change| match &change.after.fact {
        Some(Fact::Service(service)) if service.namespace.is_some() => Some((change, service)),
        _ => None,
    });
    new.filter(|(change, service)| {
        context.world.objects.iter().any(|other| {
            let old = matches!(&other.versions[0].fact, Some(Fact::Service(old)) if old.namespace == service.namespace);
            old && other.address == change.object.address && other.generation != change.object.generation
        })
    })
    .map(|(change, _)| {
        let address = change.object.address.as_ref();
        let name = address.map(ToString::to_string).unwrap_or_default();
        let message = format!("{name} is replaced, and its name is unique in its namespace.");
        finding(4, address, Severity::Refuse, message, "Change it in place, or declare a new one under another name.")
    })
    .collect()
}
