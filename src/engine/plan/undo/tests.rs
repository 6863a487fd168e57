use super::*;
use crate::{plan::FieldChange, state::Superseded};
use serde_json::json;

fn address(text: &str) -> Address {
    text.parse().expect("it is one")
}

fn step(name: Option<&str>, operation: Operation, after: &[usize]) -> Step {
    Step { address: name.map(address), kind: "test.rule".to_owned(), operation, after: after.to_vec() }
}

fn tags(value: &str) -> Tags {
    [("a".to_owned(), value.to_owned())].into()
}

fn update(name: &str, inputs: Value, phase: Phase, after: &[usize]) -> Step {
    let operation = Operation::Update {
        inputs,
        fields: vec!["to".to_owned(), "tags".to_owned()],
        phase,
        tags: Some(tags("new")),
        dependencies: BTreeSet::new(),
        lifecycle: model::Lifecycle::default(),
    };
    step(Some(name), operation, after)
}

fn together(objects: &[(&str, u32)], after: &[usize]) -> Step {
    let placed =
        objects.iter().map(|(name, value)| Placed { address: address(name), id: Id::new(*name), value: json!(value) });
    step(None, Operation::Together { field: "place".to_owned(), objects: placed.collect() }, after)
}

fn create(name: &str, inputs: Value, after: &[usize]) -> Step {
    let operation = Operation::Create {
        generation: 1,
        identity: crate::provider::Identity::default(),
        inputs,
        dependencies: BTreeSet::new(),
        lifecycle: model::Lifecycle::default(),
        supersedes: None,
    };
    step(Some(name), operation, after)
}

fn change(name: &str, id: &str, action: Action, before: Value) -> Change {
    Change {
        address: address(name),
        kind: "test.rule".to_owned(),
        action,
        reasons: Vec::new(),
        id: Some(Id::new(id)),
        before: Some(before),
        after: None,
        fields: Vec::new(),
    }
}

fn updated(name: &str, before: Value) -> Change {
    change(name, name, Action::Update, before)
}

fn plan(changes: Vec<Change>, steps: Vec<Step>) -> Plan {
    Plan { changes, ..Plan::of_steps(steps) }
}

/// A consumer that lets go of the old when another one has changed.
fn in_phases() -> Plan {
    let settle = Operation::Settle { addresses: Vec::new(), bake: None, before: "letting go".to_owned() };
    plan(
        vec![
            updated("rule.a", json!({"to": ["old"]})),
            updated("rule.b", json!({"to": 1})),
            change("rule.b", "older", Action::Delete, json!({"to": 0})),
        ],
        vec![
            update("rule.a", json!({"to": ["old", "new"]}), Phase::Expand, &[]),
            update("rule.b", json!({"to": 2}), Phase::Whole, &[0]),
            step(None, settle, &[1]),
            update("rule.a", json!({"to": ["new"]}), Phase::Contract, &[2]),
        ],
    )
}

/// What was recorded before a plan: each object depends on `rule.earlier`, which stays.
fn recorded(plan: &Plan) -> State {
    let mut state = State::new("dev", "l");
    let earlier = Change { before: Some(json!({})), ..change("rule.earlier", "earlier", Action::Update, json!({})) };
    for Change { address, id, before, action, .. } in [&earlier].into_iter().chain(&plan.changes) {
        let id = id.clone().expect("it exists");
        let record = state.resources.entry(address.clone()).or_insert_with(|| Record::new("test.rule"));
        let object = Object {
            generation: 1,
            outputs: json!({ "arn": format!("arn of {id}") }),
            id,
            identity: crate::provider::Identity::default(),
            inputs: before.clone().expect("it exists"),
            ready: true,
            dependencies: [self::address("rule.earlier")].into(),
        };
        if *action == Action::Delete {
            record.superseded.push(Superseded { object, reason: "a test".to_owned() });
        } else {
            record.current = Some(object);
        }
    }
    state
}

fn taken_back(plan: &Plan, begun: &[usize]) -> Vec<Step> {
    undo(plan, &begun.iter().copied().collect(), &recorded(plan)).steps
}

fn updates(begun: &[usize]) -> Vec<(String, Value, Vec<usize>)> {
    let step = |step: Step| {
        let Operation::Update { inputs, fields, tags, phase, .. } = step.operation else { panic!("no update") };
        assert_eq!((fields, tags, phase), (vec!["to".to_owned()], None, Phase::Whole));
        (step.address.expect("it has one").to_string(), inputs, step.after)
    };
    taken_back(&in_phases(), begun).into_iter().map(step).collect()
}

#[test]
fn the_last_change_is_taken_back_first() {
    let (a, b) = ("rule.a".to_owned(), "rule.b".to_owned());
    let expected = vec![
        (a.clone(), json!({"to": ["old", "new"]}), vec![]),
        (b.clone(), json!({"to": 1}), vec![0]),
        (a.clone(), json!({"to": ["old"]}), vec![0, 1]),
    ];
    assert_eq!(updates(&[0, 1, 2, 3]), expected);
    assert_eq!(updates(&[0, 1]), [(b, json!({"to": 1}), vec![]), (a, json!({"to": ["old"]}), vec![0])]);
}

#[test]
fn what_was_not_begun_stays_as_it_is() {
    assert_eq!(updates(&[]), []);
    assert_eq!(updates(&[0]), [("rule.a".to_owned(), json!({"to": ["old"]}), vec![])]);
}

