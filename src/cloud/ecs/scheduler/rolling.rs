//! Which tasks of a service to start and to stop. Pure.
//!
//! AWS: ECS API Reference, DeploymentConfiguration; ECS Developer Guide, "Deploy Amazon ECS services by replacing
//! tasks".

use std::collections::BTreeMap;

/// How a service stands.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    pub(super) desired: u32,
    pub(super) minimum_healthy_percent: u32,
    pub(super) maximum_percent: u32,
    /// Whether tasks may be started: not while failed ones are waited for.
    pub(super) may_start: bool,
    /// Whether no task is ever started again, because the deployment has failed.
    pub(super) stalled: bool,
    /// The tasks that run or are on their way to; those that are stopping do not count.
    pub(super) tasks: &'a [Member],
}

/// One task of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) key: String,
    /// The id of the deployment that it belongs to.
    pub(super) deployment: String,
    /// Whether it belongs to the primary deployment.
    pub(super) current: bool,
    pub(super) healthy: bool,
    /// Whether it failed its health checks, so that another one is to take its place.
    pub(super) failing: bool,
    pub(super) zone: String,
    /// Orders the tasks: older ones are less.
    pub(super) age_order: i64,
}

/// What to do next.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) start: u32,
    /// The keys of the tasks to stop.
    pub(super) stop: Vec<String>,
}

/// Starts as many tasks as the maximum allows, and stops as many as the minimum allows.
///
/// A task that fails its health checks goes once another one has taken its place, or at once where the maximum leaves no
/// room for another one (AWS: ECS Developer Guide, "Amazon ECS services", on unhealthy tasks and `maximumPercent`). Where
/// no other one will ever come it goes, too, so that a deployment that failed leaves nothing that does not serve.
pub(super) fn decide(standing: &Standing<'_>) -> Decision {
    let Standing { desired, tasks, .. } = *standing;
    // AWS rounds the lower limit up and the upper one down.
    let lower = percent(desired, standing.minimum_healthy_percent).div_ceil(100);
    let upper = percent(desired, standing.maximum_percent) / 100;
    let (current, old): (Vec<&Member>, Vec<&Member>) = tasks.iter().partition(|task| task.current);
    let (failing, sound): (Vec<&Member>, Vec<&Member>) = current.into_iter().partition(|task| task.failing);
    let (sound_healthy, sound_idle): (Vec<&Member>, Vec<&Member>) = sound.iter().partition(|task| task.healthy);

    let missing = u64::from(desired).saturating_sub(sound.len() as u64);
    let room = upper.saturating_sub(tasks.len() as u64);
    let start = if standing.may_start { missing.min(room) as u32 } else { 0 };

    // What serves nobody can go at once.
    let (old_healthy, old_idle): (Vec<&Member>, Vec<&Member>) = old.into_iter().partition(|task| task.healthy);
    let mut stop: Vec<&Member> = old_idle;
    let healthy = tasks.iter().filter(|task| task.healthy).count() as u64;
    let surplus = healthy.saturating_sub(lower) as usize;
    stop.extend(from_fullest_zone(old_healthy, surplus));

    let waited_for = (desired as usize).saturating_sub(sound_healthy.len());
    let replaced = if standing.stalled { failing.len() } else { failing.len().saturating_sub(waited_for) };
    let in_the_way = if standing.may_start { missing.saturating_sub(room) as usize } else { 0 };
    stop.extend(from_fullest_zone(failing, replaced.max(in_the_way)));

    let excess = sound.len().saturating_sub(desired as usize);
    let idle = from_fullest_zone(sound_idle, excess);
    let rest = excess - idle.len();
    stop.extend(idle);
    stop.extend(from_fullest_zone(sound_healthy, rest));
    Decision { start, stop: stop.into_iter().map(|task| task.key.clone()).collect() }
}

fn percent(desired: u32, percent: u32) -> u64 {
    u64::from(desired) * u64::from(percent)
}

