//! Whether a plan keeps serving: the serving graph and the proofs on it. Pure, like planning.
//!
//! [`prove`] takes a finished plan and what it was made from. It puts together what every object does for requests
//! (`world`), finds the paths that serve before the plan and after it (`path`), and looks at every state in which an
//! apply could stand still, crashes included (`explore`). In each of them every path must be complete (I1), have enough
//! healthy targets (I2), and give targets the time to finish their requests (I3). The result is a [`Proof`]: per wave
//! the fewest healthy targets and the step that attains them, or a witness: the state, the step and what to change.
//!
//! What is not known is never taken for safe. What is not the stack's own is taken to stay as it is.

mod addresses;
mod capacity;
mod explore;
mod findings;
mod matching;
mod mode;
mod modes;
mod order;
mod path;
mod probes;
mod proof;
mod reason;
mod recognise;
mod revert;
mod scope;
mod state;
mod takers;
mod world;

pub(crate) use matching::{Share, share};
pub use mode::{Explanation, Mode, UnknownMode};
pub use proof::{Break, Fate, Finding, Lowest, Proof, Route, Severity, Unproven, Verdict, Wave};
pub use reason::{Lack, Reason};

use crate::{
    plan::{Observations, Plan},
    provider::Schemas,
    state::State,
};
use explore::{Seen, explore};
use model::{
    Document,
    serving::{Fact, Node},
};
use path::Path;
use state::Moment;
use world::World;

/// Everything a proof is made from.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What is wanted; what has to stay up stands in it.
    pub desired: &'a Document,
    /// What is remembered, as the plan was made from it.
    pub recorded: &'a State,
    /// What exists, as the plan was made from it.
    pub observed: &'a Observations,
    /// The kinds there are.
    pub schemas: &'a Schemas,
    /// What others own and requests go through: counted, and never removed.
    pub foreign: &'a [(Node, Fact)],
}

/// Proves that a plan keeps serving, or tells the state in which it does not.
pub fn prove(question: &Question<'_>) -> Proof {
    let world = World::of(question);
    let (start, end) = (Moment::start(&world), Moment::end(&world));
    let paths = Path::all(&start, &end).into_iter();
    let mut live: Vec<Live> = paths.map(|path| Live { path, url: None, keep_alive: None }).collect();
    probes::apply(question, &mut live, &start);
    let mut proof = Proof {
        verdict: Verdict::Idle,
        paths: Vec::new(),
        waves: waves(question, &world),
        breaks: Vec::new(),
        unproven: Vec::new(),
        findings: findings::findings(question, &world, &live),
    };
    for (index, live) in live.iter().enumerate() {
        let route = live.route(&world, &start, &end);
        if let Some(now) = route.before.filter(|_| route.fate == Fate::Kept) {
            let seen = explore(&world, &question.plan.steps, &live.path, now);
            report(&mut proof, question, &world, index, now, seen);
        }
        let unknown = match (&route.why, route.fate) {
            (Some(Reason::Unknown(what)), _) => Some(what.clone()),
            _ => None,
        };
        proof.unproven.extend(unknown.map(|what| Unproven {
            path: Some(index),
            address: route.address.clone(),
            why: format!("It is not known {what}."),
        }));
        proof.paths.push(route);
    }
    proof.unproven.extend(opaque(&world));
    proof.verdict = verdict(&proof);
    proof
}

/// A path and what is known of it besides.
struct Live {
    path: Path,
    url: Option<String>,
    keep_alive: Option<u32>,
}

impl Live {
    fn route(&self, world: &World, start: &Moment<'_>, end: &Moment<'_>) -> Route {
        let (before, after) = (self.path.level(start), self.path.level(end));
        let address = |object: usize| world.objects[object].address.clone();
        let mut services: Vec<_> =
            [start, end].into_iter().flat_map(|moment| self.path.services(moment)).filter_map(address).collect();
        services.sort();
        services.dedup();
        let fate = match (&before, &after) {
            (Ok(_), Ok(_)) => Fate::Kept,
            (Ok(_), Err(_)) => Fate::Ends,
            (Err(_), Ok(_)) => Fate::Begins,
            (Err(_), Err(_)) => Fate::Dead,
        };
        Route {
            name: self.path.name(world),
            address: address(self.path.taker),
            load_balancer: address(self.path.load_balancer),
            services,
            url: self.url.clone(),
            at_least: self.path.needed,
            before: before.as_ref().ok().map(|level| level.healthy),
            after: after.as_ref().ok().map(|level| level.healthy),
            why: before.err().or(after.err()),
            fate,
        }
    }
}

/// Puts what was seen of a path into the proof.
fn report(proof: &mut Proof, question: &Question<'_>, world: &World, path: usize, now: u32, seen: Seen) {
    for (step, healthy) in seen.lows {
        let lowest = &mut proof.waves[world.order.wave[step]].lowest;
        let new = Lowest { path, healthy, of: now, step };
        match lowest.iter_mut().find(|it| it.path == path) {
            Some(old) if (old.healthy, old.step) > (healthy, step) => *old = new,
            Some(_) => (),
            None => lowest.push(new),
        }
    }
    if seen.incomplete {
        let why = "Too many steps may be under way at one time to look at every state.".to_owned();
        proof.unproven.push(Unproven { path: Some(path), address: None, why });
    }
    for broken in seen.breaks {
        if let Reason::Unknown(what) = &broken.reason {
            let address = question.plan.steps[broken.step].address.clone();
            let why = format!("It is not known {what}.");
            proof.unproven.push(Unproven { path: Some(path), address, why });
            continue;
        }
        proof.breaks.push(recognise::witness(question.plan, world, path, broken));
    }
}

/// What is not understood of objects that the plan has to do with.
fn opaque(world: &World) -> impl Iterator<Item = Unproven> {
    world.objects.iter().filter_map(|object| {
        let why = object.versions.iter().find_map(|version| version.opaque.as_ref())?;
        let why = format!("The inputs of {} cannot be read: {why}.", object.name());
        Some(Unproven { path: None, address: object.address.clone(), why })
    })
}

fn waves(question: &Question<'_>, world: &World) -> Vec<Wave> {
    (0..world.order.waves())
        .map(|number| {
            let steps: Vec<usize> =
                (0..question.plan.steps.len()).filter(|step| world.order.wave[*step] == number).collect();
            let irreversible = revert::irreversible(question.plan, world, &steps);
            let revert_seconds = irreversible.is_empty().then(|| revert::seconds(world, &steps));
            Wave { steps, lowest: Vec::new(), irreversible, revert_seconds }
        })
        .collect()
}

fn verdict(proof: &Proof) -> Verdict {
    let worst = proof.findings.iter().map(|finding| finding.severity).max();
    if !proof.breaks.is_empty() || worst == Some(Severity::Refuse) {
        Verdict::Broken
    } else if !proof.unproven.is_empty() || worst == Some(Severity::Unproven) {
        Verdict::Unproven
    } else if proof.paths.iter().any(|path| path.before.is_some()) {
        Verdict::Proven
    } else {
        Verdict::Idle
    }
}

#[cfg(test)]
mod tests;
