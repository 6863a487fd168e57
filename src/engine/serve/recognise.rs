//! Which failure mode a broken state is, and what would mend it.

use super::{
    Break, Lack, Mode, Reason, capacity,
    explore::{Broken, LAG},
    world::World,
};
use crate::plan::{Operation, Phase, Plan, Step};
use model::serving::{Action, Fact, Node};

/// The broken state as people and programs read it.
pub(super) fn witness(plan: &Plan, world: &World, path: usize, broken: Broken) -> Break {
    let Broken { step, under_way, done, reason, cure } = broken;
    let mode = mode(world, Some(step), &reason);
    // A settling step helps for what it lets be seen.
    let cure = cure.map(|cure| {
        let made =
            |other: &usize| !done.contains(*other) && matches!(plan.steps[*other].operation, Operation::Create { .. });
        match plan.steps[cure].operation {
            Operation::Settle { .. } => world.order.before[cure].ones().rfind(made).unwrap_or(cure),
            _ => cure,
        }
    });
    let remedy = match cure {
        Some(cure) if matches!(plan.steps[cure].operation, Operation::Settle { .. }) => {
            format!("Settle before step {} ({}).", step + 1, action(&plan.steps[step]))
        }
        Some(cure) => format!(
            "Do step {} ({}) first, and see it work, before step {} ({}).",
            cure + 1,
            action(&plan.steps[cure]),
            step + 1,
            action(&plan.steps[step])
        ),
        None => mode.explanation().avoided.to_owned(),
    };
    Break { path, step, under_way, done: done.ones().collect(), reason, mode, remedy }
}

/// A step in a few words.
pub(crate) fn action(step: &Step) -> String {
    let address = step.address.as_ref().map(ToString::to_string).unwrap_or_default();
    match &step.operation {
        Operation::Create { .. } => format!("create {address}"),
        Operation::Update { phase: Phase::Whole, .. } => format!("update {address}"),
        Operation::Update { phase: Phase::Expand, .. } => format!("expand {address}"),
        Operation::Update { phase: Phase::BACK, .. } => format!("send the requests back by {address}"),
        Operation::Update { phase: Phase::Shift(share), .. } => {
            format!("send {share} % of the requests to the new by {address}")
        }
        Operation::Update { phase: Phase::Contract, .. } => format!("contract {address}"),
        Operation::Update { phase: Phase::Shrink, .. } => format!("take what goes out of {address}"),
        Operation::Together { field, .. } => format!("change {field} together"),
        Operation::Settle { .. } => "settle".to_owned(),
        Operation::Delete { generation, .. } => format!("delete {address} generation {generation}"),
    }
}

/// The mode of a reason that holds when everything is done.
pub(super) fn at_the_end(world: &World, reason: &Reason) -> Mode {
    mode(world, None, reason)
}

fn mode(world: &World, step: Option<usize>, reason: &Reason) -> Mode {
    Mode::new(match reason {
        Reason::LoadBalancer => 21,
        Reason::Listener(_) => 22,
        Reason::Entrance(lack) => of_lack(world, step, lack),
        Reason::Misrouted(_) => 23,
        Reason::Answered(_) => match facts(world, step) {
            (Some(Fact::Rule(_)), None) => 23,
            (_, Some(fact)) if answers(fact) => 24,
            _ => 8,
        },
        Reason::Group(_) => 1,
        Reason::Empty { group, why } => match why {
            Lack::Registration(_) if is_replaced(world, group) => 1,
            Lack::Registration(_) => 8,
            lack => of_lack(world, step, lack),
        },
        Reason::Few { .. } => match facts(world, step) {
            (Some(Fact::Service(_)), None) => 3,
            (Some(Fact::Service(before)), Some(Fact::Service(after))) => {
                let scaled = step
                    .and_then(|step| world.of_step[step].first().copied())
                    .is_some_and(|object| has_scaling(world, &world.objects[object].node));
                if scaled && before.desired != after.desired && !capacity::deploys(before, after) { 29 } else { 9 }
            }
            (_, Some(Fact::Scaling(_))) => 29,
            (_, Some(Fact::LoadBalancer(_))) | (Some(Fact::Subnet(_)), _) => 20,
            (Some(Fact::Passage(_)), _) => 5,
            _ => 8,
        },
        Reason::NotReplaced { lack, .. } => of_lack(world, step, lack),
        Reason::Drain { delay, needed, .. } if delay + LAG >= *needed => 11,
        Reason::Drain { .. } => 10,
        Reason::Unknown(_) => 35,
    })
}

fn of_lack(world: &World, step: Option<usize>, lack: &Lack) -> u8 {
    match lack {
        Lack::Service(_) if facts(world, step).1.is_some_and(sends) => 8,
        Lack::Service(_) => 3,
        Lack::Tasks(_) => 9,
        Lack::Registration(_) => 8,
        Lack::Passage { groups, direction, .. } => match facts(world, step) {
            _ if groups.split(", ").any(|group| is_replaced(world, group)) => 7,
            (Some(Fact::Passage(_)) | None, _) if !*direction && !is_touched(world) => 6,
            (Some(Fact::Service(_) | Fact::LoadBalancer(_)), _) => 7,
            (Some(Fact::SecurityGroup { .. }), Some(_)) if !*direction => 6,
            _ => 5,
        },
        Lack::Egress => 5,
        Lack::Subnet(_) => 20,
        Lack::Route(_) | Lack::PublicAddress(_) => 28,
        Lack::Role(_) | Lack::Grant(_) => 25,
        Lack::Task(_) | Lack::LogGroup(_) | Lack::Secret(_) | Lack::Images(_) => 26,
        Lack::Unknown(_) => 35,
    }
}

/// What the object of a step does before it and after it.
fn facts(world: &World, step: Option<usize>) -> (Option<&Fact>, Option<&Fact>) {
    let Some(object) = step.and_then(|step| world.of_step[step].first().copied()) else { return (None, None) };
    let versions = &world.objects[object].versions;
    let to = versions.iter().position(|version| version.step == step).unwrap_or(0);
    (to.checked_sub(1).and_then(|before| versions[before].fact.as_ref()), versions[to].fact.as_ref())
}

fn sends(fact: &Fact) -> bool {
    matches!(super::takers::action_of(fact), Some(Action::Forward { .. }))
}

fn answers(fact: &Fact) -> bool {
    matches!(super::takers::action_of(fact), Some(Action::Answer))
}

/// Whether the resource of that name has objects of several generations in the plan.
fn is_replaced(world: &World, name: &str) -> bool {
    let address = name.split(' ').next().unwrap_or(name);
    let same = |it: &&super::world::Object| it.address.as_ref().is_some_and(|other| other.as_str() == address);
    world.objects.iter().filter(same).count() > 1
}

/// Whether the plan makes a security group anew: then its passages change for that.
fn is_touched(world: &World) -> bool {
    world.objects.iter().any(|object| {
        let group = object.versions.iter().any(|it| matches!(it.fact, Some(Fact::SecurityGroup { .. })));
        group && object.versions.len() > 1
    })
}

fn has_scaling(world: &World, service: &Node) -> bool {
    world.users(service).any(|object| {
        world.objects[object]
            .versions
            .iter()
            .any(|it| matches!(&it.fact, Some(Fact::Scaling(it)) if it.service == *service))
    })
}
