use crate::{arguments::Global, error::CliError, output::Output, project::Project, session::Session};
use clap::Args;
use engine::render;
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Refresh {
    /// The stack.
    stack: String,
}

impl Refresh {
    /// Records objects that are gone, objects that an interrupted apply made, and outputs as they are now.
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        let session = Session::open(global, &project, &self.stack, None, output).await?;
        let journal = session.lock(output)?;
        let state = journal.state();
        let observed = session.refresh(&state).await?;
        let drift = engine::plan::drift(&state, &observed, &session.kinds.schemas());
        let events = engine::plan::news(&state, &observed);
        for event in &events {
            journal.record(event.clone()).await?;
        }
        journal.compact().await?;
        if !drift.is_empty() {
            output.result(&render::drift(&drift));
        }
        let message = match events.len() {
            0 => "Refresh complete. Nothing new to record.".to_owned(),
            1 => "Refresh complete. 1 change recorded.".to_owned(),
            count => format!("Refresh complete. {count} changes recorded."),
        };
        output.result(&format!("{message}\n"));
        output.line("refresh_complete", &message, json!({ "recorded": events, "drift": drift }));
        Ok(ExitCode::SUCCESS)
    }
}
