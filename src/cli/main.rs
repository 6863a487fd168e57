//! The command-line tool.
//!
//! Only this part prints. Results go to standard output, everything else to standard error.

mod arguments;
mod commands;
mod demo;
mod durations;
mod error;
mod guard;
mod local;
mod output;
mod project;
mod session;
mod stack_program;
mod suggestion;
mod traffic;

use arguments::Arguments;
use clap::Parser as _;
use error::{CliError, Kind};
use output::Output;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Exit code 2 means "there are changes" here, so a wrong command line cannot have it.
            let failed = error.use_stderr();
            return match error.print() {
                Ok(()) if !failed => ExitCode::SUCCESS,
                _ => ExitCode::FAILURE,
            };
        }
    };
    let output = Output::new(&arguments.global);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(commands::run(arguments, &output));
            // A read of standard input that nobody waits for any more must not hold the process.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(CliError::new(Kind::Internal, format!("cannot start: {error}"))),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            output.error(&error);
            ExitCode::FAILURE
        }
    }
}
