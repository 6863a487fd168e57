//! A node: the part of a load balancer that stands in one zone. It decides by itself, as on AWS: it checks the targets,
//! takes turns and keeps connections of its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_rustls::rustls::ServerConfig;

use super::Common;
use super::census::Census;
use super::dial::Dialer;
use super::group::Group;
use super::metrics::{self, Metric, Metrics, Series};
use super::offered::Offered;
use super::targets::{Changed, Leaving, Target};
use super::wanted::{self, Place, Wanted};
use crate::elbv2::{Routing, TIME_TO_LIVE};
use crate::plane::driver::Shared;
use crate::plane::faults::Listener;
use crate::plane::network::{Peer, Verdict};

/// How long a client's kernel waits before it sends a lost SYN again, and for how long in all (Linux, `tcp_syn_retries`).
const FIRST_RETRANSMISSION: Duration = Duration::from_secs(1);
const LAST_RETRANSMISSION: Duration = Duration::from_secs(64);

pub(super) struct Node {
    this: Weak<Node>,
    pub(super) place: Place,
    pub(super) shared: Shared,
    pub(super) dialer: Dialer,
    /// What it does now. A request sees one state from its beginning to the choice of its target.
    pub(super) current: ArcSwap<Current>,
    /// What it counts of requests and connections.
    pub(super) series: Arc<Series>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) census: Arc<Census>,
    region: String,
    /// How many weighted choices were made.
    choices: AtomicU64,
    /// How many connections clients have.
    active: AtomicUsize,
    lost_since: Mutex<Option<Instant>>,
    offered: Arc<Offered>,
}

/// How the HTTPS listeners of a load balancer speak TLS, by their ports.
pub(super) type Secure = BTreeMap<u16, Arc<ServerConfig>>;

/// A client's connection; it ends with the value.
pub(super) struct Active(Arc<Node>);

/// What a node is to do.
pub(super) struct Current {
    pub(super) name: String,
    pub(super) routing: Routing,
    pub(super) listeners: BTreeMap<u16, Arc<wanted::Listener>>,
    /// How the listeners on these ports speak TLS.
    pub(super) tls: Secure,
    pub(super) groups: BTreeMap<String, Arc<Group>>,
}

impl Node {
    pub(super) fn start(
        common: &Common,
        place: Place,
        wanted: &Wanted,
        secure: &Secure,
        offered: &Arc<Offered>,
    ) -> Arc<Self> {
        let Common { shared, metrics, census, .. } = common;
        let nothing = Current {
            name: wanted.name.clone(),
            routing: wanted.routing.clone(),
            listeners: BTreeMap::new(),
            tls: Secure::new(),
            groups: BTreeMap::new(),
        };
        let series = metrics.series(metrics::Place {
            region: wanted.region.clone(),
            load_balancer: last_part(&wanted.arn, ":loadbalancer/").to_owned(),
            zone: place.zone.clone(),
            group: None,
        });
        let node = Arc::new_cyclic(|this| Node {
            this: Weak::clone(this),
            dialer: Dialer { shared: shared.clone(), interface: place.interface.clone() },
            place,
            shared: shared.clone(),
            current: ArcSwap::from_pointee(nothing),
            series,
            metrics: Arc::clone(metrics),
            census: Arc::clone(census),
            region: wanted.region.clone(),
            choices: AtomicU64::new(rand::random()),
            active: AtomicUsize::new(0),
            lost_since: Mutex::default(),
            offered: Arc::clone(offered),
        });
        node.update(wanted, secure);
        node
    }

    /// Does from now on what is wanted. Requests under way keep what they have.
    pub(super) fn update(&self, wanted: &Wanted, secure: &Secure) {
        let before = self.current.load_full();
        let groups = wanted.groups.iter().map(|group| {
            let group = self.group(group, &wanted.arn, before.groups.get(&group.arn).map(Arc::as_ref));
            (group.arn.clone(), Arc::new(group))
        });
        let groups: BTreeMap<String, Arc<Group>> = groups.collect();
        // A group that is not used is not checked either; what its targets still have to do, they do.
        for (arn, group) in &before.groups {
            if !groups.contains_key(arn) {
                group.targets.iter().for_each(|target| target.stop_checks());
            }
        }
        let listeners = wanted.listeners.iter().map(|listener| (listener.port, Arc::new(listener.clone())));
        self.current.store(Arc::new(Current {
            name: wanted.name.clone(),
            routing: wanted.routing.clone(),
            listeners: listeners.collect(),
            tls: secure.clone(),
            groups,
        }));
    }

