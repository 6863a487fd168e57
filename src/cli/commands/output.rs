use crate::{
    arguments::Global,
    error::{CliError, Kind},
    output::Output,
    project::Project,
    session::open_store,
    suggestion::suggestion,
};
use clap::Args;
use engine::render;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct OutputCommand {
    /// The stack.
    stack: String,
    /// Only this output.
    name: Option<String>,
    /// Print a text without quotation marks, for scripts.
    #[arg(long, requires = "name")]
    raw: bool,
}

impl OutputCommand {
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        let state = open_store(&project, &self.stack, global.local, output)?.into_state();
        let Some(name) = &self.name else {
            if state.outputs.is_empty() {
                output.warning(&format!("No outputs found: `{}` has none, or was never applied.", self.stack));
            }
            for (name, value) in &state.outputs {
                output.result(&format!("{name} = {}\n", render::literal(value)));
            }
            output.line("outputs", "Outputs", json!({ "outputs": state.outputs }));
            return Ok(ExitCode::SUCCESS);
        };
        let value = state.outputs.get(name).ok_or_else(|| {
            CliError::new(Kind::Usage, format!("the stack `{}` has no output `{name}`", self.stack)).hint(
                suggestion(name, state.outputs.keys().map(String::as_str))
                    .unwrap_or_else(|| "It has none, or was never applied.".to_owned()),
            )
        })?;
        match value {
            Value::String(text) if self.raw => output.result(text),
            value => output.result(&format!("{}\n", render::literal(value))),
        }
        output.line("outputs", "Outputs", json!({ "outputs": { name: value } }));
        Ok(ExitCode::SUCCESS)
    }
}
