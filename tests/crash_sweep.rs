//! Level 3: the real development stack, killed at every write to the journal and on both sides of every call.

use crate::{
    rehearse::{self, Death},
    stack_program,
};
use engine::{apply::Silent, plan::Mode};
use model::{Address, Document};
use std::collections::BTreeMap;

#[test]
fn making_dev_survives_every_death() {
    let points = sweep(None, Some(&dev()));
    eprintln!("{points} deaths while dev was made");
    // Of each resource three writes (intended, made, settled) and both sides of three calls (create, and two looks).
    assert!(points >= 9 * dev().resources.len(), "only {points} deaths");
}

#[test]
fn replacing_a_target_group_and_a_security_group_survives_every_death() {
    let mut changed = dev();
    for resource in &mut changed.resources {
        match resource.address.as_str() {
            "target_group.web-blue" => resource.inputs["port"] = 9090.into(),
            "security_group.web" => resource.inputs["description"] = "The tasks of web, anew".into(),
            _ => (),
        }
    }
    let points = sweep(Some(&dev()), Some(&changed));
    eprintln!("{points} deaths during a replacement");
    assert!(points >= 100, "only {points} deaths");
}

#[test]
fn replacing_the_network_survives_every_death() {
    let moved = stack_program::document("dev", &["cidr=10.1.0.0/16"]).expect("it is sound");
    // Everything twice is much; a third of the places is enough, since each step is done in the same way.
    let points = sweep_every(3, Some(&dev()), Some(&moved));
    eprintln!("{points} deaths while everything that lies in the network was replaced");
    assert!(points >= 120, "only {points} deaths");
}

#[test]
fn moving_a_port_survives_every_death() {
    let mut moved = dev();
    for resource in &mut moved.resources {
        match resource.address.as_str() {
            "target_group.web-blue" => resource.inputs["port"] = 9090.into(),
            "service.web" => resource.inputs["load_balancers"][0]["container_port"] = 9090.into(),
            _ => (),
        }
    }
    let points = sweep(Some(&dev()), Some(&moved));
    eprintln!("{points} deaths while a second service took the place of the first");
    assert!(points >= 50, "only {points} deaths");
}

#[test]
fn exchanging_priorities_survives_every_death() {
    let with_rules = |priorities: [u16; 2], last: &str| {
        let mut document = dev();
        let rule =
            document.resources.iter().find(|it| it.address.as_str() == "listener_rule.web").expect("it is there");
        let more = [("one", priorities[0]), (last, priorities[1])].map(|(name, priority)| {
            let mut more = rule.clone();
            more.address = Address::new("listener_rule", name).expect("it is an address");
            more.inputs["priority"] = priority.into();
            more
        });
        document.resources.extend(more);
        document
    };
    let before = with_rules([10, 20], "two");
    for after in [with_rules([20, 10], "two"), with_rules([20, 10], "three"), with_rules([30, 20], "three")] {
        let points = sweep(Some(&before), Some(&after));
        eprintln!("{points} deaths while priorities changed");
        assert!(points >= 5, "only {points} deaths");
    }
}

#[test]
fn passing_a_port_on_survives_every_death() {
    let with_listeners = |ports: [u16; 2]| {
        let mut document = dev();
        let listener = document.resources.iter().find(|it| it.address.as_str() == "listener.web").expect("it is there");
        let more = ["one", "two"].into_iter().zip(ports).map(|(name, port)| {
            let mut more = listener.clone();
            more.address = Address::new("listener", name).expect("it is an address");
            more.inputs["port"] = port.into();
            more
        });
        let more: Vec<_> = more.collect();
        document.resources.extend(more);
        document
    };
    let points = sweep(Some(&with_listeners([8001, 8002])), Some(&with_listeners([8002, 8003])));
    eprintln!("{points} deaths while one listener took the port of another");
    assert!(points >= 8, "only {points} deaths");
}

#[test]
fn destroying_dev_survives_every_death() {
    let points = sweep(Some(&dev()), None);
    eprintln!("{points} deaths while dev was destroyed");
    // Of each resource one write and both sides of two calls (delete, and a look).
    assert!(points >= 5 * dev().resources.len(), "only {points} deaths");
}

fn dev() -> Document {
    stack_program::document("dev", &[]).expect("the stack of this repository is sound")
}

/// Applies the way `from` one stack `to` another (`None`: nothing) once for each place where it can die, and once
/// more to its end. Returns how many places there were.
fn sweep(from: Option<&Document>, to: Option<&Document>) -> usize {
    sweep_every(1, from, to)
}

/// The same at every so many places only, other ones on each side of a call.
fn sweep_every(step: usize, from: Option<&Document>, to: Option<&Document>) -> usize {
    let sides: [fn(usize) -> Death; 3] = [Death::Write, Death::Before, Death::After];
    let places = |(offset, side): (usize, fn(usize) -> Death)| {
        (offset % step..).step_by(step).take_while(|&point| dies(from, to, side(point))).count()
    };
    sides.into_iter().enumerate().map(places).sum()
}

/// Whether the apply dies there. Whatever happens, the next one has to mend it.
fn dies(from: Option<&Document>, to: Option<&Document>, death: Death) -> bool {
    let nothing = model::Stack::new("dev").document(BTreeMap::new());
    let (desired, mode) = to.map_or((&nothing, Mode::Destroy), |to| (to, Mode::Apply));
    rehearse::run(async {
        let mut rehearsal = rehearse::rehearsal("dev");
        // Everything takes two looks to become ready, so that there is something to interrupt.
        rehearsal.cloud.slow(1);
        rehearsal.parallelism = 4;
        if let Some(from) = from {
            rehearse::converge(&mut rehearsal, from, Mode::Apply).await.expect("the way there is sound");
        }
        let plan = rehearsal.plan(desired, mode).await.expect("it is not refused");
        death.strike(&rehearsal);
        let outcome = rehearse::apply(&rehearsal, &plan, &Silent).await.expect("the state fits");
        let mended = async {
            rehearse::made_once(&rehearsal)?;
            rehearse::converge(&mut rehearsal, desired, mode).await
        };
        mended.await.unwrap_or_else(|problem| panic!("{death:?}: {problem}"));
        outcome.is_none()
    })
}
