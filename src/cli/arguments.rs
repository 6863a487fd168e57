use crate::commands::Command;
use clap::{Args, Parser};
use std::path::PathBuf;

/// Plans and applies AWS environments written in Rust, and keeps the service up while it changes them.
#[derive(Debug, Parser)]
#[command(name = "rust-stack", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// Work on the local cloud; starts one when none runs.
    #[arg(long, global = true, conflicts_with = "endpoint_url")]
    pub(crate) local: bool,
    /// Work on the AWS endpoint at this URL (also AWS_ENDPOINT_URL).
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// The region; by default the stack's variable `region`, then AWS_REGION or the profile's.
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The profile of the AWS configuration files.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Set a variable of the stack; may be given several times.
    #[arg(long = "var", global = true, value_name = "NAME=VALUE")]
    pub(crate) variables: Vec<String>,
    /// How many steps an apply takes at one time.
    #[arg(long, global = true, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) parallelism: u16,
    /// Print one JSON object a line instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print without colour (also NO_COLOR; never coloured when not on a terminal).
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Work in this folder instead of the current one.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) chdir: Option<PathBuf>,
}