    /// Whether something is to be done at a certain time, so that [`Node::update`] should be called.
    pub(super) fn waits(&self) -> bool {
        self.current.load().groups.values().any(|group| group.targets.iter().any(|it| it.leaving().is_some()))
    }

    fn group(&self, wanted: &wanted::Group, load_balancer: &str, before: Option<&Group>) -> Group {
        let now = Instant::now();
        let old = |key: &str| before.into_iter().flat_map(|group| &group.targets).find(|target| target.key == key);
        let in_zone = |target: &&wanted::Target| {
            wanted.balancing.cross_zone || target.zone.as_ref().is_none_or(|zone| *zone == self.place.zone)
        };
        let mut targets: Vec<Arc<Target>> = Vec::new();
        for target in wanted.targets.iter().filter(in_zone) {
            let kept = old(&target.key).filter(|old| old.registered == target.registered);
            let kept = match kept {
                Some(kept) => {
                    kept.update(wanted, target);
                    Arc::clone(kept)
                }
                // It was drained before this node stood here.
                None if target.deregistered.is_some() => continue,
                None => {
                    let name = last_part(&wanted.arn, ":targetgroup/").split('/').next().unwrap_or_default();
                    let later = self.shared.faults.registration_delay(name);
                    Target::start(wanted, target, later, self.dialer.clone(), self.when_changed(&wanted.arn))
                }
            };
            if let Some(since) = target.deregistered {
                kept.leave(self.leaving(since, wanted.balancing.deregistration_delay));
            }
            targets.push(kept);
        }
        // One that is gone from the table leaves as one that was told to.
        for gone in before.into_iter().flat_map(|group| &group.targets) {
            if !targets.iter().any(|target| target.key == gone.key) {
                gone.leave(self.leaving(Timestamp::now(), Duration::ZERO));
                targets.push(Arc::clone(gone));
            }
        }
        targets.retain(|target| {
            let Some(leaving) = target.leaving() else { return true };
            if leaving.routed_until <= now {
                target.stop_checks();
            }
            if leaving.ends <= now {
                target.end();
            }
            leaving.ends > now
        });
        Group {
            arn: wanted.arn.clone(),
            slow_start: self.shared.scaled(wanted.balancing.slow_start),
            balancing: wanted.balancing.clone(),
            targets,
            turn: before.map(|group| Arc::clone(&group.turn)).unwrap_or_default(),
            series: match before {
                Some(group) => Arc::clone(&group.series),
                None => self.metrics.series(metrics::Place {
                    region: self.region.clone(),
                    load_balancer: last_part(load_balancer, ":loadbalancer/").to_owned(),
                    zone: self.place.zone.clone(),
                    group: Some(format!("targetgroup/{}", last_part(&wanted.arn, ":targetgroup/"))),
                }),
            },
        }
    }

    /// How a target leaves that was deregistered `since`. It is drained from when the node has heard of it.
    fn leaving(&self, since: Timestamp, delay: Duration) -> Leaving {
        let ago = Timestamp::now().duration_since(since);
        let since = Instant::now().checked_sub(Duration::try_from(ago).unwrap_or_default()).unwrap_or(Instant::now());
        let routed_until = since + self.shared.scaled(self.shared.settings.deregistration_lag);
        Leaving { routed_until, ends: routed_until + self.shared.scaled(delay) }
    }

    /// Lets a target that has become healthy start slowly, if its group wants that and another one carries the load
    /// (AWS: Application Load Balancers, "Slow start mode").
    fn when_changed(&self, group_arn: &str) -> Changed {
        let (node, group_arn) = (Weak::clone(&self.this), group_arn.to_owned());
        Arc::new(move |target: &Target| {
            let Some(node) = node.upgrade() else { return };
            let current = node.current.load();
            let Some(group) = current.groups.get(&group_arn) else { return };
            let (slow_start, now) = (group.slow_start, Instant::now());
            let carries = |other: &Arc<Target>| {
                other.key != target.key && other.is_healthy() && other.share(slow_start, now) >= 1.0
            };
            if target.is_healthy() && !slow_start.is_zero() && group.targets.iter().any(carries) {
                target.warm_up(now);
            }
        })
    }

