//! The serving graph at one moment: some steps are done, some are under way, the others are not begun.

mod network;
mod start;

use super::{
    capacity,
    reason::Lack,
    world::{Object, World, dangling},
};
use fixedbitset::FixedBitSet;
use model::serving::{Direction, Fact, LoadBalancer, Node, Scaling, Service, Subnet};
use network::Ends;
use std::collections::{BTreeMap, BTreeSet};

/// A moment.
pub(super) struct Moment<'w> {
    pub(super) world: &'w World,
    /// The version of each object.
    at: Vec<usize>,
    /// Services of which a deployment is under way, and the version it leads to.
    under_way: BTreeMap<usize, usize>,
    /// The steps whose effect has been seen to work: those before a settling step that is done.
    settled: FixedBitSet,
}

impl<'w> Moment<'w> {
    /// When exactly the steps in `done` are done. Every deployment among `scope`, which has all that matters, is taken
    /// to be under way if it may be; with `None` none is.
    pub(super) fn new(world: &'w World, done: &FixedBitSet, scope: Option<&FixedBitSet>) -> Self {
        let mut at: Vec<usize> = vec![0; world.objects.len()];
        let mut settled = FixedBitSet::with_capacity(world.order.before.len());
        for step in done.ones() {
            if world.order.settles[step] {
                settled.union_with(&world.order.before[step]);
            }
            for &object in &world.of_step[step] {
                let made = world.objects[object].versions.iter().position(|version| version.step == Some(step));
                at[object] = at[object].max(made.unwrap_or(0));
                // A deployment is done when the load balancer has seen its tasks healthy, through all they need.
                let serves = made.and_then(|made| world.objects[object].versions[made].fact.as_ref());
                if matches!(serves, Some(Fact::Service(service)) if !service.registrations.is_empty()) {
                    settled.union_with(&world.order.before[step]);
                }
            }
        }
        let mut moment = Self { world, at, under_way: BTreeMap::new(), settled };
        for step in scope.into_iter().flat_map(|scope| scope.difference(done)) {
            let before = &world.order.before[step];
            let waits =
                before.ones().any(|it| it != step && !done.contains(it) && scope.is_some_and(|all| all.contains(it)));
            if let (false, Some((object, version))) = (waits, moment.deployment(step)) {
                moment.under_way.insert(object, version);
            }
        }
        moment
    }

    /// How everything is before the first step.
    pub(super) fn start(world: &'w World) -> Self {
        Self::new(world, &FixedBitSet::with_capacity(world.order.before.len()), None)
    }

    /// How everything is after the last step.
    pub(super) fn end(world: &'w World) -> Self {
        let mut all = FixedBitSet::with_capacity(world.order.before.len());
        all.insert_range(..);
        // In the end everything works that is there.
        Self { settled: all.clone(), ..Self::new(world, &all, None) }
    }

    /// The service and the version that a step deploys, from the version it has now.
    fn deployment(&self, step: usize) -> Option<(usize, usize)> {
        let object = *self.world.of_step[step].first()?;
        let to = self.world.objects[object].versions.iter().position(|version| version.step == Some(step))?;
        let (Some(Fact::Service(before)), Some(Fact::Service(after))) =
            (self.fact(object), self.world.objects[object].versions[to].fact.as_ref())
        else {
            return None;
        };
        capacity::deploys(before, after).then_some((object, to))
    }

    /// The services in deployment, as they were and as they become.
    pub(super) fn deployments(&self) -> impl Iterator<Item = (usize, &'w Service, &'w Service)> {
        self.under_way.iter().filter_map(|(&object, &to)| match (self.fact(object), self.version_fact(object, to)) {
            (Some(Fact::Service(before)), Some(Fact::Service(after))) => Some((object, before, after)),
            _ => None,
        })
    }

