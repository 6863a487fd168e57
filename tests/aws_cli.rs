//! The AWS CLI as a client of the local cloud, and a second reader of what the engine has made.
//!
//! Where it is not installed, the tests say so and do nothing.

mod client;
mod drift;

use crate::{
    stack_program::document,
    support::{Environment, LocalCloud, complete},
};
use client::Client;
use engine::state::{Object, State};
use model::Address;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn it_reads_what_the_engine_has_made() {
    let Some(client) = Client::find().await else { return };
    let cloud = LocalCloud::start().await;
    let environment = Environment::new(&cloud.url, "dev").await;
    let dev = document("dev", &[]).expect("the stack has no problem");
    let plan = environment.plan(&dev).await.expect("there is a plan");
    complete(&plan, &environment.apply(&plan).await);

    let state = environment.state();
    let is = |address: &str, output: &str| value(&state, address, output);
    let aws = client.of(&cloud.url);
    let vpc = is("vpc.main", "id");
    let (cluster, service) = (is("cluster.main", "name"), is("service.web", "name"));
    let (balancer, blue) = (is("load_balancer.web", "arn"), is("target_group.web-blue", "arn"));
    let (repository, log_group) = (is("repository.app", "name"), is("log_group.web", "name"));
    let (execution, task_definition) = (is("role.web-execution", "name"), is("task_definition.web", "arn"));
    let subnets = ["a", "b", "c"].map(|zone| is(&format!("subnet.main-private-{zone}"), "id"));

    let mine = "--filters Name=tag:environment,Values=dev";
    let in_vpc = format!("--filters Name=vpc-id,Values={vpc}");
    let mut said = Vec::new();
    for (command, query, expected) in [
        (format!("ec2 describe-vpcs {mine}"), "Vpcs[].VpcId", vec![vpc.clone()]),
        (format!("ec2 describe-subnets {in_vpc} Name=cidr-block,Values=10.0.1*"), "Subnets[].SubnetId", {
            // 10.0.16.0/20 is a public one.
            subnets.iter().cloned().chain([is("subnet.main-public-b", "id")]).collect()
        }),
        (
            format!("ec2 describe-nat-gateways --filter Name=vpc-id,Values={vpc}"),
            "NatGateways[].State",
            words("available"),
        ),
        (
            format!("ec2 describe-addresses {mine}"),
            "Addresses[].AllocationId",
            vec![is("elastic_ip.main-a", "allocation_id")],
        ),
        (
            format!("ec2 describe-security-groups {in_vpc} Name=ip-permission.from-port,Values=8080"),
            "SecurityGroups[].GroupId",
            vec![is("security_group.web", "id")],
        ),
        (
            format!("ec2 describe-route-tables --filters Name=association.subnet-id,Values={}", subnets[0]),
            "RouteTables[].Routes[].NatGatewayId",
            vec![is("nat_gateway.main-a", "id")],
        ),
        (
            format!("elbv2 describe-load-balancers --load-balancer-arns {balancer}"),
            "LoadBalancers[].State.Code",
            words("active"),
        ),
        (
            format!("elbv2 describe-listeners --load-balancer-arn {balancer}"),
            "Listeners[].ListenerArn",
            vec![is("listener.web", "arn")],
        ),
        (
            format!("elbv2 describe-rules --listener-arn {}", is("listener.web", "arn")),
            "Rules[].[Priority, Actions[0].ForwardConfig.TargetGroups[?Weight==`100`] | [0].TargetGroupArn]",
            vec!["100".to_owned(), blue.clone(), "default".to_owned(), "None".to_owned()],
        ),
        (
            format!("elbv2 describe-target-health --target-group-arn {blue}"),
            "TargetHealthDescriptions[].TargetHealth.State",
            words("healthy"),
        ),
        ("ecs list-clusters".to_owned(), "clusterArns", vec![is("cluster.main", "arn")]),
        (format!("ecs list-services --cluster {cluster}"), "serviceArns", vec![is("service.web", "arn")]),
        (format!("ecs list-task-definitions --family-prefix {service}"), "taskDefinitionArns", vec![task_definition]),
        (format!("ecs wait services-stable --cluster {cluster} --services {service}"), "", Vec::new()),
        (
            format!("ecs describe-services --cluster {cluster} --services {service} nobody"),
            "[services[].[status, desiredCount, runningCount], failures[].reason]",
            words("ACTIVE 2 2 MISSING"),
        ),
        (
            format!("ecr describe-repositories --repository-names {repository}"),
            "repositories[].repositoryUri",
            vec![is("repository.app", "uri")],
        ),
        (format!("iam get-role --role-name {execution}"), "Role.Arn", vec![is("role.web-execution", "arn")]),
        (format!("iam list-role-policies --role-name {execution}"), "PolicyNames", {
            ["logs", "pull"].map(|purpose| named(&state, &format!("role_policy.web-execution-{purpose}"))).to_vec()
        }),
        (
            format!("logs describe-log-groups --log-group-name-prefix {log_group}"),
            "logGroups[].[logGroupName, retentionInDays]",
            vec![log_group.clone(), "7".to_owned()],
        ),
        ("sts get-caller-identity".to_owned(), "Account", vec![environment.connection.account.clone()]),
    ] {
        let answer = aws.text(&command, query).await;
        let expected: BTreeSet<String> = expected.into_iter().collect();
        if answer != expected {
            said.push(format!("aws {command}\n  says {answer:?}\n  not  {expected:?}"));
        }
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_turns_pages_and_understands_errors() {
    let Some(client) = Client::find().await else { return };
    let cloud = LocalCloud::start().await;
    let aws = client.of(&cloud.url);
    for name in ["one", "two", "three"] {
        aws.text(&format!("logs create-log-group --log-group-name {name}"), "").await;
    }
    let (list, names) = ("logs describe-log-groups", "logGroups[].logGroupName");
    assert_eq!(aws.text(&format!("{list} --page-size 1"), names).await, words("one three two").into_iter().collect());
    let first = aws.json(&format!("{list} --page-size 2 --max-items 2")).await;
    assert_eq!(first["logGroups"].as_array().map(Vec::len), Some(2));
    let token = first["NextToken"].as_str().expect("there is a third");
    let rest = aws.text(&format!("{list} --page-size 2 --max-items 2 --starting-token {token}"), names).await;
    assert_eq!(rest, words("two").into_iter().collect());

    for (command, code) in [
        ("ec2 describe-vpcs --vpc-ids vpc-0123456789abcdef0", "InvalidVpcID.NotFound"),
        ("elbv2 describe-load-balancers --names nobody", "LoadBalancerNotFound"),
        ("ecs list-services --cluster nobody", "ClusterNotFoundException"),
        ("ecr describe-repositories --repository-names nobody", "RepositoryNotFoundException"),
        ("iam get-role --role-name nobody", "NoSuchEntity"),
        ("logs create-log-group --log-group-name one", "ResourceAlreadyExistsException"),
    ] {
        assert_eq!(aws.error(command).await.as_deref(), Some(code), "aws {command}");
    }
}

/// An output of a resource, which must be a text.
fn value(state: &State, address: &str, output: &str) -> String {
    let outputs = &object(state, address).outputs;
    outputs[output].as_str().unwrap_or_else(|| panic!("{address} has no {output}: {outputs}")).to_owned()
}

/// The physical name of a resource.
fn named(state: &State, address: &str) -> String {
    object(state, address).identity.name.clone()
}

fn object<'a>(state: &'a State, address: &str) -> &'a Object {
    let parsed: Address = address.parse().expect("an address");
    let current = state.resources.get(&parsed).and_then(|record| record.current.as_ref());
    current.unwrap_or_else(|| panic!("the stack has no {address}"))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
