use crate::{
    arguments::Global,
    error::{CliError, Kind},
    output::Output,
    traffic::{self, View, Watcher, meets, summary},
};
use clap::Args;
use gate::{
    certificate::Certificate,
    probe::{Identity, LongRequest, Settings},
    statistics::Probability,
};
use serde_json::json;
use std::{path::PathBuf, process::ExitCode, time::Duration};

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// A URL, or a stack whose output `url` is watched.
    target: String,
    /// Requests a second.
    #[arg(long, value_name = "N", default_value_t = 50.0)]
    rate: f64,
    /// End by itself after this time, such as `30s` or `10m`; on interrupt otherwise.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    lasts: Option<Duration>,
    /// The availability that is expected, in percent; the exit code is 1 below it.
    #[arg(long, value_name = "PERCENT", default_value = "99.9", value_parser = objective)]
    slo: Probability,
    /// How long a request may take, such as `500ms`.
    #[arg(long, value_name = "TIME", default_value = "900ms", value_parser = duration)]
    timeout: Duration,
    /// A text that a right answer contains; may be given several times, for the old and the new version.
    #[arg(long = "expect", value_name = "TEXT")]
    expect: Vec<String>,
    /// Also make requests that take long: a path and, after `=`, how long they take, as in `/slow?ms=2000=2s`.
    #[arg(long, value_name = "PATH=TIME", value_parser = long)]
    long: Option<LongRequest>,
    /// Keep the log of every request in this new file.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Write a certificate to this file. It can be recomputed from the log, so that needs --log.
    #[arg(long, value_name = "FILE", requires = "log")]
    certificate: Option<PathBuf>,
}

impl Watch {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let target = traffic::target(&self.target, global, output).await?.identity(Identity::body(self.expect.clone()));
        let temporary = tempfile::tempdir().map_err(|error| failed(&error))?;
        let log = self.log.clone().unwrap_or_else(|| temporary.path().join("probes.jsonl"));
        let settings = Settings {
            rate: self.rate,
            deadline: self.timeout,
            connect_timeout: self.timeout,
            long: self.long.clone(),
            ..Settings::new(target)
        };
        let watcher = Watcher::start(settings, &log).await?;
        output.note(&format!("Watching {} with {:.0} requests a second.", watcher.prober().header().url, self.rate));
        self.follow(&watcher, output).await?;
        let certificate = watcher.stop().await?;
        if let Some(path) = &self.certificate {
            std::fs::write(path, certificate.to_json())
                .map_err(|error| CliError::new(Kind::Gate, format!("{}: {error}", path.display())))?;
        }
        self.report(&certificate, output)
    }

    /// Shows what is seen until it is time to stop.
    async fn follow(&self, watcher: &Watcher, output: &Output) -> Result<(), CliError> {
        let mut view = View::new(output);
        let mut redraw = tokio::time::interval(Duration::from_millis(200));
        let over = async {
            match self.lasts {
                Some(lasts) => tokio::time::sleep(lasts).await,
                None => std::future::pending().await,
            }
        };
        let mut over = std::pin::pin!(over);
        let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
        loop {
            tokio::select! {
                () = &mut over => break,
                heard = &mut interrupted => {
                    heard.map_err(|error| failed(&error))?;
                    break;
                }
                _ = redraw.tick() => view.show(&watcher.tally()),
            }
        }
        view.finish();
        Ok(())
    }

    fn report(&self, certificate: &Certificate, output: &Output) -> Result<ExitCode, CliError> {
        output.result(&format!("\nAvailability of {}\n\n{}\n", self.target, summary(certificate)));
        let met = meets(certificate, self.slo);
        let slo = self.slo.get() * 100.0;
        let message = if met { format!("at least {slo} % of the checks succeeded") } else { format!("below {slo} %") };
        output.line("availability_summary", &message, json!({ "met": met, "certificate": certificate }));
        if met {
            output.result(&format!("Verdict: {message}.\n"));
            return Ok(ExitCode::SUCCESS);
        }
        let counts = certificate.service.counts;
        if counts.probes() == counts.failures() {
            let failure = certificate.failures.iter().max_by_key(|(_, count)| **count);
            let why = failure.map_or_else(|| "no check was made".to_owned(), |(failure, _)| failure.to_string());
            return Err(CliError::new(Kind::Gate, format!("no check of {} succeeded ({why})", certificate.url))
                .hint("Is the URL right, and does the service run? rust-stack status tells of a stack's."));
        }
        Err(CliError::new(Kind::Gate, format!("the availability was {message}")))
    }
}

fn failed(error: &dyn std::fmt::Display) -> CliError {
    CliError::new(Kind::Gate, error.to_string())
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    Duration::try_from(span).map_err(|_| "a duration is not negative".to_owned()).and_then(|duration| {
        if duration.is_zero() { Err("a duration is longer than nothing".to_owned()) } else { Ok(duration) }
    })
}

fn objective(text: &str) -> Result<Probability, String> {
    let percent: f64 = text.trim_end_matches('%').trim().parse().map_err(|_| format!("{text:?} is no percentage"))?;
    Probability::new(percent / 100.0).map_err(|_| format!("{percent} is not between 0 and 100"))
}

fn long(text: &str) -> Result<LongRequest, String> {
    let (path, takes) = text.rsplit_once('=').ok_or("it is a path, an equals sign and a time")?;
    Ok(LongRequest { path: path.to_owned(), takes: duration(takes)? })
}
