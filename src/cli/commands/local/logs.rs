//! The local cloud's own log, or what its tasks have written.

use crate::{
    error::{CliError, Kind},
    local::{self, Endpoint},
    output::Output,
    project::Project,
};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{self, Read as _},
    process::ExitCode,
    time::Duration,
};

/// How long between two looks for more.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// The log group or the task whose lines to print: a name, an ARN, an id or the beginning of one. Without, the
    /// requests that the local cloud has answered.
    #[arg(value_name = "LOG_GROUP|TASK")]
    of: Option<String>,
    /// Go on with what is written from now on, until interrupted.
    #[arg(long, short)]
    follow: bool,
}

/// What the local cloud has found; see "Endpoints of its own" in its README.
#[derive(Debug, Deserialize)]
struct Found {
    lines: Vec<Line>,
    /// To be sent back for what comes after these lines.
    after: Value,
}

#[derive(Debug, Deserialize)]
struct Line {
    group: String,
    stream: String,
    task: Option<String>,
    at: i64,
    message: String,
}

impl Logs {
    pub(crate) async fn run(&self, project: &Project, output: &Output) -> Result<ExitCode, CliError> {
        let work = async {
            match &self.of {
                Some(of) => self.of_tasks(of, project, output).await,
                None => self.own(project, output).await,
            }
        };
        tokio::select! {
            ended = work => ended?,
            _interrupted = tokio::signal::ctrl_c(), if self.follow => (),
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What a log group or a task has written.
    async fn of_tasks(&self, of: &str, project: &Project, output: &Output) -> Result<(), CliError> {
        let Some(endpoint) = local::running(project).await else {
            return Err(CliError::new(Kind::Local, "no local cloud runs").hint("Start one: rust-stack local up"));
        };
        let mut after = json!({});
        loop {
            let found = match ask(&endpoint, of, &after).await {
                // It was stopped while somebody followed.
                Err(_) if self.follow && local::running(project).await.is_none() => return Ok(()),
                found => found?,
            };
            for line in &found.lines {
                line.print(of, output);
            }
            after = found.after;
            if !self.follow || local::running(project).await.is_none() {
                return Ok(());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// The requests that the local cloud has answered.
    async fn own(&self, project: &Project, output: &Output) -> Result<(), CliError> {
        let path = local::log(project);
        let failed = |error: io::Error| {
            CliError::new(Kind::Local, format!("{}: {error}", path.display()))
                .hint("Start a local cloud: rust-stack local up")
        };
        let mut file = File::open(&path).map_err(failed)?;
        loop {
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(failed)?;
            output.result(&text);
            for line in text.lines() {
                output.line("log", line, json!({}));
            }
            if !self.follow || local::running(project).await.is_none() {
                return Ok(());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

async fn ask(endpoint: &Endpoint, of: &str, after: &Value) -> Result<Found, CliError> {
    match local::ask(endpoint, "POST", "logs", Some(json!({ "of": of, "after": after }))).await? {
        (200, found) => Found::deserialize(&found).map_err(|error| local::not_understood(&error)),
        (404, reply) => {
            Err(CliError::new(Kind::Usage, format!("`{of}`: {}", reply["error"].as_str().unwrap_or_default()))
                .hint("Tasks are shown by: rust-stack status STACK"))
        }
        (_, reply) => {
            Err(CliError::new(Kind::Local, format!("the local cloud refuses to show logs: {}", reply["error"])))
        }
    }
}

impl Line {
    /// A task's lines are printed as they are; in those of a log group each says which task wrote it.
    fn print(&self, of: &str, output: &Output) {
        let Self { group, stream, task, at, message } = self;
        if of == group {
            let writer = task.as_deref().map_or(stream.as_str(), |task| task.get(..8).unwrap_or(task));
            output.result(&format!("{writer}  {message}\n"));
        } else {
            output.result(&format!("{message}\n"));
        }
        output.line("log", message, json!({ "log_group": group, "log_stream": stream, "task": task, "at": at }));
    }
}
