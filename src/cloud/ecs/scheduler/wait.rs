//! How long things take that AWS's scheduler does by its clock.

use std::time::Duration;

use jiff::Timestamp;

use crate::context::Context;
use crate::ecs::elapsed;
use crate::latency;

/// How long the scheduler waits after a task failed to start, doubled with each further one (AWS: ECS Developer Guide,
/// "Amazon ECS service throttle logic").
const RETRY_AFTER: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(15 * 60));

/// The least of it here, so that failures follow each other in time even when nothing else takes any: where tasks are
/// processes, these take time.
const RETRY_AFTER_HERE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_millis(100));

/// How long the scheduler takes target by target before it tells of them together. AWS documents none; events that users
/// have published follow each other in steps of ten seconds.
const MORE_TARGETS: Duration = Duration::from_secs(10);

/// The most of it here.
const MORE_TARGETS_HERE: Duration = Duration::from_secs(1);

/// Whether something that takes `on_aws` and began at `start` is over.
pub(super) fn is_past(cx: &Context<'_>, start: Timestamp, on_aws: Duration) -> bool {
    elapsed(start, cx.now) >= wait(cx, on_aws)
}

/// How long something takes here that AWS's scheduler does by its clock.
pub(super) fn wait(cx: &Context<'_>, on_aws: Duration) -> Duration {
    if cx.facts.is_some() { cx.pace.scaled(on_aws) } else { cx.pace.duration(on_aws) }
}

/// How long something lasts here that allows for the start of a task's process.
pub(super) fn with_a_start(cx: &Context<'_>, on_aws: Duration) -> Duration {
    if cx.facts.is_some() { latency::with_a_start(on_aws, cx.pace.time_scale) } else { cx.pace.duration(on_aws) }
}

/// The wait before the next try to start a task, after so many failures in a row.
pub(super) fn retry(cx: &Context<'_>, failures: u32) -> Duration {
    let (first, most) = RETRY_AFTER;
    let on_aws = first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(most);
    let (by_time, by_processes) = RETRY_AFTER_HERE;
    wait(cx, on_aws).max(if cx.facts.is_some() { by_processes } else { by_time })
}

/// How long to wait for more targets before telling of those that were registered or deregistered. Where things go on by
/// time, all that happens at one moment has happened when the scheduler looks.
pub(super) fn for_more_targets(cx: &Context<'_>) -> Duration {
    if cx.facts.is_some() { cx.pace.scaled(MORE_TARGETS).min(MORE_TARGETS_HERE) } else { Duration::ZERO }
}
