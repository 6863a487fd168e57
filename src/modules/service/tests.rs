use super::*;
use crate::{Cluster, ImageIdentifier, Nat, Network, Region, Registry, Traffic};
use model::{Address, Declaration, Document, Port};
use serde_json::{Value, json};

fn document(nat: Nat, change: impl FnOnce(Service<Image>) -> Service<Image>) -> Document {
    let mut stack = Stack::new("dev");
    let region = Region::new("eu-west-1").expect("a region");
    let network = Network::new("main", &region, "10.0.0.0/16".parse().expect("a CIDR")).nat(nat).build(&mut stack);
    let images = Registry::new("app").build(&mut stack);
    let traffic =
        Traffic::new("web", &network).port(const { Port::new(8080) }).max_request(Seconds::new(20)).build(&mut stack);
    let cluster = Cluster::new("main").build(&mut stack);
    let image = images.image(&ImageIdentifier::new("v1").expect("a tag"));
    change(Service::new("web", &cluster, &network, &traffic).image(image)).build(&mut stack);
    stack.document(BTreeMap::new())
}

fn declaration<'a>(document: &'a Document, address: &str) -> &'a Declaration {
    let found = document.resources.iter().find(|resource| resource.address.as_str() == address);
    found.unwrap_or_else(|| panic!("no {address}"))
}

fn inputs<'a>(document: &'a Document, address: &str) -> &'a Value {
    &declaration(document, address).inputs
}

fn statements<'a>(document: &'a Document, address: &str) -> &'a Value {
    &inputs(document, address)["policy"]["Statement"]
}

#[test]
fn only_the_load_balancer_reaches_the_tasks() {
    let document = document(Nat::Single, |service| service);
    assert_eq!(document.problems, []);
    let port = json!({ "tcp": { "from_port": 8080, "to_port": 8080 } });
    let load_balancer = json!({ "$ref": "security_group.web-load-balancer#id" });
    let tasks = json!({ "$ref": "security_group.web#id" });
    let of_tasks: Vec<&Declaration> = document
        .resources
        .iter()
        .filter(|it| it.kind == "ec2.security_group_ingress_rule" && it.inputs["security_group"] == tasks)
        .collect();
    let [ingress] = of_tasks.as_slice() else { panic!("one way in, not {of_tasks:#?}") };
    assert_eq!(ingress.inputs["source"], json!({ "security_group": load_balancer }));
    assert_eq!(ingress.inputs["ip_protocol"], port);
    let egress = inputs(&document, "security_group_egress_rule.web-load-balancer");
    assert_eq!(egress["security_group"], load_balancer);
    assert_eq!(egress["destination"], json!({ "security_group": tasks }));
    assert_eq!(egress["ip_protocol"], port);
}

#[test]
fn ecs_may_do_only_what_it_takes_to_start_a_task() {
    let document = document(Nat::Single, |service| service);
    assert_eq!(
        statements(&document, "role_policy.web-execution-pull"),
        &json!([
            {
                "Effect": "Allow",
                "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                "Resource": [{ "$ref": "repository.app#arn" }],
            },
            { "Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": ["*"] },
        ])
    );
    assert_eq!(
        statements(&document, "role_policy.web-execution-logs"),
        &json!([{
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [{ "$join": [{ "$ref": "log_group.web#arn" }, ":*"] }],
        }])
    );
}

#[test]
fn the_application_may_do_nothing_unless_it_is_said() {
    let of_task = |document: &Document| {
        let role = json!({ "$ref": "role.web-task#name" });
        document.resources.iter().filter(|it| it.kind == "iam.role_policy" && it.inputs["role"] == role).count()
    };
    assert_eq!(of_task(&document(Nat::Single, |service| service)), 0);
    let reads = |bucket| Policy::allow(["s3:GetObject"]).on([bucket]);
    let allowed = document(Nat::Single, |service| service.allow(reads("a")).allow(reads("b")));
    assert_eq!(of_task(&allowed), 1);
    assert_eq!(statements(&allowed, "role_policy.web-task").as_array().map(Vec::len), Some(2));
}

#[test]
fn a_public_image_takes_no_permission() {
    let document = document(Nat::Single, |service| Service { image: Image::public("nginx:1"), ..service });
    assert!(document.resources.iter().all(|it| it.address.as_str() != "role_policy.web-execution-pull"));
}

