//! One file per command.

pub(crate) mod apply;
mod certificate;
mod completions;
mod deploy;
mod destroy;
mod drift;
mod explain;
mod graph;
mod history;
mod local;
mod output;
pub(crate) mod plan;
mod refresh;
mod report;
mod rollback;
mod state;
mod status;
mod unlock;
mod validate;
pub(crate) mod watch;

use crate::{arguments::Arguments, demo::Demo, error::CliError, output::Output};
use clap::Subcommand;
use std::process::ExitCode;

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what an apply would change.
    Plan(plan::Plan),
    /// Make the environment what the stack says.
    Apply(apply::Apply),
    /// Bring out a version of the application: apply the stack with this image.
    Deploy(deploy::Deploy),
    /// Go back to what an earlier apply made.
    Rollback(rollback::Rollback),
    /// Tell about a failure mode that a plan names.
    Explain(explain::Explain),
    /// Delete everything the stack has made.
    Destroy(destroy::Destroy),
    /// Record what changed outside, and change nothing in the cloud.
    Refresh(refresh::Refresh),
    /// Show what changed outside since the last apply.
    Drift(drift::Drift),
    /// Check the stack without asking any cloud.
    Validate(validate::Validate),
    /// Look at what is recorded.
    #[command(subcommand)]
    State(state::State),
    /// Show the outputs of the last apply.
    Output(output::OutputCommand),
    /// Draw what depends on what.
    Graph(graph::Graph),
    /// Show the services, deployments, tasks, targets and last events of a stack.
    Status(status::Status),
    /// List the applies of a stack, or show one.
    History(history::History),
    /// Show what an apply left behind: what changed when, and what the requests prove.
    Report(report::Report),
    /// Remove a lock that was left behind.
    Unlock(unlock::Unlock),
    /// Change a real service under traffic, on a local cloud, and show what the traffic saw.
    Demo(Demo),
    /// Measure the availability of a URL or a stack with real requests.
    Watch(watch::Watch),
    /// Verify, show or make certificates of availability.
    #[command(subcommand)]
    Certificate(certificate::CertificateCommand),
    /// Start, stop and watch the local cloud.
    #[command(subcommand)]
    Local(local::Local),
    /// Print completions for a shell.
    Completions(completions::Completions),
}

pub(crate) async fn run(arguments: Arguments, output: &Output) -> Result<ExitCode, CliError> {
    let global = &arguments.global;
    match arguments.command {
        Command::Plan(command) => command.run(global, output).await,
        Command::Apply(command) => command.run(global, output).await,
        Command::Deploy(command) => command.run(global, output).await,
        Command::Rollback(command) => command.run(global, output).await,
        Command::Explain(command) => command.run(output),
        Command::Destroy(command) => command.run(global, output).await,
        Command::Refresh(command) => command.run(global, output).await,
        Command::Drift(command) => command.run(global, output).await,
        Command::Validate(command) => command.run(global, output).await,
        Command::State(command) => command.run(global, output),
        Command::Output(command) => command.run(global, output),
        Command::Graph(command) => command.run(global, output).await,
        Command::Status(command) => command.run(global, output).await,
        Command::History(command) => command.run(global, output),
        Command::Report(command) => command.run(global, output),
        Command::Unlock(command) => command.run(global, output),
        Command::Demo(command) => command.run(global, output).await,
        Command::Watch(command) => command.run(global, output).await,
        Command::Certificate(command) => command.run(output),
        Command::Local(command) => command.run(global, output).await,
        Command::Completions(command) => command.run(),
    }
}
