use std::time::Duration;

use hyper::Request;
use serde_json::json;

use super::setup::{Cloud, Connection};

const ANSWER: &str =
    "DefaultActions.member.1.Type=fixed-response&DefaultActions.member.1.FixedResponseConfig.StatusCode=200";

/// Whether a new connection is answered soon.
async fn is_answered(cloud: &Cloud, node: usize, port: u16) -> bool {
    let mut connection = Connection::open((cloud.nodes[node], port).into()).await;
    let request = Request::get("/").header("host", "web");
    tokio::time::timeout(Duration::from_millis(300), connection.try_send(request, "")).await.is_ok()
}

async fn until_answered(cloud: &Cloud, node: usize, port: u16, wanted: bool) {
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while is_answered(cloud, node, port).await != wanted {
        assert!(std::time::Instant::now() < deadline, "it never was {wanted}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_security_group_silences_new_connections_only() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let (port, _) = cloud.listener_with(ANSWER).await;
    let mut tracked = cloud.connect(port).await;
    assert_eq!(tracked.get("/").await.status, 200);
    cloud.ingress("Revoke");
    until_answered(&cloud, 0, port, false).await;
    assert_eq!(tracked.get("/").await.status, 200, "it is tracked");
    // Its SYN is sent again after a second, and then it comes through.
    let mut waiting = cloud.connect(port).await;
    let waiting = tokio::spawn(async move { waiting.get("/").await.status });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    cloud.ingress("Authorize");
    assert_eq!(waiting.await.expect("no panic"), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_zone_is_silent_and_the_other_serves() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let (port, _) = cloud.listener_with(ANSWER).await;
    let mut tracked = cloud.connect(port).await;
    assert_eq!(tracked.get("/").await.status, 200);
    let fault = json!({ "kind": "zone_loss", "zone": "us-east-1a" });
    let ordered = cloud.client.admin("POST", "faults", Some(&fault));
    assert_eq!(ordered.status, 200, "{}", ordered.body);
    until_answered(&cloud, 0, port, false).await;
    assert!(is_answered(&cloud, 1, port).await);
    let request = Request::get("/").header("host", "web");
    let silent = tokio::time::timeout(Duration::from_millis(300), tracked.try_send(request, "")).await;
    assert!(silent.is_err(), "its packets arrive nowhere");
}