#[test]
fn what_named_a_deleted_object_stays_as_it_is() {
    let delete = |name: &str| step(Some(name), Operation::Delete { generation: 1, id: Id::new(name) }, &[2]);
    let names = |what: &str| json!({ "to": [format!("arn of {what}")] });
    let plan = plan(
        vec![
            updated("rule.a", names("rule.gone")),
            updated("rule.b", names("rule.other")),
            change("rule.gone", "rule.gone", Action::Delete, json!({})),
            change("rule.other", "rule.other", Action::Delete, json!({})),
        ],
        vec![
            update("rule.a", json!({"to": ["arn of rule.gone", "new"]}), Phase::Expand, &[]),
            update("rule.b", json!({"to": ["new"]}), Phase::Whole, &[0]),
            update("rule.a", json!({"to": ["new"]}), Phase::Contract, &[1]),
            delete("rule.gone"),
            delete("rule.other"),
        ],
    );
    let back = |begun: &[usize]| -> Vec<String> {
        taken_back(&plan, begun).into_iter().filter_map(|step| Some(step.address?.to_string())).collect()
    };
    assert_eq!(back(&[0, 1, 2]), ["rule.a", "rule.b", "rule.a"]);
    assert_eq!(back(&[0, 1, 2, 3]), ["rule.b"]);
    assert_eq!(back(&[0, 1, 2, 3, 4]), [""; 0]);
}

#[test]
fn what_it_depended_on_before_is_recorded_again() {
    let mut plan = in_phases();
    for (index, on) in [(0, "rule.both"), (3, "rule.new")] {
        let Operation::Update { dependencies, .. } = &mut plan.steps[index].operation else { panic!("no update") };
        *dependencies = [address(on)].into();
    }
    let dependencies = |step: Step| match step.operation {
        Operation::Update { dependencies, .. } => dependencies.into_iter().map(|it| it.to_string()).collect(),
        other => panic!("{other:?}"),
    };
    let back: Vec<Vec<String>> = taken_back(&plan, &[0, 1, 3]).into_iter().map(dependencies).collect();
    assert_eq!(back, [["rule.both"], ["rule.earlier"], ["rule.earlier"]]);

    // What is gone by now cannot be recorded.
    plan.changes.push(change("rule.earlier", "earlier", Action::Delete, json!({})));
    plan.steps.push(step(Some("rule.earlier"), Operation::Delete { generation: 1, id: Id::new("earlier") }, &[3]));
    let back: Vec<Vec<String>> = taken_back(&plan, &[0, 1, 3, 4]).into_iter().map(dependencies).collect();
    assert_eq!(back, [vec!["rule.both".to_owned()], vec![], vec![]]);
}

#[test]
fn tags_that_changed_come_back() {
    let mut plan = in_phases();
    plan.changes[1].fields = vec![FieldChange::tags(json!({"a": "old"}), json!({"a": "new"}))];
    let back = taken_back(&plan, &[0, 1]);
    let Operation::Update { tags: back, fields, .. } = &back[0].operation else { panic!("{back:?}") };
    assert_eq!((back, fields), (&Some(tags("old")), &vec!["to".to_owned(), "tags".to_owned()]));
}

#[test]
fn what_changed_together_goes_back_together() {
    let inputs = |place: u32, to: u32| json!({"place": place, "to": to});
    let changes = vec![updated("rule.a", inputs(10, 1)), updated("rule.b", inputs(20, 1))];
    let swap = together(&[("rule.a", 20), ("rule.b", 10)], &[0]);
    let steps = vec![
        update("rule.a", inputs(10, 2), Phase::Whole, &[]),
        swap,
        update("rule.b", inputs(10, 2), Phase::Whole, &[1]),
    ];
    let back = taken_back(&plan(changes, steps), &[0, 1, 2]);
    assert_eq!(back[1], together(&[("rule.a", 10), ("rule.b", 20)], &[0]));
    let inputs_of = |step: &Step| match &step.operation {
        Operation::Update { inputs, .. } => inputs.clone(),
        other => panic!("{other:?}"),
    };
    // Each as it was at that time: an update must not move what only moves together.
    assert_eq!((inputs_of(&back[0]), back[0].after.clone()), (inputs(10, 1), vec![]));
    assert_eq!((inputs_of(&back[2]), back[2].after.clone()), (inputs(10, 1), vec![0, 1]));
}

#[test]
fn a_value_that_something_new_has_stays_with_it() {
    let place = |place: u32| json!({ "place": place });
    let changes = vec![
        updated("rule.a", place(10)),
        updated("rule.b", place(20)),
        updated("rule.c", place(50)),
        change("rule.gone", "rule.gone", Action::Delete, place(60)),
    ];
    let moved = [("rule.a", 20), ("rule.b", 30), ("rule.c", 60), ("rule.gone", 50)];
    let delete = Operation::Delete { generation: 1, id: Id::new("rule.gone") };
    let steps = vec![together(&moved, &[]), create("rule.new", place(10), &[0]), step(Some("rule.gone"), delete, &[1])];
    let plan = plan(changes, steps);
    let back = |begun: &[usize]| taken_back(&plan, begun);
    assert_eq!(back(&[0]), [together(&[("rule.a", 10), ("rule.b", 20), ("rule.c", 50), ("rule.gone", 60)], &[])]);
    assert_eq!(back(&[0, 1]), [together(&[("rule.c", 50), ("rule.gone", 60)], &[])]);
    assert_eq!(back(&[0, 1, 2]), [together(&[("rule.c", 50)], &[])]);
}
