//! What it takes to start a task at one moment.

use super::{Moment, network::WayOut};
use crate::serve::reason::Lack;
use model::{
    Cidr,
    serving::{Direction, Fact, Node, Service},
};
use std::collections::BTreeSet;

/// How images are pulled, logs sent and secrets read.
const HTTPS: u16 = 443;

impl Moment<'_> {
    /// What is lacking to start a task of a service. It serves for now, but a task that ends is not replaced.
    pub(in crate::serve) fn cannot_start(&self, service: &Service) -> BTreeSet<Lack> {
        let mut lacks = BTreeSet::new();
        let name = |node: &Node| self.world.name(node);
        match self.at(&service.task) {
            Some(Fact::Task(task)) => {
                let gone = |node: &&Node| !self.exists(node);
                lacks.extend(task.roles.iter().filter(gone).map(|role| Lack::Role(name(role))));
                lacks.extend(task.log_groups.iter().filter(gone).map(|group| Lack::LogGroup(name(group))));
                lacks.extend(task.secrets.iter().filter(gone).map(|secret| Lack::Secret(name(secret))));
                lacks.extend(task.repositories.iter().filter(gone).map(|images| Lack::Images(name(images))));
                for role in &task.roles {
                    lacks.extend(self.ungranted(role, &service.task));
                }
            }
            _ if self.exists(&service.task) && self.world.find(&service.task).is_none() => (),
            _ => {
                lacks.insert(Lack::Task(name(&service.task)));
            }
        }
        for subnet in &service.subnets {
            if !self.exists(subnet) {
                lacks.insert(Lack::Subnet(name(subnet)));
                continue;
            }
            match self.way_out(subnet) {
                None => _ = lacks.insert(Lack::Route(name(subnet))),
                Some(WayOut::Direct) if !service.public => _ = lacks.insert(Lack::PublicAddress(name(subnet))),
                Some(_) => (),
            }
        }
        if !self.peers(&service.security_groups, Direction::Egress, HTTPS, true).contain(&Cidr::ANYWHERE) {
            lacks.insert(Lack::Egress);
        }
        lacks
    }

    /// What a role is not granted now and tasks of that definition may need. Those that run before the plan work with what
    /// is granted then, those that run after it with what is granted then, and those that do both with what is granted
    /// each time.
    fn ungranted(&self, role: &Node, task: &Node) -> Option<Lack> {
        let objects = |node| self.world.parts(node).map(|object| (object, &self.world.objects[object].versions));
        // Only who grants can take away; most plans touch no grant.
        if !objects(role).any(|(_, versions)| versions.len() > 1) {
            return None;
        }
        let granted = |at: &dyn Fn(usize, usize) -> usize| -> BTreeSet<&String> {
            let facts =
                objects(role).filter_map(|(object, versions)| versions[at(object, versions.len())].fact.as_ref());
            let grants = facts.filter_map(|fact| match fact {
                Fact::Permission { role: of, grants } if of == role => Some(grants),
                _ => None,
            });
            grants.flatten().collect()
        };
        let (start, end) = (granted(&|_, _| 0), granted(&|_, versions| versions - 1));
        let now = granted(&|object, _| self.at[object]);
        let lost = start.intersection(&end).any(|grant| !now.contains(*grant));
        if lost || now.is_empty() && !start.is_empty() && !end.is_empty() {
            return Some(Lack::Grant(self.world.name(role)));
        }
        let runs = |version: &dyn Fn(usize) -> usize| {
            self.world.users(task).any(|object| {
                let versions = &self.world.objects[object].versions;
                matches!(&versions[version(versions.len())].fact, Some(Fact::Service(it)) if it.task == *task)
            })
        };
        let (runs_before, runs_after) = (runs(&|_| 0), runs(&|versions| versions - 1));
        // Which of its grants a task uses, nobody says.
        let doubtful = !runs_after && !start.is_subset(&now) || !runs_before && !end.is_subset(&now);
        doubtful.then(|| {
            let (task, role) = (self.world.name(task), self.world.name(role));
            Lack::Unknown(format!("whether tasks of {task} need what {role} is not granted at that time"))
        })
    }
}
