//! The round: facts in, time passes, wishes out.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::balancer::{self, Balancers};
use super::network::{self, Network};
use super::tasks::{self, Tasks};
use super::{Addresses, PlaneSettings};
use crate::config::NoticeLog;
use crate::endpoint::Endpoint;
use crate::faults::Faults;
use crate::latency;

/// The longest time between two rounds. Whatever happens sooner rings.
const ROUND: Duration = Duration::from_millis(100);

/// The shortest time between two rounds: each request rings, and a round looks at everything, so that many requests at
/// once had to wait for as many rounds.
const PAUSE: Duration = Duration::from_millis(10);

/// A data plane that runs.
pub(crate) struct Plane {
    stop: Arc<Notify>,
    driver: JoinHandle<()>,
}

/// What every part of the data plane shares.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) settings: Arc<PlaneSettings>,
    pub(crate) addresses: Arc<Addresses>,
    pub(crate) network: Arc<Network>,
    /// What is to go wrong; see [`super::faults`].
    pub(crate) faults: Arc<Faults>,
    /// Asks for a round: something has happened.
    pub(crate) bell: Arc<Notify>,
    /// Multiplies every duration that AWS is told in seconds: intervals, timeouts, delays.
    pub(crate) time_scale: f64,
    /// Where the cloud keeps its files, if it does.
    pub(crate) directory: Option<PathBuf>,
    notice_log: Option<NoticeLog>,
}

impl Shared {
    /// How long something takes here that is to take `on_aws` on AWS.
    pub(crate) fn scaled(&self, on_aws: Duration) -> Duration {
        on_aws.mul_f64(self.time_scale)
    }

    /// How long something lasts here that allows for the start of a process and lasts `on_aws` on AWS.
    pub(crate) fn with_a_start(&self, on_aws: Duration) -> Duration {
        latency::with_a_start(on_aws, self.time_scale)
    }

    /// Says something to whoever runs the cloud.
    pub(crate) fn tell(&self, line: &str) {
        if let Some(log) = &self.notice_log {
            log(line);
        }
    }
}

/// What there should be in one region.
struct Wanted {
    tasks: Vec<tasks::Wanted>,
    balancers: Vec<balancer::Wanted>,
    network: network::Wanted,
}

impl Plane {
    /// Starts to go round.
    pub(crate) fn start(endpoint: Arc<Endpoint>, settings: PlaneSettings) -> Self {
        let shared = Shared {
            addresses: Arc::new(Addresses::new(settings.high_ports)),
            network: Arc::new(Network::new(settings.client, Arc::clone(&endpoint.faults))),
            faults: Arc::clone(&endpoint.faults),
            settings: Arc::new(settings),
            bell: Arc::clone(&endpoint.bell),
            time_scale: endpoint.config.time_scale,
            directory: endpoint.config.directory.clone(),
            notice_log: endpoint.config.notice_log.clone(),
        };
        let stop = Arc::new(Notify::new());
        let driver = tokio::spawn(drive(endpoint, shared, Arc::clone(&stop)));
        Plane { stop, driver }
    }

    /// Ends every process and every listener, and waits until they have ended.
    pub(crate) async fn stop(self) {
        self.stop.notify_one();
        // An error means that the driver panicked, which has been printed; what it held was dropped with it.
        let _ended = self.driver.await;
    }
}

async fn drive(endpoint: Arc<Endpoint>, shared: Shared, stop: Arc<Notify>) {
    let mut tasks = Tasks::new(shared.clone());
    let mut balancers = Balancers::new(shared.clone());
    loop {
        let wanted = {
            let mut world = endpoint.world();
            let facts = world.facts();
            facts.lost_zones = shared.faults.lost_zones();
            tasks.report(facts);
            balancers.report(facts);
            world.turn(Timestamp::now(), |cx| {
                tasks.deliver(cx);
                Wanted { tasks: tasks.wanted(cx), balancers: balancer::wanted(cx), network: network::wanted(cx) }
            })
        };
        match wanted {
            Ok(regions) => {
                let (mut all_tasks, mut all_balancers, mut networks) = (Vec::new(), Vec::new(), Vec::new());
                for region in regions {
                    all_tasks.extend(region.tasks);
                    all_balancers.extend(region.balancers);
                    networks.push(region.network);
                }
                shared.network.set(networks);
                shared.addresses.retain(|vpc| shared.network.has_vpc(vpc));
                tasks.reconcile(all_tasks);
                balancers.reconcile(all_balancers);
            }
            // The store refuses to write: requests are refused for the same reason, and tell their clients.
            Err(error) => shared.tell(&format!("the data plane stands still: {}", error.message)),
        }
        let rest = async {
            tokio::time::sleep(PAUSE).await;
            tokio::select! {
                () = shared.bell.notified() => (),
                () = tokio::time::sleep(ROUND - PAUSE) => (),
            }
        };
        tokio::select! {
            () = rest => (),
            () = stop.notified() => break,
        }
    }
    balancers.stop().await;
    tasks.stop().await;
}
