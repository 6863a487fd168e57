//! One change from its begin to its record: gated where something serves already, and kept in the history.

use super::{
    Guard,
    apply::{End, Halted, guarded},
    execute::{Running, execute},
    outcome::{changes, report},
    policy::policy,
    probing::probing,
};
use crate::{
    arguments::Global,
    error::{CliError, Kind},
    output::Output,
    project::Project,
    session::Session,
    traffic::summary,
};
use clap::Args;
use engine::{
    apply::{Interrupt, Outcome, Ungated},
    history::{self, Closing, Command, History, Opening, Recording, Retention, restore},
    plan::{Mode, Operation, Plan},
    render,
    serve::Proof,
    state::Journal,
};
use gate::{certificate::Certificate, verdict::Verdict};
use model::{Address, Document};
use serde_json::json;
use std::{collections::BTreeMap, process::ExitCode};

/// Requests a second that the gate sends unless told otherwise.
const RATE: f64 = 50.0;

/// How a change is watched over.
#[derive(Clone, Debug, Args)]
pub(crate) struct GateOptions {
    /// Do not gate the change on real requests.
    #[arg(long)]
    pub(crate) no_gate: bool,
    /// Requests a second that the gate sends.
    #[arg(long, value_name = "N", default_value_t = RATE)]
    pub(crate) rate: f64,
    /// Let each wave prove 99.9 % availability by itself, which takes about a minute each.
    #[arg(long)]
    pub(crate) certify: bool,
    /// Apply although the availability of what depends on this resource is not proven; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) allow_disruption: Vec<Address>,
}

impl Default for GateOptions {
    fn default() -> Self {
        Self { no_gate: false, rate: RATE, certify: false, allow_disruption: Vec::new() }
    }
}

/// One change.
pub(crate) struct Change<'a> {
    pub(crate) session: &'a Session,
    pub(crate) global: &'a Global,
    pub(crate) project: &'a Project,
    /// The stack as it is wanted.
    pub(crate) document: &'a Document,
    pub(crate) plan: &'a Plan,
    pub(crate) proof: &'a Proof,
    /// What it is for.
    pub(crate) command: Command,
    /// The apply whose stack it goes back to.
    pub(crate) reverts: Option<u32>,
    pub(crate) gate: &'a GateOptions,
    pub(crate) output: &'a Output,
}

