use std::time::Duration;

use hyper::Request;

use super::setup::{Behaviour, Cloud, census};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_go_to_healthy_targets_in_turn() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let group = cloud.target_group("web");
    let (port, _) = cloud.listener(&group).await;
    let targets = [
        cloud.target_in(0, 10, Behaviour::HEALTHY).await,
        cloud.target_in(1, 11, Behaviour::HEALTHY).await,
        cloud.target_in(1, 12, Behaviour::UNHEALTHY).await,
    ];
    for target in &targets {
        cloud.register(&group, target);
    }
    cloud.until_healthy(&group, &targets[0]).await;
    cloud.until_healthy(&group, &targets[1]).await;
    let mut connection = cloud.connect(port).await;
    let mut answers = Vec::new();
    for _ in 0..100 {
        let reply = connection.get("/").await;
        assert_eq!(reply.status, 200, "{reply:?}");
        answers.push(reply.body);
    }
    let counts = census(answers);
    assert_eq!(counts["10.0.0.10 0"], 50);
    assert_eq!(counts["10.0.1.11 0"], 50);
    assert_eq!(targets[2].count(), 0);
    // Those of each node's health checks are closed after each; requests share one that is kept.
    assert!(targets[0].kept_connections() <= 1, "{}", targets[0].kept_connections());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_sees_the_request_and_where_it_came_from() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let group = cloud.target_group("web");
    let (port, _) = cloud.listener(&group).await;
    let target = cloud.target(10, Behaviour::HEALTHY).await;
    cloud.register(&group, &target);
    cloud.until_healthy(&group, &target).await;
    let mut connection = cloud.connect(port).await;
    let body = "x".repeat(1 << 20);
    let request = Request::put("/a/b?c=d").header("host", "web.example.com").header("x-forwarded-for", "198.51.100.7");
    let reply = connection.send(request, &body).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "10.0.0.10 1048576"));
    let seen = target.last.lock().expect("nobody panicked").clone().expect("a request");
    assert_eq!((seen.method.as_str(), seen.uri.to_string().as_str()), ("PUT", "/a/b?c=d"));
    let field = |name: &str| seen.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert_eq!(field("x-forwarded-for"), "198.51.100.7, 203.0.113.10");
    assert_eq!((field("x-forwarded-proto"), field("x-forwarded-port")), ("http", port.to_string().as_str()));
    assert_eq!(field("host"), format!("web.example.com:{port}"));
    assert!(field("x-amzn-trace-id").starts_with("Root=1-"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_answer_redirect_and_forward_by_priority() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let answer = "DefaultActions.member.1.Type=fixed-response\
                  &DefaultActions.member.1.FixedResponseConfig.StatusCode=404\
                  &DefaultActions.member.1.FixedResponseConfig.MessageBody=nothing\
                  &DefaultActions.member.1.FixedResponseConfig.ContentType=text/css";
    let (port, listener) = cloud.listener_with(answer).await;
    let mut connection = cloud.connect(port).await;
    let reply = connection.get("/old/x?y=z").await;
    assert_eq!((reply.status, reply.body.as_str()), (404, "nothing"));
    assert_eq!(reply.headers["server"], "awselb/2.0");
    assert_eq!(reply.headers["content-type"], "text/css");
    let rule = format!(
        "ListenerArn={listener}&Priority=10&Conditions.member.1.Field=path-pattern&Conditions.member.1.Values.member.1=/old/*\
         &Actions.member.1.Type=redirect&Actions.member.1.RedirectConfig.StatusCode=HTTP_301\
         &Actions.member.1.RedirectConfig.Protocol=HTTPS&Actions.member.1.RedirectConfig.Port=443\
         &Actions.member.1.RedirectConfig.Path=/new/%23%7Bpath%7D"
    );
    cloud.call("CreateRule", &rule);
    let reply = cloud.until_status(port, "/old/x?y=z", 301).await;
    assert_eq!(reply.headers["location"], "https://web.example.com:443/new/old/x?y=z");
    assert_eq!(connection.get("/other").await.status, 404);
}
