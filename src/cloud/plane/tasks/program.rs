//! What is run for a container: the image decides.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;
use tokio::sync::OnceCell;

use super::egress;
use super::plan::{Container, Image, Plan};
use crate::plane::driver::Shared;

/// Where the application is in its images.
const APP: &str = "/app";

/// The arguments that the application's images start Python with (see its Dockerfile): nothing but the application and
/// the standard library is looked for, which also starts faster.
const START: [&str; 4] = ["python", "-I", "-S", "/app/app.py"];

/// A program with all it needs.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) command: Vec<String>,
    pub(super) directory: Option<PathBuf>,
    pub(super) environment: BTreeMap<String, String>,
    /// Where each of the container's ports is on this machine.
    pub(super) ports: Vec<(u16, SocketAddr)>,
    /// Where Python and the application are, if it is of one of the application's images.
    pub(super) application: Option<(PathBuf, PathBuf)>,
}

impl Program {
    /// A command as it is in the container's image, translated to this machine.
    pub(super) fn translate(&self, command: &[String]) -> Vec<String> {
        match &self.application {
            Some((python, app)) => here(command, python, app),
            None => command.to_vec(),
        }
    }
}

/// The Python that runs the application. What is configured may be a script that looks for Python each time; this asks
/// it once what Python it is.
#[derive(Debug, Default)]
pub(super) struct Python(OnceCell<PathBuf>);

impl Python {
    async fn path(&self, configured: &Path) -> Result<&PathBuf, String> {
        let find = || async {
            let output = Command::new(configured)
                .args(["-I", "-S", "-c", "import sys; print(sys.executable)"])
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .output()
                .await;
            let output = output.map_err(|error| format!("{} cannot be run: {error}", configured.display()))?;
            let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            match output.status.success() && !path.is_empty() {
                true => Ok(PathBuf::from(path)),
                false => Err(format!("{} is no Python that runs", configured.display())),
            }
        };
        self.0.get_or_try_init(find).await
    }
}

/// Finds out what to run for a container.
///
/// # Errors
/// Why it cannot be run, in AWS's words.
pub(super) async fn program(
    shared: &Shared,
    python: &Python,
    plan: &Plan,
    container: &Container,
) -> Result<Program, String> {
    if let Some(place) = &plan.place {
        egress::check(&shared.network, &place.interface, container, &plan.region)?;
    }
    let mut environment: BTreeMap<String, String> = BTreeMap::new();
    let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".to_owned());
    environment.insert("PATH".to_owned(), path);
    let (command, application) = match &container.image {
        Image::Own(defaults) => {
            environment.extend(defaults.clone());
            let app = &shared.settings.app;
            if !app.join("app.py").is_file() {
                return Err(cannot_start(shared, &format!("there is no application in {}", app.display())));
            }
            let python = python.path(&shared.settings.python).await.map_err(|why| cannot_start(shared, &why))?;
            (of_application(container, python, app), Some((python.clone(), app.clone())))
        }
        Image::Foreign(image) => {
            let known = shared.settings.programs.iter().find(|program| program.fits(image));
            let Some(program) = known.filter(|program| !program.command.is_empty()) else {
                return Err(cannot_pull(image));
            };
            let own = container.entry_point.clone().or_else(|| Some(program.command.clone()));
            let arguments = container.command.clone();
            (own.into_iter().chain(arguments).flatten().collect(), None)
        }
    };
    environment.extend(container.environment.clone());
    for (name, source) in &container.secrets {
        let value = shared.settings.secrets.0.get(source).ok_or_else(|| no_secret(source))?;
        environment.insert(name.clone(), value.clone());
    }
    let ports = addresses(shared, plan, container, &mut environment)?;
    environment.insert("ECS_TASK_ID".to_owned(), plan.id.clone());
    environment.insert("LIFELINE_FD".to_owned(), "0".to_owned());
    let directory = application.as_ref().map(|(_, app)| app.clone());
    Ok(Program { command, directory, environment, ports, application })
}

/// The command of one of the application's images.
fn of_application(container: &Container, python: &Path, app: &Path) -> Vec<String> {
    let start = || START.map(str::to_owned).to_vec();
    let mut command = container.entry_point.clone().unwrap_or_else(start);
    command.extend(container.command.iter().flatten().cloned());
    here(&command, python, app)
}

/// A command as it is in the application's images, with Python and `/app` where they are here.
fn here(command: &[String], python: &Path, app: &Path) -> Vec<String> {
    let translate = |(index, argument): (usize, &String)| match argument.strip_prefix(APP) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{}{rest}", app.display()),
        _ if index == 0 && (argument == "python" || argument == "python3") => python.display().to_string(),
        _ => argument.clone(),
    };
    command.iter().enumerate().map(translate).collect()
}

/// Tells the process where to listen: `HOST`, and `PORT` where the task's port is another one on this machine.
fn addresses(
    shared: &Shared,
    plan: &Plan,
    container: &Container,
    environment: &mut BTreeMap<String, String>,
) -> Result<Vec<(u16, SocketAddr)>, String> {
    let Some(place) = &plan.place else { return Ok(Vec::new()) };
    let asked = environment.get("PORT").and_then(|port| port.parse().ok());
    let wanted: Vec<u16> = asked.into_iter().chain(container.ports.iter().copied()).collect();
    let mut ports: Vec<(u16, SocketAddr)> = Vec::new();
    for port in wanted {
        let address = shared.addresses.of(&place.vpc, place.address, port);
        let address = address.map_err(|error| cannot_start(shared, &format!("it gets no address: {error}")))?;
        if !ports.iter().any(|(known, _)| *known == port) {
            ports.push((port, address));
        }
    }
    if let Some((_, address)) = ports.first() {
        environment.insert("HOST".to_owned(), address.ip().to_string());
        environment.insert("PORT".to_owned(), address.port().to_string());
    }
    Ok(ports)
}

fn cannot_start(shared: &Shared, why: &str) -> String {
    shared.tell(&format!("a task cannot be started: {why}"));
    format!("CannotStartContainerError: {why}")
}

/// AWS: ECS Developer Guide, "CannotPullContainer task errors in Amazon ECS".
fn cannot_pull(image: &str) -> String {
    format!(
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref \
         {image}: {image}: not found"
    )
}

/// AWS: ECS Developer Guide, "Troubleshooting Amazon ECS ResourceInitializationError errors".
fn no_secret(source: &str) -> String {
    let (service, operation) = match source.contains(":secretsmanager:") {
        true => ("secretsmanager", "GetSecretValue"),
        false => ("ssm", "GetParameters"),
    };
    format!(
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: \
         unable to retrieve secret from {service}: service call has been retried 1 time(s): failed to fetch secret \
         {source}: {operation}: ResourceNotFoundException: the secret cannot be found"
    )
}
