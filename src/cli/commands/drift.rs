use crate::{arguments::Global, error::CliError, output::Output, project::Project, session};
use clap::Args;
use engine::render;
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Drift {
    /// The stack.
    stack: String,
    /// Exit with 2 when something changed outside.
    #[arg(long)]
    detailed_exitcode: bool,
}

impl Drift {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        let session = session::Session::open(global, &project, &self.stack, None, output).await?;
        let observed = session.refresh(session.store.state()).await?;
        let drift = engine::plan::drift(session.store.state(), &observed, &session.kinds.schemas());
        if drift.is_empty() {
            output.result("No drift. Everything is as the last apply left it.\n");
        } else {
            output.result(&render::drift(&drift));
        }
        for drift in &drift {
            output.line("resource_drift", &format!("{}: drift detected", drift.address), json!({ "drift": drift }));
        }
        output.line("drift_summary", &format!("{} resources drifted", drift.len()), json!({ "count": drift.len() }));
        Ok(if self.detailed_exitcode && !drift.is_empty() { ExitCode::from(2) } else { ExitCode::SUCCESS })
    }
}
