use crate::{arguments::Global, error::CliError, output::Output, project::Project};
use clap::Args;
use engine::state::StateError;
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
        let unlock = |local| engine::state::unlock(&project.state(&self.stack, local), &self.stack, &self.id);
        // The id leaves no doubt which of the stack's two states is meant.
        let owner = match unlock(global.local) {
            Err(error @ StateError::NotLocked { .. }) => unlock(!global.local).map_err(|_| error),
            unlocked => unlocked,
        }?;
        let message = format!("The lock on `{}` has been removed. It was held {owner}.", self.stack);
        output.result(&format!("{message}\n"));
        output.line("unlocked", &message, serde_json::json!({ "id": self.id }));
        Ok(ExitCode::SUCCESS)
    }
}
