use crate::{arguments::Global, error::CliError, output::Output, project::Project, stack_program};
use clap::Args;
use engine::{
    plan::{Dependencies, Refusal},
    provider::Schemas,
};
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// The stack.
    stack: String,
}

impl Validate {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        project.check(&self.stack)?;
        let document = stack_program::document(&project, &self.stack, &global.variables, output).await?;
        let schemas = schemas();
        let problems = engine::check::check(&document, &schemas);
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems).into());
        }
        Dependencies::of(&document, &schemas).map_err(Refusal::Cycle)?;
        let count = document.resources.len();
        let message = format!("Success! The configuration is valid: {count} resources.");
        output.result(&format!("{message}\n"));
        output.line("validation", &message, json!({ "valid": true, "resources": count }));
        Ok(ExitCode::SUCCESS)
    }
}

/// The schemas of all kinds; no cloud is needed for them.
pub(super) fn schemas() -> Schemas {
    aws::KINDS.iter().map(|entry| (entry.schema.kind, entry.schema)).collect()
}
