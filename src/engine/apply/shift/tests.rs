//! Who divides requests, with somebody else at it: a scheduler that takes targets away and brings them back, and a
//! person who edits the weights, before any of our calls but the write itself.

use crate::{
    Fault, Result,
    apply::{Applier, Failure, Interrupt, Outcome, Patience, Rates, Silent, Ungated},
    fake::Memory,
    plan::{Action, Change, Operation, Phase, Plan, Step},
    provider::{Entry, Id, Identity, Kinds, Live, Provider, Status, Tags},
    state::{Object, Record, State},
};
use derive::Resource;
use model::{Lifecycle, Percent, Resource as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use tokio::sync::watch;

/// How often each of the other two does something before a call of ours, in per cent.
const CHANCE: u64 = 12;
const RUNS: u64 = 10_000;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "test.divider", outputs = model::NoOutputs, untaggable)]
struct Divider {
    weights: [u64; 2],
}

/// Two groups of targets and what divides the requests between them.
struct Contested(Mutex<World>);

struct World {
    weights: [u64; 2],
    healthy: [bool; 2],
    random: u64,
    /// Of ours.
    writes: u64,
    /// Those that sent requests to a group without a healthy target.
    outages: u64,
    edited: bool,
}

impl World {
    fn chance(&mut self) -> bool {
        // SplitMix64, which needs no more than a number.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.random;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (it ^ (it >> 31)) % 100 < CHANCE
    }

    /// What the others do before one of our calls.
    fn meddle(&mut self) {
        for group in 0..2 {
            if self.chance() {
                self.healthy[group] = !self.healthy[group];
            }
        }
        if self.chance() {
            self.weights = [self.weights[1] + 7, self.weights[0]];
            self.edited = true;
        }
    }
}

impl Provider<Contested> for Divider {
    async fn read(cloud: &Contested, ids: &[Id]) -> Result<Vec<Live<Self>>> {
        let mut world = cloud.0.lock().unwrap();
        world.meddle();
        let live = |id: &Id| Live {
            id: id.clone(),
            inputs: Self { weights: world.weights },
            outputs: model::NoOutputs {},
            tags: None,
            status: Status::Ready,
        };
        Ok(ids.iter().map(live).collect())
    }

    async fn may_shift(&self, cloud: &Contested, _: &Live<Self>) -> Result<()> {
        let mut world = cloud.0.lock().unwrap();
        world.meddle();
        match (0..2).find(|&group| self.weights[group] > 0 && !world.healthy[group]) {
            Some(group) => {
                let message = format!("nobody answers in group {group}");
                Err(Fault::Rejected { code: "NoHealthyTargets".to_owned(), message })
            }
            None => Ok(()),
        }
    }

    async fn update(&self, cloud: &Contested, _: &Live<Self>) -> Result<()> {
        let mut world = cloud.0.lock().unwrap();
        world.weights = self.weights;
        world.writes += 1;
        world.outages += u64::from((0..2).any(|group| self.weights[group] > 0 && !world.healthy[group]));
        Ok(())
    }

    async fn create(&self, _: &Contested, _: &Identity) -> Result<Id> {
        Ok(Id::new("divider"))
    }

    async fn find(&self, _: &Contested, new: &Identity) -> Result<Id> {
        Err(Fault::not_found(&new.name))
    }

    async fn delete(_: &Contested, _: &Id) -> Result<()> {
        Ok(())
    }

    async fn tag(_: &Contested, _: &Id, _: &Tags, _: &[String]) -> Result<()> {
        Ok(())
    }
}

/// A canary of three shares and all.
fn plan() -> Plan {
    let shares = [1, 10, 50, 100].map(Percent::new);
    let update = |share: Percent| {
        let green = u64::from(share.get());
        Operation::Update {
            inputs: json!({ "weights": [100 - green, green] }),
            fields: vec!["weights".to_owned()],
            phase: Phase::Shift(share),
            tags: None,
            dependencies: BTreeSet::new(),
            lifecycle: Lifecycle::default(),
        }
    };
    let step = |(place, share): (usize, Percent)| Step {
        address: Some("divider.web".parse().unwrap()),
        kind: Divider::SCHEMA.kind.to_owned(),
        operation: update(share),
        after: place.checked_sub(1).into_iter().collect(),
    };
    let change = Change {
        address: "divider.web".parse().unwrap(),
        kind: Divider::SCHEMA.kind.to_owned(),
        action: Action::Update,
        reasons: Vec::new(),
        id: Some(Id::new("divider")),
        before: Some(json!({ "weights": [100, 0] })),
        after: Some(json!({ "weights": [0, 100] })),
        fields: Vec::new(),
    };
    Plan { changes: vec![change], ..Plan::of_steps(shares.into_iter().enumerate().map(step).collect()) }
}

fn state() -> State {
    let mut state = State::new("dev", "lineage");
    let object = Object {
        generation: 1,
        id: Id::new("divider"),
        identity: Identity::default(),
        inputs: json!({ "weights": [100, 0] }),
        outputs: Value::Null,
        ready: true,
        dependencies: BTreeSet::new(),
    };
    let record = Record { generation: 1, current: Some(object), ..Record::new(Divider::SCHEMA.kind) };
    state.resources.insert("divider.web".parse().unwrap(), record);
    state
}

async fn roll_out(seed: u64) -> (Outcome, World) {
    let [random, writes, outages] = [seed.wrapping_mul(0x2545_f491_4f6c_dd1d), 0, 0];
    let world = World { weights: [100, 0], healthy: [true; 2], random, writes, outages, edited: false };
    let cloud = Arc::new(Contested(Mutex::new(world)));
    let kinds = Kinds::bind(&[Entry::of::<Divider>()], &cloud);
    let (state, rates) = (state(), Rates::default());
    let plan = plan();
    let recorder = Memory::of(state.clone());
    let applier = Applier {
        kinds: &kinds,
        recorder: &recorder,
        observer: &Silent,
        parallelism: 1,
        patience: Patience::default(),
        rates: &rates,
        gate: &Ungated,
        interrupt: watch::channel(Interrupt::None).1,
    };
    let outcome = applier.apply(&plan, state).await.unwrap();
    drop(kinds);
    let world = Arc::into_inner(cloud).unwrap().0.into_inner().unwrap();
    (outcome, world)
}

#[tokio::test(start_paused = true)]
async fn no_write_sends_requests_where_nobody_answers() {
    let (mut writes, mut complete, mut refused, mut taken) = (0, 0, 0, 0);
    for seed in 0..RUNS {
        let (outcome, world) = roll_out(seed).await;
        assert_eq!(world.outages, 0, "run {seed}");
        writes += world.writes;
        complete += u64::from(outcome.is_complete());
        for (_, failure) in &outcome.failed {
            match failure {
                Failure::Fault(Fault::Rejected { code, .. }) if code == "NoHealthyTargets" => refused += 1,
                Failure::Taken { .. } | Failure::Reverted { .. } if world.edited => taken += 1,
                other => panic!("run {seed}: {other}"),
            }
        }
        assert!(!outcome.failed.is_empty() || outcome.is_complete(), "run {seed}");
    }
    // Each way to end was really gone.
    for count in [writes, complete, refused, taken] {
        assert!(count > 100, "{writes} writes, {complete} complete, {refused} refused, {taken} taken");
    }
}
