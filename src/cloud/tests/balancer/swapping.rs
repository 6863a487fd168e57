use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::setup::{Behaviour, Cloud, Connection, forward};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_under_load_lose_nothing() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let groups = ["blue", "green"].map(|name| cloud.target_group(name));
    let (port, listener) =
        cloud.listener_with(&forward("DefaultActions", &[(&groups[0], 1), (&groups[1], 0)], None)).await;
    for (group, last) in groups.iter().zip([10, 20]) {
        for last in [last, last + 1] {
            let target = cloud.target(last, Behaviour::HEALTHY).await;
            cloud.register(group, &target);
            cloud.until_healthy(group, &target).await;
            cloud.keep(target);
        }
    }
    let stop = Arc::new(AtomicBool::new(false));
    let clients = cloud.nodes.iter().cycle().take(4).map(|node| {
        let (stop, address) = (Arc::clone(&stop), (*node, port).into());
        tokio::spawn(async move {
            let mut connection = Connection::open(address).await;
            let mut count = 0;
            while !stop.load(Ordering::Relaxed) {
                let reply = connection.get("/").await;
                assert_eq!(reply.status, 200, "{reply:?}");
                count += 1;
            }
            count
        })
    });
    let clients: Vec<_> = clients.collect();
    for step in 0..40 {
        let weights = [(groups[0].as_str(), step % 3), (groups[1].as_str(), 1)];
        cloud.call("ModifyListener", &format!("ListenerArn={listener}&{}", forward("DefaultActions", &weights, None)));
        cloud.set(&groups[0], "deregistration_delay.timeout_seconds", &(step + 1).to_string());
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        let count: usize = client.await.expect("no request was lost");
        assert!(count > 100, "{count} requests are no load");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_goes_answers_what_it_has() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let group = cloud.target_group("web");
    let (port, listener) = cloud.listener(&group).await;
    let slow = Behaviour { slow: Duration::from_millis(800), ..Behaviour::HEALTHY };
    let target = cloud.target(10, slow).await;
    cloud.register(&group, &target);
    cloud.until_healthy(&group, &target).await;
    let mut connection = cloud.connect(port).await;
    let long = tokio::spawn(async move { connection.get("/slow").await.status });
    super::setup::eventually(|| (target.count() == 1).then_some(())).await;
    cloud.call("DeleteListener", &format!("ListenerArn={listener}"));
    let node = cloud.nodes[0];
    super::setup::eventually(|| std::net::TcpStream::connect((node, port)).is_err().then_some(())).await;
    assert_eq!(long.await.expect("no panic"), 200);
}
