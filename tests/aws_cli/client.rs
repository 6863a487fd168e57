use serde_json::Value;
use std::{
    collections::BTreeSet,
    process::{Output, Stdio},
};
use tokio::process::Command;

/// The AWS CLI of this machine.
pub(super) struct Client {
    url: Option<String>,
}

/// What it answers when the service has refused something: version 2, and version 1.
/// AWS: AWS CLI User Guide, "Command line return codes".
const REFUSED: [i32; 2] = [254, 255];

impl Client {
    /// The one that is installed; `None`, after saying so on standard error, when there is none.
    pub(super) async fn find() -> Option<Self> {
        let client = Self { url: None };
        match client.command().arg("--version").output().await {
            Ok(output) if output.status.success() => Some(client),
            _ => skipped(),
        }
    }

    /// The client of the cloud at `url`.
    pub(super) fn of(self, url: &str) -> Self {
        Self { url: Some(url.to_owned()) }
    }

    /// The words that a command answers, of which `query` picks some; it must succeed.
    pub(super) async fn text(&self, command: &str, query: &str) -> BTreeSet<String> {
        let query = if query.is_empty() { vec![] } else { vec!["--query", query] };
        let output = self.run(command, &[&query[..], &["--output", "text"]].concat()).await;
        succeeded(command, &output).split_whitespace().map(str::to_owned).collect()
    }

    /// The document that a command answers; it must succeed.
    pub(super) async fn json(&self, command: &str) -> Value {
        let output = self.run(command, &["--output", "json"]).await;
        serde_json::from_str(&succeeded(command, &output)).expect("it answers with JSON")
    }

    /// The code of the error that a command ends with; `None` when it does not end with an error of the service.
    pub(super) async fn error(&self, command: &str) -> Option<String> {
        let output = self.run(command, &[]).await;
        let refused = output.status.code().is_some_and(|code| REFUSED.contains(&code));
        let message = String::from_utf8_lossy(&output.stderr);
        let (_, rest) = message.split_once("An error occurred (")?;
        let (code, _) = rest.split_once(')')?;
        refused.then(|| code.to_owned())
    }

    async fn run(&self, command: &str, options: &[&str]) -> Output {
        let mut aws = self.command();
        let output = aws.args(command.split_whitespace()).args(options).output().await;
        output.unwrap_or_else(|error| panic!("aws {command}: {error}"))
    }

    fn command(&self) -> Command {
        let mut aws = Command::new("aws");
        // Its user's settings must not lead it anywhere else.
        aws.env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN");
        aws.envs([
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_CONFIG_FILE", ""),
            ("AWS_SHARED_CREDENTIALS_FILE", ""),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_PAGER", ""),
            ("NO_PROXY", "127.0.0.1"),
        ]);
        // Versions before 2.13 do not read the address from the environment.
        aws.args(self.url.iter().flat_map(|url| ["--endpoint-url", url.as_str()]));
        aws.stdin(Stdio::null()).kill_on_drop(true);
        aws
    }
}

fn succeeded(command: &str, output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "aws {command} ended with {}: {}", output.status, errors.trim());
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[expect(clippy::print_stderr, reason = "a skipped test must not look like a passed one")]
fn skipped<T>() -> Option<T> {
    eprintln!("SKIPPED: no test was made with the AWS CLI, because no `aws` that works is on the PATH");
    None
}
