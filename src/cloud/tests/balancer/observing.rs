use std::time::{Duration, SystemTime};

use hyper::Request;
use serde_json::{Value, json};

use super::setup::{Behaviour, Cloud, Connection};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_lead_to_load_balancers_through_one_door() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let answer = "DefaultActions.member.1.Type=fixed-response\
                  &DefaultActions.member.1.FixedResponseConfig.StatusCode=200\
                  &DefaultActions.member.1.FixedResponseConfig.MessageBody=web";
    let (port, _) = cloud.listener_with(answer).await;
    let endpoint = super::setup::eventually(|| {
        let endpoint = cloud.admin("endpoints")[0].clone();
        endpoint["listeners"][0]["url"].is_string().then_some(endpoint)
    })
    .await;
    let name = endpoint["dns_name"].as_str().expect("a name");
    assert!(name.starts_with("web-") && name.ends_with(".us-east-1.elb.localhost"), "{name}");
    assert_eq!(endpoint["nodes"][0]["urls"][0], format!("http://{}:{port}/", cloud.nodes[0]));
    let url = endpoint["listeners"][0]["url"].as_str().expect("a URL").to_owned();
    let door: u16 = url.trim_end_matches('/').rsplit(':').next().expect("a port").parse().expect("a number");
    let mut connection = Connection::open(([127, 0, 0, 1], door).into()).await;
    let ask = |host: &str| Request::get("/").header("host", format!("{host}:{door}"));
    let reply = connection.send(ask(name), "").await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "web"));
    assert_eq!(connection.send(ask("other.localhost"), "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_counted_where_cloudwatch_tells_them() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let group = cloud.target_group("web");
    let (port, _) = cloud.listener(&group).await;
    let mut connection = cloud.connect(port).await;
    for _ in 0..3 {
        assert_eq!(connection.get("/").await.status, 503);
    }
    let target = cloud.target(10, Behaviour::HEALTHY).await;
    cloud.register(&group, &target);
    cloud.until_healthy(&group, &target).await;
    for _ in 0..20 {
        assert_eq!(connection.get("/").await.status, 200);
    }
    let load_balancer = cloud.load_balancer.split_once(":loadbalancer/").expect("an ARN").1;
    let dimensions = json!([{ "Name": "LoadBalancer", "Value": load_balancer }]);
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
    let query = |id: &str, name: &str, statistic: &str| {
        let metric = json!({ "Namespace": "AWS/ApplicationELB", "MetricName": name, "Dimensions": dimensions });
        json!({ "Id": id, "MetricStat": { "Metric": metric, "Period": 3600, "Stat": statistic } })
    };
    let queries = json!([
        query("requests", "RequestCount", "Sum"),
        query("unavailable", "HTTPCode_ELB_503_Count", "Sum"),
        query("good", "HTTPCode_Target_2XX_Count", "Sum"),
        query("slowest", "TargetResponseTime", "p100"),
    ]);
    let input = json!({ "MetricDataQueries": queries, "StartTime": now - 3600, "EndTime": now + 60 });
    let answer = cloud.client.json("monitoring", "GraniteServiceVersion20100801.GetMetricData", &input);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = answer.value();
    let sum = |number: usize| -> f64 {
        let values = answer["MetricDataResults"][number]["Values"].as_array().expect("a list");
        values.iter().filter_map(Value::as_f64).sum()
    };
    assert_eq!((sum(0), sum(1), sum(2)), (20.0, 3.0, 20.0));
    assert!(sum(3) > 0.0 && sum(3) < 2.0, "{}", sum(3));
    let listed = cloud.client.json(
        "monitoring",
        "GraniteServiceVersion20100801.ListMetrics",
        &json!({ "MetricName": "HealthyHostCount" }),
    );
    // A group's hosts are counted for the group, in all zones and in each of two.
    let listed = listed.value();
    assert_eq!(listed["Metrics"].as_array().map(Vec::len), Some(3), "{listed}");
    assert!(listed.to_string().contains("targetgroup/web/"), "{listed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_census_tells_what_became_of_each_request() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let group = cloud.target_group("web");
    let (port, _) = cloud.listener(&group).await;
    let target = cloud.target(10, Behaviour::HEALTHY).await;
    cloud.register(&group, &target);
    cloud.until_healthy(&group, &target).await;
    let mut connection = cloud.connect(port).await;
    let ask = |id: &str| Request::get("/").header("host", "a").header("x-request-id", id);
    connection.send(ask("before"), "").await;
    cloud.client.admin("POST", "census", Some(&json!({})));
    connection.send(ask("one"), "").await;
    connection.send(ask("two"), "").await;
    connection.send(ask("two"), "").await;
    let census = cloud.admin("census?load_balancer=web");
    let once = json!({ "seen": 1, "zones": { "us-east-1a": 1 }, "targets": { "10.0.0.10:9000": 1 }, "statuses": { "200": 1 } });
    assert_eq!(census["one"], once);
    assert_eq!((&census["two"]["seen"], &census["before"]), (&json!(2), &Value::Null));
    assert_eq!(cloud.admin("census?load_balancer=other"), json!({}));
    cloud.client.admin("DELETE", "census", None);
    assert_eq!(cloud.admin("census"), json!({}));
}
