//! A whole environment on moto, an implementation of AWS's APIs that nobody here wrote: it is made, changed in place,
//! replaced in parts and destroyed.

use crate::{
    stack_program::document,
    support::{Environment, Moto, complete},
};
use engine::{
    plan::{Action, Plan},
    provider::Id,
};
use model::Document;
use serde_json::{Value, json};

/// How many tasks the service of the development environment wants.
const TASKS: u32 = 2;

#[tokio::test]
async fn the_development_environment_lives_on_moto() {
    let Some(moto) = Moto::start(TASKS) else { return };
    let dev = document("dev", &[]).expect("the stack has no problem");
    let environment = Environment::new(&moto.url, "dev").await;

    let created = apply(&environment, &dev).await;
    assert_eq!(created.totals().add, dev.resources.len());
    let mut made = objects(&environment);
    assert_eq!(made.len(), dev.resources.len());
    nothing_to_do(&environment, &dev).await;

    let kept_longer = with(&dev, "log_group.web", "retention", json!({ "days": 14 }));
    let changed = apply(&environment, &kept_longer).await;
    assert_eq!(action(&changed, "log_group.web"), Some(Action::Update));
    nothing_to_do(&environment, &kept_longer).await;

    let moved = with(&kept_longer, "target_group.web-blue", "port", json!(8081));
    let replaced = apply(&environment, &moved).await;
    assert_eq!(action(&replaced, "target_group.web-blue"), Some(Action::Replace));
    let record = &environment.state().resources["target_group.web-blue"];
    assert_eq!((record.generation, record.superseded.len()), (2, 0));
    nothing_to_do(&environment, &moved).await;

    made.extend(objects(&environment));
    let destroyed = environment.plan_destroy().await.expect("nothing is protected");
    complete(&destroyed, &environment.apply(&destroyed).await);
    assert!(environment.state().resources.is_empty());
    for (kind, id) in made {
        let left = environment.kinds.get(&kind).expect("it was made").read(vec![id]).await.expect("it can be asked");
        assert_eq!(left, [], "{kind}");
    }
}

async fn apply(environment: &Environment, desired: &Document) -> Plan {
    let plan = environment.plan(desired).await.expect("there is a plan");
    complete(&plan, &environment.apply(&plan).await);
    plan
}

/// What an apply has made is what moto tells of it afterwards: there is no phantom change.
async fn nothing_to_do(environment: &Environment, desired: &Document) {
    let plan = environment.plan(desired).await.expect("there is a plan");
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    assert_eq!(plan.drift, []);
}

/// Every object that is recorded, with its kind.
fn objects(environment: &Environment) -> Vec<(String, Id)> {
    let state = environment.state();
    let records = state.resources.values();
    records.flat_map(|record| record.objects().map(|object| (record.kind.clone(), object.id.clone()))).collect()
}

/// The stack with another value in one field.
fn with(document: &Document, address: &str, field: &str, value: Value) -> Document {
    let mut changed = document.clone();
    let resource = changed.resources.iter_mut().find(|it| it.address.as_str() == address).expect("it is declared");
    resource.inputs[field] = value;
    changed
}

fn action(plan: &Plan, address: &str) -> Option<Action> {
    plan.changes.iter().find(|change| change.address.as_str() == address).map(|change| change.action)
}
