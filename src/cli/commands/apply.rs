use super::{
    plan::{Saved, show, show_proof},
    question::Question,
};
use crate::{
    arguments::Global,
    error::{CliError, Kind},
    guard::{Change, GateOptions},
    output::Output,
    project::Project,
    session::{self, Session},
};
use clap::Args;
use engine::{
    history::Command,
    plan::{FORMAT, Mode, Plan, VERSION},
    serve::{Proof, Verdict},
    state::Journal,
};
use model::Address;
use std::{fs, path::Path, process::ExitCode};

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The stack: a program in stacks/. Or the file of a saved plan.
    stack: String,
    /// Do not ask before making changes.
    #[arg(long)]
    auto_approve: bool,
    #[command(flatten)]
    gate: GateOptions,
}

impl Apply {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let file = Path::new(&self.stack);
        if file.is_file() {
            let project = Project::find(global.chdir.as_deref())?;
            return saved(global, &project, file, &self.gate, output).await;
        }
        let target = Target { stack: &self.stack, auto_approve: self.auto_approve, gate: &self.gate };
        apply_stack(global, target, Command::Apply, output).await
    }
}

/// What is applied, and how.
pub(super) struct Target<'a> {
    pub(super) stack: &'a str,
    pub(super) auto_approve: bool,
    pub(super) gate: &'a GateOptions,
}

/// Plans a stack, asks, and carries the plan out.
pub(super) async fn apply_stack(
    global: &Global,
    target: Target<'_>,
    command: Command,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let Target { stack, auto_approve, gate } = target;
    let project = Project::find(global.chdir.as_deref())?;
    let (document, session, observed) = session::prepare(global, project.clone(), stack, output).await?;
    let journal = lock(&session, output)?;
    // Somebody may have applied between the reading and the locking; then the cloud has to be asked again.
    let recorded = journal.state();
    let observed =
        if recorded.digest() == session.store.state().digest() { observed } else { session.refresh(&recorded).await? };
    let plan = session.plan_from(&document, &recorded, &observed, Mode::Apply)?;
    let proof = session.prove(&plan, &document, &recorded, &observed);
    show(output, &plan);
    show_proof(output, &plan, &proof);
    permit(&plan, &proof, &gate.allow_disruption)?;
    let question = Question {
        auto_approve,
        heading: "Do you want to perform these actions?",
        explanation: "rust-stack will perform the actions described above.",
        denied: "Apply cancelled.",
    };
    if !plan.is_empty() {
        question.ask(output).await?;
    }
    let change = Change {
        session: &session,
        global,
        project: &project,
        document: &document,
        plan: &plan,
        proof: &proof,
        command,
        reverts: None,
        gate,
        output,
    };
    change.carry_out(journal).await
}

/// Locks the stack for this process.
pub(crate) fn lock(session: &Session, output: &Output) -> Result<Journal, CliError> {
    let command = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
    let journal = session.store.lock(&command)?;
    for warning in journal.warnings() {
        output.warning(&warning.to_string());
    }
    Ok(journal)
}

async fn saved(
    global: &Global,
    project: &Project,
    file: &Path,
    gate: &GateOptions,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let Saved { plan, document, proof } = read_plan(file)?;
    permit(&plan, &proof, &gate.allow_disruption)?;
    let mut session = Session::open(global, project, &plan.stack, Some(&plan.home.region), output).await?;
    session.store.assume_lineage(&plan.lineage);
    let stale = |why: String| {
        CliError::new(Kind::Plan, format!("the saved plan {} is stale: {why}", file.display())).hint(format!(
            "Make a new one: rust-stack plan {}{} --out {}",
            plan.stack,
            if global.local { " --local" } else { "" },
            file.display()
        ))
    };
    if plan.home != session.home {
        return Err(stale(format!("it was made for {}, and this is {}", plan.home, session.home)));
    }
    let journal = lock(&session, output)?;
    if journal.state().digest() != plan.base {
        return Err(stale("the state has changed since it was made".to_owned()));
    }
    let command = if plan.mode == Mode::Destroy { Command::Destroy } else { Command::Apply };
    let change = Change {
        session: &session,
        global,
        project,
        document: &document,
        plan: &plan,
        proof: &proof,
        command,
        reverts: None,
        gate,
        output,
    };
    change.carry_out(journal).await
}

/// Refuses a plan that is not proven to keep serving, unless the user allows what it disrupts.
pub(super) fn permit(plan: &Plan, proof: &Proof, allowed: &[Address]) -> Result<(), CliError> {
    if matches!(proof.verdict, Verdict::Idle | Verdict::Proven) || plan.mode == Mode::Destroy {
        return Ok(());
    }
    let disrupted: Vec<&Address> = proof.disrupted(plan).collect();
    let refused: Vec<String> =
        disrupted.iter().filter(|address| !allowed.contains(address)).map(ToString::to_string).collect();
    if refused.is_empty() && !disrupted.is_empty() {
        return Ok(());
    }
    let message = match proof.verdict {
        Verdict::Broken => "the plan interrupts requests, as shown above",
        _ => "the plan is not proven to keep serving, as shown above",
    };
    let flags: Vec<String> = refused.iter().map(|address| format!("--allow-disruption {address}")).collect();
    Err(CliError::new(Kind::Plan, message).hint(format!(
        "Change what the proof names (rust-stack explain tells about a failure mode), or accept it: {}",
        flags.join(" ")
    )))
}

fn read_plan(file: &Path) -> Result<Saved, CliError> {
    let failed = |why: String| CliError::new(Kind::Plan, format!("{}: {why}", file.display()));
    let text = fs::read(file).map_err(|error| failed(error.to_string()))?;
    let header: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| failed(format!("it is not a saved plan: {error}")))?;
    if header["format"] != FORMAT {
        return Err(failed("it is not a saved plan".to_owned())
            .hint("To apply a stack of that name, remove or rename the file."));
    }
    if header["version"] != VERSION {
        let hint = "Make the plan with the version of rust-stack that applies it.";
        return Err(
            failed(format!("it has format version {}, and this program reads {VERSION}", header["version"])).hint(hint)
        );
    }
    serde_json::from_value(header).map_err(|error| failed(format!("it is damaged: {error}")))
}
