use crate::{arguments::Global, error::CliError, output::Output, project::Project};
use clap::Args;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Unlock {
    /// The stack.
    stack: String,
    /// The id of the lock, as the error that it caused names it.
    #[arg(long)]
    id: String,
}

impl Unlock {
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        project.check_recorded(&self.stack, global.local)?;
        let owner = engine::state::unlock(&project.state(&self.stack, global.local), &self.stack, &self.id)?;
        let message = format!("The lock on `{}` has been removed. It was held {owner}.", self.stack);
        output.result(&format!("{message}\n"));
        output.line("unlocked", &message, serde_json::json!({ "id": self.id }));
        Ok(ExitCode::SUCCESS)
    }
}
