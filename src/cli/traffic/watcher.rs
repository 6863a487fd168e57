//! A prober in the background, whose entries are counted as they come.

use super::Tally;
use crate::error::{CliError, Kind};
use gate::{
    certificate::{Certificate, Method},
    probe::{Prober, Settings, Subscription},
};
use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::task::JoinHandle;

/// Probes until it is stopped.
pub(crate) struct Watcher {
    prober: Prober,
    counting: JoinHandle<()>,
    tally: Arc<Mutex<Tally>>,
    log: PathBuf,
}

impl Watcher {
    /// Starts to probe, and writes every probe to the new file `log`.
    ///
    /// # Errors
    /// When the settings cannot be carried out or the file cannot be made.
    pub(crate) async fn start(settings: Settings, log: &Path) -> Result<Self, CliError> {
        let prober = Prober::start(settings.log(log)).await.map_err(|error| failed(&error))?;
        let tally = Arc::new(Mutex::new(Tally::new()));
        let counting = tokio::spawn(count(prober.subscribe(), Arc::clone(&tally)));
        Ok(Self { prober, counting, tally, log: log.to_owned() })
    }

    pub(crate) fn prober(&self) -> &Prober {
        &self.prober
    }

    /// What has been seen so far.
    pub(crate) fn tally(&self) -> Tally {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets the probes under way end; what all of them prove.
    ///
    /// # Errors
    /// When the log could not be written or read.
    pub(crate) async fn stop(self) -> Result<Certificate, CliError> {
        self.prober.stop().await.map_err(|error| failed(&error))?;
        self.counting.abort();
        certificate(&self.log)
    }
}

async fn count(mut entries: Subscription, tally: Arc<Mutex<Tally>>) {
    // It ends with the prober.
    while let Ok(entry) = entries.next().await {
        tally.lock().unwrap_or_else(PoisonError::into_inner).observe(&entry);
    }
}

/// What the log of a run proves.
///
/// # Errors
/// When it cannot be read or is no log.
pub(crate) fn certificate(log: &Path) -> Result<Certificate, CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::new(Kind::Gate, format!("{}: {error}", log.display()));
    let file = File::open(log).map_err(|error| failed(&error))?;
    Certificate::from_log(BufReader::new(file), &Method::default()).map_err(|error| failed(&error))
}

fn failed(error: &dyn std::fmt::Display) -> CliError {
    CliError::new(Kind::Gate, error.to_string())
}
