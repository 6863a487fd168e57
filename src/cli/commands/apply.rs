use super::plan::show;
use crate::{
    arguments::Global,
    durations,
    error::{CliError, Kind, hint_of_failure},
    output::{ApplyProgress, Output},
    project::Project,
    session::{self, Session},
};
use clap::Args;
use engine::{
    apply::{Applier, Gate, Interrupt, Outcome, Patience, Ungated},
    plan::{Action, FORMAT, Mode, Operation, Plan, VERSION},
    render,
    state::Journal,
};
use serde_json::json;
use std::{
    fs,
    io::{IsTerminal as _, Write as _},
    path::Path,
    process::ExitCode,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The stack: a program in stacks/. Or the file of a saved plan.
    stack: String,
    /// Do not ask before making changes.
    #[arg(long)]
    auto_approve: bool,
}

impl Apply {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        let file = Path::new(&self.stack);
        if file.is_file() {
            return saved(global, project, file, output).await;
        }
        let (document, session, observed) = session::prepare(global, project, &self.stack, output).await?;
        let journal = lock(&session, output)?;
        // Somebody may have applied between the reading and the locking; then the cloud has to be asked again.
        let recorded = journal.state();
        let plan = if recorded.digest() == session.store.state().digest() {
            session.plan_from(&document, &recorded, &observed, Mode::Apply)?
        } else {
            session.plan(&document, &recorded, Mode::Apply).await?
        };
        show(output, &plan);
        let question = Question {
            auto_approve: self.auto_approve,
            heading: "Do you want to perform these actions?",
            explanation: "rust-stack will perform the actions described above.",
            denied: "Apply cancelled.",
        };
        if !plan.is_empty() {
            question.ask(output).await?;
        }
        carry_out(&session, global, journal, &plan, output).await
    }
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

/// What a user is asked before anything changes.
pub(super) struct Question {
    pub(super) auto_approve: bool,
    pub(super) heading: &'static str,
    pub(super) explanation: &'static str,
    pub(super) denied: &'static str,
}

impl Question {
    pub(super) async fn ask(&self, output: &Output) -> Result<(), CliError> {
        if self.auto_approve {
            return Ok(());
        }
        if output.json || !std::io::stdin().is_terminal() {
            return Err(CliError::new(Kind::Usage, "nobody can be asked for approval here")
                .hint("Give --auto-approve, or apply a saved plan (plan --out FILE, then apply FILE)."));
        }
        anstream::eprint!(
            "\n{}\n  {}\n  Only 'yes' will be accepted to approve.\n\n  Enter a value: ",
            self.heading,
            self.explanation
        );
        let failed = |error: std::io::Error| CliError::new(Kind::Usage, format!("the answer cannot be read: {error}"));
        std::io::stderr().flush().map_err(failed)?;
        let line = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map(|_| line)
        });
        let answer = tokio::select! {
            answer = line => answer.map_err(std::io::Error::other).flatten().map_err(failed)?,
            _ = tokio::signal::ctrl_c() => String::new(),
        };
        anstream::eprintln!();
        if answer.trim() == "yes" { Ok(()) } else { Err(CliError::new(Kind::Interrupted, self.denied)) }
    }
}

async fn saved(global: &Global, project: Project, file: &Path, output: &Output) -> Result<ExitCode, CliError> {
    let plan = read_plan(file)?;
    let mut session = Session::open(global, &project, &plan.stack, Some(&plan.home.region), output).await?;
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
    carry_out(&session, global, journal, &plan, output).await
}

