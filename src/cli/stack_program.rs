//! Builds and runs a stack program, which prints its resource graph as JSON.

use crate::{
    error::{CliError, Kind},
    project::Project,
};
use model::Document;
use serde::Deserialize;
use serde_json::Value;
use std::{path::PathBuf, process::Stdio};
use tokio::process::Command;

/// Builds the program of a stack and runs it with the stack's variables.
///
/// # Errors
/// When it does not compile: the compiler's messages have then been shown, and are the error. When its variables or
/// rules are broken.
pub(crate) async fn document(project: &Project, stack: &str, variables: &[String]) -> Result<Document, CliError> {
    let program = build(project, stack).await?;
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
        let said: Vec<String> = String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned).collect();
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

async fn build(project: &Project, stack: &str) -> Result<PathBuf, CliError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--message-format", "json-render-diagnostics", "--bin", stack, "--manifest-path"])
        .arg(project.manifest())
        .current_dir(&project.root)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .await
        .map_err(|error| {
            CliError::new(Kind::Stack, format!("cargo cannot be run: {error}"))
                .hint("Stacks are Rust programs: install Rust, so that `cargo` is on the PATH.")
        })?;
    if !output.status.success() {
        return Err(CliError::new(Kind::Stack, format!("the stack `{stack}` does not compile")));
    }
    executable(&output.stdout, stack)
        .ok_or_else(|| CliError::new(Kind::Stack, format!("cargo built no program `{stack}`")))
}

/// The path of the program among cargo's messages.
fn executable(messages: &[u8], stack: &str) -> Option<PathBuf> {
    let lines = messages.split(|&byte| byte == b'\n');
    lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok()).find_map(|message| {
        let of_stack = message["target"]["name"].as_str() == Some(stack);
        of_stack.then(|| message["executable"].as_str().map(PathBuf::from)).flatten()
    })
}
