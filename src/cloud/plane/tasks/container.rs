//! The life of one container: from what it waits for to its exit code.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::fact::{ContainerFact, TaskFact};
use super::health::Check;
use super::memory::{Memory, SAMPLE};
use super::output::Lines;
use super::plan::{Container, Plan};
use super::process::{Output, Process};
use super::program::{Program, Python, program};
use crate::ecs::{ContainerHealth, DependencyCondition};
use crate::plane::driver::Shared;

/// How long the last lines of a process that has ended may take to be read.
const LAST_LINES: Duration = Duration::from_secs(1);

/// What a task's processes are to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Run,
    /// End within each container's stop timeout.
    Stop,
    /// End now.
    Kill,
}

/// One container with what it shares with the others of its task.
pub(super) struct Running {
    pub(super) shared: Shared,
    pub(super) python: Arc<Python>,
    pub(super) plan: Arc<Plan>,
    /// Which of the plan's containers it is.
    pub(super) index: usize,
    pub(super) memory: Arc<Memory>,
    pub(super) facts: watch::Sender<TaskFact>,
    pub(super) orders: watch::Receiver<Order>,
    pub(super) lines: Arc<Lines>,
}

impl Running {
    fn container(&self) -> &Container {
        &self.plan.containers[self.index]
    }

    /// Runs the container until it has ended.
    pub(super) async fn run(mut self) {
        let told = match self.live().await {
            Ok((exit_code, reason)) => ContainerFact::Ended { exit_code, reason },
            Err(reason) => ContainerFact::Refused(reason),
        };
        self.tell(told);
    }

    async fn live(&mut self) -> Result<(Option<i32>, Option<String>), String> {
        let mut orders = self.orders.clone();
        let plan = Arc::clone(&self.plan);
        let prepare = async {
            self.dependencies().await;
            program(&self.shared, &self.python, &plan, self.container()).await
        };
        let program = tokio::select! {
            program = prepare => program?,
            // An error means that nobody waits for this container any more.
            _ = orders.wait_for(|order| *order != Order::Run) => return Ok((None, None)),
        };
        let (process, output) =
            Process::start(&program).map_err(|error| format!("CannotStartContainerError: {error}"))?;
        let Output { stdout, stderr } = output;
        let readers = [stdout.map(|out| self.reader(out)), stderr.map(|err| self.reader(err))];
        self.tell(ContainerFact::Running { health: ContainerHealth::Unknown });
        let ended = self.watch(&program, process).await;
        for reader in readers.into_iter().flatten() {
            // Whoever still holds the pipe is none of this task any more.
            let _in_time = tokio::time::timeout(LAST_LINES, reader).await;
        }
        Ok(ended)
    }

    /// Watches over a process until it ends: how it ended.
    async fn watch(&mut self, program: &Program, mut process: Process) -> (Option<i32>, Option<String>) {
        let (told, mut health) = watch::channel(ContainerHealth::Unknown);
        let (pid, group) = (process.id(), process.group());
        let check = self.container().health_check.as_ref();
        let check = check.map(|check| Check::new(check, program, &self.shared));
        let checks = async {
            match &check {
                Some(check) => check.run(program, group, &told).await,
                None => std::future::pending().await,
            }
        };
        let mut checks = std::pin::pin!(checks);
        let mut samples = interval(SAMPLE);
        samples.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut deadline, mut out_of_memory) = (None::<Instant>, false);
        loop {
            let patience = async {
                match deadline {
                    Some(deadline) => sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                exit_code = process.ended() => {
                    let reason = "OutOfMemoryError: Container killed due to memory usage";
                    return (Some(exit_code), out_of_memory.then(|| reason.to_owned()));
                }
                changed = self.orders.changed() => {
                    // An error means that nobody waits for this container any more.
                    let order = if changed.is_ok() { *self.orders.borrow_and_update() } else { Order::Kill };
                    match order {
                        Order::Run => (),
                        Order::Stop => {
                            process.terminate();
                            let timeout = self.shared.scaled(self.container().stop_timeout);
                            deadline.get_or_insert(Instant::now() + timeout);
                        }
                        Order::Kill => process.kill(),
                    }
                }
                () = patience => {
                    process.kill();
                    deadline = None;
                }
                _ = samples.tick() => {
                    if self.memory.exceeds(self.index, pid, self.container().memory) {
                        out_of_memory = true;
                        process.kill();
                    }
                }
                () = &mut checks => (),
                Ok(()) = health.changed() => {
                    let health = *health.borrow_and_update();
                    self.tell(ContainerFact::Running { health });
                }
            }
        }
    }

    /// Waits for the containers that this one depends on.
    ///
    /// AWS: ECS API Reference, ContainerDependency.
    async fn dependencies(&self) {
        let mut facts = self.facts.subscribe();
        let met = |facts: &TaskFact| {
            let depends_on = &self.container().depends_on;
            depends_on
                .iter()
                .all(|(name, condition)| facts.containers.get(name).is_some_and(|it| is_met(*condition, it)))
        };
        // The sender is this container's own: it cannot be gone.
        let _met = facts.wait_for(met).await;
    }

    fn reader(&self, from: impl tokio::io::AsyncRead + Unpin + Send + 'static) -> tokio::task::JoinHandle<()> {
        let lines = Arc::clone(&self.lines);
        tokio::spawn(async move { lines.read(from).await })
    }

    fn tell(&self, fact: ContainerFact) {
        let name = self.container().name.clone();
        self.facts.send_modify(|facts| {
            facts.containers.insert(name, fact);
        });
        self.shared.bell.notify_one();
    }
}

fn is_met(condition: DependencyCondition, fact: &ContainerFact) -> bool {
    match (condition, fact) {
        (_, ContainerFact::Waiting | ContainerFact::Refused(_)) => false,
        (DependencyCondition::Start, _) => true,
        (DependencyCondition::Healthy, ContainerFact::Running { health }) => *health == ContainerHealth::Healthy,
        (DependencyCondition::Complete, ContainerFact::Ended { .. }) => true,
        (DependencyCondition::Success, ContainerFact::Ended { exit_code, .. }) => *exit_code == Some(0),
        (DependencyCondition::Healthy | DependencyCondition::Complete | DependencyCondition::Success, _) => false,
    }
}
