//! How many tasks run while one deployment takes the place of another.
//!
//! AWS: ECS Developer Guide, "Deploy Amazon ECS services by replacing tasks": the fewest are the minimum per cent of the
//! desired count, rounded up; the most are the maximum per cent, rounded down.

use model::serving::{Scaling, Service};
use std::ops::RangeInclusive;

/// The fewest tasks that run during a deployment of `desired`.
pub(super) fn fewest(service: &Service, desired: u32) -> u32 {
    percent(desired, service.minimum_percent, 99)
}

/// The most tasks that run or start during a deployment of `desired`.
pub(super) fn most(service: &Service, desired: u32) -> u32 {
    percent(desired, service.maximum_percent, 0)
}

fn percent(whole: u32, percent: u32, round: u64) -> u32 {
    let hundreds = u64::from(whole) * u64::from(percent) + round;
    u32::try_from(hundreds / 100).unwrap_or(u32::MAX)
}

/// How many tasks may be wanted: what the service says, or all that another writer may choose.
pub(super) fn wanted(service: &Service, scaling: Option<&Scaling>) -> RangeInclusive<u32> {
    match scaling {
        Some(scaling) => scaling.minimum..=scaling.maximum.max(scaling.minimum),
        None => {
            let desired = service.desired.unwrap_or(0);
            desired..=desired
        }
    }
}

/// The number of tasks at which a deployment can neither start a task nor stop one, if there is such a number.
pub(super) fn stuck_at(service: &Service, scaling: Option<&Scaling>) -> Option<u32> {
    // The rounding repeats every hundred tasks.
    let wanted = wanted(service, scaling);
    let end = (*wanted.end()).min(wanted.start().saturating_add(100));
    (*wanted.start()..=end).find(|&desired| desired > 0 && most(service, desired) <= fewest(service, desired))
}

/// Whether the change from `before` to `after` starts new tasks.
pub(super) fn deploys(before: &Service, after: &Service) -> bool {
    let revision = |it: &Service| {
        (
            it.task.clone(),
            it.subnets.clone(),
            it.security_groups.clone(),
            it.registrations.clone(),
            it.public,
            it.revision.clone(),
        )
    };
    revision(before) != revision(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::tests::vocabulary::service;

    #[test]
    fn percentages_round_as_ecs_rounds() {
        for (desired, minimum, maximum, low, high) in
            [(1, 0, 100, 0, 1), (1, 100, 150, 1, 1), (2, 50, 200, 1, 4), (3, 50, 100, 2, 3), (2, 100, 149, 2, 2)]
        {
            let service = model::serving::Service { minimum_percent: minimum, maximum_percent: maximum, ..service() };
            assert_eq!((fewest(&service, desired), most(&service, desired)), (low, high));
        }
    }

    #[test]
    fn a_deployment_may_be_stuck_at_some_counts_only() {
        let of = |desired, minimum_percent, maximum_percent| model::serving::Service {
            desired: Some(desired),
            minimum_percent,
            maximum_percent,
            ..service()
        };
        assert_eq!(stuck_at(&of(1, 100, 150), None), Some(1));
        assert_eq!(stuck_at(&of(2, 100, 150), None), None);
        assert_eq!(stuck_at(&of(2, 100, 200), None), None);
        let node = model::serving::Node::new("service");
        let scaling = Scaling { service: node, minimum: 1, maximum: 9 };
        assert_eq!(stuck_at(&of(4, 100, 150), Some(&scaling)), Some(1));
    }
}
