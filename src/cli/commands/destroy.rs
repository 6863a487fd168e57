use super::{
    apply::{Question, carry_out, lock},
    plan::{nothing, show},
};
use crate::{arguments::Global, error::CliError, output::Output, project::Project, session::Session};
use clap::Args;
use engine::plan::Mode;
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
        let journal = lock(&session, output)?;
        let plan = session.plan(&nothing(&self.stack), &journal.state(), Mode::Destroy).await?;
        show(output, &plan);
        let question = Question {
            auto_approve: self.auto_approve,
            heading: "Do you really want to destroy all resources?",
            explanation: "rust-stack will destroy all the objects shown above. There is no undo.",
            denied: "Destroy cancelled.",
        };
        if !plan.is_empty() {
            question.ask(output).await?;
        }
        carry_out(&session, global, journal, &plan, output).await
    }
}
