use std::time::Duration;

use hyper::Request;

use super::setup::{Behaviour, Cloud, census, forward};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn weights_are_kept_exactly_and_zero_is_nothing() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let groups = ["blue", "green", "grey"].map(|name| cloud.target_group(name));
    let weights = [(groups[0].as_str(), 90), (&groups[1], 10), (&groups[2], 0)];
    let (port, listener) = cloud.listener_with(&forward("DefaultActions", &weights, None)).await;
    let mut targets = Vec::new();
    for (group, last) in groups.iter().zip(10..) {
        let target = cloud.target(last, Behaviour::HEALTHY).await;
        cloud.register(group, &target);
        cloud.until_healthy(group, &target).await;
        targets.push(target);
    }
    let mut connection = cloud.connect(port).await;
    for _ in 0..1000 {
        assert_eq!(connection.get("/").await.status, 200);
    }
    let counts: Vec<usize> = targets.iter().map(|target| target.count()).collect();
    assert!(counts[0].abs_diff(900) <= 5 && counts[1].abs_diff(100) <= 5, "{counts:?}");
    assert_eq!(counts[2], 0);

    // Without a healthy target in it a group does not hand its share to another.
    // In this order, so that whoever has heard of the second has heard of the first.
    cloud.call(
        "ModifyListener",
        &format!("ListenerArn={listener}&{}", forward("DefaultActions", &[(&groups[0], 1), (&groups[1], 1)], None)),
    );
    cloud.deregister(&groups[1], &targets[1]);
    cloud.until_status(port, "/", 503).await;
    let mut statuses = Vec::new();
    for _ in 0..100 {
        statuses.push(connection.get("/").await.status);
    }
    let counts = census(statuses);
    assert!(counts[&200].abs_diff(50) <= 5 && counts[&503].abs_diff(50) <= 5, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_stick_to_targets_and_groups() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let groups = ["blue", "green"].map(|name| cloud.target_group(name));
    let weights = [(groups[0].as_str(), 1), (groups[1].as_str(), 1)];
    // 300 s are 3 s here.
    let (port, listener) = cloud.listener_with(&forward("DefaultActions", &weights, Some(300))).await;
    for (group, last) in groups.iter().zip([10, 20]) {
        cloud.set(group, "stickiness.enabled", "true");
        cloud.set(group, "stickiness.lb_cookie.duration_seconds", "300");
        for last in [last, last + 1] {
            let target = cloud.target(last, Behaviour::HEALTHY).await;
            cloud.register(group, &target);
            cloud.until_healthy(group, &target).await;
            cloud.keep(target);
        }
    }
    let mut connection = cloud.connect(port).await;
    let first = connection.get("/").await;
    let cookies: Vec<String> = first
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next().map(str::to_owned))
        .filter(|pair| pair.starts_with("AWSALB=") || pair.starts_with("AWSALBTG="))
        .collect();
    assert_eq!(cookies.len(), 2, "{first:?}");
    let cookie = cookies.join("; ");
    let ask = async |connection: &mut super::setup::Connection| {
        let request = Request::get("/").header("host", "web.example.com").header("cookie", &cookie);
        connection.send(request, "").await
    };
    for _ in 0..50 {
        assert_eq!(ask(&mut connection).await.body, first.body);
    }
    // Also when the group's weight is zero by now: that is how a client is kept on a dead group.
    let stuck = usize::from(!first.body.starts_with("10.0.0.1"));
    let weights = [(groups[stuck].as_str(), 0), (groups[1 - stuck].as_str(), 1)];
    cloud.call("ModifyListener", &format!("ListenerArn={listener}&{}", forward("DefaultActions", &weights, Some(300))));
    cloud.until_always(port, |reply| reply.body[..8] != first.body[..8]).await;
    for _ in 0..20 {
        assert_ne!(connection.get("/").await.body[..8], first.body[..8], "new clients go elsewhere");
        assert_eq!(ask(&mut connection).await.body, first.body);
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_ne!(ask(&mut connection).await.body[..8], first.body[..8], "the cookie's time is over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_least_outstanding_requests_decide() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let group = cloud.target_group("web");
    cloud.set(&group, "load_balancing.algorithm.type", "least_outstanding_requests");
    let (port, _) = cloud.listener(&group).await;
    let slow = cloud.target(10, Behaviour { slow: Duration::from_millis(800), ..Behaviour::HEALTHY }).await;
    let fast = cloud.target(11, Behaviour::HEALTHY).await;
    for target in [&slow, &fast] {
        cloud.register(&group, target);
        cloud.until_healthy(&group, target).await;
    }
    // Until the slow one has one of these.
    let mut waiting = tokio::task::JoinSet::new();
    while slow.count() == 0 {
        let mut connection = cloud.connect(port).await;
        waiting.spawn(async move { connection.get("/slow").await.status });
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let before = fast.count();
    let mut connection = cloud.connect(port).await;
    for _ in 0..20 {
        connection.get("/").await;
    }
    assert_eq!((slow.count(), fast.count() - before), (1, 20));
    while let Some(status) = waiting.join_next().await {
        assert_eq!(status.expect("no panic"), 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_start_takes_its_time() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let group = cloud.target_group("web");
    // 900 s are 9 s here.
    cloud.set(&group, "slow_start.duration_seconds", "900");
    let (port, _) = cloud.listener(&group).await;
    let old = cloud.target(10, Behaviour::HEALTHY).await;
    cloud.register(&group, &old);
    cloud.until_healthy(&group, &old).await;
    let new = cloud.target(11, Behaviour::HEALTHY).await;
    cloud.register(&group, &new);
    cloud.until_healthy(&group, &new).await;
    let mut connection = cloud.connect(port).await;
    for _ in 0..200 {
        connection.get("/").await;
    }
    assert!(new.count() < 60, "{} of 200 in the first moment", new.count());
    tokio::time::sleep(Duration::from_secs(9)).await;
    let before = new.count();
    for _ in 0..200 {
        connection.get("/").await;
    }
    assert_eq!(new.count() - before, 100);
}
