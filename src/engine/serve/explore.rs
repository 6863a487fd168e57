//! Every state in which a plan can stand still: each set of steps that can be done while no other is.
//!
//! Steps that only add matter only where something else waits for them, and of steps that only take away all that can
//! be done are taken to be: what serves then, serves in every other state, too. So the states that are looked at are
//! those that the remaining steps, which do both, can lead to. Where even these are too many the path is not proven.

use super::{
    path::Path,
    reason::Reason,
    scope::{self, Effect},
    state::Moment,
    world::World,
};
use crate::plan::Step;
use fixedbitset::FixedBitSet;
use model::serving::{Fact, TargetGroup};
use std::collections::HashSet;

/// The most states that are looked at for one path.
const MOST_STATES: usize = 4096;
/// The most breaks that are told of one path.
const MOST_BREAKS: usize = 3;
/// For how long, in seconds, requests still reach a target that was taken out, because the nodes of a load balancer
/// learn of it one after the other. Seen between 17 and 70 s in traces of Application Load Balancers; 30 s are what
/// `failure-modes` F11 asks for.
pub(super) const LAG: u32 = 30;
/// What AWS gives a target that is taken out when nothing else is said, in seconds.
/// AWS: ELBv2 API Reference, TargetGroupAttribute, `deregistration_delay.timeout_seconds`.
const DEFAULT_DELAY: u32 = 300;

/// Whether a target that is taken out of a group gets the time to finish a request of `longest` seconds.
///
/// # Errors
/// When it does not: how long it gets and how long it needs, in seconds.
pub(super) fn drains(group: &TargetGroup, longest: u32) -> Result<(), (u32, u32)> {
    let (delay, needed) = (group.deregistration_delay.unwrap_or(DEFAULT_DELAY), longest.saturating_add(LAG));
    if delay < needed { Err((delay, needed)) } else { Ok(()) }
}

/// What was seen of one path.
#[derive(Default)]
pub(super) struct Seen {
    /// For each step, the fewest healthy targets while it is the last one.
    pub(super) lows: Vec<(usize, u32)>,
    pub(super) breaks: Vec<Broken>,
    /// Whether not every state could be looked at.
    pub(super) incomplete: bool,
}

/// A state in which a path does not serve.
pub(super) struct Broken {
    /// The step that leads to it, or is under way.
    pub(super) step: usize,
    pub(super) under_way: bool,
    /// What is done, of what matters.
    pub(super) done: FixedBitSet,
    pub(super) reason: Reason,
    /// A step that would have kept it from breaking.
    pub(super) cure: Option<usize>,
}

struct Explorer<'a> {
    world: &'a World,
    path: &'a Path,
    /// What the path needs at any moment.
    needed: u32,
    scope: FixedBitSet,
    /// The services that it may depend on and that exist before the plan.
    services: Vec<usize>,
    /// The steps that do not only add.
    moves: Vec<usize>,
    removes: Vec<usize>,
    seen: Seen,
    visited: HashSet<FixedBitSet>,
    queue: Vec<(FixedBitSet, usize)>,
}

/// Looks at every state in which `path`, which has so many healthy targets now, could be.
pub(super) fn explore(world: &World, steps: &[Step], path: &Path, now: u32) -> Seen {
    let objects = scope::objects(world, path);
    let scope = scope::steps(world, steps, &objects);
    let serves = |object: &usize| matches!(world.objects[*object].versions[0].fact, Some(Fact::Service(_)));
    let services = objects.into_iter().filter(serves).collect();
    let with = |wanted: fn(Effect) -> bool| -> Vec<usize> {
        scope.ones().filter(|step| wanted(scope::effect(world, *step))).collect()
    };
    let moves = with(|effect| effect != Effect::Adds);
    let removes = with(|effect| effect == Effect::Removes);
    let needed = path.needed.min(now);
    let nothing = FixedBitSet::with_capacity(steps.len());
    let mut explorer = Explorer {
        world,
        path,
        needed,
        scope,
        services,
        moves,
        removes,
        seen: Seen::default(),
        visited: HashSet::new(),
        queue: Vec::new(),
    };
    explorer.branch(&nothing);
    explorer.run();
    explorer.seen
}