#[test]
fn a_secret_can_be_read_and_is_never_a_value() {
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-x1y2z3";
    let document = document(Nat::Single, |service| service.secret("PASSWORD", SecretArn::new(arn)));
    assert_eq!(statements(&document, "role_policy.web-execution-secrets")[0]["Resource"], json!([arn]));
    let container = &inputs(&document, "task_definition.web")["containers"]["web"];
    assert_eq!(container["secrets"], json!({ "PASSWORD": arn }));
    assert_eq!(container["environment"], json!({}));
}

#[test]
fn a_task_is_confined_and_ends_in_peace() {
    let health_check = HealthCheck::shell("true");
    let document = document(Nat::Single, |service| service.starts_within(Seconds::new(15)).health_check(health_check));
    let container = &inputs(&document, "task_definition.web")["containers"]["web"];
    assert_eq!(container["readonly_root_filesystem"], true);
    assert_eq!(container["init_process_enabled"], true);
    assert_eq!(container["user"], "10001:10001");
    assert_eq!(container["stop_timeout"], 25, "the longest request and five seconds");
    assert_eq!(container["health_check"]["start_period"], 15);
    assert_eq!(container["log_configuration"]["region"], "eu-west-1");
    assert_eq!(inputs(&document, "service.web")["health_check_grace_period"], 45, "the start and three failed checks");
}

#[test]
fn a_deployment_starts_new_tasks_first_and_goes_back_when_they_fail() {
    let document = document(Nat::Single, |service| service.count(1));
    let expected = json!({ "minimum_healthy_percent": 100, "maximum_percent": 200, "circuit_breaker": "rollback" });
    assert_eq!(inputs(&document, "service.web")["deployment_configuration"], expected);
}

#[test]
fn a_service_waits_for_the_load_balancer_to_use_its_target_group() {
    let document = document(Nat::Single, |service| service);
    let service = declaration(&document, "service.web");
    let waits: Vec<&str> = service.depends_on.iter().map(Address::as_str).collect();
    assert_eq!(waits, ["listener.web", "listener_rule.web"]);
    assert_eq!(service.inputs["load_balancers"][0]["target_group"], json!({ "$ref": "target_group.web-blue#arn" }));
}

#[test]
fn tasks_have_public_addresses_only_where_there_is_no_nat() {
    for (nat, public, subnet) in [(Nat::Single, false, "private"), (Nat::None, true, "public")] {
        let document = document(nat, |service| service);
        let service = inputs(&document, "service.web");
        assert_eq!(service["assign_public_ip"], public);
        assert_eq!(service["subnets"][0], json!({ "$ref": format!("subnet.main-{subnet}-a#id") }));
    }
}

#[test]
fn a_rollout_names_the_two_groups_and_its_shares() {
    assert_eq!(document(Nat::Single, |service| service).rollouts, [], "ECS rolls unless it is said otherwise");
    let rollouts = document(Nat::Single, |service| service.rollout(Rollout::canary())).rollouts;
    let [rollout] = &rollouts[..] else { panic!("one, not {rollouts:#?}") };
    assert_eq!(rollout.service.as_str(), "service.web");
    assert_eq!((rollout.serving.as_str(), rollout.idle.as_str()), ("target_group.web-blue", "target_group.web-green"));
    assert_eq!(rollout.shares, [1, 10, 50].map(model::Percent::new));
    let linear = Rollout::linear(model::Percent::new(0));
    let problems = document(Nat::Single, |service| service.rollout(linear)).problems;
    assert!(matches!(&problems[..], [one] if one.problem.field == "rollout"), "{problems:#?}");
}

#[test]
fn there_is_a_limit_to_tasks() {
    assert_eq!(document(Nat::Single, |service| service.count(5000)).problems, []);
    let problems = document(Nat::Single, |service| service.count(5001)).problems;
    assert!(matches!(&problems[..], [one] if one.problem.field == "count"), "{problems:#?}");
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document(Nat::PerZone, |service| service);
    let addresses: BTreeSet<&str> = document.resources.iter().map(|it| it.address.as_str()).collect();
    assert_eq!(addresses.len(), document.resources.len(), "addresses are unique");
    for resource in &document.resources {
        for reference in model::references(&resource.inputs) {
            assert!(addresses.contains(reference.address.as_str()), "{} -> {reference}", resource.address);
        }
    }
}
