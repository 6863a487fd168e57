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
    stack_program,
    traffic::{self, Watcher, meets, summary},
};
use clap::Args;
use engine::history::{Ending, History};
use gate::{
    certificate::Certificate,
    probe::{Identity, Settings, Target},
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
    /// Make a change in the order of a tool that knows only what depends on what, and show what is lost.
    #[arg(long, conflicts_with = "bad")]
    naive: bool,
    /// Bring out a version that fails after some seconds, and show how it is halted and taken back.
    #[arg(long)]
    bad: bool,
    /// Requests a second of `--naive`; the gate has its own rate.
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
const BEFORE: &[&str] = &["desired_count=3", "image=v1", ROLLOUT];
const AFTER: &[&str] = &["desired_count=4", "size={cpu=512,memory=1024}", "image=v2", ROLLOUT];
/// New versions get the requests share by share; shorter than usual, because people watch.
const ROLLOUT: &str = "rollout={canary={shares=[1,10,50],step_bake=60,bake=120}}";
/// A version that serves well at first.
const BAD: &[&str] = &["desired_count=3", "image=v3", ROLLOUT];
const BAD_TAG: &str = "v3";
const BAD_SECONDS: &str = "5";
/// How long traffic runs before the naive change, and after it.
const AROUND: Duration = Duration::from_secs(5);
/// The longest request that the stack promises to let end, as `dev` says.
const LONGEST_REQUEST: Duration = Duration::from_secs(10);

impl Demo {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        // The time that is shown is not the compiler's.
        stack_program::build(&project, STACK, output).await?;
        let stage = Stage::set(&project, global, output).await?;
        let shown = self.show(&stage, output).await;
        if self.keep {
            output.note(&format!("The local cloud goes on, with its state in {}.", stage.folder().display()));
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
        let applied = stage.apply(STACK, BEFORE, false).await?;
        say(&format!("`{STACK}` applied: {} resources, 3 tasks of image v1", applied.resources));
        let target = traffic::local_target(&stage.project, &applied.url).await?;
        say(&format!("{} answers: {}", applied.url, stage.greeting(&target).await?));

        if self.naive {
            return self.naive(stage, target, &say, output).await;
        }
        let change = if self.bad { BAD } else { AFTER };
        if self.bad {
            let image = json!({
                "tag": BAD_TAG,
                "environment": { "VERSION": BAD_TAG, "COLOUR": "red", "FAULT_FAIL_AFTER_SECONDS": BAD_SECONDS },
            });
            local::post(&endpoint, "images", &image).await?;
            say(&format!("image {BAD_TAG} was pushed: its tasks answer 500 from {BAD_SECONDS} s on, and stay healthy"));
        }
        say(&format!("the change: {}", change.join(", ")));
        let session = Session::open(&stage.global, &stage.project, STACK, None, output).await?;
        let changed = tokio::select! {
            changed = stage.apply(STACK, change, true) => changed,
            error = events::follow(&session, None, &say) => Err(error),
        };
        let history = History::open(&stage.project.state(STACK, true));
        let last = history.latest()?.ok_or_else(|| CliError::new(Kind::Gate, "the change was not recorded"))?;
        if !last.summary.paths.certificate().is_file() {
            changed?;
            return Err(CliError::new(Kind::Gate, "the change was not gated"));
        }
        let certificate = traffic::certificate(&last.summary.paths.probes())?;
        say(&format!("{} answers: {}", applied.url, stage.greeting(&target).await?));
        if self.bad {
            return bad_verdict(changed.err(), last.summary.ending, &certificate, output);
        }
        changed?;
        verdict(&certificate, begun.elapsed(), output)
    }

    async fn naive(
        &self,
        stage: &Stage<'_>,
        target: Target,
        say: &impl Fn(&str),
        output: &Output,
    ) -> Result<ExitCode, CliError> {
        let begun = Instant::now();
        let takes = LONGEST_REQUEST.mul_f64(0.9 * self.time_scale);
        let target = target.identity(Identity::body(["Hello from v1 (blue)"]));
        let probing = Settings { rate: self.rate, ..Settings::new(target) };
        let probing = probing.long(format!("/slow?ms={}", takes.as_millis()), takes);
        let log = stage.folder().join("probes.jsonl");
        let watcher = Watcher::start(probing, &log).await?;
        say(&format!("{:.0} requests a second from now on", self.rate));
        tokio::time::sleep(AROUND).await;
        say("the change: another port for the target group, another security group for the load balancer");
        let session = Session::open(&stage.global, &stage.project, STACK, None, output).await?;
        let changed = tokio::select! {
            changed = stage.apply_naively(STACK, BEFORE) => changed,
            error = events::follow(&session, Some(&watcher), say) => Err(error),
        };
        if changed.is_ok() {
            say("the change is complete");
            tokio::time::sleep(AROUND).await;
        }
        // Traffic is stopped even when the change failed, so that what it saw can be told.
        let certificate = watcher.stop().await?;
        output.result(&format!("\nThe change in naive order, as its traffic saw it\n\n{}\n", summary(&certificate)));
        changed?;
        output.result(
            "Why: the rule led to a new target group before it had a healthy target (503), and the new security group stood \
             at the load balancer before its rules did. `rust-stack demo` makes its changes in an order that is proven to \
             keep serving.\n\n",
        );
        verdict(&certificate, begun.elapsed(), output)
    }
}

/// Whether all requests were answered.
fn verdict(certificate: &Certificate, took: Duration, output: &Output) -> Result<ExitCode, CliError> {
    let counts = certificate.service.counts;
    let whole = meets(certificate, Probability::ONE);
    let verdict = if whole { "zero downtime: confirmed by every request" } else { "requests were lost" };
    output.result(&format!(
        "\nVerdict: {verdict}: {} checks, {} successful, {} failed.\n",
        counts.probes(),
        counts.probes() - counts.failures(),
        counts.failures()
    ));
    let more = json!({ "zero_downtime": whole, "seconds": took.as_secs_f64(), "certificate": certificate });
    output.line("demo_summary", verdict, more);
    if whole {
        return Ok(ExitCode::SUCCESS);
    }
    Err(CliError::new(Kind::Gate, format!("{} of {} requests failed", counts.failures(), counts.probes())))
}

/// Whether a bad version was halted and taken back.
fn bad_verdict(
    error: Option<CliError>,
    ending: Option<Ending>,
    certificate: &Certificate,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let counts = certificate.service.counts;
    if ending != Some(Ending::Reverted) {
        let otherwise = || CliError::new(Kind::Gate, "the bad version was not taken back");
        return Err(error.unwrap_or_else(otherwise));
    }
    let what = error.map(|error| error.message).unwrap_or_default();
    let verdict = format!("{what}. {} of {} requests were lost on the way.", counts.failures(), counts.probes());
    output.result(&format!("\nVerdict: {verdict}\n"));
    output.line("demo_summary", &verdict, json!({ "reverted": true, "certificate": certificate }));
    Ok(ExitCode::SUCCESS)
}
