//! Finds, starts and stops the local cloud of a project. It runs as a process of its own, so that it outlives the
//! command that started it.

pub(crate) mod data_plane;

use crate::{
    error::{CliError, Kind},
    output::Output,
    project::Project,
};
pub(crate) use data_plane::DataPlane;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    ffi::OsStr,
    fs::{self, File},
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Where a local cloud listens: `state/local/.cloud/endpoint.json`, written when it is ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    /// `http://127.0.0.1:..`
    pub(crate) url: String,
    /// Its process.
    pub(crate) pid: u32,
}

/// How a local cloud is started.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) port: u16,
    pub(crate) latency: String,
    pub(crate) time_scale: f64,
    pub(crate) data_plane: DataPlane,
}

/// The port that is tried first, so that clients can be configured once.
pub(crate) const PORT: u16 = 4599;
/// How long a local cloud may take to start.
const START: Duration = Duration::from_secs(20);

impl Default for Settings {
    fn default() -> Self {
        let latency = "instant".to_owned();
        Self { port: PORT, time_scale: time_scale(&latency), latency, data_plane: DataPlane::Auto }
    }
}

/// The time scale of a latency profile, unless the user gives one. Under `instant` nobody wants to wait, so that even
/// what AWS is told in seconds goes faster.
pub(crate) fn time_scale(latency: &str) -> f64 {
    if latency == "instant" { 0.1 } else { 1.0 }
}

/// The running local cloud of a project; starts one when none runs.
pub(crate) async fn ensure(project: &Project, output: &Output) -> Result<Endpoint, CliError> {
    match running(project).await {
        Some(endpoint) => Ok(endpoint),
        None => {
            let endpoint = start(project, &Settings::default()).await?;
            output.note(&format!("Started a local cloud at {} (process {}).", endpoint.url, endpoint.pid));
            Ok(endpoint)
        }
    }
}

/// How long a local cloud takes for what AWS does in the background and takes `on_aws` for.
pub(crate) async fn takes(endpoint: &Endpoint, on_aws: Duration) -> Result<Duration, CliError> {
    let health = admin(endpoint, "GET", "health").await?;
    let at_once = health["profile"] == "instant";
    Ok(if at_once { Duration::ZERO } else { on_aws.mul_f64(health["time_scale"].as_f64().unwrap_or(1.0)) })
}

/// The local cloud of a project, if it runs and answers.
pub(crate) async fn running(project: &Project) -> Option<Endpoint> {
    let text = fs::read(endpoint_file(project)).ok()?;
    let endpoint: Endpoint = serde_json::from_slice(&text).ok()?;
    let health = admin(&endpoint, "GET", "health").await.ok()?;
    (health["pid"].as_u64() == Some(u64::from(endpoint.pid))).then_some(endpoint)
}

