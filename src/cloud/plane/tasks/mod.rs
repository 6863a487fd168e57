//! Tasks as processes.

mod container;
mod egress;
mod fact;
mod health;
mod memory;
mod output;
mod plan;
mod process;
mod program;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use self::container::{Order, Running};
use self::memory::Memory;
use self::output::Lines;
use self::plan::{Logs, Plan};
use self::program::Python;
use super::driver::Shared;
use super::{Facts, faults};
use crate::context::Context;
use crate::logs;

pub(crate) use fact::{ContainerFact, TaskFact};
pub(crate) use plan::Wanted;

/// All tasks there are.
pub(crate) struct Tasks {
    shared: Shared,
    python: Arc<Python>,
    /// By the task's ARN.
    tasks: BTreeMap<String, Handle>,
}

/// A task with its processes, which end with it.
struct Handle {
    plan: Arc<Plan>,
    orders: watch::Sender<Order>,
    facts: watch::Receiver<TaskFact>,
    output: Vec<(Logs, Arc<Lines>)>,
    containers: JoinSet<()>,
}

impl fmt::Debug for Tasks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Tasks({})", self.tasks.len())
    }
}

impl Tasks {
    pub(crate) fn new(shared: Shared) -> Self {
        Tasks { shared, python: Arc::default(), tasks: BTreeMap::new() }
    }

    /// The tasks of this region that there should be.
    pub(crate) fn wanted(&self, cx: &Context<'_>) -> Vec<Wanted> {
        plan::wanted(cx, |arn| self.tasks.contains_key(arn))
    }

    /// Tells what became of the processes.
    pub(crate) fn report(&self, facts: &mut Facts) {
        let fact = |(arn, task): (&String, &Handle)| (arn.clone(), task.facts.borrow().clone());
        facts.tasks = self.tasks.iter().map(fact).collect();
    }

    /// Hands over what the processes of this region have written since the last time.
    pub(crate) fn deliver(&mut self, cx: &mut Context<'_>) {
        let region = cx.region;
        let output = self.tasks.values().flat_map(|task| &task.output);
        for (target, lines) in output.filter(|(target, _)| target.region == region) {
            let lines = lines.take();
            if !lines.is_empty() {
                logs::append(cx, &target.group, &target.stream, lines);
            }
        }
    }

    /// Starts and ends processes until there are those that should be.
    pub(crate) fn reconcile(&mut self, wanted: Vec<Wanted>) {
        let mut before = std::mem::take(&mut self.tasks);
        for Wanted { arn, stops, plan } in wanted {
            let task = match (before.remove(&arn), plan) {
                (Some(task), _) => task,
                (None, Some(plan)) => self.start(plan),
                (None, None) => continue,
            };
            if stops {
                task.orders.send_if_modified(|order| std::mem::replace(order, Order::Stop) != Order::Stop);
            }
            self.tasks.insert(arn, task);
        }
        // What is left in `before` is not wanted any more, and is killed as it is dropped.
        self.crash();
    }

    /// Kills the tasks that are to crash by a fault on order.
    fn crash(&self) {
        let runs = |task: &Handle| {
            task.facts.borrow().containers.values().any(|it| matches!(it, ContainerFact::Running { .. }))
        };
        let running = self.tasks.iter().filter(|(_, task)| runs(task));
        let running = running.map(|(arn, task)| faults::Running {
            arn,
            cluster: &task.plan.cluster,
            service: task.plan.service.as_deref(),
        });
        for arn in self.shared.faults.crashes(&running.collect::<Vec<_>>()) {
            if let Some(task) = self.tasks.get(&arn) {
                task.orders.send_replace(Order::Kill);
            }
        }
    }

    fn start(&self, plan: Plan) -> Handle {
        let plan = Arc::new(plan);
        let waiting = plan.containers.iter().map(|container| (container.name.clone(), ContainerFact::Waiting));
        let (facts, seen) = watch::channel(TaskFact { containers: waiting.collect() });
        let (orders, ordered) = watch::channel(Order::Run);
        let memory = Arc::new(Memory::new(plan.memory, plan.containers.len()));
        let (mut containers, mut output) = (JoinSet::new(), Vec::new());
        for (index, container) in plan.containers.iter().enumerate() {
            let lines = Arc::new(Lines::default());
            output.extend(container.logs.clone().map(|logs| (logs, Arc::clone(&lines))));
            let running = Running {
                shared: self.shared.clone(),
                python: Arc::clone(&self.python),
                plan: Arc::clone(&plan),
                index,
                memory: Arc::clone(&memory),
                facts: facts.clone(),
                orders: ordered.clone(),
                lines,
            };
            containers.spawn(running.run());
        }
        Handle { plan, orders, facts: seen, output, containers }
    }

    /// Ends every process, and waits until all have ended.
    pub(crate) async fn stop(self) {
        for task in self.tasks.values() {
            task.orders.send_replace(Order::Kill);
        }
        for (_, mut task) in self.tasks {
            while task.containers.join_next().await.is_some() {}
        }
    }
}
