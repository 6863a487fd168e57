//! Where the demonstration takes place: the repository's stacks with states and a local cloud of their own, so that
//! nothing of the user's is touched.

use crate::{
    arguments::Global,
    error::{CliError, Kind},
    guard::{GateOptions, Order, Wanted},
    local,
    output::Output,
    project::Project,
    session::{self, Session},
};
use engine::{history::Command, plan::Mode, render};
use gate::probe::Target;
use model::Document;
use std::{fs, path::Path, time::Duration};

pub(super) struct Stage<'a> {
    pub(super) project: Project,
    pub(super) global: Global,
    pub(super) output: &'a Output,
    folder: std::path::PathBuf,
}

/// What is changed naively: resource, field and its new value as JSON.
const NAIVE: &[(&str, &str, &str)] = &[
    ("target_group.web-blue", "port", "8081"),
    ("security_group.web-load-balancer", "description", "\"The load balancer web, under another description\""),
];

/// What an apply has left.
pub(super) struct Applied {
    pub(super) resources: usize,
    pub(super) url: String,
}

impl<'a> Stage<'a> {
    /// An empty stage. What an earlier demonstration left is gone.
    pub(super) async fn set(project: &Project, global: &Global, output: &'a Output) -> Result<Self, CliError> {
        let folder = project.local_states().join(".demo");
        let stage = Self {
            project: project.apart(folder.clone()),
            global: Global { local: true, variables: Vec::new(), ..global.clone() },
            output,
            folder,
        };
        local::stop(&stage.project).await?;
        if stage.folder.exists() {
            fs::remove_dir_all(&stage.folder).map_err(|error| stage.failed(&error))?;
        }
        fs::create_dir_all(&stage.folder).map_err(|error| stage.failed(&error))?;
        Ok(stage)
    }

    /// Stops the local cloud. The log of the requests and the certificate stay.
    pub(super) async fn clear(&self) -> Result<(), CliError> {
        local::stop(&self.project).await.map(|_| ())
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Plans and applies with these variables. Ungated it says little about it, gated it says everything.
    pub(super) async fn apply(&self, stack: &str, variables: &[&str], gated: bool) -> Result<Applied, CliError> {
        let variables = variables.iter().map(|variable| (*variable).to_owned()).collect();
        let global = Global { variables, ..self.global.clone() };
        let output = if gated { self.output.clone() } else { self.output.quiet() };
        let (document, session, observed) = session::prepare(&global, self.project.clone(), stack, &output).await?;
        let gate = GateOptions { no_gate: !gated, ..GateOptions::default() };
        self.wanted(&session, &global, &document, &gate, &output).carry_out(Some(observed), None).await?;
        let store = session::open_store(&self.project, stack, true, &output)?;
        let url = store
            .state()
            .outputs
            .get("url")
            .and_then(|url| url.as_str())
            .ok_or_else(|| CliError::new(Kind::Stack, format!("the stack `{stack}` has no output `url`")))?;
        Ok(Applied { resources: store.state().resources.len(), url: url.to_owned() })
    }

    /// Changes two things in the order of a tool that knows only what depends on what: the port of the target group that
    /// has the requests, and the security group of the load balancer.
    pub(super) async fn apply_naively(&self, stack: &str, variables: &[&str]) -> Result<(), CliError> {
        let variables = variables.iter().map(|variable| (*variable).to_owned()).collect();
        let global = Global { variables, ..self.global.clone() };
        let quiet = self.output.quiet();
        let (mut document, session, observed) = session::prepare(&global, self.project.clone(), stack, &quiet).await?;
        for (address, field, value) in NAIVE {
            let declared = document.resources.iter_mut().find(|it| it.address.to_string() == *address);
            let declared = declared.ok_or_else(|| {
                CliError::new(Kind::Stack, format!("the demonstration needs {address}, and `{stack}` has none"))
            })?;
            declared.inputs[*field] = serde_json::from_str(value).map_err(|error| {
                CliError::new(Kind::Internal, format!("{address}.{field} cannot become {value}: {error}"))
            })?;
        }
        let gate = GateOptions { no_gate: true, ..GateOptions::default() };
        let wanted = Wanted { order: Order::Naive, ..self.wanted(&session, &global, &document, &gate, &quiet) };
        // Nobody is asked whether it may be done: what it interrupts is what is to be seen.
        let change = wanted.plan(Some(observed)).await?;
        let (plan, proof) = (&change.plan, &change.proof);
        self.output.result(&format!("\n{}\n{}\n", render::steps(plan), render::proof(proof, plan)));
        change.carry_out().await.map(|_| ())
    }

    fn wanted<'b>(
        &'b self,
        session: &'b Session,
        global: &'b Global,
        document: &'b Document,
        gate: &'b GateOptions,
        output: &'b Output,
    ) -> Wanted<'b> {
        Wanted {
            session,
            global,
            project: &self.project,
            document,
            mode: Mode::Apply,
            order: Order::Proven,
            command: Command::Apply,
            reverts: None,
            gate,
            output,
        }
    }

    /// What the service says of itself.
    pub(super) async fn greeting(&self, target: &Target) -> Result<String, CliError> {
        let address = target.known_addresses().first().copied().ok_or_else(|| {
            CliError::new(Kind::Local, "the load balancer of the local cloud listens nowhere")
                .hint("Its log says why: rust-stack local logs")
        })?;
        let get = move || {
            let agent: ureq::Agent =
                ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5))).build().into();
            let mut reply = agent.get(format!("http://{address}/")).call()?;
            reply.body_mut().read_to_string()
        };
        let failed = |error: &dyn std::fmt::Display| {
            CliError::new(Kind::Local, format!("the service does not answer at {address}: {error}"))
        };
        let text = tokio::task::spawn_blocking(get).await.map_err(|error| failed(&error))?;
        text.map(|text| text.trim().to_owned()).map_err(|error| failed(&error))
    }

    fn failed(&self, error: &std::io::Error) -> CliError {
        CliError::new(Kind::Local, format!("{}: {error}", self.folder.display()))
    }
}
