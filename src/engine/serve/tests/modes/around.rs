//! What stands around a service, and the order of it all: F20 to F36.

use super::*;

#[test]
fn f20_subnets_in_one_call() {
    let subnets = |zones: [&str; 2]| zones.map(|zone| json!({ "$ref": format!("subnet.main-public-{zone}#id") }));
    let with = |zones| edit(document(), "load_balancer.web", "/subnets", json!(subnets(zones)));
    let case = Case::new(&with(["a", "b"]), &with(["b", "c"]), Mode::Apply);
    let expanded = "expand load_balancer.web".to_owned();
    let drop: &[&str] = if names(&case.plan).contains(&expanded) { &["expand load_balancer.web"] } else { &[] };
    expect(&case, &naive(&case.plan, drop, &[]), Refused("F20"));
    // A subnet that is made anew while the load balancer and tasks stand in it.
    let moved = edit(document(), "subnet.main-private-a", "/availability_zone", json!("us-east-1d"));
    let case = Case::new(&document(), &moved, Mode::Apply);
    expect(&case, &naive(&case.plan, &[], &["delete subnet.main-private-a generation 1"]), Refused("F20"));
}

/// Zones come and go in order: the load balancer is in a zone before the first task is, and until the last one has left.
/// Nothing is interrupted; how long a node that goes is known to clients is another matter.
#[test]
fn f20_zones_come_and_go() {
    let [two, three] = [2, 3].map(|zones| stack_with(zones, Nat::Single).document(BTreeMap::new()));
    let case = Case::new(&two, &three, Mode::Apply);
    expect(&case, &case.plan, Proven);
    let case = Case::new(&three, &two, Mode::Apply);
    let proof = case.prove();
    assert_eq!((proof.verdict, proof.breaks.len()), (Verdict::Unproven, 0), "{proof:?}");
    let [finding] = proof.findings.as_slice() else { panic!("{:?}", proof.findings) };
    assert_eq!((finding.mode.to_string().as_str(), finding.severity), ("F20", Severity::Unproven));
}

#[test]
fn f21_load_balancer_replaced() {
    let case = check(&edit(document(), "load_balancer.web", "/scheme", json!("internal")), Refused("F21"));
    assert!(case.prove().paths.iter().any(|path| path.fate == Fate::Ends));
}

#[test]
fn f22_listener_moved() {
    check(&edit(document(), "listener.web", "/port", json!(8080)), Refused("F22"));
}

#[test]
fn f23_rules_in_the_wrong_order() {
    let with = |narrow: u16, wide: u16| {
        let mut stack = stack();
        let listener =
            In::Reference(model::Reference { address: "listener.web".parse().unwrap(), output: "arn".into() });
        let group =
            In::Reference(model::Reference { address: "target_group.web-blue".parse().unwrap(), output: "arn".into() });
        for (name, path, priority) in [("narrow", "/api/v1/*", narrow), ("wide", "/api/*", wide)] {
            let priority = Priority::try_from(i64::from(priority)).unwrap();
            let conditions = [aws::elbv2::Condition::path(path)].into();
            let action = aws::elbv2::Action::forward(group.clone());
            let rule = aws::elbv2::ListenerRule { listener: listener.clone(), priority, conditions, action };
            stack.add_with(name, rule, Options::new());
        }
        stack.document(BTreeMap::new())
    };
    let case = Case::new(&with(10, 20), &with(40, 50), Mode::Apply);
    // In one call, as the planner has it.
    expect(&case, &case.plan, Proven);
    // One by one, as others do.
    let one_by_one = |order: [&str; 2]| {
        let moved = case.plan.steps.iter().find_map(|step| match &step.operation {
            Operation::Together { field, objects } => Some((step, field, objects)),
            _ => None,
        });
        let (step, field, objects) = moved.unwrap();
        let mut steps: Vec<Step> = Vec::new();
        for address in order {
            let objects = objects.iter().filter(|it| it.address.as_str() == address).cloned().collect();
            let operation = Operation::Together { field: field.clone(), objects };
            let after = steps.len().checked_sub(1).into_iter().collect();
            steps.push(Step { operation, after, ..step.clone() });
        }
        Plan { steps, ..case.plan.clone() }
    };
    let wrong = one_by_one(["listener_rule.narrow", "listener_rule.wide"]);
    expect(&case, &wrong, Breaks("F23", "change priority together"));
    expect(&case, &one_by_one(["listener_rule.wide", "listener_rule.narrow"]), Proven);
    expect(&case, &at_once(&wrong), Breaks("F23", "change priority together"));
}