/// `count` of the tasks, each from the zone that has most of them, the oldest there first.
fn from_fullest_zone(mut tasks: Vec<&Member>, count: usize) -> Vec<&Member> {
    tasks.sort_by_key(|task| task.age_order);
    let mut picked = Vec::new();
    while picked.len() < count && !tasks.is_empty() {
        let mut zones: BTreeMap<&str, usize> = BTreeMap::new();
        for task in &tasks {
            *zones.entry(&task.zone).or_default() += 1;
        }
        let fullest = zones.values().max().copied().unwrap_or_default();
        let place = tasks.iter().position(|task| zones.get(task.zone.as_str()) == Some(&fullest)).unwrap_or_default();
        picked.push(tasks.remove(place));
    }
    picked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(current_healthy: usize, current_idle: usize, old_healthy: usize, old_idle: usize) -> Vec<Member> {
        let kinds = [
            (true, true, current_healthy),
            (true, false, current_idle),
            (false, true, old_healthy),
            (false, false, old_idle),
        ];
        let members = kinds
            .into_iter()
            .flat_map(|(current, healthy, count)| (0..count).map(move |number| (current, healthy, number)));
        members
            .map(|(current, healthy, number)| Member {
                key: format!("{current}-{healthy}-{number}"),
                deployment: current.to_string(),
                current,
                healthy,
                failing: false,
                zone: format!("zone-{}", number % 2),
                age_order: number as i64,
            })
            .collect()
    }

    const ROLLING: Standing<'_> = Standing {
        desired: 2,
        minimum_healthy_percent: 100,
        maximum_percent: 200,
        may_start: true,
        stalled: false,
        tasks: &[],
    };

    #[track_caller]
    fn check(desired: u32, limits: (u32, u32), tasks: &[Member], start: u32, stop: usize) {
        let (minimum_healthy_percent, maximum_percent) = limits;
        let decision = decide(&Standing { desired, minimum_healthy_percent, maximum_percent, tasks, ..ROLLING });
        assert_eq!((decision.start, decision.stop.len()), (start, stop), "{decision:?}");
    }

    #[test]
    fn new_tasks_come_before_old_ones_go() {
        check(2, (100, 200), &members(0, 0, 2, 0), 2, 0);
        check(2, (100, 200), &members(0, 2, 2, 0), 0, 0);
        check(2, (100, 200), &members(1, 1, 2, 0), 0, 1);
        check(2, (100, 200), &members(2, 0, 1, 0), 0, 1);
        check(2, (100, 200), &members(2, 0, 0, 0), 0, 0);
    }

    #[test]
    fn without_room_old_ones_go_first() {
        check(2, (50, 100), &members(0, 0, 2, 0), 0, 1);
        check(2, (50, 100), &members(0, 0, 1, 0), 1, 0);
        check(2, (50, 100), &members(1, 0, 1, 0), 0, 1);
        check(4, (0, 100), &members(0, 0, 4, 0), 0, 4);
        check(1, (100, 150), &members(0, 0, 1, 0), 0, 0);
    }

    #[test]
    fn failing_tasks_go_when_others_have_come() {
        let failing = |count: usize, others: Vec<Member>| -> Vec<Member> {
            let failing = members(0, count, 0, 0).into_iter().map(|task| Member { failing: true, ..task });
            failing.chain(others).collect()
        };
        check(2, (100, 200), &failing(1, members(1, 0, 0, 0)), 1, 0);
        check(2, (100, 200), &failing(1, members(1, 1, 0, 0)), 0, 0);
        check(2, (100, 200), &failing(1, members(2, 0, 0, 0)), 0, 1);
        check(2, (100, 200), &failing(2, members(0, 0, 2, 0)), 0, 2);
        check(2, (50, 100), &failing(1, members(1, 0, 0, 0)), 0, 1);
        check(0, (100, 200), &failing(1, members(1, 0, 0, 0)), 0, 2);
    }

    #[test]
    fn what_fails_in_a_deployment_that_failed_goes() {
        let mut tasks = members(1, 2, 0, 0);
        tasks[2].failing = true;
        let decision = decide(&Standing { desired: 3, may_start: false, stalled: true, tasks: &tasks, ..ROLLING });
        assert_eq!((decision.start, decision.stop), (0, vec![tasks[2].key.clone()]));
        let waiting = decide(&Standing { desired: 3, may_start: false, tasks: &tasks, ..ROLLING });
        assert_eq!(waiting, Decision::default(), "one is still to come");
    }

    #[test]
    fn scaling_follows_the_desired_count() {
        check(5, (100, 200), &members(2, 0, 0, 0), 3, 0);
        check(1, (100, 200), &members(2, 1, 0, 0), 0, 2);
        check(0, (100, 200), &members(2, 0, 1, 1), 0, 4);
    }

    #[test]
    fn idle_old_tasks_go_at_once_and_zones_stay_even() {
        check(2, (100, 200), &members(0, 1, 2, 2), 0, 2);
        let tasks = members(3, 0, 0, 0);
        let standing = Standing { tasks: &tasks, ..ROLLING };
        assert_eq!(decide(&standing).stop, ["true-true-0"]);
    }
}
