//! The ways that requests take: from a port of a load balancer through a rule and a group to the tasks of a service.

use super::{
    addresses::Peers,
    matching::{Share, share},
    reason::{Lack, Reason},
    state::Moment,
    takers::{Contender, action, action_of, classes, rules, services_of, serving_groups},
    world::World,
};
use model::serving::{Action, Direction, Fact, Match, Node};
use std::collections::{BTreeMap, BTreeSet};

/// The requests that one rule takes, or the default action of a listener.
pub(super) struct Path {
    pub(super) load_balancer: usize,
    pub(super) listener: usize,
    pub(super) port: u16,
    /// The rule that takes its requests before the plan, or else after it; the listener itself by its default action.
    pub(super) taker: usize,
    /// What a request must be; one that meets the conditions of another rule besides is not of this path.
    class: BTreeSet<Match>,
    /// The rules that take all of them in some version.
    candidates: Vec<usize>,
    /// The rules and listeners that these requests go by before the plan, and after it.
    expected: BTreeSet<usize>,
    /// Who can connect before the plan and after it.
    clients: Peers,
    /// Whether the nodes of the load balancer have a way to the internet before the plan and after it.
    routed: bool,
    /// What is lacking anyway, before the plan or after it.
    lacks: BTreeSet<Lack>,
    /// What cannot be known of what others own, and works before the plan.
    assumed: Option<String>,
    /// How many healthy targets it needs.
    pub(super) needed: u32,
    /// The longest request in seconds, if that is declared.
    pub(super) max_request: Option<u32>,
}

/// How well a path serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) healthy: u32,
}

impl Path {
    /// Every path there is: one for what each rule takes in any of its versions, on each port of a load balancer before
    /// the plan and after it. Where two rules overlap what both take is a path of its own.
    pub(super) fn all(start: &Moment<'_>, end: &Moment<'_>) -> Vec<Self> {
        let mut paths: Vec<Self> = Vec::new();
        // The same requests take the same path in both moments, whatever listens there.
        let mut places: BTreeMap<(usize, u16, BTreeSet<Match>), usize> = BTreeMap::new();
        let mut listeners: BTreeSet<(usize, usize, u16)> = BTreeSet::new();
        for moment in [start, end] {
            for listener in 0..moment.world.objects.len() {
                let Some(Fact::Listener(fact)) = moment.fact(listener) else { continue };
                let Some(load_balancer) = moment.world.find(&fact.load_balancer) else { continue };
                if !listeners.insert((listener, load_balancer, fact.port)) {
                    continue;
                }
                let rules = rules(moment.world, &moment.object(listener).node);
                for class in classes(&rules) {
                    let place = *places.entry((load_balancer, fact.port, class)).or_insert_with_key(|(.., class)| {
                        paths.push(Self::new(load_balancer, listener, fact.port, class.clone()));
                        paths.len() - 1
                    });
                    paths[place].compete(&rules);
                }
            }
        }
        for path in &mut paths {
            path.learn(start, end);
        }
        // What no rule has ever sent to a target is no path.
        let forwards = |taker: &usize| {
            let versions = start.world.objects[*taker].versions.iter();
            versions.filter_map(|it| action_of(it.fact.as_ref()?)).any(|it| !matches!(it, Action::Answer))
        };
        paths.retain(|path| path.expected.iter().any(forwards));
        paths
    }

    fn new(load_balancer: usize, listener: usize, port: u16, class: BTreeSet<Match>) -> Self {
        Self {
            load_balancer,
            listener,
            port,
            taker: listener,
            class,
            candidates: Vec::new(),
            expected: BTreeSet::new(),
            clients: Peers::default(),
            routed: false,
            lacks: BTreeSet::new(),
            assumed: None,
            needed: 1,
            max_request: None,
        }
    }