#[test]
fn f24_service_before_its_rule() {
    let nothing = Stack::new("dev").document(BTreeMap::new());
    let case = Case::new(&nothing, &document(), Mode::Apply);
    let mut steps = case.plan.clone();
    let place = |name: &str| names(&case.plan).iter().position(|it| it == name).unwrap();
    let (service, rule) = (place("create service.web"), place("create listener_rule.web"));
    steps.steps[service].after.retain(|step| *step != rule);
    expect(&case, &steps, Refused("F24"));
    assert_eq!(case.prove().findings, []);
}

#[test]
fn f25_role_replaced() {
    let case = check(&edit(document(), "role.web-execution", "/path", json!("/tasks/")), Proven);
    let gone = "delete role.web-execution generation 1";
    expect(&case, &naive(&case.plan, &[], &[gone]), Breaks("F25", gone));
}

/// A policy gives one grant up for another one while the tasks that need it are replaced.
#[test]
fn f25_grants_exchanged() {
    let policy = |resource: &str| {
        json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [resource] }
        ] })
    };
    let with = |mut document: Document, resource: &str| {
        let is_policy = |it: &model::Declaration| it.kind == "iam.role_policy";
        let mut own = document.resources.iter().find(|it| is_policy(it)).unwrap().clone();
        own.address = "role_policy.data".parse().unwrap();
        own.inputs["policy"] = policy(resource);
        let place = document.resources.iter().position(is_policy).unwrap();
        document.resources.insert(place, own);
        document
    };
    let before = with(document(), "arn:aws:s3:::old/*");
    // Both stand side by side until the old tasks are gone.
    let case = check_from(&before, &new_revision(with(document(), "arn:aws:s3:::new/*")), Proven);
    let whole = naive(&case.plan, &["expand role_policy.data"], &["contract role_policy.data"]);
    let proof = case.prove_plan(&whole);
    assert_eq!(proof.verdict, Verdict::Unproven, "{:#?}", proof.breaks);
    assert!(proof.unproven.iter().any(|it| it.why.contains("need what role.web-")), "{:#?}", proof.unproven);
    let late = naive(&case.plan, &["expand role_policy.data"], &[]);
    assert_eq!(case.prove_plan(&late).verdict, Verdict::Unproven, "the new tasks start without it");
    // What only grows is one step, and what nobody's successor replaces was meant to go.
    let grown = with(document(), "arn:aws:s3:::old/*");
    let grown = edit(grown, "role_policy.data", "/policy/Statement/0/Resource", json!(["arn:aws:s3:::old/*", "b"]));
    let case = check_from(&before, &new_revision(grown), Proven);
    assert!(names(&case.plan).contains(&"update role_policy.data".to_owned()), "{:#?}", names(&case.plan));
    check_from(&before, &with(document(), "arn:aws:s3:::new/*"), Proven);
}

