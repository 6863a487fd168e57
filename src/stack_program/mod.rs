//! What a stack program does besides describing its stack: it reads its variables and prints the result.

mod arguments;
mod diagnostic;
mod explain;
mod merge;
mod names;
#[cfg(test)]
mod tests;
mod variables;

pub use diagnostic::{Diagnostic, Failure};

use arguments::Arguments;
use model::{Document, Stack};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    ffi::OsString,
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};
use variables::Source;

/// The `main` of a stack program: reads the variables, calls `stack` with the stack's name and them, and prints the
/// [`Document`] on standard output as JSON.
///
/// Arguments: `--name <name>`, `--vars <file>.toml` and any number of `--var <key>=<value>`, which prevail over the
/// file. When the variables are wrong it prints a [`Failure`] instead and returns 1.
pub fn run<V, F>(stack: F) -> ExitCode
where
    V: Serialize + DeserializeOwned,
    F: FnOnce(&str, &V) -> Stack,
{
    let result = document(stack, std::env::args_os().skip(1));
    if let (Err(diagnostic), true) = (&result, io::stderr().is_terminal()) {
        // The text is for people; that it cannot be shown changes nothing about the failure.
        writeln!(io::stderr(), "{diagnostic}").unwrap_or_default();
    }
    let printed = match &result {
        Ok(document) => print(document),
        Err(diagnostic) => print(&Failure { error: diagnostic.clone() }),
    };
    if result.is_ok() && printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn document<V, F>(stack: F, arguments: impl Iterator<Item = OsString>) -> Result<Document, Diagnostic>
where
    V: Serialize + DeserializeOwned,
    F: FnOnce(&str, &V) -> Stack,
{
    let Arguments { name, file, overrides } = Arguments::parse(arguments)?;
    let source = file.map(Source::read).transpose()?;
    let variables: V = variables::read(source.as_ref(), &overrides)?;
    let recorded = match serde_json::to_value(&variables) {
        Ok(Value::Object(recorded)) => recorded.into_iter().collect(),
        Ok(_) => return Err(Diagnostic::new("the variables of a stack must be a struct with named fields")),
        Err(error) => return Err(Diagnostic::new(format!("the variables cannot be recorded: {error}"))),
    };
    Ok(stack(&name, &variables).document(recorded))
}

fn print(value: &impl Serialize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    out.write_all(b"\n")?;
    out.flush()
}
