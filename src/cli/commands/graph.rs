use super::validate::schemas;
use crate::{arguments::Global, error::CliError, output::Output, project::Project, stack_program};
use clap::{Args, ValueEnum};
use engine::{
    plan::{Dependencies, Refusal},
    render::{self, GraphFormat},
};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Graph {
    /// The stack.
    stack: String,
    /// How the graph is written.
    #[arg(long, value_enum, default_value_t = Format::Dot)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For Graphviz.
    Dot,
    /// For Markdown that draws Mermaid.
    Mermaid,
    /// For programs.
    Json,
}

impl Graph {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        project.check(&self.stack)?;
        let document = stack_program::document(&project, &self.stack, &global.variables, output).await?;
        let dependencies = Dependencies::of(&document, &schemas()).map_err(Refusal::Cycle)?;
        let format = match self.format {
            Format::Dot => GraphFormat::Dot,
            Format::Mermaid => GraphFormat::Mermaid,
            Format::Json => GraphFormat::Json,
        };
        let text = render::graph(&dependencies, format);
        output.result(&text);
        output.line("graph", "the graph", serde_json::json!({ "graph": text }));
        Ok(ExitCode::SUCCESS)
    }
}