#[test]
fn f26_log_group_missing() {
    let mut after = document();
    let position = after.resources.iter().position(|it| it.address.as_str() == "log_group.web").unwrap();
    let mut group = after.resources[position].clone();
    group.address = "log_group.other".parse().unwrap();
    after.resources.insert(position, group);
    let after: Document = serde_json::from_str(
        &serde_json::to_string(&without(after, "log_group.web")).unwrap().replace("log_group.web#", "log_group.other#"),
    )
    .unwrap();
    let case = check(&after, Proven);
    let gone = "delete log_group.web generation 1";
    expect(&case, &naive(&case.plan, &[], &[gone]), Breaks("F26", gone));
}

#[test]
fn f27_image_that_moves() {
    let image = json!("public.ecr.aws/docker/library/python:latest");
    let after = edit(document(), "task_definition.web", "/containers/web/image", image);
    check(&after, Watched("F27"));
}

#[test]
fn f28_nat_gateway_replaced() {
    let subnet = json!({ "$ref": "subnet.main-public-b#id" });
    let case = check(&edit(document(), "nat_gateway.main-a", "/subnet", subnet), Proven);
    expect(&case, &case.plan, Watched("F28"));
    let gone = "delete nat_gateway.main-a generation 1";
    expect(&case, &naive(&case.plan, &[], &[gone]), Breaks("F28", gone));
}

/// Tasks that move into subnets which get their way to the internet in the same apply wait for it.
#[test]
fn f28_subnets_that_get_their_routes() {
    let [public, private] = [Nat::None, Nat::Single].map(|nat| stack_with(3, nat).document(BTreeMap::new()));
    let case = Case::new(&public, &private, Mode::Apply);
    expect(&case, &case.plan, Proven);
    let moves = case.plan.steps.iter().position(|step| crate::serve::recognise::action(step) == "expand service.web");
    let mut early = case.plan.clone();
    early.steps[moves.unwrap()].after.clear();
    expect(&case, &early, Breaks("F28", "expand service.web"));
    // Tasks in the public subnets cannot do without public addresses, as long as there are any.
    let mut bare = case.plan.clone();
    let Operation::Update { inputs, .. } = &mut bare.steps[moves.unwrap()].operation else { panic!("an update") };
    assert_eq!(inputs["assign_public_ip"], json!(true));
    inputs["assign_public_ip"] = json!(false);
    expect(&case, &bare, Breaks("F28", "expand service.web"));
    let case = Case::new(&private, &public, Mode::Apply);
    expect(&case, &case.plan, Proven);
}

#[test]
fn f31_everything_replaced() {
    let case = check(&edit(document(), "vpc.main", "/cidr_block", json!("10.0.0.0/15")), Refused("F21"));
    expect(&case, &case.plan, Watched("F31"));
}

#[test]
fn f34_deleted_before_it_is_certain() {
    let case = check(&new_revision(document()), Proven);
    let gone = "delete task_definition.web generation 1";
    expect(&case, &naive(&case.plan, &[], &[gone]), Watched("F34"));
    let last = case.prove().waves.pop().unwrap();
    assert_eq!(last.revert_seconds, None, "after the last wave there is no way back");
    assert_eq!(last.irreversible, ["task_definition.web".parse().unwrap()]);
}

#[test]
fn f35_an_apply_that_stops_half_way() {
    let case = check(
        &edit(document(), "security_group_ingress_rule.web", "/source", json!({ "cidr_ipv4": "10.0.0.0/16" })),
        Proven,
    );
    // The steps are written in the right order, but nothing holds them to it.
    let gone = "delete security_group_ingress_rule.web generation 1";
    expect(&case, &at_once(&case.plan), Breaks("F5", gone));
}

/// Somebody else's rule on this stack's listener, which sends `/theirs` to a group.
fn their_rule(case: &Case, group: &str) -> (Node, Fact) {
    let listener = &case.recorded.resources["listener.web"].current.as_ref().unwrap().outputs["arn"];
    let rule = serving::Rule {
        listener: Node::new(listener.as_str().unwrap()),
        priority: 7,
        conditions: [serving::Match::Patterns { property: "path-pattern".into(), patterns: ["/theirs".into()].into() }]
            .into(),
        action: serving::Action::Forward { groups: [(Node::new(group), 1)].into(), sticky: None },
    };
    (Node::new("arn:of:their:rule"), Fact::Rule(rule))
}