fn read_plan(file: &Path) -> Result<Plan, CliError> {
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

/// Carries out a plan under a lock, and says how it ended.
pub(crate) async fn carry_out(
    session: &Session,
    global: &Global,
    journal: Journal,
    plan: &Plan,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let outcome = execute(session, global, &journal, plan, &Ungated, std::future::pending(), output).await?;
    report(plan, &outcome, output)
}

/// Carries out a plan under a lock. `gate` is asked after each wave; as soon as `alarm` is done everything stops.
pub(crate) async fn execute<A>(
    session: &Session,
    global: &Global,
    journal: &Journal,
    plan: &Plan,
    gate: &dyn Gate,
    alarm: impl Future<Output = A>,
    output: &Output,
) -> Result<Outcome, CliError> {
    let parallelism = usize::from(global.parallelism);
    let progress = ApplyProgress::new(output, plan, parallelism, durations::load(&session.directory, output));
    let (asked, interrupt) = watch::channel(Interrupt::None);
    let rates = session.rates();
    let applier = Applier {
        kinds: &session.kinds,
        recorder: journal,
        observer: &progress,
        parallelism,
        patience: Patience::default(),
        rates: &rates,
        gate,
        interrupt,
    };
    let result = {
        let mut apply = std::pin::pin!(applier.apply(plan, journal.state()));
        let mut alarm = std::pin::pin!(alarm);
        let mut alarmed = false;
        loop {
            tokio::select! {
                result = &mut apply => break result,
                () = progress.keep_saying() => unreachable!("it goes on until it is dropped"),
                error = listen(&asked, output) => return Err(error),
                _ = &mut alarm, if !alarmed => {
                    alarmed = true;
                    asked.send_replace(Interrupt::Now);
                }
            }
        }
    };
    let durations = progress.finish();
    let outcome = result?;
    journal.compact().await?;
    if !outcome.done.is_empty() {
        durations::save(&session.directory, &durations, output);
    }
    Ok(outcome)
}

/// Turns signals into interrupts: the first lets what is in flight end, the second does not.
async fn listen(asked: &watch::Sender<Interrupt>, output: &Output) -> CliError {
    let streams = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupts), Ok(mut terminations)) = streams else {
        return CliError::new(Kind::Internal, "signals cannot be heard");
    };
    let mut count = 0;
    loop {
        tokio::select! {
            _ = interrupts.recv() => (),
            _ = terminations.recv() => (),
        }
        count += 1;
        let (interrupt, text) = if count == 1 {
            (
                Interrupt::Gracefully,
                "Interrupt received. Please wait for what is in flight to end; nothing new is started.\nA second \
                 interrupt stops at once.",
            )
        } else {
            (Interrupt::Now, "Two interrupts received. Stopping at once; the next plan finds what was in flight.")
        };
        output.note(text);
        asked.send_replace(interrupt);
    }
}

pub(crate) fn report(plan: &Plan, outcome: &Outcome, output: &Output) -> Result<ExitCode, CliError> {
    let count = |wanted: fn(&Operation) -> bool| {
        outcome.done.iter().filter(|&&step| wanted(&plan.steps[step].operation)).count()
    };
    let added = count(|operation| matches!(operation, Operation::Create { .. }));
    let destroyed = count(|operation| matches!(operation, Operation::Delete { .. }));
    let mut changed: Vec<_> = outcome
        .done
        .iter()
        .map(|&step| &plan.steps[step])
        .flat_map(|step| match &step.operation {
            Operation::Update { .. } => step.address.iter().collect(),
            Operation::Together { objects, .. } => objects.iter().map(|object| &object.address).collect(),
            _ => Vec::new(),
        })
        .filter(|address| plan.changes.iter().any(|it| it.address == **address && it.action != Action::Delete))
        .collect();
    changed.sort();
    changed.dedup();
    let resources = match plan.mode {
        Mode::Apply => format!("Resources: {added} added, {} changed, {destroyed} destroyed.", changed.len()),
        Mode::Destroy => format!("Resources: {destroyed} destroyed."),
    };
    let more = json!({
        "changes": { "add": added, "change": changed.len(), "remove": destroyed },
        "failed": outcome.failed.len(), "skipped": outcome.skipped.len(),
    });
    if outcome.is_complete() {
        let verb = if plan.mode == Mode::Apply { "Apply" } else { "Destroy" };
        let message = format!("{verb} complete! {resources}");
        output.result(&format!("\n{message}\n"));
        output.line("change_summary", &message, more);
        if let Some(outputs) = outcome.outputs.as_ref().filter(|outputs| !outputs.is_empty()) {
            let lines: String = outputs.iter().map(|(name, value)| render::attribute(name, value)).collect();
            output.result(&format!("\nOutputs:\n\n{}", unindented(&lines)));
            output.line("outputs", "Outputs", json!({ "outputs": outputs }));
        }
        return Ok(ExitCode::SUCCESS);
    }
    output.line("change_summary", &resources, more);
    let mut error = if outcome.interrupted == Interrupt::None {
        let failed = outcome.failed.len();
        CliError::new(Kind::Apply, format!("{failed} of {} steps failed. {resources}", plan.steps.len()))
    } else {
        CliError::new(Kind::Interrupted, format!("interrupted. {resources}"))
    };
    error.details = outcome
        .failed
        .iter()
        .map(|(step, failure)| {
            let address = plan.steps[*step].address.as_ref().map(ToString::to_string).unwrap_or_default();
            let hint = hint_of_failure(failure).map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("{address}: {failure}{hint}")
        })
        .collect();
    if !outcome.skipped.is_empty() {
        error.details.push(format!("{} steps were not begun.", outcome.skipped.len()));
    }
    Err(error.hint("What was done is recorded. Apply again: it goes on from here."))
}

/// Takes away the columns that symbols would stand in.
fn unindented(lines: &str) -> String {
    lines.lines().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))).collect()
}
