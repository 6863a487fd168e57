//! What is refused, what is left alone, and what a rename does.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_rename_that_is_declared_changes_nothing_but_tags() {
    let document = |name: &str, moved: bool| {
        let mut stack = Stack::new("test");
        stack.add(name, Network { cidr: "10.0.0.0/16".to_owned(), dns: None });
        if moved {
            stack.moved("network.main", "network.other");
        }
        stack.document(BTreeMap::new())
    };
    let mut rehearsal = rehearsal();
    let plan = rehearsal.plan(&document("main", false), Mode::Apply).await.unwrap();
    rehearsal.apply(&plan).await.unwrap();
    let undeclared = rehearsal.plan(&document("other", false), Mode::Apply).await.unwrap();
    assert_eq!(actions(&undeclared), ["Create network.other", "Delete network.main"]);
    assert!(undeclared.notes[0].message.contains("stack.moved(\"network.main\", \"network.other\")"));
    let declared = rehearsal.plan(&document("other", true), Mode::Apply).await.unwrap();
    assert_eq!(actions(&declared), ["Update network.other"]);
    assert_eq!(declared.changes[0].fields[0].field, "tags");
    assert!(rehearsal.apply(&declared).await.unwrap().is_complete());
    assert!(rehearsal.plan(&document("other", true), Mode::Apply).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_must_not_be_destroyed_is_not() {
    let document = |cidr: &str| {
        let mut stack = Stack::new("test");
        let options = model::Options::new().prevent_destroy();
        stack.add_with("main", Network { cidr: cidr.to_owned(), dns: None }, options);
        stack.document(BTreeMap::new())
    };
    let mut rehearsal = rehearsal();
    let plan = rehearsal.plan(&document("10.0.0.0/16"), Mode::Apply).await.unwrap();
    rehearsal.apply(&plan).await.unwrap();
    let refused = rehearsal.plan(&document("10.1.0.0/16"), Mode::Apply).await.unwrap_err();
    assert!(matches!(refused, Refusal::PreventDestroy { verb: "replaced", .. }), "{refused}");
    let refused = rehearsal.plan_destroy().await.unwrap_err();
    assert!(matches!(refused, Refusal::PreventDestroy { verb: "destroyed", .. }), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn fields_of_another_writer_are_left_alone() {
    let document = |image: &str| {
        let mut stack = Stack::new("test");
        let service = Service { groups: Vec::new(), image: image.to_owned(), count: 1 };
        stack.add_with("web", service, model::Options::new().ignore_changes("image"));
        stack.document(BTreeMap::new())
    };
    let mut rehearsal = rehearsal();
    let plan = rehearsal.plan(&document("v1"), Mode::Apply).await.unwrap();
    rehearsal.apply(&plan).await.unwrap();
    assert!(rehearsal.plan(&document("v2"), Mode::Apply).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn rules_about_the_whole_stack() {
    let mut stack = Stack::new("Test");
    let network = stack.add("main", Network { cidr: "10.0.0.0/16".to_owned(), dns: None });
    stack.add("main", Network { cidr: "10.1.0.0/16".to_owned(), dns: None });
    let mut other = Stack::new("other");
    let group = other.add("elsewhere", Group { network: network.id(), description: String::new() });
    stack.add("web", Service { groups: vec![group.id()], image: String::new(), count: 1 });
    let Err(Refusal::Invalid(problems)) = rehearsal().plan(&stack.document(BTreeMap::new()), Mode::Apply).await else {
        panic!("it is refused");
    };
    let text: Vec<String> =
        problems.iter().map(|problem| format!("{}: {}", problem.address, problem.problem.message)).collect();
    assert_eq!(text.len(), 3, "{text:#?}");
    assert!(text[0].contains("cannot name a stack"));
    assert!(text[1].contains("is declared twice; the first time at "));
    assert!(text[2].contains("it refers to group.elsewhere, which is not declared"));
}

#[tokio::test(start_paused = true)]
async fn a_circle_is_named() {
    let mut other = Stack::new("test");
    let later = other.add("b", Group { network: In::Value(VpcId::new("vpc-1")), description: String::new() });
    let mut stack = Stack::new("test");
    let options = model::Options::new().depends_on(later.address());
    let first = stack.add_with("a", Network { cidr: "10.0.0.0/16".to_owned(), dns: None }, options);
    stack.add("b", Group { network: first.id(), description: String::new() });
    let refused = rehearsal().plan(&stack.document(BTreeMap::new()), Mode::Apply).await.unwrap_err();
    let Refusal::Cycle(cycle) = refused else { panic!("{refused}") };
    assert_eq!(cycle.0.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn one_input_gives_one_plan() {
    let (mut one, mut other) = (rehearsal(), rehearsal());
    let document = stack(&Wanted::default());
    let plans = (one.plan(&document, Mode::Apply).await.unwrap(), other.plan(&document, Mode::Apply).await.unwrap());
    assert_eq!(plans.0, plans.1);
    assert_eq!(plans.0.changes[0].action, Action::Create);
}
