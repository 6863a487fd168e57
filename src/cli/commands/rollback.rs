use crate::{
    arguments::Global,
    error::{CliError, Kind},
    guard::{GateOptions, Order, Question, Wanted},
    output::Output,
    project::Project,
    session::Session,
};
use clap::Args;
use engine::{
    history::{Applied, Command, Ending, History, restore},
    plan::Mode,
};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The stack. What was recorded is planned towards.
    stack: String,
    /// The number of the apply to go back to (rust-stack history). Without it: what stood before the last change, or
    /// what the last change that was interrupted or halted began with.
    number: Option<u32>,
    /// Do not ask before making changes.
    #[arg(long)]
    auto_approve: bool,
    #[command(flatten)]
    gate: GateOptions,
}

impl Rollback {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        let session = Session::open(global, &project, &self.stack, None, output).await?;
        let applied = self.applied(&History::open(&session.directory))?;
        let mut document = applied.document()?;
        let present = document.clone();
        if let Some(withheld) = restore(&mut document, &present, &session.kinds.schemas()).first() {
            return Err(CliError::new(Kind::State, withheld.to_string())
                .hint("Set the secret in the stack as it was, and apply that."));
        }
        output.note(&format!("Going back to apply {} of `{}`.", applied.summary.number, self.stack));
        let wanted = Wanted {
            session: &session,
            global,
            project: &project,
            document: &document,
            mode: Mode::Apply,
            order: Order::Proven,
            command: Command::Rollback,
            reverts: Some(applied.summary.number),
            gate: &self.gate,
            output,
        };
        let question = Question {
            auto_approve: self.auto_approve,
            heading: "Do you want to go back?",
            explanation: "rust-stack will perform the actions described above.",
            denied: "Rollback cancelled.",
        };
        wanted.carry_out(None, Some(question)).await
    }

    fn applied(&self, history: &History) -> Result<Applied, CliError> {
        let missing = |what: String| {
            CliError::new(Kind::State, what)
                .hint(format!("rust-stack history {} lists the applies that are recorded.", self.stack))
        };
        if let Some(number) = self.number {
            let found = history.read(number)?;
            return found.ok_or_else(|| missing(format!("there is no apply {number} of the stack `{}`", self.stack)));
        }
        let all = history.list()?;
        let stands = |ending: Option<Ending>| ending == Some(Ending::Complete);
        let last = all.last().ok_or_else(|| missing(format!("no apply of the stack `{}` is recorded", self.stack)))?;
        // A change that has not ended well is gone back from to what stood before it.
        let skip = usize::from(stands(last.ending));
        let before = all.iter().rev().filter(|summary| stands(summary.ending)).nth(skip);
        let number = before.map(|summary| summary.number);
        let number = number.ok_or_else(|| missing("there is no earlier apply to go back to".to_owned()))?;
        history.read(number)?.ok_or_else(|| missing(format!("apply {number} is gone")))
    }
}
