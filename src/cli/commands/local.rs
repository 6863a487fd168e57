mod fault;
mod logs;
mod status;

use crate::{
    arguments::Global,
    error::{CliError, Kind},
    local::{self, DataPlane, Endpoint, PORT, Settings, data_plane},
    output::Output,
    project::Project,
};
use clap::{Args, Subcommand};
use cloud::{Config, Server};
use serde_json::json;
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Local {
    /// Start the local cloud.
    Up(Start),
    /// Stop the local cloud. What is in it is kept.
    Down {
        /// Also forget everything that is in it, and the states of the stacks on it.
        #[arg(long)]
        delete: bool,
    },
    /// Show whether the local cloud runs, where its load balancers listen, which tasks run and what is in it.
    Status,
    /// Print what a task or a log group has written, or the requests that the local cloud has answered.
    Logs(logs::Logs),
    /// Let things go wrong: failing calls, crashing tasks, lost zones and packets.
    #[command(subcommand)]
    Fault(fault::Fault),
    /// Serve in the foreground; `local up` runs this.
    #[command(hide = true)]
    Serve(Start),
}

#[derive(Debug, Args)]
pub(crate) struct Start {
    /// The port on 127.0.0.1; any free one when this is taken.
    #[arg(long, default_value_t = PORT)]
    port: u16,
    /// Whether things are ready at once (`instant`) or after the time AWS takes (`aws`).
    #[arg(long, default_value = "instant", value_parser = ["instant", "aws"])]
    latency: String,
    /// Multiplies the times of `--latency aws`, and always what AWS is told in seconds, such as intervals and delays: 0.1
    /// is ten times faster. 1 under `aws`, 0.1 under `instant` unless given.
    #[arg(long)]
    time_scale: Option<f64>,
    /// Whether tasks run as processes behind a load balancer that proxies; `auto` does so where there is an `app` folder
    /// and Python 3. Without, tasks and targets become ready by time.
    #[arg(long, value_enum, default_value_t)]
    data_plane: DataPlane,
    /// Where the states and the data are.
    #[arg(long, hide = true, value_name = "DIR")]
    state: Option<PathBuf>,
}

impl Start {
    fn settings(&self) -> Settings {
        let Self { port, latency, time_scale, data_plane, .. } = self;
        Settings {
            port: *port,
            latency: latency.clone(),
            time_scale: time_scale.unwrap_or_else(|| local::time_scale(latency)),
            data_plane: *data_plane,
        }
    }
}

impl Local {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        match self {
            Self::Serve(start) => {
                let project = start.state.clone().map_or_else(|| project.clone(), |folder| project.apart(folder));
                serve(&project, start).await
            }
            Self::Up(start) => up(&project, start, output).await,
            Self::Down { delete } => down(&project, delete, output).await,
            Self::Status => status::run(&project, output).await,
            Self::Logs(logs) => logs.run(&project, output).await,
            Self::Fault(fault) => fault.run(&project, output).await,
        }
    }
}

async fn up(project: &Project, start: Start, output: &Output) -> Result<ExitCode, CliError> {
    let (endpoint, new) = match local::running(project).await {
        Some(endpoint) => (endpoint, false),
        None => {
            let settings = start.settings();
            let endpoint = local::start(project, &settings).await?;
            if settings.port != 0 && !endpoint.url.ends_with(&format!(":{}", settings.port)) {
                output.warning(&format!(
                    "another program listens on port {}, so the local cloud has taken a free one; give it another \
                     with --port to know it beforehand",
                    settings.port
                ));
            }
            if settings.data_plane == DataPlane::Auto
                && let Err(reason) = data_plane::settings(project, DataPlane::On)
            {
                output.note(&format!("No task runs as a process, but becomes ready by time: {reason}."));
            }
            (endpoint, true)
        }
    };
    let message = if new {
        format!("The local cloud runs at {}", endpoint.url)
    } else {
        format!("It runs already at {}", endpoint.url)
    };
    output.result(&format!(
        "{message} (process {}).\n\nOther clients reach it with:\n    export AWS_ENDPOINT_URL={} AWS_REGION=us-east-1 \
         AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n",
        endpoint.pid, endpoint.url
    ));
    output.line("local", &message, json!({ "endpoint": endpoint }));
    Ok(ExitCode::SUCCESS)
}

async fn down(project: &Project, delete: bool, output: &Output) -> Result<ExitCode, CliError> {
    let message = match local::stop(project).await? {
        Some(Endpoint { url, .. }) => format!("The local cloud at {url} has stopped."),
        None => "No local cloud runs.".to_owned(),
    };
    output.result(&format!("{message}\n"));
    output.line("local", &message, json!({}));
    if delete {
        let folder = project.local_states();
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .map_err(|error| CliError::new(Kind::Local, format!("{}: {error}", folder.display())))?;
        }
        output.result("Everything in it is gone.\n");
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(project: &Project, start: Start) -> Result<ExitCode, CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::new(Kind::Local, error.to_string());
    let folder = project.local_cloud();
    fs::create_dir_all(&folder).map_err(|error| failed(&format!("{}: {error}", folder.display())))?;
    let settings = start.settings();
    let plane = data_plane::settings(project, settings.data_plane)?;
    let config = |port| -> Result<Config, CliError> {
        Ok(Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            directory: Some(folder.join("data")),
            latency: settings.latency.parse().map_err(|error| failed(&error))?,
            time_scale: settings.time_scale,
            plane: plane.clone(),
            access_log: Some(Arc::new(|access: &cloud::Access| {
                let cloud::Access { service, operation, status, error, duration, request_id, .. } = access;
                let error = error.as_deref().unwrap_or("-");
                anstream::println!("{status} {service}.{operation} {error} {} us {request_id}", duration.as_micros());
            })),
            notice_log: Some(Arc::new(|line: &str| anstream::println!("- {line}"))),
            ..Config::default()
        })
    };
    let server = match Server::bind(config(settings.port)?).await {
        Err(cloud::StartError::Listen { .. }) => Server::bind(config(0)?).await,
        bound => bound,
    }
    .map_err(|error| failed(&error))?;
    let endpoint = Endpoint { url: format!("http://{}", server.address()), pid: std::process::id() };
    let file = local::endpoint_file(project);
    let temporary = file.with_extension("tmp");
    let text = serde_json::to_vec(&endpoint).map_err(|error| failed(&error))?;
    fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, &file)).map_err(|error| failed(&error))?;
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            anstream::eprintln!("interrupts cannot be heard: {error}");
            std::future::pending::<()>().await;
        }
    };
    server.run(interrupted).await.map_err(|error| failed(&error))?;
    Ok(ExitCode::SUCCESS)
}
