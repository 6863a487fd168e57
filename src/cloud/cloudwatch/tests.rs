use serde_json::json;

use crate::testing::{Local, code};

#[test]
fn without_a_data_plane_there_are_no_metrics() {
    let mut cloud = Local::new();
    let listed = cloud.json("cloudwatch", "ListMetrics", json!({})).expect("it succeeds");
    assert_eq!(listed, json!({ "Metrics": [] }));
    let metric = json!({ "Namespace": "AWS/ApplicationELB", "MetricName": "RequestCount", "Dimensions": [] });
    let query = json!({ "Id": "a", "MetricStat": { "Metric": metric, "Period": 60, "Stat": "Sum" } });
    let input = json!({ "MetricDataQueries": [query], "StartTime": 0, "EndTime": 60.0 });
    let data = cloud.json("cloudwatch", "GetMetricData", input).expect("it succeeds");
    assert_eq!(data["MetricDataResults"][0]["Values"], json!([]));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let mut cloud = Local::new();
    let mut ask = |period: u32, statistic: &str, end: u32| {
        let metric = json!({ "Namespace": "AWS/ApplicationELB", "MetricName": "RequestCount", "Dimensions": [] });
        let query = json!({ "Id": "a", "MetricStat": { "Metric": metric, "Period": period, "Stat": statistic } });
        let input = json!({ "MetricDataQueries": [query], "StartTime": 60, "EndTime": end });
        cloud.json("cloudwatch", "GetMetricData", input)
    };
    assert!(ask(60, "p99.9", 120).is_ok());
    assert_eq!(code(ask(61, "Sum", 120)), "InvalidParameterValue");
    assert_eq!(code(ask(60, "p101", 120)), "InvalidParameterValue");
    assert_eq!(code(ask(60, "Sum", 60)), "InvalidParameterValue");
}
