//! A target as one node knows it.

mod checker;
pub(super) mod health;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use self::health::{Finding, Health, TargetFact};
use super::dial::Dialer;
use super::request::Connection;
use super::wanted;
use crate::elbv2::{HealthCheck, TargetState};

/// A target, with its health and the connections to it.
pub(super) struct Target {
    /// Its key in the table of targets.
    pub(super) key: String,
    /// Its private address and port.
    pub(super) name: String,
    pub(super) registered: Timestamp,
    pub(super) port: u16,
    vpc_id: String,
    address: Ipv4Addr,
    interface: ArcSwapOption<String>,
    /// Its zone; `None` outside of the VPC.
    pub(super) zone: Option<String>,
    check: ArcSwap<HealthCheck>,
    standing: Mutex<Standing>,
    /// Whether it stands so that it is healthy: every request asks.
    healthy: AtomicBool,
    leaving: OnceLock<Leaving>,
    in_flight: AtomicUsize,
    /// Connections that are not in use, the one that was used last at the end.
    idle: Mutex<Vec<Connection>>,
    /// Turns true when every connection is to be closed.
    ended: watch::Sender<bool>,
    checker: Mutex<Option<AbortHandle>>,
}

/// How a target stands.
struct Standing {
    health: Health,
    /// Since when it gets less than its share because it became healthy.
    warming_since: Option<Instant>,
}

/// A target on its way out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaving {
    /// Until when it still gets new requests: until the nodes have heard of it.
    pub(super) routed_until: Instant,
    /// When the requests that it still has are cut.
    pub(super) ends: Instant,
}

/// One request that a target has; it ends with the value.
pub(super) struct InFlight(pub(super) Arc<Target>);

impl Target {
    /// A new target, which is checked once it is registered and `later` has passed.
    pub(super) fn start(
        group: &wanted::Group,
        wanted: &wanted::Target,
        later: Duration,
        dialer: Dialer,
        changed: Changed,
    ) -> Arc<Self> {
        let target = Arc::new(Target {
            key: wanted.key.clone(),
            name: format!("{}:{}", wanted.address, wanted.port),
            registered: wanted.registered,
            port: wanted.port,
            vpc_id: group.vpc_id.clone(),
            address: wanted.address,
            interface: ArcSwapOption::from_pointee(wanted.interface.clone()),
            zone: wanted.zone.clone(),
            check: ArcSwap::from_pointee(group.check.clone()),
            standing: Mutex::new(Standing { health: Health::NEW, warming_since: None }),
            healthy: AtomicBool::new(false),
            leaving: OnceLock::new(),
            in_flight: AtomicUsize::new(0),
            idle: Mutex::default(),
            ended: watch::Sender::new(false),
            checker: Mutex::default(),
        });
        let checks = checker::check(Arc::downgrade(&target), dialer, wanted.checked_from + later, changed);
        *lock(&target.checker) = Some(tokio::spawn(checks).abort_handle());
        target
    }

    /// Takes over what can change about a target.
    pub(super) fn update(&self, group: &wanted::Group, wanted: &wanted::Target) {
        if **self.check.load() != group.check {
            self.check.store(Arc::new(group.check.clone()));
        }
        // The interface of a task that has stopped is gone while its target still drains.
        if let Some(interface) = wanted.interface.as_ref().filter(|it| self.interface().as_ref() != Some(*it)) {
            self.interface.store(Some(Arc::new(interface.clone())));
        }
    }

    /// Where a port of it is on this machine.
    pub(super) fn place(&self, dialer: &Dialer, port: u16) -> io::Result<SocketAddr> {
        dialer.shared.addresses.of(&self.vpc_id, self.address, port)
    }

    /// The network interface that has its address.
    pub(super) fn interface(&self) -> Option<String> {
        self.interface.load().as_deref().cloned()
    }

    pub(super) fn fact(&self) -> TargetFact {
        lock(&self.standing).health.fact(self.registered)
    }

    pub(super) fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }

    /// Whether it still gets new requests.
    pub(super) fn is_routed(&self, now: Instant) -> bool {
        self.leaving.get().is_none_or(|leaving| now < leaving.routed_until)
    }

    /// Takes it out. What was decided once stays.
    pub(super) fn leave(&self, leaving: Leaving) {
        self.leaving.get_or_init(|| leaving);
    }

    pub(super) fn leaving(&self) -> Option<Leaving> {
        self.leaving.get().copied()
    }

    /// The part of its share that it gets, from 0 to 1: less than all of it while it starts slowly.
    pub(super) fn share(&self, slow_start: Duration, now: Instant) -> f64 {
        match lock(&self.standing).warming_since {
            Some(since) if !slow_start.is_zero() => {
                (now.duration_since(since).as_secs_f64() / slow_start.as_secs_f64()).min(1.0)
            }
            _ => 1.0,
        }
    }

    /// Lets it start slowly from now on. It is to be healthy already.
    pub(super) fn warm_up(&self, now: Instant) {
        lock(&self.standing).warming_since = Some(now);
    }

    /// Takes in what a check has found; tells whether the state changed. See [`Health::observe`].
    fn observe(&self, finding: Finding, may_start: bool) -> bool {
        let mut standing = lock(&self.standing);
        let changed = standing.health.observe(finding, &self.check.load(), may_start);
        let healthy = standing.health.state() == TargetState::Healthy;
        self.healthy.store(healthy, Ordering::Relaxed);
        if changed && !healthy {
            standing.warming_since = None;
        }
        changed
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// A connection that is not in use, unless it has been so for longer than `idle_timeout`.
    pub(super) fn take_idle(&self, idle_timeout: Duration) -> Option<Connection> {
        let mut idle = lock(&self.idle);
        let now = Instant::now();
        std::iter::from_fn(|| idle.pop()).find_map(|mut found| found.is_usable(now, idle_timeout).then_some(found))
    }

    /// Keeps a connection for the next request.
    pub(super) fn keep(&self, mut connection: Connection) {
        connection.rest(Instant::now());
        let mut idle = lock(&self.idle);
        if !*self.ended.borrow() {
            idle.push(connection);
        }
    }

    /// Closes the connections that nobody has used for longer than `idle_timeout`, and those that the target has closed:
    /// nobody else looks at them.
    pub(super) fn close_idle(&self, idle_timeout: Duration) {
        let now = Instant::now();
        lock(&self.idle).retain_mut(|connection| connection.is_usable(now, idle_timeout));
    }

    /// Turns true when every connection is to be closed.
    pub(super) fn ended(&self) -> watch::Receiver<bool> {
        self.ended.subscribe()
    }

    /// Closes every connection and ends the checks.
    pub(super) fn end(&self) {
        self.ended.send_replace(true);
        lock(&self.idle).clear();
        self.stop_checks();
    }

    /// Checks a target no longer; requests that it has go on.
    pub(super) fn stop_checks(&self) {
        if let Some(checker) = lock(&self.checker).take() {
            checker.abort();
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.end();
    }
}

impl InFlight {
    pub(super) fn new(target: Arc<Target>) -> Self {
        target.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(target)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Called when the health of a target has changed.
pub(super) type Changed = Arc<dyn Fn(&Target) + Send + Sync>;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