impl Change<'_> {
    /// Carries the change out, records it, and says how it ended.
    pub(crate) async fn carry_out(&self, journal: Journal) -> Result<ExitCode, CliError> {
        if self.plan.steps.is_empty() {
            return self.only_record(&journal).await;
        }
        let history = History::open(&self.session.directory);
        let before = self.before(&history)?;
        let recording = self.record(&history)?;
        let result = self.watched(&journal, &recording, before.as_ref()).await;
        let (end, certificate) = match result {
            Ok(ended) => ended,
            Err(error) => {
                let outcome = history::Outcome::Incomplete;
                self.close(&recording, outcome, history::Changes::default(), Some(error.message.clone()));
                return Err(error);
            }
        };
        let (outcome, message) = ending(&end);
        self.close(&recording, outcome, changes(self.plan, &end.outcome), message);
        if let Err(error) = history.prune(Retention::default()) {
            self.output.warning(&format!("old records cannot be deleted: {error}"));
        }
        if let Some(certificate) = &certificate {
            self.tell(&recording, certificate);
        }
        conclude(self, &end)
    }

    /// Nothing is to be done in the cloud: what was learnt and the outputs are recorded, and that is no entry in the
    /// history.
    async fn only_record(&self, journal: &Journal) -> Result<ExitCode, CliError> {
        let running = self.running_with(journal, None);
        let outcome = execute(running, self.plan, &Ungated, std::future::pending::<()>()).await?;
        report(self.plan, &outcome, self.output)
    }

    /// What carries out a plan of this change.
    pub(super) fn running<'a>(&'a self, journal: &'a Journal, recording: &'a Recording) -> Running<'a> {
        self.running_with(journal, Some(recording))
    }

    fn running_with<'a>(&'a self, journal: &'a Journal, recording: Option<&'a Recording>) -> Running<'a> {
        Running { session: self.session, global: self.global, journal, recording, output: self.output }
    }

    async fn watched(
        &self,
        journal: &Journal,
        recording: &Recording,
        before: Option<&Document>,
    ) -> Result<(End, Option<Certificate>), CliError> {
        // What does not serve yet cannot be lost.
        let serves = self.proof.paths.iter().any(|path| path.before.is_some());
        let probing = if self.gate.no_gate || self.plan.mode == Mode::Destroy || !serves {
            None
        } else {
            let recorded = journal.state();
            probing(self.project, self.global.local, &self.document.serves, &recorded, self.gate.rate).await?
        };
        let Some(probing) = probing else {
            let running = self.running(journal, recording);
            let outcome = execute(running, self.plan, &Ungated, std::future::pending::<()>()).await?;
            return Ok((End { outcome, halted: None }, None));
        };
        let policy = policy(probing.time_scale, self.gate.certify);
        let guard = Guard::start(probing, &policy, waves(self.plan), recording, self.output).await?;
        let end = guarded(self, journal, recording, before, &guard).await;
        let certificate = guard.stop().await?;
        let path = recording.paths().certificate();
        std::fs::write(&path, certificate.to_json())
            .map_err(|error| CliError::new(Kind::Gate, format!("{}: {error}", path.display())))?;
        Ok((end?, Some(certificate)))
    }

    /// The stack as it was last applied whole; `None` when there is none that can be planned towards.
    fn before(&self, history: &History) -> Result<Option<Document>, CliError> {
        let Some(applied) = history.latest_complete()? else { return Ok(None) };
        let mut document = match applied.document() {
            Ok(document) => document,
            Err(error) => {
                self.output.warning(&format!("the last apply cannot be gone back to: {error}"));
                return Ok(None);
            }
        };
        let withheld = restore(&mut document, self.document, &self.session.kinds.schemas());
        if let Some(withheld) = withheld.first() {
            self.output.warning(&format!("the last apply cannot be gone back to whole: {withheld}"));
            return Ok(None);
        }
        Ok(Some(document))
    }

    fn record(&self, history: &History) -> Result<Recording, CliError> {
        let image = self.document.variables.get("image").and_then(|image| image.as_str());
        let proof = history::Proof { data: json!(self.proof), text: render::proof(self.proof, self.plan) };
        Ok(history.begin(&Opening {
            command: self.command,
            document: self.document,
            plan: self.plan,
            proof: Some(proof),
            schemas: &self.session.kinds.schemas(),
            rust_stack: env!("CARGO_PKG_VERSION"),
            images: image.map(|image| BTreeMap::from([("image".to_owned(), image.to_owned())])).unwrap_or_default(),
            reverts: self.reverts,
            resumes: None,
        })?)
    }

    fn close(&self, recording: &Recording, outcome: history::Outcome, done: history::Changes, message: Option<String>) {
        if let Err(error) = recording.finish(Closing { outcome, done, message }) {
            self.output.warning(&format!("the record of this apply is not whole: {error}"));
        }
    }

    fn tell(&self, recording: &Recording, certificate: &Certificate) {
        let stack = &self.plan.stack;
        let local = if self.global.local { " --local" } else { "" };
        self.output.result(&format!(
            "\nAvailability during the change\n\n{}\nEverybody can recompute this:\n    rust-stack certificate verify {}\nOn \
             one page:\n    rust-stack report {stack} {}{local} --html\n",
            summary(certificate),
            recording.paths().certificate().display(),
            recording.number(),
        ));
        self.output.line("certificate", "availability during the change", json!({ "certificate": certificate }));
    }
}

/// How many verdicts there will be: one at each settle step, one at the end, one after going back.
fn waves(plan: &Plan) -> u32 {
    let settles = plan.steps.iter().filter(|step| matches!(step.operation, Operation::Settle { .. })).count();
    u32::try_from(settles).unwrap_or(u32::MAX).saturating_add(2)
}

fn ending(End { outcome, halted }: &End) -> (history::Outcome, Option<String>) {
    match halted {
        Some(Halted { why, reverted: Some((_, Verdict::Healthy)), .. }) => {
            (history::Outcome::Reverted, Some(why.clone()))
        }
        Some(Halted { why, .. }) => (history::Outcome::Halted, Some(why.clone())),
        None => (of(outcome), None),
    }
}

fn of(outcome: &Outcome) -> history::Outcome {
    match outcome {
        outcome if outcome.is_complete() => history::Outcome::Complete,
        outcome if outcome.interrupted == Interrupt::None => history::Outcome::Incomplete,
        _ => history::Outcome::Interrupted,
    }
}

/// What people are told at the end, and the exit code.
fn conclude(change: &Change<'_>, End { outcome, halted }: &End) -> Result<ExitCode, CliError> {
    let Some(Halted { why, verdict, reverted }) = halted else { return report(change.plan, outcome, change.output) };
    let Some((took, after)) = reverted else {
        let message = format!("the apply was halted ({why}), and the verdict is {verdict}");
        return Err(CliError::new(Kind::Gate, message).hint(
            "Nothing was taken back, because it is not known that the change is to blame; what stands is safe. Apply again \
             to go on, or go back: rust-stack rollback",
        ));
    };
    let message = format!(
        "the change was halted ({why}) and taken back in {:.1} s; the service is {after} now",
        took.as_secs_f64()
    );
    Err(CliError::new(Kind::Gate, message)
        .hint("See what was wrong with it: rust-stack status shows events and stopped tasks, and report the rest."))
}
