//! The demonstration: a real change under real traffic, on a local cloud of its own.

mod events;
mod stage;

use crate::{
    arguments::Global,
    error::{CliError, Kind},
    local::{self, DataPlane},
    output::Output,
    project::Project,
    session::Session,
    traffic::{self, Watcher, meets, summary},
};
use clap::Args;
use gate::{
    certificate::Certificate,
    probe::{Identity, Settings},
    statistics::Probability,
};
use serde_json::json;
use stage::Stage;
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Requests a second.
    #[arg(long, value_name = "N", default_value_t = 50.0)]
    rate: f64,
    /// How much faster than AWS the local cloud is: 0.05 is twenty times.
    #[arg(long, value_name = "SCALE", default_value_t = 0.05)]
    time_scale: f64,
    /// Leave the local cloud running, to look around.
    #[arg(long)]
    keep: bool,
}

/// The stack that is shown.
const STACK: &str = "dev";
/// As the seed system was before its change, and what its change was.
const BEFORE: &[&str] = &["desired_count=3", "image=v1"];
const AFTER: &[&str] = &["desired_count=4", "size={cpu=512,memory=1024}", "image=v2"];
/// How long traffic runs before the change, and after it.
const AROUND: Duration = Duration::from_secs(5);
/// The longest request that the stack promises to let end, as `dev` says.
const LONGEST_REQUEST: Duration = Duration::from_secs(10);

impl Demo {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        let stage = Stage::set(&project, global, output).await?;
        let shown = self.show(&stage, output).await;
        if self.keep {
            output.note(&format!("The local cloud goes on: rust-stack stays with it in {}.", stage.folder().display()));
        } else {
            stage.clear().await?;
        }
        shown
    }

    async fn show(&self, stage: &Stage<'_>, output: &Output) -> Result<ExitCode, CliError> {
        let begun = Instant::now();
        let say = |text: &str| output.note(&format!("{:>6.1} s  {text}", begun.elapsed().as_secs_f64()));
        let settings = local::Settings {
            port: 0,
            latency: "aws".to_owned(),
            time_scale: self.time_scale,
            data_plane: DataPlane::On,
        };
        let endpoint = local::start(&stage.project, &settings).await?;
        say(&format!("a local cloud runs at {}, {:.0} times as fast as AWS", endpoint.url, 1.0 / self.time_scale));

        let applied = stage.apply(STACK, BEFORE).await?;
        say(&format!("`{STACK}` applied: {} resources, 3 tasks of image v1", applied.resources));
        let target = traffic::local_target(&stage.project, &applied.url).await?;
        say(&format!("{} answers: {}", applied.url, stage.greeting(&target).await?));

        let takes = LONGEST_REQUEST.mul_f64(0.9 * self.time_scale);
        let target = target.identity(Identity::body(["Hello from v1 (blue)", "Hello from v2 (green)"]));
        let probing = Settings { rate: self.rate, ..Settings::new(target) };
        let probing = probing.long(format!("/slow?ms={}", takes.as_millis()), takes);
        let watcher = Watcher::start(probing, &stage.folder().join("probes.jsonl")).await?;
        say(&format!("{:.0} requests a second from now on", self.rate));
        tokio::time::sleep(AROUND).await;

        say(&format!("the change: {}", AFTER.join(", ")));
        let session = stage.session(STACK).await?;
        let changed = {
            let change = stage.apply(STACK, AFTER);
            let follow = events::follow(&session, &watcher, &say);
            tokio::select! {
                changed = change => changed,
                error = follow => Err(error),
            }
        };
        // Traffic is stopped even when the change failed, so that what it saw can be told.
        if changed.is_ok() {
            say("the change is complete");
            tokio::time::sleep(AROUND).await;
        }
        let certificate = watcher.stop().await?;
        changed?;
        self.report(stage, &certificate, begun.elapsed(), output)
    }

    fn report(
        &self,
        stage: &Stage<'_>,
        certificate: &Certificate,
        took: Duration,
        output: &Output,
    ) -> Result<ExitCode, CliError> {
        let folder = stage.folder();
        let file = folder.join("certificate.json");
        std::fs::write(&file, certificate.to_json())
            .map_err(|error| CliError::new(Kind::Gate, format!("{}: {error}", file.display())))?;
        let counts = certificate.service.counts;
        let whole = meets(certificate, Probability::ONE);
        let verdict = if whole { "zero downtime: confirmed by every request" } else { "requests were lost" };
        output.result(&format!(
            "\nInfrastructure update under traffic\n\n{}\nVerdict: {verdict}.\n\nAnyone can recompute this:\n    rust-stack \
             certificate verify {}\n",
            summary(certificate),
            file.display()
        ));
        let more = json!({ "zero_downtime": whole, "seconds": took.as_secs_f64(), "certificate": certificate });
        output.line("demo_summary", verdict, more);
        if whole {
            return Ok(ExitCode::SUCCESS);
        }
        Err(CliError::new(Kind::Gate, format!("{} of {} requests failed", counts.failures(), counts.probes())))
    }
}

/// Opens the stack of the demonstration for looking at its services.
impl Stage<'_> {
    async fn session(&self, stack: &str) -> Result<Session, CliError> {
        Session::open(&self.global, &self.project, stack, None, self.output).await
    }
}
