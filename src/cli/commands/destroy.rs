use super::{
    apply::lock,
    plan::{nothing, show},
    question::Question,
};
use crate::{
    arguments::Global,
    error::CliError,
    guard::{Change, GateOptions},
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
        let journal = lock(&session, output)?;
        let (document, recorded) = (nothing(&self.stack), journal.state());
        let observed = session.refresh(&recorded).await?;
        let plan = session.plan_from(&document, &recorded, &observed, Mode::Destroy)?;
        let proof = session.prove(&plan, &document, &recorded, &observed);
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
        let change = Change {
            session: &session,
            global,
            project: &project,
            document: &document,
            plan: &plan,
            proof: &proof,
            command: Command::Destroy,
            reverts: None,
            gate: &GateOptions::default(),
            output,
        };
        change.carry_out(journal).await
    }
}