    /// Picks one of several weights, each in its share: the counts differ from exact shares by no more than a few,
    /// because the multiples of the golden ratio lie evenly between 0 and 1. `None` when all are zero.
    pub(super) fn weighted(&self, weights: &[u16]) -> Option<usize> {
        const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let point = self.choices.fetch_add(1, Ordering::Relaxed).wrapping_mul(GOLDEN);
        let mut point = u64::try_from((u128::from(point) * u128::from(total)) >> 64).unwrap_or_default();
        weights.iter().position(|weight| {
            let inside = point < u64::from(*weight);
            point = point.saturating_sub(u64::from(*weight));
            inside
        })
    }

    /// Whether its zone is lost.
    pub(super) fn is_lost(&self) -> bool {
        self.shared.network.zone_lost(&self.place.zone)
    }

    /// Whether the zone of a target is lost.
    pub(super) fn has_lost(&self, target: &Target) -> bool {
        target.zone.as_ref().is_some_and(|zone| self.shared.network.zone_lost(zone))
    }

    /// Whether DNS still names it: that of a zone that is lost goes when some checks of it failed and clients have let go of
    /// its address.
    pub(super) fn is_in_dns(&self) -> bool {
        let since = *lock(&self.lost_since);
        since.is_none_or(|since| since.elapsed() < self.shared.scaled(TIME_TO_LIVE))
    }

    /// Waits until a client's connection to a port is let through; tells whether it ever is. It is judged again whenever
    /// the client's kernel would have sent a lost SYN again.
    pub(super) async fn admits(&self, port: u16) -> bool {
        let mut pause = FIRST_RETRANSMISSION;
        let name = self.current.load().name.clone();
        let lost = self.shared.faults.loses(Listener { load_balancer: &name, port }, self.offered.next(port));
        let judge = || self.shared.network.judge(&Peer::Client, &self.place.interface, port);
        while lost || judge() != Verdict::Open {
            if pause > LAST_RETRANSMISSION {
                return false;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        true
    }

    /// Waits as long as a fault makes requests to a port wait.
    pub(super) async fn wait(&self, port: u16, name: &str) {
        let latency = self.shared.faults.latency(Listener { load_balancer: name, port });
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
    }

    /// Counts a client's connection as long as the value lives.
    pub(super) fn meet(self: &Arc<Self>) -> Active {
        self.series.count(Metric::NewConnectionCount);
        self.active.fetch_add(1, Ordering::Relaxed);
        Active(Arc::clone(self))
    }

    /// Looks at what changes by itself: whether its zone is lost, which connections have closed, and how many there are of what
    /// it counts.
    pub(super) fn look(&self) {
        let lost = self.is_lost();
        let mut lost_since = lock(&self.lost_since);
        *lost_since = if lost { lost_since.or(Some(Instant::now())) } else { None };
        self.series.level(Metric::ActiveConnectionCount, self.active.load(Ordering::Relaxed));
        let current = self.current.load();
        for group in current.groups.values() {
            group.targets.iter().for_each(|target| target.close_idle(current.routing.idle_timeout));
            let registered = || group.targets.iter().filter(|target| target.leaving().is_none());
            let healthy = registered().filter(|target| target.is_healthy()).count();
            group.series.level(Metric::HealthyHostCount, healthy);
            group.series.level(Metric::UnHealthyHostCount, registered().count() - healthy);
        }
    }

    /// Closes every connection to targets.
    pub(super) fn end(&self) {
        let current = self.current.load();
        current.groups.values().flat_map(|group| &group.targets).for_each(|target| target.end());
    }

    /// The health of its targets by their keys.
    pub(super) fn health(&self) -> Vec<(String, super::TargetFact)> {
        let current = self.current.load();
        let targets = current.groups.values().flat_map(|group| &group.targets);
        targets.filter(|target| target.leaving().is_none()).map(|target| (target.key.clone(), target.fact())).collect()
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What comes after `mark` in an ARN.
pub(super) fn last_part<'a>(arn: &'a str, mark: &str) -> &'a str {
    arn.split_once(mark).map_or(arn, |(_, part)| part)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