/// Starts a local cloud and waits until it answers.
pub(crate) async fn start(project: &Project, settings: &Settings) -> Result<Endpoint, CliError> {
    let folder = project.local_cloud();
    let failed = |what: &str, error: &dyn std::fmt::Display| CliError::new(Kind::Local, format!("{what}: {error}"));
    fs::create_dir_all(&folder).map_err(|error| failed(&folder.display().to_string(), &error))?;
    let log_file = log(project);
    let log = File::create(&log_file).map_err(|error| failed(&log_file.display().to_string(), &error))?;
    let errors = log.try_clone().map_err(|error| failed(&log_file.display().to_string(), &error))?;
    let program = std::env::current_exe().map_err(|error| failed("the program cannot find itself", &error))?;
    let mut child = Command::new(program)
        .arg("--chdir")
        .arg(&project.root)
        .args(["local", "serve", "--port", &settings.port.to_string(), "--latency", &settings.latency])
        .args(["--time-scale", &settings.time_scale.to_string(), "--data-plane", settings.data_plane.word()])
        .args([OsStr::new("--state"), project.states().as_os_str()])
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        // A group of its own, so that an interrupt at the terminal does not reach it.
        .process_group(0)
        .spawn()
        .map_err(|error| failed("the local cloud cannot be started", &error))?;
    let begun = Instant::now();
    loop {
        if let Some(endpoint) = running(project).await {
            return Ok(endpoint);
        }
        let ended = child.try_wait().map_err(|error| failed("the local cloud cannot be watched", &error))?;
        if ended.is_some() || begun.elapsed() > START {
            // Another command may have started one at the same moment, which holds the folder now.
            if let Some(endpoint) = running(project).await {
                return Ok(endpoint);
            }
            let said = fs::read_to_string(&log_file).unwrap_or_default();
            let details = said.lines().rev().take(5).map(str::to_owned).collect::<Vec<_>>();
            return Err(CliError::new(Kind::Local, "the local cloud did not start")
                .details(details.into_iter().rev().collect())
                .hint(format!("Its log is {}.", log_file.display())));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Asks the local cloud to stop and waits until it has.
pub(crate) async fn stop(project: &Project) -> Result<Option<Endpoint>, CliError> {
    let Some(endpoint) = running(project).await else { return Ok(None) };
    admin(&endpoint, "POST", "shutdown").await?;
    let begun = Instant::now();
    while running(project).await.is_some() {
        if begun.elapsed() > START {
            return Err(CliError::new(
                Kind::Local,
                format!("the local cloud (process {}) does not stop", endpoint.pid),
            ));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(Some(endpoint))
}

/// Asks one of the local cloud's own endpoints.
pub(crate) async fn admin(endpoint: &Endpoint, method: &'static str, path: &str) -> Result<Value, CliError> {
    accepted(method, path, ask(endpoint, method, path, None).await?)
}

/// Sends a document to one of the local cloud's own endpoints.
pub(crate) async fn post(endpoint: &Endpoint, path: &str, body: &Value) -> Result<Value, CliError> {
    accepted("POST", path, ask(endpoint, "POST", path, Some(body.clone())).await?)
}

fn accepted(method: &str, path: &str, (status, reply): (u16, Value)) -> Result<Value, CliError> {
    match status {
        ..400 => Ok(reply),
        _ => Err(CliError::new(Kind::Local, format!("the local cloud refuses {method} {path}: {}", reply["error"]))),
    }
}

/// Asks one of the local cloud's own endpoints, and gives the HTTP status of the answer with it.
pub(crate) async fn ask(
    endpoint: &Endpoint,
    method: &'static str,
    path: &str,
    body: Option<Value>,
) -> Result<(u16, Value), CliError> {
    let url = format!("{}/_local/{path}", endpoint.url);
    let request = move || -> Result<(u16, Value), String> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(5)))
            .http_status_as_error(false)
            .build()
            .into();
        let mut reply = match (method, body) {
            ("POST", Some(body)) => agent.post(&url).send(body.to_string()),
            ("POST", None) => agent.post(&url).send_empty(),
            ("DELETE", _) => agent.delete(&url).call(),
            _ => agent.get(&url).call(),
        }
        .map_err(|error| error.to_string())?;
        let text = reply.body_mut().read_to_string().map_err(|error| error.to_string())?;
        let reply = (reply.status().as_u16(), serde_json::from_str(&text).map_err(|error| error.to_string())?);
        Ok(reply)
    };
    let failed = |error: String| CliError::new(Kind::Local, format!("the local cloud does not answer: {error}"));
    match tokio::task::spawn_blocking(request).await {
        Ok(reply) => reply.map_err(failed),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// The local cloud has answered with something else than this program expects of its version.
pub(crate) fn not_understood(error: &serde_json::Error) -> CliError {
    CliError::new(Kind::Local, format!("the answer of the local cloud is not understood: {error}"))
        .hint("It may be of another version: rust-stack local down, then rust-stack local up")
}

/// The log of the local cloud.
pub(crate) fn log(project: &Project) -> PathBuf {
    project.local_cloud().join("log")
}

/// See [`Endpoint`].
pub(crate) fn endpoint_file(project: &Project) -> PathBuf {
    project.local_cloud().join("endpoint.json")
}
