//! A running prober.

use super::{
    BadTarget, Census, Entry, Header, Identity, LogError, Role, Schedule, Settings, Stream, StreamPlan, Subscription,
    Target, control,
    dial::Dialer,
    entry::{FORMAT, VERSION},
    exchange::Exchange,
    journal::Journal,
    pool::Pool,
    run::Run,
    sticky::Cookies,
    tls::TlsSetupError,
};
use crate::verdict::{Thresholds, Verdict};
use jiff::Timestamp;
use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    time::MissedTickBehavior,
};

/// How often time passes in the log when nothing else happens.
const TICK: Duration = Duration::from_millis(250);

/// Probes until it is stopped or dropped. Needs a Tokio runtime with I/O and time.
pub struct Prober {
    journal: Arc<Journal>,
    header: Header,
    runs: Vec<Arc<Run>>,
    identities: [Arc<RwLock<Identity>>; 3],
    stop: watch::Sender<bool>,
    under_way: mpsc::Receiver<()>,
}

/// Why a prober could not start. Nothing runs then.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings contradict themselves.
    #[error("the prober cannot start: {0}")]
    Settings(&'static str),
    /// A path cannot stand in a request.
    #[error(transparent)]
    Target(#[from] BadTarget),
    /// TLS cannot be set up.
    #[error("the prober cannot use TLS: {0}")]
    Tls(#[from] TlsSetupError),
    /// The log cannot be created.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The control endpoint cannot be served.
    #[error("the prober cannot serve a control endpoint on loopback: {0}")]
    Control(std::io::Error),
}

impl Prober {
    /// Starts to probe.
    ///
    /// # Errors
    /// When the settings cannot be carried out. A service that does not answer is no error: it is what a prober is for.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        if let Some(problem) = settings.problem() {
            return Err(StartError::Settings(problem));
        }
        if let Some(long) = &settings.long {
            let parsed = long.path.parse::<hyper::Uri>();
            parsed.map_err(|error| BadTarget::Url { url: long.path.clone(), reason: error.to_string() })?;
        }
        let plans = settings.plans();
        let (stop, stopped) = watch::channel(false);
        let control = match &settings.control {
            Some(control) => control.clone(),
            None => {
                let address = control::serve(stopped.clone()).await.map_err(StartError::Control)?;
                Target::new(&format!("http://{address}/"))?.identity(Identity::body(["ok"]))
            }
        };
        let journal = Arc::new(Journal::start(settings.log.as_deref())?);
        let header = header(&settings, plans.clone());
        journal.add(|_| Entry::Started(header.clone()));

        let (guard, under_way) = mpsc::channel(1);
        let mut prober = Prober { journal, header, runs: Vec::new(), identities: Default::default(), stop, under_way };
        let test = settings.test.as_ref().unwrap_or(&settings.main);
        let mut dialers = Vec::new();
        for (identity, target) in prober.identities.iter().zip([&settings.main, test, &control]) {
            *identity.write().unwrap_or_else(PoisonError::into_inner) = target.identity.clone();
            dialers.push(Arc::new(Dialer::new(target.clone(), settings.connect_timeout)?));
        }
        for plan in plans {
            let role = role(plan.stream) as usize;
            let run = Arc::new(prober.stream(plan, &settings, &dialers[role], &prober.identities[role]));
            tokio::spawn(Arc::clone(&run).run(stopped.clone(), guard.clone()));
            prober.runs.push(run);
        }
        tokio::spawn(tick(Arc::clone(&prober.journal), stopped));
        Ok(prober)
    }

    fn stream(
        &self,
        plan: StreamPlan,
        settings: &Settings,
        dialer: &Arc<Dialer>,
        identity: &Arc<RwLock<Identity>>,
    ) -> Run {
        let takes = self.header.takes(plan.stream);
        let path = settings.long.as_ref().filter(|_| plan.stream == Stream::Long).map(|long| long.path.clone());
        Run {
            plan,
            schedule: Schedule::new(plan, settings.seed),
            exchange: Exchange {
                dialer: Arc::clone(dialer),
                identity: Arc::clone(identity),
                path,
                pool: (plan.stream == Stream::KeepAlive).then(|| Pool::new(settings.kept_connections)),
                cookies: (plan.stream == Stream::Sticky).then(Cookies::default),
                run: self.header.run.clone(),
            },
            journal: Arc::clone(&self.journal),
            on: AtomicBool::new(true),
            deadline: settings.deadline + takes,
            provisional_after: settings.provisional_after + takes,
            under_way: AtomicU64::new(0),
        }
    }

    /// What is known of the run; also the first entry of its log.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// All entries from now on.
    pub fn subscribe(&self) -> Subscription {
        self.journal.subscribe()
    }

    /// The time of the run.
    pub fn now(&self) -> Duration {
        self.journal.now()
    }

    /// Accepts other answers from now on: the old and the new version during a change. Long requests keep to the
    /// identity of the service.
    pub fn identity(&self, role: Role, identity: Identity) {
        *self.identities[role as usize].write().unwrap_or_else(PoisonError::into_inner) = identity.clone();
        self.journal.add(|at| Entry::Identity { at, role, identity });
    }

    /// Switches a stream on or off, such as the one to the test listener while there is nothing behind it.
    pub fn switch(&self, stream: Stream, on: bool) {
        for run in self.runs.iter().filter(|run| run.plan.stream == stream) {
            run.on.store(on, Ordering::Relaxed);
            self.journal.add(|at| Entry::Switched { at, stream, on });
        }
    }

    /// Notes by what verdicts are given from now on, so that they can be given again from the log.
    pub fn judge(&self, thresholds: &Thresholds) {
        self.journal.add(|at| Entry::Judging { at, thresholds: Box::new(thresholds.clone()) });
    }

    /// Notes that the changes of a wave are done and it is to be judged.
    pub fn wave_started(&self, wave: &str) {
        self.journal.add(|at| Entry::WaveStarted { at, wave: wave.to_owned() });
    }

    /// Notes the verdict that was acted on.
    pub fn wave_ended(&self, wave: &str, verdict: Verdict) {
        self.journal.add(|at| Entry::WaveEnded { at, wave: wave.to_owned(), verdict });
    }

    /// Notes what the load balancer counted meanwhile.
    pub fn census(&self, census: Census) {
        self.journal.add(|at| Entry::Census { at, census });
    }

    /// Waits until everything so far is in the log file.
    ///
    /// # Errors
    /// When the file could not be written, now or before.
    pub async fn flush(&self) -> Result<(), LogError> {
        self.journal.flush().await
    }

    /// Sends no more probes, waits for those that are under way, and completes the log.
    ///
    /// # Errors
    /// When the log could not be written.
    pub async fn stop(mut self) -> Result<(), LogError> {
        self.stop.send_replace(true);
        // Nothing is ever sent; it ends when the last probe has dropped its guard.
        while self.under_way.recv().await.is_some() {}
        self.journal.add(|at| Entry::Stopped { at });
        self.journal.flush().await
    }
}