    /// Takes in the rules of a listener that can get its requests.
    fn compete(&mut self, rules: &[Contender<'_>]) {
        for Contender { rule, conditions, .. } in rules {
            let ever = conditions.iter().any(|conditions| share(conditions, &self.class) == Share::All);
            if ever && !self.candidates.contains(rule) {
                self.candidates.push(*rule);
            }
        }
    }

    /// Learns what holds before the plan and after it, and so has to hold all the time.
    fn learn(&mut self, start: &Moment<'_>, end: &Moment<'_>) {
        let moments = [start, end];
        let taker = moments.iter().find_map(|moment| self.taker(moment).ok());
        self.taker = taker.unwrap_or(self.listener);
        for moment in moments {
            self.expected.extend(self.taker(moment));
            for service in self.services(moment) {
                if let Some(Fact::Service(fact)) = moment.fact(service) {
                    self.lacks.extend(moment.cannot_start(fact));
                }
            }
        }
        let clients = moments.map(|moment| {
            moment
                .load_balancer(self.load_balancer)
                .map(|it| moment.peers(&it.security_groups, Direction::Ingress, self.port, false))
                .unwrap_or_default()
        });
        self.clients = clients[0].both(&clients[1]);
        self.routed = moments.iter().all(|moment| {
            let nodes = moment.load_balancer(self.load_balancer);
            nodes.is_some_and(|it| it.public && it.subnets.iter().all(|subnet| moment.leads_directly(subnet)))
        });
        self.assumed = match self.level(start) {
            Err(Reason::Unknown(what)) => Some(what),
            _ => None,
        };
    }

    /// Whether a request for this host and path takes this path; the host does not matter where it is not known.
    pub(super) fn takes(&self, host: Option<&str>, path: &str) -> bool {
        let mut request = BTreeSet::from([("path-pattern", path.to_owned())]);
        request.extend(host.map(|host| ("host-header", host.to_lowercase())));
        let class: BTreeSet<Match> = request
            .into_iter()
            .map(|(property, text)| Match::Patterns { property: property.to_owned(), patterns: [text].into() })
            .collect();
        share(&self.class, &class) == Share::All
    }

    /// The rules that can get its requests.
    pub(super) fn candidates(&self) -> &[usize] {
        &self.candidates
    }

    /// Whether requests of this path get to a group, or did before the plan.
    pub(super) fn uses(&self, moment: &Moment<'_>, group: &Node) -> bool {
        let now = self.taker(moment).is_ok_and(|taker| serving_groups(moment, taker).contains(group));
        now || self.was_live(moment, group)
    }

    /// Who gets its requests: a rule, or the listener by its default action.
    fn taker(&self, moment: &Moment<'_>) -> Result<usize, Reason> {
        let node = &moment.object(self.load_balancer).node;
        let listener = moment
            .users(node)
            .find(|(_, fact)| matches!(fact, Fact::Listener(it) if it.load_balancer == *node && it.port == self.port));
        let Some((listener, _)) = listener else { return Err(Reason::Listener(self.port)) };
        let node = &moment.object(listener).node;
        let rules = self.candidates.iter().filter_map(|&object| match moment.fact(object)? {
            Fact::Rule(rule) if rule.listener == *node && share(&rule.conditions, &self.class) == Share::All => {
                Some((rule.priority, object))
            }
            _ => None,
        });
        Ok(rules.min().map_or(listener, |(_, rule)| rule))
    }

    /// The services that its requests may get to.
    pub(super) fn services(&self, moment: &Moment<'_>) -> BTreeSet<usize> {
        let taker = self.taker(moment).ok();
        let groups = taker.and_then(|taker| action(moment, taker)).into_iter().flat_map(Action::groups);
        groups.flat_map(|group| services_of(moment, group)).collect()
    }

    /// How well it serves at a moment.
    ///
    /// # Errors
    /// Why it does not.
    pub(super) fn level(&self, moment: &Moment<'_>) -> Result<Level, Reason> {
        let Some(load_balancer) = moment.load_balancer(self.load_balancer) else {
            return Err(Reason::LoadBalancer);
        };
        moment.admits(load_balancer, self.port, &self.clients)?;
        if let Some(lost) = load_balancer.subnets.iter().find(|subnet| self.routed && !moment.leads_directly(subnet)) {
            return Err(Reason::Entrance(Lack::Route(moment.world.name(lost))));
        }
        let taker = self.taker(moment)?;
        let name = moment.object(taker).name();
        if !self.expected.is_empty() && !self.expected.contains(&taker) {
            return Err(Reason::Misrouted(name));
        }
        if let Some(Action::Opaque(what)) = action(moment, taker) {
            return Err(Reason::Unknown(format!("what `{what}` of {name} does")));
        }
        let groups = serving_groups(moment, taker);
        if groups.is_empty() {
            return Err(Reason::Answered(name));
        }
        let mut healthy: u32 = 0;
        for group in groups {
            healthy = healthy.saturating_add(self.targets(moment, group, load_balancer)?);
        }
        let services = self.services(moment);
        // A service that is only coming may still lack what the plan has not made yet.
        let old = |service: &usize| moment.object(*service).versions[0].present;
        let all_new = !services.iter().any(old);
        for service in services.into_iter().filter(|service| all_new || old(service)) {
            let Some(Fact::Service(fact)) = moment.fact(service) else { continue };
            if let Some(lack) = moment.cannot_start(fact).difference(&self.lacks).next() {
                if let Lack::Unknown(what) = lack {
                    return Err(Reason::Unknown(what.clone()));
                }
                let service = moment.object(service).name();
                return Err(Reason::NotReplaced { service, lack: lack.clone() });
            }
        }
        Ok(Level { healthy })
    }

    fn targets(
        &self,
        moment: &Moment<'_>,
        group: &Node,
        load_balancer: &model::serving::LoadBalancer,
    ) -> Result<u32, Reason> {
        let name = moment.world.name(group);
        match moment.world.find(group) {
            Some(object) if !moment.is_present(object) => return Err(Reason::Group(name)),
            None if !moment.exists(group) => return Err(Reason::Group(name)),
            // Somebody else's: it serves as it did, and nobody knows how well.
            None if self.was_live(moment, group) => return Ok(0),
            None => {
                return Err(Reason::Unknown(format!("whether {name} has healthy targets: it is not in this stack")));
            }
            Some(_) => (),
        }
        let mut healthy = 0;
        let mut why = Lack::Registration(String::new());
        for service in moment.world.users(group) {
            let object = moment.object(service);
            let ever = object.versions.iter().any(|it| matches!(it.fact, Some(Fact::Service(_))));
            if !ever {
                continue;
            }
            match moment.targets(service, group, load_balancer) {
                Ok(0) => why = Lack::Tasks(object.name()),
                Ok(targets) => healthy += targets,
                Err(Lack::Unknown(what)) if self.assumed.as_ref() == Some(&what) => {
                    let wanted = match moment.fact(service) {
                        Some(Fact::Service(fact)) => moment.wanted(service, fact),
                        _ => 0,
                    };
                    healthy += wanted;
                }
                Err(Lack::Registration(of)) if of.is_empty() => why = Lack::Registration(object.name()),
                Err(lack) => why = lack,
            }
        }
        match (healthy, why) {
            (0, Lack::Unknown(what)) => Err(Reason::Unknown(what)),
            (0, why) => Err(Reason::Empty { group: name, why }),
            _ => Ok(healthy),
        }
    }

    /// Whether a group of others got requests of this path before the plan.
    fn was_live(&self, moment: &Moment<'_>, group: &Node) -> bool {
        self.expected.iter().any(|&taker| {
            let start = &moment.object(taker).versions[0].fact;
            let action = match start {
                Some(Fact::Rule(rule)) => &rule.action,
                Some(Fact::Listener(listener)) => &listener.action,
                _ => return false,
            };
            matches!(action, Action::Forward { groups, .. } if groups.get(group).is_some_and(|weight| *weight > 0))
        })
    }

    /// How people call it.
    pub(super) fn name(&self, world: &World) -> String {
        let own = world.objects[self.taker].versions.iter().find_map(|version| match &version.fact {
            Some(Fact::Rule(rule)) => Some(&rule.conditions),
            _ => None,
        });
        let class = if self.class.is_empty() { own.unwrap_or(&self.class) } else { &self.class };
        let texts = class.iter().map(|condition| match condition {
            Match::Patterns { patterns, .. } => patterns.iter().cloned().collect::<Vec<_>>().join(" or "),
            Match::Opaque(what) => what.clone(),
        });
        let requests = texts.collect::<Vec<_>>().join(" and ");
        let requests = if requests.is_empty() { "every request" } else { &requests };
        format!("{requests} at {} (port {})", world.objects[self.listener].name(), self.port)
    }
}
