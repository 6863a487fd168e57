use crate::{
    arguments::Global,
    error::{CliError, Kind},
    output::{Output, age, table},
    project::Project,
    session::Session,
};
use aws::live::status::{DeploymentStatus, ServiceStatus, TargetGroupStatus, TaskStatus};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;
use std::{fmt::Write as _, process::ExitCode};

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The stack.
    stack: String,
    /// How many of the last events of each service to show.
    #[arg(long, value_name = "N", default_value_t = 8)]
    events: usize,
}

impl Status {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        let session = Session::open(global, &project, &self.stack, None, output).await?;
        let services = session.services().await?;
        if services.is_empty() {
            return Err(CliError::new(Kind::State, format!("the stack `{}` has no service that exists", self.stack))
                .hint(format!("Apply it first: rust-stack apply {}", self.stack)));
        }
        let now = Timestamp::now();
        for service in &services {
            output.result(&text(service, self.events, now));
            output.line("service_status", &headline(service), json!({ "service": service }));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn headline(service: &ServiceStatus) -> String {
    let ServiceStatus { name, cluster, status, desired, running, pending, .. } = service;
    format!("{name} in {cluster}: {status}, {running} of {desired} tasks running, {pending} pending")
}

fn text(service: &ServiceStatus, events: usize, now: Timestamp) -> String {
    let mut text = format!("{}\n", headline(service));
    let deployments = service.deployments.iter().map(|it| deployment(it, now)).collect();
    section(
        &mut text,
        "Deployments",
        table(&["", "revision", "rollout", "running", "pending", "failed", "age"], deployments),
    );
    for reason in service.deployments.iter().filter_map(|it| it.reason.as_ref().filter(|reason| !reason.is_empty())) {
        let _ = writeln!(text, "  {reason}");
    }
    let tasks = service.tasks.iter().map(|it| task(it, now)).collect();
    section(&mut text, "Tasks", table(&["task", "revision", "status", "health", "zone", "address", "age"], tasks));
    for task in service.tasks.iter().filter(|task| task.stopped_reason.is_some()) {
        let _ = writeln!(text, "  {} stops: {}", short(&task.id), task.stopped_reason.as_deref().unwrap_or_default());
    }
    let targets = service.target_groups.iter().flat_map(targets).collect();
    section(&mut text, "Targets", table(&["target group", "weight", "target", "state", ""], targets));
    let events = service
        .events
        .iter()
        .take(events)
        .map(|event| vec![event.at.map(|at| age(at, now)).unwrap_or_default(), event.message.trim().to_owned()]);
    section(&mut text, "Events", table(&["age", "event"], events.collect()));
    text.push('\n');
    text
}

fn section(text: &mut String, title: &str, table: Option<String>) {
    let body = table.unwrap_or_else(|| "  none\n".to_owned());
    let _ = write!(text, "\n{title}\n{body}");
}

fn deployment(deployment: &DeploymentStatus, now: Timestamp) -> Vec<String> {
    vec![
        deployment.status.clone(),
        deployment.task_definition.clone(),
        deployment.rollout.clone(),
        format!("{} of {}", deployment.running, deployment.desired),
        deployment.pending.to_string(),
        deployment.failed.to_string(),
        deployment.created.map(|at| age(at, now)).unwrap_or_default(),
    ]
}

fn task(task: &TaskStatus, now: Timestamp) -> Vec<String> {
    vec![
        short(&task.id).to_owned(),
        task.task_definition.clone(),
        task.status.clone(),
        task.health.clone(),
        task.zone.clone().unwrap_or_default(),
        task.address.clone().unwrap_or_default(),
        task.started.map(|at| age(at, now)).unwrap_or_default(),
    ]
}

fn targets(group: &TargetGroupStatus) -> Vec<Vec<String>> {
    let weight = group.weight.map_or_else(|| "none".to_owned(), |weight| weight.to_string());
    if group.targets.is_empty() {
        return vec![vec![group.name.clone(), weight, "none".to_owned(), String::new(), String::new()]];
    }
    let row = |target: &aws::live::status::TargetStatus| {
        let port = target.port.map(|port| format!(":{port}")).unwrap_or_default();
        let description = target.description.clone().unwrap_or_default();
        vec![group.name.clone(), weight.clone(), format!("{}{port}", target.address), target.state.clone(), description]
    };
    group.targets.iter().map(row).collect()
}

/// As much of a task's id as tells it from the others at a glance.
fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}