/// Somebody else's rule on this stack's listener sends requests where the stack has nothing: what those need of the stack
/// is kept for them, and the rest is taken to stay.
#[test]
fn f36_things_of_others_that_lead_elsewhere() {
    let mut case = check(&new_revision(document()), Proven);
    case.foreign = vec![their_rule(&case, "arn:of:their:group")];
    let proof = expect(&case, &case.plan, Proven);
    let theirs = proof.paths.iter().find(|path| path.name.starts_with("/theirs")).unwrap();
    assert_eq!(theirs.fate, Fate::Kept);
}

/// An apply dies after it has made a rule and before it knows so. To who reads what others own it looks like theirs.
#[tokio::test(start_paused = true)]
async fn f36_what_an_interrupted_apply_made_is_its_own() {
    let (before, made) = (document(), "security_group_egress_rule.web");
    let after = edit(document(), "security_group.web", "/description", json!("Other tasks"));
    let mut rehearsal = Rehearsal::new("dev", KINDS);
    let plan = rehearsal.plan(&before, Mode::Apply).await.unwrap();
    assert!(rehearsal.apply(&plan).await.unwrap().is_complete());
    let plan = rehearsal.plan(&after, Mode::Apply).await.unwrap();
    rehearsal.cloud.inject(Injection {
        kind: Some("ec2.security_group_egress_rule".to_owned()),
        action: Some("create".to_owned()),
        skip: 0,
        times: usize::MAX,
        when: When::After,
        fault: None,
    });
    let died = tokio::time::timeout(Duration::from_secs(3600), rehearsal.apply(&plan)).await.is_err();
    rehearsal.cloud.heal();
    let recorded = rehearsal.record.state();
    let record = &recorded.resources[made];
    assert!(died && record.pending.is_some());

    // Going back deletes it with its group, and adopts nothing.
    let observed = refresh(&rehearsal.kinds, &recorded, Duration::ZERO).await.unwrap();
    let plan = rehearsal.plan(&before, Mode::Apply).await.unwrap();
    assert!(plan.changes.iter().all(|change| change.action == Action::Delete), "{:#?}", names(&plan));
    let created = plan.learnt.iter().find_map(|event| match event {
        Event::Created { address, id } if address.as_str() == made => Some(id.clone()),
        _ => None,
    });
    let group = recorded.resources["security_group.web"].current.as_ref().unwrap();
    let passage = serving::Passage {
        security_group: Node::new(group.outputs["id"].as_str().unwrap()),
        direction: serving::Direction::Egress,
        peer: serving::Peer::Cidr(model::Cidr::ANYWHERE),
        ports: serving::Ports::All,
    };
    let foreign = vec![(Node::new(created.unwrap().as_str()), Fact::Passage(passage))];
    let schemas = rehearsal.kinds.schemas();
    let case = Case { plan, desired: before, recorded, observed, schemas, foreign };
    expect(&case, &case.plan, Proven);
}

#[test]
fn f36_things_of_others() {
    let mut case =
        Case::new(&document(), &edit(document(), "target_group.web-blue", "/port", json!(9090)), Mode::Apply);
    let group = &case.recorded.resources["target_group.web-blue"].current.as_ref().unwrap().outputs["arn"];
    case.foreign = vec![their_rule(&case, group.as_str().unwrap())];
    let proof = expect(&case, &case.plan, Refused("F36"));
    let theirs = proof.paths.iter().find(|path| path.name.starts_with("/theirs")).unwrap();
    assert_eq!(theirs.before, Some(2), "it is counted");
    assert!(
        case.plan.steps.iter().all(|step| step.address.is_some() || matches!(step.operation, Operation::Settle { .. }))
    );
}
