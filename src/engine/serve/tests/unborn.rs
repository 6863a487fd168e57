//! Modes whose kinds do not exist yet: their rules, on the vocabulary alone.

use super::vocabulary::service;
use crate::{
    fake::{FakeCloud, Rehearsal},
    plan::Mode,
    provider::Entry,
    refresh::refresh,
    serve::{Proof, Question, Severity, prove},
};
use derive::{Outputs, Resource};
use model::{
    Document, In, Stack,
    serving::{Fact, Node, Scaling, Service as Serves, Strategy},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// A service with everything that the ECS service of today lacks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "test.service", outputs = ServiceOutputs, serving)]
struct Service {
    #[on_change(replace)]
    home: String,
    image: String,
    count: Option<u32>,
    namespace: Option<String>,
    strategy: u8,
    early: bool,
    drains: Option<bool>,
    alarm: Option<In<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Outputs)]
struct ServiceOutputs {
    arn: String,
}

impl Service {
    fn new() -> Self {
        Self {
            home: "here".into(),
            image: "v1".into(),
            count: Some(4),
            namespace: None,
            strategy: 0,
            early: false,
            drains: None,
            alarm: None,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        vec![Fact::Service(Serves {
            desired: self.count,
            revision: self.image.clone(),
            namespace: self.namespace.as_ref().map(Node::new),
            strategy: [Strategy::Rolling, Strategy::BlueGreen, Strategy::External][usize::from(self.strategy)],
            early_success: self.early,
            machines_drain: self.drains,
            alarms: self.alarm.iter().map(Node::from).collect(),
            ..service()
        })]
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "test.scaling", outputs = model::NoOutputs, serving)]
struct Target {
    service: In<String>,
    minimum: u32,
    maximum: u32,
}

impl Target {
    fn facts(&self) -> Vec<Fact> {
        let (minimum, maximum) = (self.minimum, self.maximum);
        vec![Fact::Scaling(Scaling { service: (&self.service).into(), minimum, maximum })]
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "test.alarm", outputs = AlarmOutputs, serving)]
struct Alarm {
    quiet: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Outputs)]
struct AlarmOutputs {
    name: String,
}

impl Alarm {
    fn facts(&self) -> Vec<Fact> {
        vec![Fact::Alarm { quiet: self.quiet }]
    }
}

const KINDS: &[Entry<FakeCloud>] = &[Entry::of::<Service>(), Entry::of::<Target>(), Entry::of::<Alarm>()];

fn stack(service: &Service, alarm: Option<bool>, scaled: bool) -> Document {
    let mut stack = Stack::new("test");
    let alarm = alarm.map(|quiet| stack.add("errors", Alarm { quiet }).name());
    let service = stack.add("web", Service { alarm, ..service.clone() });
    if scaled {
        stack.add("web", Target { service: service.arn(), minimum: 2, maximum: 8 });
    }
    stack.document(BTreeMap::new())
}

fn proof(before: &Document, after: &Document) -> Proof {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut rehearsal = Rehearsal::new("test", KINDS);
        let plan = rehearsal.plan(before, Mode::Apply).await.unwrap();
        assert!(rehearsal.apply(&plan).await.unwrap().is_complete());
        let recorded = rehearsal.record.state();
        let observed = refresh(&rehearsal.kinds, &recorded, Duration::ZERO).await.unwrap();
        let plan = rehearsal.plan(after, Mode::Apply).await.unwrap();
        let schemas = rehearsal.kinds.schemas();
        let (recorded, observed) = (&recorded, &observed);
        prove(&Question { plan: &plan, desired: after, recorded, observed, schemas: &schemas, foreign: &[] })
    })
}

#[track_caller]
fn finds(before: &Service, after: &Service, alarm: Option<bool>, scaled: bool, mode: &str, severity: Severity) {
    let proof = proof(&stack(before, alarm, scaled), &stack(after, alarm, scaled));
    let found = proof.findings.iter().any(|it| it.mode.to_string() == mode && it.severity == severity);
    assert!(found, "no {mode} in {:#?}", proof.findings);
}

#[track_caller]
fn finds_nothing(before: &Service, after: &Service, alarm: Option<bool>, scaled: bool) {
    let proof = proof(&stack(before, alarm, scaled), &stack(after, alarm, scaled));
    assert_eq!(proof.findings, []);
}

#[test]
fn f4_service_connect() {
    let named = Service { namespace: Some("mesh".into()), ..Service::new() };
    let moved = Service { home: "there".into(), ..named.clone() };
    finds(&named, &moved, None, false, "F4", Severity::Refuse);
    finds_nothing(&Service::new(), &Service { home: "there".into(), ..Service::new() }, None, false);
}

#[test]
fn f19_external_controller() {
    let external = Service { strategy: 2, ..Service::new() };
    finds(&external, &Service { image: "v2".into(), ..external.clone() }, None, false, "F19", Severity::Refuse);
    finds_nothing(&external, &Service { count: Some(5), ..external.clone() }, None, false);
}

#[test]
fn f29_autoscaling() {
    finds(&Service::new(), &Service { count: Some(2), ..Service::new() }, None, true, "F29", Severity::Refuse);
    let undeclared = Service { count: None, image: "v2".into(), ..Service::new() };
    finds_nothing(&Service::new(), &undeclared, None, true);
}

#[test]
fn f30_machines() {
    let machines = Service { drains: Some(false), ..Service::new() };
    finds(&machines, &Service { image: "v2".into(), ..machines.clone() }, None, false, "F30", Severity::Refuse);
}

#[test]
fn f32_alarm() {
    let next = Service { image: "v2".into(), ..Service::new() };
    finds(&Service::new(), &next, Some(false), false, "F32", Severity::Unproven);
    finds_nothing(&Service::new(), &next, Some(true), false);
}

#[test]
fn f33_early_success() {
    let early = Service { early: true, ..Service::new() };
    let before = stack(&early, Some(true), false);
    // A wave comes after the deployment: the alarm is deleted.
    let after = stack(&Service { image: "v2".into(), ..early }, None, false);
    let proof = proof(&before, &after);
    assert!(proof.findings.iter().any(|it| it.mode.to_string() == "F33"), "{:#?}", proof.findings);
}

#[test]
fn f37_strategy() {
    let next = Service { strategy: 1, image: "v2".into(), ..Service::new() };
    finds(&Service::new(), &next, None, false, "F37", Severity::Refuse);
    finds_nothing(&Service::new(), &Service { strategy: 1, ..Service::new() }, None, false);
}
