use super::axis::Axis;
use engine::history::{HistoryEvent, Line};
use std::time::Duration;

/// How many targets of one service or target group served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// The service or target group.
    pub of: String,
    /// Each change, in order.
    pub course: Vec<Healthy>,
    /// The fewest healthy targets that the plan allowed, as last said.
    pub at_least: Option<u32>,
}

/// Targets from one moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Healthy {
    /// From when.
    pub at: Duration,
    /// Targets that are healthy.
    pub healthy: u32,
    /// Targets that are registered and not healthy.
    pub unhealthy: u32,
    /// Targets that finish their requests.
    pub draining: u32,
}

impl Capacity {
    /// The fewest and the most healthy targets.
    pub fn range(&self) -> (u32, u32) {
        let healthy = self.course.iter().map(|it| it.healthy);
        (healthy.clone().min().unwrap_or_default(), healthy.max().unwrap_or_default())
    }
}

pub(super) fn capacity(events: &[Line], axis: &Axis) -> Vec<Capacity> {
    let mut all: Vec<Capacity> = Vec::new();
    for line in events {
        let HistoryEvent::Capacity { of, healthy, unhealthy, draining, at_least } = &line.event else { continue };
        let now = Healthy { at: axis.event(line), healthy: *healthy, unhealthy: *unhealthy, draining: *draining };
        let index = all.iter().position(|it| it.of == *of).unwrap_or_else(|| {
            all.push(Capacity { of: of.clone(), course: Vec::new(), at_least: None });
            all.len() - 1
        });
        all[index].course.push(now);
        all[index].at_least = at_least.or(all[index].at_least);
    }
    all
}