    fn version_fact(&self, object: usize, version: usize) -> Option<&'w Fact> {
        self.world.objects[object].versions.get(version)?.fact.as_ref()
    }

    pub(super) fn object(&self, object: usize) -> &'w Object {
        &self.world.objects[object]
    }

    pub(super) fn is_present(&self, object: usize) -> bool {
        self.world.objects[object].versions[self.at[object]].present
    }

    /// What an object does, if it is there.
    pub(super) fn fact(&self, object: usize) -> Option<&'w Fact> {
        self.world.objects[object].versions[self.at[object]].fact.as_ref()
    }

    /// What a node does, if it is known and there.
    pub(super) fn at(&self, node: &Node) -> Option<&'w Fact> {
        self.fact(self.world.find(node)?)
    }

    /// Whether a node is there. What is not the stack's own stays as it is; what a reference cannot reach is not there.
    pub(super) fn exists(&self, node: &Node) -> bool {
        match self.world.find(node) {
            Some(object) => self.is_present(object),
            None => dangling(node).is_none(),
        }
    }

    /// The weights that a rule or listener has had until now. A client with a cookie still uses what has none any more.
    pub(super) fn past(&self, object: usize) -> impl Iterator<Item = &'w Fact> {
        let versions = &self.world.objects[object].versions[..=self.at[object]];
        versions.iter().filter_map(|version| version.fact.as_ref())
    }

    /// The facts of those who speak of a node.
    pub(super) fn users(&self, node: &Node) -> impl Iterator<Item = (usize, &'w Fact)> {
        self.world.users(node).filter_map(|object| Some((object, self.fact(object)?)))
    }

    /// The facts of those that complete a node.
    fn parts(&self, node: &Node) -> impl Iterator<Item = (usize, &'w Fact)> {
        self.world.parts(node).filter_map(|object| Some((object, self.fact(object)?)))
    }

    pub(super) fn load_balancer(&self, object: usize) -> Option<&'w LoadBalancer> {
        match self.fact(object) {
            Some(Fact::LoadBalancer(load_balancer)) => Some(load_balancer),
            _ => None,
        }
    }

    fn scaling(&self, service: usize) -> Option<&'w Scaling> {
        let node = &self.world.objects[service].node;
        self.parts(node).find_map(|(_, fact)| match fact {
            Fact::Scaling(scaling) if scaling.service == *node => Some(scaling),
            _ => None,
        })
    }

    /// How many tasks of a service are wanted at least.
    pub(super) fn wanted(&self, service: usize, fact: &Service) -> u32 {
        *capacity::wanted(fact, self.scaling(service)).start()
    }

    /// How many healthy targets a service has in a group at least.
    ///
    /// # Errors
    /// When it has none: why.
    pub(super) fn targets(&self, service: usize, group: &Node, load_balancer: &LoadBalancer) -> Result<u32, Lack> {
        let missing = || Lack::Service(self.world.objects[service].name());
        let Some(Fact::Service(now)) = self.fact(service) else { return Err(missing()) };
        let serving = |fact: &Service, strict: bool| self.serves(fact, group, load_balancer, strict);
        let Some(Fact::Service(next)) = self.under_way.get(&service).and_then(|&to| self.version_fact(service, to))
        else {
            serving(now, true)?;
            return Ok(self.in_enabled_zones(now, load_balancer, self.wanted(service, now)));
        };
        // Until the first new task is healthy the old ones serve.
        serving(now, true)?;
        let wanted = self.wanted(service, now).min(self.wanted(service, next));
        let low = capacity::fewest(now, wanted).min(capacity::fewest(next, wanted));
        let registered = next.registrations.iter().any(|it| it.target_group == *group);
        let becomes_healthy =
            next.registrations.iter().all(|it| self.serves(next, &it.target_group, load_balancer, false).is_ok());
        if !registered && becomes_healthy {
            return Err(Lack::Registration(self.world.objects[service].name()));
        }
        Ok(self.in_enabled_zones(now, load_balancer, low).min(self.in_enabled_zones(next, load_balancer, low)))
    }

    /// Those of `tasks` that stand in zones where the load balancer has a node; ECS spreads tasks over subnets.
    fn in_enabled_zones(&self, service: &Service, load_balancer: &LoadBalancer, tasks: u32) -> u32 {
        let zone = |node: &Node| self.subnet(node).map(|subnet| subnet.zone.as_str());
        let enabled: BTreeSet<Option<&str>> = load_balancer.subnets.iter().map(zone).collect();
        // A subnet that is not known may lie anywhere; it served before.
        let known = service.subnets.iter().filter(|node| zone(node).is_some()).count();
        if enabled.contains(&None) || known == 0 {
            return tasks;
        }
        let served = service.subnets.iter().filter(|node| zone(node).is_none() || enabled.contains(&zone(node)));
        let (served, all) = (served.count() as u64, service.subnets.len() as u64);
        u32::try_from(u64::from(tasks) * served / all).unwrap_or(tasks)
    }

    fn subnet(&self, node: &Node) -> Option<&'w Subnet> {
        match self.at(node) {
            Some(Fact::Subnet(subnet)) => Some(subnet),
            _ => None,
        }
    }

    /// Whether requests get from the load balancer to the tasks of a service in a group. `strict`: through passages that
    /// have been seen to work; otherwise it is enough that they are there.
    fn serves(&self, service: &Service, group: &Node, load_balancer: &LoadBalancer, strict: bool) -> Result<(), Lack> {
        let Some(registration) = service.registrations.iter().find(|it| it.target_group == *group) else {
            return Err(Lack::Registration(String::new()));
        };
        if let Some(gone) = service.subnets.iter().find(|subnet| !self.exists(subnet)) {
            return Err(Lack::Subnet(self.world.name(gone)));
        }
        let ends = Ends { load_balancer, service };
        self.reaches(&ends, Direction::Egress, registration.port, strict)?;
        self.reaches(&ends, Direction::Ingress, registration.port, strict)
    }
}
