//! What tasks consist of, and how they end.

use super::{Context, finding};
use crate::serve::{Finding, Severity, capacity, explore};
use model::serving::{Fact, Service, Task};

/// The longest stop timeout on Fargate, in seconds. AWS: ECS API Reference, ContainerDefinition, stopTimeout.
const LONGEST_STOP: u32 = 120;

pub(super) fn find(context: &Context<'_>, found: &mut Vec<Finding>) {
    for (change, before, after) in context.services() {
        // Its old tasks are stopped.
        if after.is_none_or(|after| capacity::deploys(before, after)) {
            found.extend(stops(context, change.index, before));
        }
        if let Some(after) = after {
            found.extend(images(context, change.index, after));
        }
    }
    for change in context.changes().filter(|change| change.before.present) {
        let (Some(Fact::Gateway(gateway)), None) = (&change.before.fact, &change.after.fact) else { continue };
        if gateway.address.is_some() {
            let name = change.object.name();
            let message = format!("{name} goes, and those behind it are seen under another address.");
            let remedy = "Tell whoever lists the old address in a firewall.";
            found.push(finding(28, change.object.address.as_ref(), Severity::Watch, message, remedy));
        }
    }
}

fn task<'a>(context: &'a Context<'_>, service: &Service) -> Option<&'a Task> {
    match context.start.at(&service.task).or(context.end.at(&service.task)) {
        Some(Fact::Task(task)) => Some(task),
        _ => None,
    }
}

/// Whether the tasks that are stopped can finish what they have begun. They are drained first, and get SIGTERM when the delay
/// of their groups is over. AWS: ECS Developer Guide, "Amazon ECS task lifecycle", DEACTIVATING.
fn stops(context: &Context<'_>, index: usize, service: &Service) -> Vec<Finding> {
    let mut found = Vec::new();
    let Some(task) = task(context, service) else { return found };
    let object = &context.world.objects[index];
    let (name, address) = (object.name(), object.address.as_ref());
    let longest = context.paths_to(index).filter_map(|live| live.path.max_request).max();
    if let Some(longest) = longest.filter(|longest| *longest > task.stop_timeout) {
        let message = format!(
            "A request takes up to {longest} s, and tasks of {name} are killed {} s after SIGTERM.",
            task.stop_timeout
        );
        let remedy = if longest > LONGEST_STOP {
            "Fargate gives at most 120 s: make such requests shorter, or resumable."
        } else {
            "Raise the stop timeout in a deployment before this one."
        };
        let mut groups = service.registrations.iter().map(|registration| &registration.target_group);
        let drains = groups.all(|group| match context.start.at(group) {
            Some(Fact::TargetGroup(fact)) => explore::drains(fact, longest).is_ok(),
            _ => false,
        });
        let (severity, message) = match drains {
            true => (Severity::Watch, format!("{message} Only one that is stopped without being drained cuts it.")),
            false => (Severity::Refuse, message),
        };
        found.push(finding(12, address, severity, message, remedy));
    }
    if task.under_shell {
        let message = format!("Tasks of {name} run under a shell, which does not pass SIGTERM on.");
        found.push(finding(12, address, Severity::Watch, message, "Begin the script with `exec`."));
    }
    found
}

/// Images that may be others tomorrow.
fn images(context: &Context<'_>, index: usize, after: &Service) -> Vec<Finding> {
    let Some(Fact::Task(task)) = context.end.at(&after.task) else { return Vec::new() };
    let moving = |image: &&String| {
        let latest = image.ends_with(":latest") || !image.rsplit('/').next().unwrap_or(image).contains([':', '@']);
        !image.contains("@sha256:") && latest
    };
    let object = &context.world.objects[index];
    let moving = task.images.iter().filter(moving);
    moving
        .map(|image| {
            let message =
                format!("{} runs {image}, whose tag moves: a rollback may run something else.", object.name());
            finding(27, object.address.as_ref(), Severity::Watch, message, "Name the image by its digest.")
        })
        .collect()
}
