use std::time::{Duration, Instant};

use hyper::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::setup::{Behaviour, Cloud};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_without_targets_is_503_and_one_without_healthy_ones_fails_open() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let group = cloud.target_group("web");
    let (port, _) = cloud.listener(&group).await;
    let reply = cloud.connect(port).await.get("/").await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.headers["server"], "awselb/2.0");
    assert!(reply.body.contains("<center><h1>503 Service Temporarily Unavailable</h1></center>"), "{}", reply.body);
    let target = cloud.target(10, Behaviour::UNHEALTHY).await;
    cloud.register(&group, &target);
    cloud.until_health(&group, &target, ("unhealthy", "Target.ResponseCodeMismatch")).await;
    assert_eq!(cloud.connect(port).await.get("/").await.status, 200, "it fails open");
    let other = cloud.target(11, Behaviour::HEALTHY).await;
    cloud.register(&group, &other);
    cloud.until_healthy(&group, &other).await;
    let before = target.count();
    let mut connection = cloud.connect(port).await;
    for _ in 0..20 {
        connection.get("/").await;
    }
    assert_eq!(target.count(), before, "it is closed again");
    other.health.store(500, std::sync::atomic::Ordering::Relaxed);
    cloud.until_health(&group, &other, ("unhealthy", "Target.ResponseCodeMismatch")).await;
    cloud.until(port, "/", |reply| reply.body.starts_with("10.0.0.10")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_is_gone_is_502_until_its_checks_fail() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let group = cloud.target_group("web");
    let (port, _) = cloud.listener(&group).await;
    let (gone, stays) = (cloud.target(10, Behaviour::HEALTHY).await, cloud.target(11, Behaviour::HEALTHY).await);
    for target in [&gone, &stays] {
        cloud.register(&group, target);
        cloud.until_healthy(&group, target).await;
    }
    let kept = gone.as_named();
    gone.kill().await;
    let mut connection = cloud.connect(port).await;
    let statuses: Vec<u16> = vec![connection.get("/").await.status, connection.get("/").await.status];
    assert!(statuses.contains(&502) && statuses.contains(&200), "{statuses:?}");
    cloud.until_health(&group, &kept, ("unhealthy", "Target.FailedHealthChecks")).await;
    for _ in 0..20 {
        assert_eq!(connection.get("/").await.status, 200);
    }
}

/// A target whose health checks are good and that does something else with requests.
async fn strange(cloud: &Cloud, group: &str, last: u8, answer: &'static [u8]) {
    let address = cloud.place(last);
    let listener = TcpListener::bind(address).await.expect("the address is free");
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("it accepts");
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut request).await {
                    let healthy = request[..count].starts_with(b"GET /health");
                    let sent: &[u8] = if healthy { b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" } else { answer };
                    if sent == b"never" {
                        tokio::time::sleep(Duration::from_secs(60)).await;
                    }
                    if stream.write_all(sent).await.is_err() || !healthy {
                        return;
                    }
                }
            });
        }
    });
    let target = cloud.named(last);
    cloud.register(group, &target);
    cloud.until_healthy(group, &target).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn targets_that_break_are_502_and_those_that_are_silent_504() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let attribute = format!(
        "LoadBalancerArn={}&Attributes.member.1.Key=idle_timeout.timeout_seconds&Attributes.member.1.Value=1",
        cloud.load_balancer
    );
    cloud.call("ModifyLoadBalancerAttributes", &attribute);
    for (last, answer, status) in [
        (10, b"".as_slice(), 502),
        (11, b"HTTP/1.1 200 OK\r\ncontent-len", 502),
        (12, b"no HTTP\r\n\r\n", 502),
        (13, b"never", 504),
    ] {
        let group = cloud.target_group(&format!("strange-{last}"));
        let (port, _) = cloud.listener(&group).await;
        strange(&cloud, &group, last, answer).await;
        let started = Instant::now();
        let reply = cloud.connect(port).await.get("/").await;
        assert_eq!(reply.status, status, "{answer:?}");
        assert_eq!(reply.headers["server"], "awselb/2.0");
        let elapsed = started.elapsed();
        assert!(status == 502 || (900..3000).contains(&elapsed.as_millis()), "{elapsed:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_none_are_refused() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let answer =
        "DefaultActions.member.1.Type=fixed-response&DefaultActions.member.1.FixedResponseConfig.StatusCode=200";
    let (port, _) = cloud.listener_with(answer).await;
    let get = |path: &str| Request::get(path).header("host", "a");
    let long = format!("/{}", "a".repeat(17 << 10));
    assert_eq!(cloud.connect(port).await.send(get(&long), "").await.status, 414);
    let large = "a".repeat(17 << 10);
    assert_eq!(cloud.connect(port).await.send(get("/").header("x-large", large), "").await.status, 400);
    assert_eq!(cloud.connect(port).await.send(Request::get("/"), "").await.status, 400, "no host");
    let trace = Request::builder().method("TRACE").uri("/").header("host", "a");
    assert_eq!(cloud.connect(port).await.send(trace, "").await.status, 405);
    let addresses = vec!["198.51.100.1"; 31].join(", ");
    assert_eq!(cloud.connect(port).await.send(get("/").header("x-forwarded-for", addresses), "").await.status, 463);
    let mut raw = tokio::net::TcpStream::connect((cloud.nodes[0], port)).await.expect("it is listened on");
    raw.write_all(b"not http at all\r\n\r\n").await.expect("it is sent");
    let mut answer = String::new();
    raw.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}
