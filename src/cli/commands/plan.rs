use crate::{
    arguments::Global,
    error::{CliError, Kind},
    guard::Order,
    output::Output,
    project::Project,
    session,
};
use clap::Args;
use engine::{
    plan::{Mode, Plan as EnginePlan},
    render,
    serve::{Proof, Verdict},
};
use model::{Document, Stack};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeMap, fs, path::PathBuf, process::ExitCode};

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The stack: a program in stacks/.
    stack: String,
    /// Plan to delete everything instead.
    #[arg(long)]
    destroy: bool,
    /// Write the plan to this file, for `apply FILE`.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 2 when there is something to do: 0 means no changes, 1 an error.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Show every step, also where the order is only "what is needed first".
    #[arg(long)]
    steps: bool,
    /// Plan in the order of a tool that knows only what depends on what, to see what that would break.
    #[arg(long)]
    naive: bool,
}

impl Plan {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        let (document, session, observed) = session::prepare(global, project, &self.stack, output).await?;
        let (desired, mode) =
            if self.destroy { (nothing(&self.stack), Mode::Destroy) } else { (document, Mode::Apply) };
        let plan = session.plan_from(&desired, session.store.state(), &observed, mode)?;
        let plan = Order::asked(self.naive).of(plan);
        let proof = session.prove(&plan, &desired, session.store.state(), &observed, output).await?;
        show(output, &plan);
        show_proof(output, &plan, &proof);
        if self.steps && !render::is_worth_its_steps(&plan) {
            output.result(&format!("\n{}", render::steps(&plan)));
        }
        output.line("requests", "API calls of this plan", json!({ "calls": session.spent() }));
        if let Some(file) = &self.out {
            let saved = Saved { plan: plan.clone(), document: desired.clone(), proof };
            save(file, &saved)?;
            output.result(&format!(
                "\nSaved the plan to: {0}\n\nTo perform exactly these actions, run the following command to apply:\n    \
                 rust-stack apply {1}{0}\n",
                file.display(),
                if global.local { "--local " } else { "" }
            ));
        }
        Ok(if self.detailed_exitcode && !plan.is_empty() { ExitCode::from(2) } else { ExitCode::SUCCESS })
    }
}

/// The document of a stack that wants nothing.
pub(super) fn nothing(stack: &str) -> Document {
    Stack::new(stack).document(BTreeMap::new())
}

/// Prints a plan.
pub(crate) fn show(output: &Output, plan: &EnginePlan) {
    output.result(&render::plan(plan));
    for drift in &plan.drift {
        output.line("resource_drift", &format!("{}: drift detected", drift.address), json!({ "drift": drift }));
    }
    for change in &plan.changes {
        let message = format!("{}: Plan to {}", change.address, json!(change.action).as_str().unwrap_or_default());
        output.line("planned_change", &message, json!({ "change": change }));
    }
    let totals = plan.totals();
    let more = json!({ "changes": totals, "steps": plan.steps.len(), "notes": plan.notes, "outputs": plan.outputs });
    output.line("change_summary", &render::summary(plan), more);
}

/// Prints what is proven of a plan; nothing where nothing serves.
pub(crate) fn show_proof(output: &Output, plan: &EnginePlan, proof: &Proof) {
    if plan.steps.is_empty() || (proof.verdict == Verdict::Idle && proof.paths.is_empty()) {
        return;
    }
    output.result(&format!("\n{}", render::proof(proof, plan)));
    let message = format!("availability: {}", json!(proof.verdict).as_str().unwrap_or_default());
    output.line("proof", &message, json!({ "proof": proof }));
}

/// A saved plan: the plan itself, and what it takes to watch over it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Saved {
    #[serde(flatten)]
    pub(super) plan: EnginePlan,
    /// The stack as it is wanted.
    pub(super) document: Document,
    /// What is proven of the plan.
    pub(super) proof: Proof,
}

/// Writes a plan to a file that only its owner can read, whole or not at all.
fn save(file: &PathBuf, plan: &Saved) -> Result<(), CliError> {
    let failed = |error: std::io::Error| {
        CliError::new(Kind::Plan, format!("the plan cannot be written to {}: {error}", file.display()))
    };
    let text = serde_json::to_vec_pretty(plan)
        .map_err(|error| CliError::new(Kind::Internal, format!("the plan cannot be written: {error}")))?;
    let mut temporary = file.clone().into_os_string();
    temporary.push(".tmp");
    fs::write(&temporary, text).map_err(failed)?;
    fs::rename(&temporary, file).map_err(failed)
}