async fn tick(journal: Arc<Journal>, mut stop: watch::Receiver<bool>) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            _ = interval.tick() => journal.add(|at| Entry::Tick { at }),
        }
    }
}

fn role(stream: Stream) -> Role {
    match stream {
        Stream::Control => Role::Control,
        Stream::TestListener => Role::Test,
        _ => Role::Main,
    }
}

fn header(settings: &Settings, streams: Vec<StreamPlan>) -> Header {
    let started = Timestamp::now();
    let url = |target: &Target| target.url().to_string();
    Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        run: run_id(started),
        started,
        url: url(&settings.main),
        test_url: settings.test.as_ref().map(url),
        control_url: settings.control.as_ref().map(url),
        streams,
        seed: settings.seed,
        identity: settings.main.identity.clone(),
        deadline: settings.deadline,
        connect_timeout: settings.connect_timeout,
        provisional_after: settings.provisional_after,
        long_takes: settings.long.as_ref().map_or(Duration::ZERO, |long| long.takes),
        vantage: settings.vantage.clone(),
    }
}

/// Tells runs apart, also those that one machine starts in one microsecond.
fn run_id(started: Timestamp) -> String {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let number = RUNS.fetch_add(1, Ordering::Relaxed);
    format!("{:x}-{:x}-{number:x}", started.as_microsecond(), std::process::id())
}
