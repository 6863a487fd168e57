//! Builds and runs a stack program, which prints its resource graph as JSON.

use crate::{
    error::{CliError, Kind},
    output::Output,
    project::Project,
};
use model::Document;
use serde::Deserialize;
use serde_json::Value;
use std::{path::PathBuf, process::Stdio, time::Duration};
use tokio::{process::Command, time::timeout};

/// Builds the program of a stack and runs it with the stack's variables.
///
/// # Errors
/// When it does not compile: the compiler's messages have then been shown, and are the error. When its variables or
/// rules are broken.
pub(crate) async fn document(
    project: &Project,
    stack: &str,
    variables: &[String],
    output: &Output,
) -> Result<Document, CliError> {
    let program = build(project, stack, output).await?;
    let mut command = Command::new(&program);
    command.current_dir(&project.root).arg("--name").arg(stack);
    let file = project.variables(stack);
    if file.is_file() {
        command.arg("--vars").arg(file.strip_prefix(&project.root).unwrap_or(&file));
    }
    for variable in variables {
        command.arg("--var").arg(variable);
    }
    let failed = |message: String| CliError::new(Kind::Stack, message);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .await
        .map_err(|error| failed(format!("the stack program {} cannot be run: {error}", program.display())))?;
    if let Ok(Refused { error }) = serde_json::from_slice(&output.stdout) {
        let place = match (error.file, error.line) {
            (Some(file), Some(line)) => format!("{file}:{line}: "),
            (Some(file), None) => format!("{file}: "),
            _ => String::new(),
        };
        let refused = failed(format!("{place}{}", error.message));
        return Err(match error.hint {
            Some(hint) => refused.hint(hint),
            None => refused,
        });
    }
    if !output.status.success() {
        let said: Vec<String> = String::from_utf8_lossy(&output.stderr).trim().lines().map(str::to_owned).collect();
        return Err(failed(format!("the stack program of `{stack}` ended with {}", output.status)).details(said));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| {
        failed(format!("the stack program of `{stack}` did not print a stack: {error}"))
            .hint("It prints nothing but the stack; print your own messages to standard error.")
    })
}

/// What a stack program prints instead of a stack when its variables are wrong.
#[derive(Deserialize)]
struct Refused {
    error: Diagnostic,
}

#[derive(Deserialize)]
struct Diagnostic {
    message: String,
    file: Option<String>,
    line: Option<u32>,
    hint: Option<String>,
}

/// How long a build may take before something is said about it.
const QUIET: Duration = Duration::from_secs(2);

/// Builds the program of a stack; says so if it takes long. Returns where it is.
///
/// # Errors
/// When it does not compile: the compiler's messages have then been shown, and are the error.
pub(crate) async fn build(project: &Project, stack: &str, output: &Output) -> Result<PathBuf, CliError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--quiet", "--message-format", "json-diagnostic-rendered-ansi", "--bin", stack])
        .arg("--manifest-path")
        .arg(project.manifest())
        .current_dir(&project.root)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let mut built = std::pin::pin!(command.output());
    let built = match timeout(QUIET, &mut built).await {
        Ok(built) => built,
        Err(_) => {
            output.note("Compiling the stack; the first time this takes a while...");
            built.await
        }
    };
    let built = built.map_err(|error| {
        CliError::new(Kind::Stack, format!("cargo cannot be run: {error}"))
            .hint("Stacks are Rust programs: install Rust, so that `cargo` is on the PATH.")
    })?;
    let messages: Vec<Value> =
        built.stdout.split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    output.compiler(messages.iter().filter_map(|message| spoken(&message["message"])));
    if built.status.success() {
        return executable(&messages, stack)
            .ok_or_else(|| CliError::new(Kind::Stack, format!("cargo built no program `{stack}`")));
    }
    let error = CliError::new(Kind::Stack, format!("the stack `{stack}` does not compile"));
    // Where the compiler was not even asked, it is cargo that knows why.
    if messages.iter().any(|message| message["reason"] == "compiler-message") {
        return Err(error);
    }
    Err(error.details(String::from_utf8_lossy(&built.stderr).lines().map(str::to_owned).collect()))
}

/// A message of the compiler as it would print it; nothing for those that only sum up the others.
fn spoken(message: &Value) -> Option<&str> {
    let sums_up = message["level"] == "failure-note"
        || message["message"].as_str().is_some_and(|text| text.starts_with("aborting due to"));
    message["rendered"].as_str().filter(|_| !sums_up)
}

/// The path of the program among cargo's messages.
fn executable(messages: &[Value], stack: &str) -> Option<PathBuf> {
    messages.iter().find_map(|message| {
        let of_stack = message["target"]["name"].as_str() == Some(stack);
        of_stack.then(|| message["executable"].as_str().map(PathBuf::from)).flatten()
    })
}
