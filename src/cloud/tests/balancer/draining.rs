use std::time::{Duration, Instant};

use super::setup::{Behaviour, Cloud};

const SLOW: Behaviour = Behaviour { health: 200, slow: Duration::from_millis(1500) };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_request_ends_while_its_target_drains() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let group = cloud.target_group("web");
    // 300 s, which is the default, are 3 s here.
    let (port, _) = cloud.listener(&group).await;
    let (leaves, stays) = (cloud.target(10, SLOW).await, cloud.target(11, SLOW).await);
    cloud.register(&group, &leaves);
    cloud.until_healthy(&group, &leaves).await;
    let mut connection = cloud.connect(port).await;
    let long = tokio::spawn(async move { connection.get("/slow").await });
    super::setup::eventually(|| (leaves.count() == 1).then_some(())).await;
    cloud.register(&group, &stays);
    cloud.until_healthy(&group, &stays).await;
    cloud.deregister(&group, &leaves);
    assert_eq!(cloud.health(&group, &leaves), ("draining".to_owned(), "Target.DeregistrationInProgress".to_owned()));
    cloud.until_always(port, |reply| reply.body.starts_with("10.0.0.11")).await;
    let before = leaves.count();
    let mut connection = cloud.connect(port).await;
    for _ in 0..50 {
        assert_eq!(connection.get("/").await.status, 200);
    }
    assert_eq!(leaves.count(), before, "it gets nothing new");
    let reply = long.await.expect("no panic");
    assert_eq!((reply.status, reply.body.as_str()), (200, "10.0.0.10 0"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_outlives_the_delay_is_cut() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let group = cloud.target_group("web");
    // 30 s are 0.3 s here.
    cloud.set(&group, "deregistration_delay.timeout_seconds", "30");
    let (port, _) = cloud.listener(&group).await;
    let target = cloud.target(10, SLOW).await;
    cloud.register(&group, &target);
    cloud.until_healthy(&group, &target).await;
    let mut connection = cloud.connect(port).await;
    let long = tokio::spawn(async move { connection.get("/slow").await });
    super::setup::eventually(|| (target.count() == 1).then_some(())).await;
    let started = Instant::now();
    cloud.deregister(&group, &target);
    let reply = long.await.expect("no panic");
    assert_eq!(reply.status, 502);
    assert!(started.elapsed() < Duration::from_millis(1300), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_hear_of_a_deregistration_late() {
    // 100 s are 1 s here.
    let cloud = Cloud::start(Duration::from_secs(100)).await;
    let group = cloud.target_group("web");
    let (port, _) = cloud.listener(&group).await;
    let (leaves, stays) = (cloud.target(10, SLOW).await, cloud.target(11, SLOW).await);
    for target in [&leaves, &stays] {
        cloud.register(&group, target);
        cloud.until_healthy(&group, target).await;
    }
    cloud.deregister(&group, &leaves);
    let started = Instant::now();
    let mut connection = cloud.connect(port).await;
    let mut last = Duration::ZERO;
    while started.elapsed() < Duration::from_millis(1500) {
        let reply = connection.get("/").await;
        assert_eq!(reply.status, 200);
        if reply.body.starts_with("10.0.0.10") {
            last = started.elapsed();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!((700..1100).contains(&last.as_millis()), "the last request came after {last:?}");
}
