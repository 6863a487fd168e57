//! One change from its begin to its record: gated where something serves already, and kept in the history.

use super::{
    Guard, Wanted,
    apply::{End, Halted, guarded},
    execute::{Running, execute},
    outcome::{changes, report},
    policy::policy,
    probing::probing,
};
use crate::{
    error::{CliError, Kind},
    traffic::summary,
};
use clap::Args;
use engine::{
    apply::{Interrupt, Outcome, Ungated},
    history::{self, Closing, History, Opening, Recording, Retention, restore},
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
    /// Requests a second that the gate sends to each URL that the stack serves.
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

/// A change that is planned, with the stack locked.
pub(crate) struct Change<'a> {
    pub(crate) wanted: Wanted<'a>,
    pub(crate) plan: Plan,
    pub(crate) proof: Proof,
    pub(crate) journal: Journal,
}

impl Change<'_> {
    /// Carries the change out, records it, and says how it ended.
    pub(crate) async fn carry_out(self) -> Result<ExitCode, CliError> {
        if self.plan.steps.is_empty() {
            return self.only_record().await;
        }
        let output = self.wanted.output;
        let history = History::open(&self.wanted.session.directory);
        let before = self.before(&history)?;
        let recording = self.record(&history)?;
        let result = match self.watched(&recording, before.as_ref()).await {
            Ok(ended) => self.journal.compact().await.map(|()| ended).map_err(CliError::from),
            Err(error) => Err(error),
        };
        let (end, certificates) = match result {
            Ok(ended) => ended,
            Err(error) => {
                let outcome = history::Outcome::Incomplete;
                self.close(&recording, outcome, history::Changes::default(), Some(error.message.clone()));
                return Err(error);
            }
        };
        let (outcome, message) = ending(&end);
        self.close(&recording, outcome, changes(&self.plan, &end.outcome), message);
        if let Err(error) = history.prune(Retention::default()) {
            output.warning(&format!("old records cannot be deleted: {error}"));
        }
        self.tell(&history, &recording, &certificates);
        conclude(&self, &end)
    }

    /// Nothing is to be done in the cloud: what was learnt and the outputs are recorded, and that is no entry in the
    /// history.
    async fn only_record(&self) -> Result<ExitCode, CliError> {
        let outcome = execute(self.running_with(None), &self.plan, &Ungated, std::future::pending::<()>()).await?;
        self.journal.compact().await?;
        report(&self.plan, &outcome, self.wanted.output)
    }

    /// What carries out a plan of this change.
    pub(super) fn running<'a>(&'a self, recording: &'a Recording) -> Running<'a> {
        self.running_with(Some(recording))
    }

    fn running_with<'a>(&'a self, recording: Option<&'a Recording>) -> Running<'a> {
        let Wanted { session, global, output, .. } = self.wanted;
        Running { session, global, journal: &self.journal, recording, output }
    }

    async fn watched(
        &self,
        recording: &Recording,
        before: Option<&Document>,
    ) -> Result<(End, Vec<Certificate>), CliError> {
        // What does not serve yet cannot be lost.
        let serves = self.proof.paths.iter().any(|path| path.before.is_some());
        let Wanted { project, global, document, gate, output, .. } = self.wanted;
        let probing = if gate.no_gate || self.plan.mode == Mode::Destroy || !serves {
            None
        } else {
            probing(project, global.local, &document.serves, &self.journal.state(), gate.rate).await?
        };
        let Some(probing) = probing else {
            let outcome = execute(self.running(recording), &self.plan, &Ungated, std::future::pending::<()>()).await?;
            return Ok((End { outcome, halted: None }, Vec::new()));
        };
        let policy = policy(probing.time_scale, gate.certify);
        let guard = Guard::start(probing, &policy, waves(&self.plan), recording, output).await?;
        let end = guarded(self, recording, before, &guard).await;
        let certificates = guard.stop().await?;
        for (place, certificate) in certificates.iter().enumerate() {
            let path = recording.paths().certificate_of(place);
            std::fs::write(&path, certificate.to_json())
                .map_err(|error| CliError::new(Kind::Gate, format!("{}: {error}", path.display())))?;
        }
        Ok((end?, certificates))
    }

    /// The stack as it was last applied whole; `None` when there is none that can be planned towards.
    fn before(&self, history: &History) -> Result<Option<Document>, CliError> {
        let Some(applied) = history.latest_complete()? else { return Ok(None) };
        let mut document = match applied.document() {
            Ok(document) => document,
            Err(error) => {
                self.wanted.output.warning(&format!("the last apply cannot be gone back to: {error}"));
                return Ok(None);
            }
        };
        let withheld = restore(&mut document, self.wanted.document, &self.wanted.session.kinds.schemas());
        if let Some(withheld) = withheld.first() {
            self.wanted.output.warning(&format!("the last apply cannot be gone back to whole: {withheld}"));
            return Ok(None);
        }
        Ok(Some(document))
    }

    fn record(&self, history: &History) -> Result<Recording, CliError> {
        let Wanted { session, document, command, reverts, .. } = self.wanted;
        let image = document.variables.get("image").and_then(|image| image.as_str());
        let proof = history::Proof { data: json!(self.proof), text: render::proof(&self.proof, &self.plan) };
        Ok(history.begin(&Opening {
            command,
            document,
            plan: &self.plan,
            proof: Some(proof),
            schemas: &session.kinds.schemas(),
            rust_stack: env!("CARGO_PKG_VERSION"),
            images: image.map(|image| BTreeMap::from([("image".to_owned(), image.to_owned())])).unwrap_or_default(),
            reverts,
            resumes: None,
        })?)
    }

    fn close(&self, recording: &Recording, outcome: history::Outcome, done: history::Changes, message: Option<String>) {
        if let Err(error) = recording.finish(Closing { outcome, done, message }) {
            self.wanted.output.warning(&format!("the record of this apply is not whole: {error}"));
        }
    }

    /// Says what the probes of each URL prove.
    fn tell(&self, history: &History, recording: &Recording, certificates: &[Certificate]) {
        if certificates.is_empty() {
            return;
        }
        let output = self.wanted.output;
        output.result("\nAvailability during the change\n\n");
        for (place, certificate) in certificates.iter().enumerate() {
            output.result(&format!(
                "{}\nEverybody can recompute this:\n    rust-stack certificate verify {}\n",
                summary(certificate),
                recording.paths().certificate_of(place).display(),
            ));
            output.line("certificate", "availability during the change", json!({ "certificate": certificate }));
        }
        match page(history, recording) {
            Ok(()) => output.result(&format!("On one page:\n    {}\n", recording.paths().report().display())),
            Err(error) => output.warning(&format!("there is no page about this apply: {error}")),
        }
    }
}

/// Writes the page that shows what happened.
fn page(history: &History, recording: &Recording) -> Result<(), Box<dyn std::error::Error>> {
    let applied = history.read(recording.number())?.ok_or("it is not recorded")?;
    std::fs::write(recording.paths().report(), ::report::page(&::report::Report::of(applied)))?;
    Ok(())
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
    let Some(Halted { why, verdict, reverted }) = halted else {
        return report(&change.plan, outcome, change.wanted.output);
    };
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
