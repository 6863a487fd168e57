use super::plan::nothing;
use crate::{
    arguments::Global,
    error::CliError,
    guard::{GateOptions, Order, Question, Wanted},
    output::Output,
    project::Project,
    session::Session,
};
use clap::Args;
use engine::{history::Command, plan::Mode};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Destroy {
    /// The stack. Its program is not needed any more: what is recorded is deleted.
    stack: String,
    /// Do not ask before deleting.
    #[arg(long)]
    auto_approve: bool,
}

impl Destroy {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        let session = Session::open(global, &project, &self.stack, None, output).await?;
        let document = nothing(&self.stack);
        let wanted = Wanted {
            session: &session,
            global,
            project: &project,
            document: &document,
            mode: Mode::Destroy,
            order: Order::Proven,
            command: Command::Destroy,
            reverts: None,
            gate: &GateOptions::default(),
            output,
        };
        let question = Question {
            auto_approve: self.auto_approve,
            heading: "Do you really want to destroy all resources?",
            explanation: "rust-stack will destroy all the objects shown above. There is no undo.",
            denied: "Destroy cancelled.",
        };
        wanted.carry_out(None, Some(question)).await
    }
}
