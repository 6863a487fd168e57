use super::plan::Saved;
use crate::{
    arguments::Global,
    error::{CliError, Kind},
    guard::{Change, GateOptions, Order, Question, Wanted, permit},
    output::Output,
    project::Project,
    session::{self, Session},
};
use clap::Args;
use engine::{
    history::Command,
    plan::{FORMAT, Mode, VERSION},
};
use std::{fs, path::Path, process::ExitCode};

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The stack: a program in stacks/. Or the file of a saved plan.
    stack: String,
    /// Do not ask before making changes.
    #[arg(long)]
    auto_approve: bool,
    /// Apply in the order of a tool that knows only what depends on what, to see what that would break. What the proof
    /// says is broken has to be allowed.
    #[arg(long, requires = "no_gate")]
    naive: bool,
    #[command(flatten)]
    gate: GateOptions,
}

impl Apply {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let file = Path::new(&self.stack);
        if file.is_file() {
            if self.naive {
                let message = format!("the order of the steps stands in the saved plan {}", file.display());
                return Err(CliError::new(Kind::Usage, message).hint("Save one with plan --naive --out FILE."));
            }
            let project = Project::find(global.chdir.as_deref())?;
            return saved(global, &project, file, &self.gate, output).await;
        }
        let order = Order::asked(self.naive);
        let target = Target { stack: &self.stack, order, auto_approve: self.auto_approve, gate: &self.gate };
        apply_stack(global, target, Command::Apply, output).await
    }
}

/// What is applied, and how.
pub(super) struct Target<'a> {
    pub(super) stack: &'a str,
    pub(super) order: Order,
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
    let Target { stack, order, auto_approve, gate } = target;
    let project = Project::find(global.chdir.as_deref())?;
    let (document, session, observed) = session::prepare(global, project.clone(), stack, output).await?;
    let wanted = Wanted {
        session: &session,
        global,
        project: &project,
        document: &document,
        mode: Mode::Apply,
        order,
        command,
        reverts: None,
        gate,
        output,
    };
    let question = Question {
        auto_approve,
        heading: "Do you want to perform these actions?",
        explanation: "rust-stack will perform the actions described above.",
        denied: "Apply cancelled.",
    };
    wanted.carry_out(Some(observed), Some(question)).await
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
    let journal = session.lock(output)?;
    if journal.state().digest() != plan.base {
        return Err(stale("the state has changed since it was made".to_owned()));
    }
    let command = if plan.mode == Mode::Destroy { Command::Destroy } else { Command::Apply };
    let wanted = Wanted {
        session: &session,
        global,
        project,
        document: &document,
        mode: plan.mode,
        order: Order::Proven,
        command,
        reverts: None,
        gate,
        output,
    };
    Change { wanted, plan, proof, journal }.carry_out().await
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
