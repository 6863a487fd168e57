//! What is planned for a change, in which order, and where it ends.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_stack_is_made_in_the_order_of_its_references_and_then_there_is_nothing_to_do() {
    let mut rehearsal = rehearsal();
    let plan = converge(&mut rehearsal, &Wanted::default()).await;
    before(&plan, "create network.main 1", "create group.web 1");
    // The rules complete the group that the service uses.
    before(&plan, "create rule.in 1", "create service.web 1");
    assert_eq!(rehearsal.record.state().outputs["service"], json!("service-6/arn"));
    let names: Vec<String> = rehearsal.cloud.objects().into_iter().map(|object| object.name).collect();
    assert!(names.contains(&"test-web".to_owned()), "{names:?}");
}

#[tokio::test(start_paused = true)]
async fn a_field_changes_in_place() {
    let mut rehearsal = rehearsal();
    converge(&mut rehearsal, &Wanted::default()).await;
    let plan = converge(&mut rehearsal, &Wanted { image: "v2", ..Wanted::default() }).await;
    assert_eq!(steps(&plan), ["update service.web"]);
    assert_eq!(plan.changes[0].fields.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_replacement_stands_beside_the_old_until_everybody_has_moved() {
    let mut rehearsal = rehearsal();
    converge(&mut rehearsal, &Wanted::default()).await;
    let plan = converge(&mut rehearsal, &Wanted { description: "web2", ..Wanted::default() }).await;
    assert_eq!(
        actions(&plan),
        ["Replace group.web", "Replace rule.out", "Replace rule.in", "Update service.web"]
            .map(str::to_owned)
            .to_vec()
            .into_iter()
            .collect::<Vec<_>>()
            .as_slice()
            .to_vec()
            .as_slice(),
        "{:#?}",
        actions(&plan)
    );
    before(&plan, "create group.web 2", "expand service.web");
    before(&plan, "create rule.in 2", "expand service.web");
    before(&plan, "expand service.web", "contract service.web");
    before(&plan, "contract service.web", "delete group.web 1");
    before(&plan, "delete rule.in 1", "delete group.web 1");
    let names: Vec<String> = rehearsal.cloud.objects().into_iter().map(|object| object.name).collect();
    assert!(names.contains(&"test-web-2".to_owned()), "{names:?}");
}

#[tokio::test(start_paused = true)]
async fn only_adding_to_a_set_takes_one_step() {
    let mut rehearsal = rehearsal();
    converge(&mut rehearsal, &Wanted::default()).await;
    let plan = converge(&mut rehearsal, &Wanted { extra: true, ..Wanted::default() }).await;
    assert_eq!(steps(&plan), ["create group.extra 1", "update service.web"]);
    let plan = converge(&mut rehearsal, &Wanted::default()).await;
    assert_eq!(steps(&plan), ["update service.web", "settle", "delete group.extra 1"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_removed_goes_after_its_users() {
    let mut rehearsal = rehearsal();
    converge(&mut rehearsal, &Wanted::default()).await;
    let plan = converge(&mut rehearsal, &Wanted { service: false, ..Wanted::default() }).await;
    assert_eq!(steps(&plan), ["delete service.web 1"]);
    let plan = rehearsal.plan_destroy().await.unwrap();
    before(&plan, "delete group.web 1", "delete network.main 1");
    assert!(rehearsal.apply(&plan).await.unwrap().is_complete());
    assert_eq!(rehearsal.cloud.objects(), []);
    assert!(rehearsal.record.state().resources.is_empty());
}

#[tokio::test(start_paused = true)]
async fn replacing_the_root_replaces_everything_and_works() {
    let mut rehearsal = rehearsal();
    converge(&mut rehearsal, &Wanted::default()).await;
    let plan = converge(&mut rehearsal, &Wanted { cidr: "10.1.0.0/16", ..Wanted::default() }).await;
    before(&plan, "contract service.web", "delete network.main 1");
    assert_eq!(plan.totals().add, 5);
    assert_eq!(plan.totals().destroy, 5);
    assert_eq!(plan.totals().change, 1);
}

#[tokio::test(start_paused = true)]
async fn drift_is_seen_and_mended() {
    let mut rehearsal = rehearsal();
    converge(&mut rehearsal, &Wanted::default()).await;
    let service = rehearsal.record.state().resources["service.web"].current.clone().unwrap();
    rehearsal.cloud.drift(&service.id, "image", json!("outside"));
    let plan = rehearsal.plan(&stack(&Wanted::default()), Mode::Apply).await.unwrap();
    assert_eq!(plan.drift.len(), 1);
    assert_eq!(actions(&plan), ["Update service.web"]);
    rehearsal.cloud.lose(&service.id);
    let plan = converge(&mut rehearsal, &Wanted::default()).await;
    assert_eq!(steps(&plan), ["create service.web 1"]);
}

#[tokio::test(start_paused = true)]
async fn what_only_one_can_hold_is_replaced_with_its_holder() {
    let document = |cidr: &str| {
        let mut stack = Stack::new("test");
        let network = stack.add("main", Network { cidr: cidr.to_owned(), dns: None });
        let address = stack.add("nat", Address {});
        stack.add("nat", Gateway { network: network.id(), address: address.id() });
        stack.document(BTreeMap::new())
    };
    let mut rehearsal = rehearsal();
    for cidr in ["10.0.0.0/16", "10.1.0.0/16"] {
        let plan = rehearsal.plan(&document(cidr), Mode::Apply).await.unwrap();
        let outcome = rehearsal.apply(&plan).await.unwrap();
        assert!(outcome.is_complete(), "{:?}", outcome.failed);
    }
    assert_eq!(rehearsal.record.state().resources["address.nat"].generation, 2);
    assert_eq!(rehearsal.strays(), Strays::default());
}

#[tokio::test(start_paused = true)]
async fn what_was_expanded_before_an_interruption_contracts_only_when_the_rest_works() {
    let mut rehearsal = rehearsal();
    converge(&mut rehearsal, &Wanted { extra: true, ..Wanted::default() }).await;
    // The set only shrinks, but a replacement is under way at the same time.
    let plan = rehearsal.plan(&stack(&Wanted { cidr: "10.1.0.0/16", ..Wanted::default() }), Mode::Apply).await.unwrap();
    before(&plan, "expand service.web", "settle");
    before(&plan, "settle", "contract service.web");
    before(&plan, "contract service.web", "delete group.extra 1");
}
