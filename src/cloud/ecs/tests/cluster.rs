//! Clusters, account settings and tags.

use std::time::Duration;

use serde_json::json;

use super::World;
use crate::testing::{Local, code};

#[test]
fn creating_is_idempotent_as_long_as_nothing_differs() {
    let mut world = World::new(Local::new());
    let again = world.ecs("CreateCluster", json!({ "clusterName": "main" }));
    assert_eq!(again["cluster"]["clusterArn"], "arn:aws:ecs:us-east-1:123456789012:cluster/main");
    let other = json!({ "clusterName": "main", "settings": [{ "name": "containerInsights", "value": "enabled" }] });
    assert_eq!(world.refused("CreateCluster", other).0, "InvalidParameterException");
}

#[test]
fn describing_gives_what_is_included_and_names_what_is_missing() {
    let mut world = World::new(Local::new());
    let plain = world.ecs("DescribeClusters", json!({ "clusters": ["main", "other"] }));
    assert_eq!(plain["clusters"][0]["settings"], json!([]));
    assert_eq!(plain["failures"][0]["reason"], "MISSING");
    let full = world.ecs("DescribeClusters", json!({ "clusters": ["main"], "include": ["SETTINGS", "STATISTICS"] }));
    assert_eq!(full["clusters"][0]["settings"], json!([{ "name": "containerInsights", "value": "disabled" }]));
    assert_eq!(full["clusters"][0]["statistics"].as_array().map(Vec::len), Some(8));
}

#[test]
fn the_account_decides_the_insights_of_new_clusters() {
    let mut world = World::new(Local::new());
    world.ecs("PutAccountSetting", json!({ "name": "containerInsights", "value": "enhanced" }));
    let made = world.ecs("CreateCluster", json!({ "clusterName": "other" }));
    assert_eq!(made["cluster"]["settings"][0]["value"], "enhanced");
    assert_eq!(
        world.refused("PutAccountSetting", json!({ "name": "containerInsights", "value": "7" })).0,
        "InvalidParameterException"
    );
}

#[test]
fn a_cluster_in_use_stays_and_a_deleted_one_is_remembered_for_a_while() {
    let mut world = World::new(Local::new());
    world.ecs("CreateService", world.service(json!({})));
    assert_eq!(world.refused("DeleteCluster", json!({ "cluster": "main" })).0, "ClusterContainsServicesException");
    world.ecs("DeleteService", json!({ "cluster": "main", "service": "web", "force": true }));
    let deleted = world.ecs("DeleteCluster", json!({ "cluster": "main" }));
    assert_eq!(deleted["cluster"]["status"], "INACTIVE");
    let describe = json!({ "clusters": ["main"] });
    assert_eq!(world.ecs("DescribeClusters", describe.clone())["clusters"][0]["status"], "INACTIVE");
    assert_eq!(code(world.try_ecs("ListServices", json!({ "cluster": "main" }))), "ClusterNotFoundException");
    world.cloud.advance(Duration::from_secs(2 * 3600));
    assert_eq!(world.ecs("DescribeClusters", describe)["failures"][0]["reason"], "MISSING");
}

#[test]
fn capacity_providers_in_use_stay() {
    let mut world = World::new(Local::new());
    let put = |providers: &[&str]| {
        let none: [(); 0] = [];
        json!({ "cluster": "main", "capacityProviders": providers, "defaultCapacityProviderStrategy": none })
    };
    world.ecs("PutClusterCapacityProviders", put(&["FARGATE", "FARGATE_SPOT"]));
    let strategy = json!([
        { "capacityProvider": "FARGATE", "base": 1, "weight": 0 },
        { "capacityProvider": "FARGATE_SPOT", "weight": 1 },
    ]);
    world.ecs("CreateService", world.service(json!({ "launchType": null, "capacityProviderStrategy": strategy })));
    assert_eq!(world.refused("PutClusterCapacityProviders", put(&["FARGATE"])).0, "ResourceInUseException");
    assert_eq!(world.refused("PutClusterCapacityProviders", put(&["OTHER"])).0, "InvalidParameterException");
    let mut on: Vec<_> = world.tasks("RUNNING").iter().map(|task| super::text(&task["capacityProviderName"])).collect();
    on.sort();
    assert_eq!(on, ["FARGATE", "FARGATE_SPOT"]);
}

#[test]
fn everything_bears_tags() {
    let mut world = World::new(Local::new());
    world.ecs("CreateService", world.service(json!({})));
    for name in ["cluster/main", "service/main/web", "task-definition/web:1"] {
        let arn = format!("arn:aws:ecs:us-east-1:123456789012:{name}");
        world.ecs("TagResource", json!({ "resourceArn": arn, "tags": [{ "key": "a", "value": "1" }, { "key": "b" }] }));
        world.ecs("UntagResource", json!({ "resourceArn": arn, "tagKeys": ["b", "c"] }));
        let tags = world.ecs("ListTagsForResource", json!({ "resourceArn": arn }));
        assert_eq!(tags["tags"], json!([{ "key": "a", "value": "1" }]), "{name}");
    }
    let gone = json!({ "resourceArn": "arn:aws:ecs:us-east-1:123456789012:cluster/none" });
    assert_eq!(world.refused("ListTagsForResource", gone).0, "ResourceNotFoundException");
}
