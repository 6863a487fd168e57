use crate::{
    error::{CliError, Kind},
    output::Output,
};
use clap::Args;
use engine::{render, serve::Mode};
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A failure mode, F1 to F37, as plans name them.
    mode: String,
}

impl Explain {
    pub(crate) fn run(self, output: &Output) -> Result<ExitCode, CliError> {
        let mode: Mode = self.mode.parse().map_err(|error: engine::serve::UnknownMode| {
            CliError::new(Kind::Usage, error.to_string()).hint("Plans name the modes: F1 to F37.")
        })?;
        output.result(&render::explain(mode));
        output.line("explanation", &render::explain(mode), json!({ "mode": mode }));
        Ok(ExitCode::SUCCESS)
    }
}
