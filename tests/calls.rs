//! What it costs to find out that there is nothing to do.

use crate::{
    stack_program::document,
    support::{Environment, LocalCloud, complete},
};
use aws::live::Spent;

/// The most API calls of a plan without changes of the development environment.
const MOST: u64 = 30;

#[tokio::test]
async fn a_plan_without_changes_makes_few_calls() {
    let cloud = LocalCloud::start().await;
    let dev = document("dev", &[]).expect("the stack has no problem");
    let environment = Environment::new(&cloud.url, "dev").await;
    let plan = environment.plan(&dev).await.expect("there is a plan");
    complete(&plan, &environment.apply(&plan).await);

    let before = environment.connection.meter.spent();
    let plan = environment.plan(&dev).await.expect("there is a plan");
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    let spent = less(environment.connection.meter.spent(), &before);
    // A command asks who it is, too, when it connects.
    let calls = 1 + spent.values().sum::<u64>();
    assert!(calls <= MOST, "{calls} calls: {spent:#?}");
}

fn less(mut spent: Spent, before: &Spent) -> Spent {
    for (operation, calls) in &mut spent {
        *calls -= before.get(operation).copied().unwrap_or_default();
    }
    spent.retain(|_, calls| *calls > 0);
    spent
}
