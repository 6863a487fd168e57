//! A whole environment on moto, an implementation of AWS's APIs that nobody here wrote: it is made, changed in place,
//! replaced in parts and destroyed.

use crate::{
    cli::signature,
    stack_program::document,
    support::{Environment, Moto, complete},
};
use engine::{
    plan::{Action, Plan},
    provider::Id,
};
use model::Document;
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::mpsc, thread, time::Duration};

/// How many tasks the service of the development environment wants.
const TASKS: u32 = 2;

#[tokio::test]
async fn the_development_environment_lives_on_moto() {
    let Some(moto) = Moto::start(TASKS) else { return };
    let dev = document("dev", &[]).expect("the stack has no problem");
    let environment = Environment::new(&moto.url, "dev").await;
    let _targets = Targets::of(&moto.url);

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

/// Registers a target with each target group that comes, as ECS does; a defect of moto: its ECS does not, so that a rule
/// would send requests where nobody is.
struct Targets {
    _until_dropped: mpsc::Sender<()>,
}

impl Targets {
    fn of(url: &str) -> Self {
        let (until_dropped, dropped) = mpsc::channel();
        let url = url.to_owned();
        thread::spawn(move || {
            let mut registered = BTreeSet::new();
            while dropped.recv_timeout(Duration::from_millis(20)) == Err(mpsc::RecvTimeoutError::Timeout) {
                // The server ends before this does.
                let Ok(groups) = call(&url, "DescribeTargetGroups", &[]) else { return };
                let arns = groups.split("<TargetGroupArn>").skip(1).filter_map(|rest| rest.split('<').next());
                for arn in arns.filter(|arn| registered.insert((*arn).to_owned())) {
                    let target = [("TargetGroupArn", arn), ("Targets.member.1.Id", "10.0.201.10")];
                    if let Err(error) = call(&url, "RegisterTargets", &target) {
                        eprintln!("moto registers no target with {arn}: {error}");
                    }
                }
            }
        });
        Self { _until_dropped: until_dropped }
    }
}

/// A call of ELBv2; moto takes the service from the signature, too.
fn call(url: &str, action: &str, parameters: &[(&str, &str)]) -> Result<String, ureq::Error> {
    let form = [&[("Action", action), ("Version", "2015-12-01")], parameters].concat();
    ureq::post(url)
        .header("authorization", signature("elasticloadbalancing"))
        .send_form(form)?
        .body_mut()
        .read_to_string()
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
