//! Tasks that crash.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::faults::{Fault, Faults, Pending, Seconds, after};

/// Tasks of a service die at once, all their processes by SIGKILL, as if their host had: nothing drains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskCrash {
    /// The name of the ECS service.
    pub(crate) service: String,
    /// The name of its cluster; services of that name in every cluster when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cluster: Option<String>,
    /// How many tasks die. Where fewer run, those die and the fault is over.
    #[serde(default = "one")]
    pub(crate) count: usize,
    /// When they die, after it was ordered. When none runs then, it waits for the first.
    #[serde(default)]
    pub(crate) after_seconds: Seconds,
}

fn one() -> usize {
    1
}

/// A task with processes that run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Running<'a> {
    pub(crate) arn: &'a str,
    /// The cluster's name.
    pub(crate) cluster: &'a str,
    /// The name of the service that it is part of.
    pub(crate) service: Option<&'a str>,
}

impl Faults {
    /// The ARNs of those of the running tasks that die now. Each answer is given once: whoever asks kills them, with
    /// SIGKILL, and reports their exit code 137 as for a process that was killed from outside.
    pub(crate) fn crashes(&self, running: &[Running<'_>]) -> Vec<String> {
        self.lock().crashes(running, Timestamp::now())
    }
}

impl Pending {
    fn crashes(&mut self, running: &[Running<'_>], now: Timestamp) -> Vec<String> {
        let mut dying: Vec<String> = Vec::new();
        // In the order of their ARNs, so that the same tasks die whatever order they are listed in.
        let mut running = running.to_vec();
        running.sort();
        self.at(now).retain(|order| {
            let Fault::TaskCrash(crash) = &order.fault else { return true };
            if now < after(order.ordered, crash.after_seconds) {
                return true;
            }
            let hit = running.iter().filter(|task| crash.matches(task) && !dying.iter().any(|arn| arn == task.arn));
            let hit: Vec<String> = hit.take(crash.count).map(|task| task.arn.to_owned()).collect();
            let waits = hit.is_empty();
            dying.extend(hit);
            waits
        });
        dying
    }
}

impl TaskCrash {
    fn matches(&self, task: &Running<'_>) -> bool {
        task.service == Some(&self.service) && self.cluster.as_deref().is_none_or(|cluster| cluster == task.cluster)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::{Value, json};

    use super::*;

    const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn task<'a>(arn: &'a str, service: &'a str) -> Running<'a> {
        Running { arn, cluster: "main", service: Some(service) }
    }

    /// Orders one crash, and gives who dies in each of some rounds, by the second and the tasks that run.
    #[track_caller]
    fn check(order: Value, rounds: &[(i64, &[Running<'_>], &[&str])]) {
        let mut pending = Pending::default();
        pending.order(serde_json::from_value(order).expect("it is a fault"), START);
        for (second, running, dying) in rounds {
            let now = START + SignedDuration::from_secs(*second);
            assert_eq!(pending.crashes(running, now), *dying, "after {second} s");
        }
    }

    #[test]
    fn as_many_as_ordered_die_once() {
        let running = [task("t3", "web"), task("t1", "web"), task("t2", "web"), task("t0", "other")];
        let order = json!({"kind": "task_crash", "service": "web", "count": 2});
        check(order, &[(0, &running, &["t1", "t2"]), (1, &running, &[])]);
    }

    #[test]
    fn fewer_than_ordered_are_all() {
        let order = json!({"kind": "task_crash", "service": "web", "count": 5});
        check(order, &[(0, &[task("t1", "web")], &["t1"]), (1, &[task("t2", "web")], &[])]);
    }

    #[test]
    fn it_waits_for_its_time_and_for_a_task() {
        let order = json!({"kind": "task_crash", "service": "web", "after_seconds": 10});
        let running = [task("t1", "web")];
        check(order, &[(9, &running, &[]), (10, &[], &[]), (11, &running, &["t1"])]);
    }

    #[test]
    fn other_clusters_and_tasks_without_a_service_live() {
        let order = json!({"kind": "task_crash", "service": "web", "cluster": "other"});
        let alone = Running { service: None, ..task("t2", "web") };
        check(order, &[(0, &[task("t1", "web"), alone], &[])]);
    }

    #[test]
    fn two_crashes_hit_two_tasks() {
        let mut pending = Pending::default();
        for _ in 0..2 {
            let order = json!({"kind": "task_crash", "service": "web"});
            pending.order(serde_json::from_value(order).expect("it is a fault"), START);
        }
        assert_eq!(pending.crashes(&[task("t1", "web"), task("t2", "web")], START), ["t1", "t2"]);
    }
}
