use super::*;

#[tokio::test]
async fn no_file_holds_a_secret() {
    let mut world = World::new();
    world.apply(&stack("10.0.0.0/16", SECRET)).await;
    // A change of the secret itself, which stands in the fields of the plan.
    let next = "hunter2 and some more";
    let plan = world.plan(&stack("10.1.0.0/16", next)).await;
    assert!(serde_json::to_string(&plan).unwrap().contains(next), "the plan itself needs the secret");
    world.apply(&stack("10.1.0.0/16", next)).await;
    let recording = world.begin(&stack("10.1.0.0/16", next), &plan);
    recording.reverting(&plan, "a test");
    recording.write_undo(&plan).unwrap();

    let files = files(world.folder.path());
    assert_eq!(files.len(), 3 * 7 + 2, "{files:?}");
    for (path, content) in files {
        assert!(!content.contains(SECRET) && !content.contains(next), "{path}: {content}");
    }
}

#[tokio::test]
async fn a_recorded_stack_can_be_planned_towards_while_its_secrets_are_the_same() {
    let mut world = World::new();
    let wanted = stack("10.0.0.0/16", SECRET);
    world.apply(&wanted).await;
    let recorded = world.read(1).document().unwrap();
    assert_ne!(recorded, wanted);
    assert!(world.plan(&recorded).await.is_empty(), "a digest stands for the secret that is there");

    let mut restored = recorded.clone();
    assert_eq!(restore(&mut restored, &wanted, &world.schemas), []);
    assert_eq!(restored, wanted);

    let other = stack("10.0.0.0/16", "another");
    let withheld = restore(&mut recorded.clone(), &other, &world.schemas);
    assert_eq!(withheld.len(), 1);
    assert_eq!(withheld[0].field, "password");
}

#[test]
fn a_reference_is_no_secret() {
    let mut stack = Stack::new("test");
    let network = stack.add("main", Network { cidr: "10.0.0.0/16".to_owned() });
    stack.add("main", Database { network: network.id(), password: network.id().text() });
    let wanted = stack.document(BTreeMap::new());
    let schemas = Rehearsal::new("test", KINDS).kinds.schemas();
    assert_eq!(super::super::secrets::document(&wanted, &schemas), wanted);
}
