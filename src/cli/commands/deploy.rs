use super::apply::{Target, apply_stack};
use crate::{
    arguments::Global,
    error::CliError,
    guard::{GateOptions, Order},
    output::Output,
};
use clap::Args;
use engine::history::Command;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Deploy {
    /// The stack; its variable `image` says what its tasks run.
    stack: String,
    /// The tag or digest (sha256:..) of the image to run from now on.
    #[arg(long, value_name = "TAG|DIGEST")]
    image: String,
    /// Do not ask before making changes.
    #[arg(long)]
    auto_approve: bool,
    #[command(flatten)]
    gate: GateOptions,
}

impl Deploy {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let mut variables = global.variables.clone();
        variables.push(format!("image={}", self.image));
        let global = Global { variables, ..global.clone() };
        let Self { stack, auto_approve, gate, .. } = &self;
        let target = Target { stack, order: Order::Proven, auto_approve: *auto_approve, gate };
        apply_stack(&global, target, Command::Deploy, output).await
    }
}
