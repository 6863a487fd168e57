//! What cannot be undone, and how long it takes to undo the rest.

use super::{capacity, world::World};
use crate::plan::{Operation, Plan};
use model::{
    Address,
    serving::{Fact, Node, Service},
};

/// How long, in seconds, a task takes to start when nothing says more: pulling the image and beginning to serve.
const START: u32 = 30;
/// How long, in seconds, a change takes until it works everywhere: in a load balancer, and in the network.
const LOAD_BALANCER: u32 = 5;
const NETWORK: u32 = 10;

/// The objects that are gone after some steps.
pub(super) fn irreversible(plan: &Plan, world: &World, steps: &[usize]) -> Vec<Address> {
    let deleted = |step: &&usize| {
        let existed = world.of_step[**step].iter().any(|object| world.objects[*object].versions[0].present);
        existed && matches!(plan.steps[**step].operation, Operation::Delete { .. })
    };
    let mut gone: Vec<Address> =
        steps.iter().filter(deleted).filter_map(|step| plan.steps[*step].address.clone()).collect();
    gone.sort();
    gone.dedup();
    gone
}

/// How long it takes to undo some steps, of which several can be undone at one time: as long as the longest.
pub(super) fn seconds(world: &World, steps: &[usize]) -> u32 {
    steps
        .iter()
        .flat_map(|step| world.of_step[*step].iter().map(|object| of_step(world, *step, *object)))
        .max()
        .unwrap_or(0)
}

fn of_step(world: &World, step: usize, object: usize) -> u32 {
    let versions = &world.objects[object].versions;
    let Some(to) = versions.iter().position(|version| version.step == Some(step)) else { return 0 };
    match (&versions[to - 1].fact, &versions[to].fact) {
        // What is new only stands there.
        (None, _) if !versions[to - 1].present => 0,
        (Some(Fact::Service(before)), Some(Fact::Service(after))) if capacity::deploys(before, after) => {
            deployment(world, before)
        }
        (Some(Fact::Rule(_) | Fact::Listener(_) | Fact::TargetGroup(_) | Fact::Service(_)), _) => LOAD_BALANCER,
        _ => NETWORK,
    }
}

/// How long a deployment back to `service` takes until all its tasks are healthy.
fn deployment(world: &World, service: &Service) -> u32 {
    let desired = service.desired.unwrap_or(1);
    let step = capacity::most(service, desired).saturating_sub(capacity::fewest(service, desired)).max(1);
    let check = |node: &Node| {
        let facts = &world.objects[world.find(node)?].versions;
        facts.iter().find_map(|version| match &version.fact {
            // The first good check makes a new target healthy.
            Some(Fact::TargetGroup(group)) => Some(group.check_interval),
            _ => None,
        })
    };
    let check = service.registrations.iter().filter_map(|it| check(&it.target_group)).max().unwrap_or(0);
    desired.div_ceil(step).max(1) * (START + check)
}
