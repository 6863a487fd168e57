//! Load balancers as proxies.
//!
//! [`wanted`](wanted()) says what load balancers there should be; [`Balancers`] makes it so. Each has a [`node::Node`] in
//! each of its zones, which listens at its own address ([`listen`]), answers requests by its rules ([`request`]) and
//! checks the targets ([`targets`]) by itself. A change replaces what a node is to do in one step, so that no connection
//! and no request is lost by it.

pub(crate) mod admin;
pub(crate) mod census;
pub(crate) mod certificates;
mod dial;
pub(crate) mod endpoints;
mod front_door;
mod group;
mod listen;
mod load_balancer;
pub(crate) mod metrics;
mod node;
mod offered;
mod request;
mod targets;
mod wanted;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;

use self::census::Census;
use self::certificates::Authority;
use self::front_door::{FrontDoor, Routes};
use self::load_balancer::Balancer;
use self::metrics::Metrics;
pub(crate) use self::targets::health::TargetFact;
use self::targets::health::together;
pub(crate) use self::wanted::{Wanted, wanted};
use super::Facts;
use super::driver::Shared;

/// Waits until a flag is raised, or until nobody is left who could.
async fn raised(mut flag: watch::Receiver<bool>) {
    let _nobody_left = flag.wait_for(|raised| *raised).await;
}

/// All load balancers there are.
pub(crate) struct Balancers {
    common: Common,
    /// By ARN.
    balancers: BTreeMap<String, Balancer>,
    front_door: FrontDoor,
}

/// What all load balancers share.
#[derive(Clone)]
struct Common {
    shared: Shared,
    metrics: Arc<Metrics>,
    census: Arc<Census>,
    authority: Option<Arc<Authority>>,
}

impl Balancers {
    pub(crate) fn new(shared: Shared) -> Self {
        let authority = Authority::open(shared.directory.as_deref());
        if let Err(error) = &authority {
            shared.tell(&format!("HTTPS listeners cannot be opened: {error}"));
        }
        let authority = authority.ok().map(Arc::new);
        let front_door = FrontDoor::new(shared.clone());
        let common = Common { shared, metrics: Arc::default(), census: Arc::default(), authority };
        Balancers { common, balancers: BTreeMap::new(), front_door }
    }

    /// Tells the health of the targets, where the nodes are, and where to look for what was counted.
    pub(crate) fn report(&self, facts: &mut Facts) {
        let mut targets: BTreeMap<String, Vec<TargetFact>> = BTreeMap::new();
        facts.nodes.clear();
        for balancer in self.balancers.values() {
            for node in balancer.nodes() {
                facts.nodes.extend(balancer.address(node).map(|address| (node.place.interface.clone(), address)));
                // What a node says whose zone is lost reaches nobody.
                if !node.is_lost() {
                    for (key, fact) in node.health() {
                        targets.entry(key).or_default().push(fact);
                    }
                }
            }
        }
        let together = targets.into_iter().filter_map(|(key, facts)| Some((key, together(facts)?)));
        facts.targets = together.collect();
        facts.endpoints = self.balancers.values().map(|balancer| balancer.endpoint(&self.front_door)).collect();
        facts.metrics = Some(Arc::clone(&self.common.metrics));
        facts.census = Some(Arc::clone(&self.common.census));
        facts.authority.clone_from(&self.common.authority);
    }

    /// Opens and closes listeners until there are those that should be.
    pub(crate) fn reconcile(&mut self, wanted: Vec<Wanted>) {
        let gone = |arn: &String| !wanted.iter().any(|wanted| wanted.arn == *arn);
        let gone: Vec<String> = self.balancers.keys().filter(|arn| gone(arn)).cloned().collect();
        gone.iter().filter_map(|arn| self.balancers.remove(arn)).for_each(Balancer::close);
        for wanted in wanted {
            let balancer =
                self.balancers.entry(wanted.arn.clone()).or_insert_with(|| Balancer::new(self.common.clone(), &wanted));
            balancer.reconcile(wanted);
        }
        let mut routes = Routes::new();
        self.balancers.values().for_each(|balancer| balancer.add_routes(&mut routes));
        self.front_door.reconcile(routes);
        self.common.metrics.forget_old(Timestamp::now());
    }

    /// Closes every listener and every connection.
    pub(crate) async fn stop(self) {
        self.front_door.end().await;
        for balancer in self.balancers.into_values() {
            balancer.end().await;
        }
    }
}
