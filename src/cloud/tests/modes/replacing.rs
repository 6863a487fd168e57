//! Services that are replaced, and deployments that are taken for done: F3, F31, F33.

use serde_json::json;

use crate::support::{AtBalancer, AtTarget, Land, Load, Status, environment, eventually, member, to};

/// A service `web` that serves, its task definition and its target group.
fn serving() -> (Land, String, String) {
    let land = Land::with_tasks();
    let load_balancer = land.load_balancer("web");
    let group = land.group("web");
    land.listener(&load_balancer, &to(&[(&group, 1)]));
    let definition = land.define(json!({}), json!({}));
    land.serve("web", &definition, &group, json!({}));
    land.until_settled("web");
    (land, definition, group)
}

fn delete(land: &Land, cluster: &str) {
    land.ecs("DeleteService", json!({ "cluster": cluster, "service": "web", "force": true }));
}

#[test]
fn f03_a_service_is_replaced() {
    let (land, definition, group) = serving();
    let nodes = land.nodes("web", 2);
    let strategy = json!([{ "capacityProvider": "FARGATE", "weight": 1 }]);
    land.ecs(
        "PutClusterCapacityProviders",
        json!({
            "cluster": "main", "capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategy": [],
        }),
    );
    let report = land.during(&nodes, Load::SHORT, |_| {
        land.update("web", json!({ "capacityProviderStrategy": strategy, "forceNewDeployment": true }));
        land.until_settled("web");
    });
    report.loses_none();
    let input = land.service_input("web", &definition, &group, json!({}));
    let taken = land.try_call("ecs", "CreateService", &input);
    assert!(taken.body.contains("not idempotent"), "{}", taken.body);
    let report = land.during(&nodes, Load::SHORT, |_| {
        delete(&land, "main");
        eventually("the name is free", || (land.service("web")["status"] == "INACTIVE").then_some(()));
        land.serve("web", &definition, &group, json!({}));
        land.until_settled("web");
    });
    report.loses(&[(Status(503), AtBalancer), (Status(502), AtTarget)]);
}

#[test]
fn f31_a_cluster_is_replaced_with_all_that_is_in_it() {
    let (land, definition, group) = serving();
    let nodes = land.nodes("web", 2);
    land.ecs("CreateCluster", json!({ "clusterName": "second" }));
    let report = land.during(&nodes, Load::SHORT, |_| {
        land.serve("web", &definition, &group, json!({ "cluster": "second" }));
        eventually("both serve", || {
            (land.states(&group).iter().filter(|state| *state == "healthy").count() == 4).then_some(())
        });
        delete(&land, "main");
        land.until_drained(&group);
    });
    report.loses_none();
    // A second, as it takes containers to start.
    let slow = land.define(json!({ "environment": environment("FAULT_SLOW_START_SECONDS", "1") }), json!({}));
    land.ecs("CreateCluster", json!({ "clusterName": "third" }));
    let report = land.during(&nodes, Load::SHORT, |_| {
        delete(&land, "second");
        let change = json!({ "cluster": "third" });
        land.serve("web", &slow, &group, change);
        land.until_all_healthy(&group, 2);
    });
    report.loses(&[(Status(502), AtTarget), (Status(503), AtBalancer)]);
}

#[test]
fn f33_a_steady_count_is_taken_for_the_end_of_a_deployment() {
    let (land, definition, first) = serving();
    let nodes = land.nodes("web", 2);
    let (second, third) = (land.group("second"), land.group("third"));
    let listeners = land.elb("DescribeLoadBalancers", "Names.member.1=web");
    let load_balancer = member(&listeners, "LoadBalancerArn");
    let listeners = land.elb("DescribeListeners", &format!("LoadBalancerArn={load_balancer}"));
    let listener = member(&listeners, "ListenerArn");
    land.point(&listener, &to(&[(&first, 1), (&second, 0), (&third, 0)]));
    // The service moves to one more group, and the next wave moves the traffic there.
    let join = |definition: &str, groups: [&str; 2]| {
        let groups =
            groups.map(|group| json!({ "targetGroupArn": group, "containerName": "web", "containerPort": 8080 }));
        land.update(
            "web",
            json!({
                "taskDefinition": definition, "loadBalancers": groups,
            }),
        );
    };
    let report = land.during(&nodes, Load::SHORT, |_| {
        join(&definition, [&first, &second]);
        land.until_settled("web");
        land.until_all_healthy(&second, 2);
        land.point(&listener, &to(&[(&first, 0), (&second, 1), (&third, 0)]));
    });
    report.loses_none();
    // A second, as it takes containers to start.
    let slow = land.define(json!({ "environment": environment("FAULT_SLOW_START_SECONDS", "1") }), json!({}));
    let report = land.during(&nodes, Load::SHORT, |_| {
        join(&slow, [&second, &third]);
        eventually("the counts are steady", || {
            let service = land.service("web");
            let count = |name: &str| service[name].as_u64().unwrap_or_default();
            (count("runningCount") >= count("desiredCount")).then_some(())
        });
        land.point(&listener, &to(&[(&first, 0), (&second, 0), (&third, 1)]));
        land.until_settled("web");
    });
    report.loses(&[(Status(502), AtTarget), (Status(503), AtBalancer)]);
}
