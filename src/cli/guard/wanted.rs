//! From what is wanted to what is done, the same for everything that changes a stack: lock, look, plan, prove, show, ask,
//! and carry out.

use super::{
    Change, GateOptions, Question,
    permit::{permit, watchable},
};
use crate::{
    arguments::Global,
    commands::plan::{show, show_proof},
    error::CliError,
    output::Output,
    project::Project,
    session::Session,
};
use engine::{
    history::Command,
    plan::{Mode, Observations, Plan, naive},
};
use model::Document;
use std::process::ExitCode;

/// A change that is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) session: &'a Session,
    pub(crate) global: &'a Global,
    pub(crate) project: &'a Project,
    /// The stack as it is wanted.
    pub(crate) document: &'a Document,
    pub(crate) mode: Mode,
    pub(crate) order: Order,
    /// What it is for.
    pub(crate) command: Command,
    /// The apply whose stack it goes back to.
    pub(crate) reverts: Option<u32>,
    pub(crate) gate: &'a GateOptions,
    pub(crate) output: &'a Output,
}

/// In which order the steps are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The one that keeps serving.
    Proven,
    /// The one of a tool that knows only what depends on what.
    Naive,
}

impl Order {
    /// The order that the user asks for: the naive one only by a flag.
    pub(crate) fn asked(naive: bool) -> Self {
        if naive { Self::Naive } else { Self::Proven }
    }

    /// A plan of the planner in this order.
    pub(crate) fn of(self, plan: Plan) -> Plan {
        match self {
            Self::Proven => plan,
            Self::Naive => naive(&plan),
        }
    }
}

impl<'a> Wanted<'a> {
    /// Plans the change, shows it, and carries it out if it may be and the user agrees. `observed` is what the cloud has
    /// said of the state as the session has read it; without `question` nobody is asked.
    ///
    /// # Errors
    /// When it is refused, by the engine or by the user, and when it does not end well.
    pub(crate) async fn carry_out(
        self,
        observed: Option<Observations>,
        question: Option<Question>,
    ) -> Result<ExitCode, CliError> {
        let change = self.plan(observed).await?;
        show(self.output, &change.plan);
        if self.mode == Mode::Apply {
            show_proof(self.output, &change.plan, &change.proof);
        }
        permit(&change.plan, &change.proof, &self.gate.allow_disruption)?;
        if !self.gate.no_gate {
            watchable(&change.plan, &change.proof, self.document)?;
        }
        if let Some(question) = question.filter(|_| !change.plan.is_empty()) {
            question.ask(self.output).await?;
        }
        change.carry_out().await
    }

    /// Locks the stack, plans the change and proves what can be proven of it.
    ///
    /// # Errors
    /// When somebody else changes the stack now, when the cloud cannot be read, and when there is no such plan.
    pub(crate) async fn plan(self, observed: Option<Observations>) -> Result<Change<'a>, CliError> {
        let journal = self.session.lock(self.output)?;
        let recorded = journal.state();
        // Somebody may have applied between the reading and the locking; then the cloud has to be asked again.
        let observed = match observed {
            Some(observed) if recorded.digest() == self.session.store.state().digest() => observed,
            _ => self.session.refresh(&recorded).await?,
        };
        let plan = self.order.of(self.session.plan_from(self.document, &recorded, &observed, self.mode)?);
        let proof = self.session.prove(&plan, self.document, &recorded, &observed, self.output).await?;
        Ok(Change { wanted: self, plan, proof, journal })
    }
}
