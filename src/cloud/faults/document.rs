//! A fault as the admin endpoint takes and shows it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::call::Calls;
use super::quantity::Seconds;
use crate::context::Context;
use crate::ec2::{region, zone};
use crate::plane::faults::{ListenerLatency, PacketLoss, SlowRegistration, TaskCrash, ZoneLoss};

/// What is to go wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Fault {
    /// Calls do nothing and fail.
    FailBefore(Calls),
    /// Calls do their work and then fail.
    FailAfter(Calls),
    /// Calls do nothing and fail as AWS does when it throttles.
    Throttle(Calls),
    /// Calls wait and then do their work.
    Slow(Calls),
    /// Calls do their work and the connection closes without a reply.
    DropConnection(Calls),
    /// Tasks of a service die.
    TaskCrash(TaskCrash),
    /// Nothing in a zone is reached, and nothing there reaches anything.
    ZoneLoss(ZoneLoss),
    /// Targets are looked at only a while after they were registered.
    SlowRegistration(SlowRegistration),
    /// A share of the new connections to listeners is lost.
    PacketLoss(PacketLoss),
    /// Requests to listeners take longer.
    ListenerLatency(ListenerLatency),
}

/// The names that a fault can mean.
#[derive(Debug, Default)]
pub(crate) struct Known {
    load_balancers: BTreeSet<String>,
    target_groups: BTreeSet<String>,
    /// Services by cluster and name.
    services: BTreeSet<(String, String)>,
}

impl Known {
    /// Adds what there is in a region.
    pub(crate) fn add(&mut self, cx: &Context<'_>) {
        self.load_balancers.extend(cx.elbv2.load_balancers.values().map(|it| it.name.clone()));
        self.target_groups.extend(cx.elbv2.target_groups.values().map(|it| it.name.clone()));
        self.services.extend(cx.ecs.services.values().map(|it| (it.cluster.clone(), it.name.clone())));
    }

    fn service(&self, cluster: Option<&str>, name: &str) -> Result<(), String> {
        let is_it = |(its_cluster, its_name): &&(String, String)| {
            its_name == name && cluster.is_none_or(|cluster| cluster == its_cluster)
        };
        if self.services.iter().any(|service| is_it(&service)) {
            return Ok(());
        }
        let place = cluster.map(|cluster| format!(" in the cluster {cluster:?}")).unwrap_or_default();
        let there_are = list(self.services.iter().map(|(cluster, name)| format!("{cluster}/{name}")));
        Err(format!("there is no ECS service {name:?}{place}; {there_are}"))
    }
}

impl Fault {
    /// Refuses a fault that could never do what it says: a misspelt name would hit nothing, and nobody would notice.
    pub(crate) fn validate(&self, known: &Known) -> Result<(), String> {
        match self {
            Fault::FailBefore(calls) | Fault::FailAfter(calls) => calls.validate(true, false),
            Fault::Throttle(calls) | Fault::DropConnection(calls) => calls.validate(false, false),
            Fault::Slow(calls) => calls.validate(false, true),
            Fault::TaskCrash(crash) if crash.count == 0 => Err("at least one task crashes".to_owned()),
            Fault::TaskCrash(crash) => known.service(crash.cluster.as_deref(), &crash.service),
            Fault::ZoneLoss(ZoneLoss { zone, .. }) => {
                let region = zone.trim_end_matches(|last: char| last.is_ascii_lowercase());
                match region::exists(region) && zone::zones(region).iter().any(|it| it.name == *zone) {
                    true => Ok(()),
                    false => Err(format!("there is no zone {zone:?}; a region has three, such as us-east-1a")),
                }
            }
            Fault::SlowRegistration(SlowRegistration { target_group, .. }) => match target_group {
                Some(name) => exists("target group", name, &known.target_groups),
                None => Ok(()),
            },
            Fault::PacketLoss(PacketLoss { load_balancer, .. })
            | Fault::ListenerLatency(ListenerLatency { load_balancer, .. }) => {
                exists("load balancer", load_balancer, &known.load_balancers)
            }
        }
    }

    /// How long it lasts; `None` when it ends by being used up or cleared.
    pub(super) fn lasts(&self) -> Option<Seconds> {
        match self {
            Fault::ZoneLoss(it) => it.for_seconds,
            Fault::SlowRegistration(it) => it.for_seconds,
            Fault::PacketLoss(it) => it.for_seconds,
            Fault::ListenerLatency(it) => it.for_seconds,
            _ => None,
        }
    }

    /// The calls that it hits, if it hits calls.
    pub(super) fn calls_mut(&mut self) -> Option<&mut Calls> {
        match self {
            Fault::FailBefore(calls)
            | Fault::FailAfter(calls)
            | Fault::Throttle(calls)
            | Fault::Slow(calls)
            | Fault::DropConnection(calls) => Some(calls),
            _ => None,
        }
    }
}

fn exists(noun: &str, name: &str, known: &BTreeSet<String>) -> Result<(), String> {
    match known.contains(name) {
        true => Ok(()),
        false => Err(format!("there is no {noun} {name:?}; {}", list(known.iter().cloned()))),
    }
}

fn list(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    if names.is_empty() { "there are none yet".to_owned() } else { format!("there are {}", names.join(", ")) }
}