impl Explorer<'_> {
    fn run(&mut self) {
        while let Some((done, step)) = self.queue.pop() {
            if self.seen.breaks.len() >= MOST_BREAKS {
                return;
            }
            if self.visited.len() > MOST_STATES {
                self.seen.incomplete = true;
                return;
            }
            match self.level(&done) {
                Ok(healthy) => {
                    self.seen.lows.push((step, healthy));
                    self.branch(&done);
                }
                Err(reason) => self.broken(done, reason),
            }
        }
    }

    /// The states that one more step leads to.
    fn branch(&mut self, done: &FixedBitSet) {
        let minimal: Vec<usize> = self
            .moves
            .iter()
            .copied()
            .filter(|&step| !done.contains(step))
            .filter(|&step| !self.moves.iter().any(|&it| !done.contains(it) && self.world.order.precedes(it, step)))
            .collect();
        for step in minimal {
            let mut begun = done.clone();
            begun.union_with(&self.world.order.before[step]);
            begun.intersect_with(&self.scope);
            begun.set(step, false);
            let begun_saturated = self.saturated(begun.clone());
            if self.deploys(step) {
                self.visit(begun_saturated, step);
            }
            begun.insert(step);
            let ended = self.saturated(begun);
            self.visit(ended, step);
        }
    }

    fn visit(&mut self, done: FixedBitSet, step: usize) {
        if self.visited.insert(done.clone()) {
            self.queue.push((done, step));
        }
    }

    /// With everything taken away that can be.
    fn saturated(&self, mut done: FixedBitSet) -> FixedBitSet {
        loop {
            let next = self.removes.iter().find(|step| !done.contains(**step) && self.can_be_done(**step, &done));
            match next {
                Some(step) => done.insert(*step),
                None => return done,
            }
        }
    }

    fn can_be_done(&self, step: usize, done: &FixedBitSet) -> bool {
        let mut before = self.world.order.before[step].ones();
        before.all(|it| it == step || done.contains(it) || !self.scope.contains(it))
    }

    fn deploys(&self, step: usize) -> bool {
        let serves = |object: usize| {
            self.world.objects[object].versions.iter().any(|version| matches!(version.fact, Some(Fact::Service(_))))
        };
        self.world.of_step[step].iter().any(|object| serves(*object))
    }

    fn level(&self, done: &FixedBitSet) -> Result<u32, Reason> {
        self.level_of(&Moment::new(self.world, done, Some(&self.scope)))
    }

    fn level_of(&self, moment: &Moment<'_>) -> Result<u32, Reason> {
        let healthy = self.path.level(moment)?.healthy;
        if healthy < self.needed {
            return Err(Reason::Few { healthy, needed: self.needed });
        }
        self.drains(moment)?;
        Ok(healthy)
    }

    /// Whether targets that are taken out get the time to finish their requests.
    fn drains(&self, moment: &Moment<'_>) -> Result<(), Reason> {
        let Some(longest) = self.path.max_request else { return Ok(()) };
        // A service that is deleted: its targets are taken out, too.
        let stopped = self.services.iter().filter(|service| !moment.is_present(**service)).filter_map(|service| {
            match &moment.object(*service).versions[0].fact {
                Some(Fact::Service(service)) => Some(service),
                _ => None,
            }
        });
        let replaced = moment.deployments().map(|(_, before, _)| before);
        for registration in replaced.chain(stopped).flat_map(|service| &service.registrations) {
            let group = &registration.target_group;
            if let Some(Fact::TargetGroup(fact)) = moment.at(group)
                && let Err((delay, needed)) = drains(fact, longest)
                && self.path.uses(moment, group)
            {
                return Err(Reason::Drain { group: moment.world.name(group), delay, needed });
            }
        }
        Ok(())
    }

    /// Reduces a broken state to what it takes to break it.
    fn broken(&mut self, mut done: FixedBitSet, mut reason: Reason) {
        let maximal = |done: &FixedBitSet| -> Vec<usize> {
            let inside: Vec<usize> = self.moves.iter().copied().filter(|step| done.contains(*step)).collect();
            let last = |step: &usize| !inside.iter().any(|other| self.world.order.precedes(*step, *other));
            inside.iter().rev().copied().filter(last).collect()
        };
        'reduce: loop {
            for step in maximal(&done) {
                let mut less = done.clone();
                let later = |other: &usize| *other == step || self.world.order.precedes(step, *other);
                done.ones().filter(later).for_each(|other| less.set(other, false));
                if let Err(still) = self.level(&less) {
                    (done, reason) = (less, still);
                    continue 'reduce;
                }
            }
            break;
        }
        let at_rest = self.level_of(&Moment::new(self.world, &done, None));
        let under_way = at_rest.is_ok();
        let step = if under_way {
            let begun = |step: &usize| !done.contains(*step) && self.deploys(*step) && self.can_be_done(*step, &done);
            self.moves.iter().copied().find(begun)
        } else {
            maximal(&done).first().copied()
        };
        let Some(step) = step.or(done.ones().next_back()) else {
            self.seen.incomplete = true;
            return;
        };
        let same = |other: &Broken| other.step == step && other.reason == reason;
        if !self.seen.breaks.iter().any(same) {
            let cure = self.cure(&done, step);
            self.seen.breaks.push(Broken { step, under_way, done, reason, cure });
        }
    }

    /// The first step that only adds, or settles, and with which the path would still serve.
    fn cure(&self, done: &FixedBitSet, step: usize) -> Option<usize> {
        let later = self.scope.ones().filter(|other| !done.contains(*other) && *other != step);
        let mut later = later.filter(|other| !self.world.order.precedes(step, *other) || self.is_add(*other));
        later.find(|other| {
            let mut more = done.clone();
            more.insert(*other);
            let mut before = self.world.order.before[*other].clone();
            before.intersect_with(&self.scope);
            let closed = before.ones().filter(|it| self.is_add(*it)).collect::<Vec<_>>();
            more.extend(closed);
            self.level(&more).is_ok()
        })
    }

    fn is_add(&self, step: usize) -> bool {
        !self.moves.contains(&step)
    }
}
