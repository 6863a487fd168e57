//! Searching the events of a whole group.

use serde::{Deserialize, Serialize};

use super::event::LogEvent;
use super::pattern::Pattern;
use super::{invalid, invalid_token, page_size};
use crate::context::Context;
use crate::paging;
use crate::table::key;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FilterLogEvents {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    #[serde(default)]
    log_stream_names: Vec<String>,
    log_stream_name_prefix: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    #[serde(default)]
    filter_pattern: String,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Found {
    events: Vec<FoundEvent>,
    /// Always empty, as on AWS since 2020.
    searched_log_streams: Vec<String>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FoundEvent {
    log_stream_name: String,
    timestamp: i64,
    message: String,
    ingestion_time: i64,
    event_id: String,
}

/// AWS: CloudWatch Logs API Reference, FilterLogEvents. Both ends of the time range are included; the events are sorted
/// by their time, then by the time they came.
pub(crate) fn filter_log_events(context: &mut Context<'_>, input: FilterLogEvents) -> Result<Found, ApiError> {
    let logs = &*context.logs;
    let group = logs.named(input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?;
    if input.log_stream_names.len() > 100 {
        return Err(invalid("At most 100 log streams can be named."));
    }
    if !input.log_stream_names.is_empty() && input.log_stream_name_prefix.is_some() {
        return Err(invalid("logStreamNames and logStreamNamePrefix are mutually exclusive parameters."));
    }
    for name in &input.log_stream_names {
        logs.stream(&group.name, name)?;
    }
    let limit = page_size(input.limit, 10_000)?;
    let pattern = Pattern::parse(&input.filter_pattern)?;
    let is_searched = |name: &str| {
        let named = input.log_stream_names.is_empty() || input.log_stream_names.iter().any(|wanted| wanted == name);
        named && input.log_stream_name_prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix.as_str()))
    };
    let is_found = |event: &&LogEvent| {
        event.is_kept(group, context.now)
            && input.start_time.is_none_or(|start| event.timestamp >= start)
            && input.end_time.is_none_or(|end| event.timestamp <= end)
            && pattern.matches(&event.message)
    };

    let inside = key([group.name.as_str()]);
    let mut found: Vec<(String, &str, &LogEvent)> = Vec::new();
    for (stream_key, stream) in logs.streams.prefix(&inside).filter(|(_, stream)| is_searched(&stream.name)) {
        let events = logs.events.prefix(stream_key).map(|(_, event)| event).filter(is_found);
        found.extend(events.map(|event| (sort_key(event, &stream.name), stream.name.as_str(), event)));
    }
    found.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    let page =
        paging::page(found, |(sort_key, ..)| sort_key, limit, input.next_token.as_deref()).map_err(invalid_token)?;
    let events = page.items.into_iter().map(|(_, stream, event)| view(stream, event)).collect();
    Ok(Found { events, searched_log_streams: Vec::new(), next_token: page.next_token })
}

fn sort_key(event: &LogEvent, stream: &str) -> String {
    format!("{:020}{:020}{}{stream}", event.timestamp, event.ingestion_time, event.place.digits())
}

fn view(stream: &str, event: &LogEvent) -> FoundEvent {
    FoundEvent {
        log_stream_name: stream.to_owned(),
        timestamp: event.timestamp,
        message: event.message.clone(),
        ingestion_time: event.ingestion_time,
        event_id: event.place.digits(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::{Local, code};

    /// The streams `a` with the messages 1 and 3 and `b` with 2 and 4, in the order of their times.
    fn with_events() -> Local {
        let mut cloud = Local::new();
        cloud.json("logs", "CreateLogGroup", json!({"logGroupName": "g"})).expect("it is made");
        let now = cloud.now.as_millisecond();
        for (stream, numbers) in [("a", [1, 3]), ("b", [2, 4])] {
            let name = json!({"logGroupName": "g", "logStreamName": stream});
            cloud.json("logs", "CreateLogStream", name).expect("it is made");
            let event = |number: i64| json!({"timestamp": now - 4 + number, "message": format!("event {number}")});
            let events = json!({"logGroupName": "g", "logStreamName": stream, "logEvents": numbers.map(event)});
            cloud.json("logs", "PutLogEvents", events).expect("they are taken");
        }
        cloud
    }

    fn search(cloud: &mut Local, input: Value) -> (Vec<String>, Value) {
        let reply = cloud.json("logs", "FilterLogEvents", input).expect("they are searched");
        let events = reply["events"].as_array().expect("a list");
        let messages = events.iter().map(|event| event["message"].as_str().expect("a message").to_owned());
        (messages.collect(), reply["nextToken"].clone())
    }

    #[test]
    fn streams_are_interleaved_by_time_in_pages() {
        let mut cloud = with_events();
        let (first, token) = search(&mut cloud, json!({"logGroupName": "g", "limit": 3}));
        assert_eq!(first, ["event 1", "event 2", "event 3"]);
        let (rest, token) = search(&mut cloud, json!({"logGroupName": "g", "limit": 3, "nextToken": token}));
        assert_eq!((rest, token), (vec!["event 4".to_owned()], Value::Null));
    }

    #[test]
    fn events_are_found_by_stream_time_and_pattern() {
        let mut cloud = with_events();
        let now = cloud.now.as_millisecond();
        assert_eq!(search(&mut cloud, json!({"logGroupName": "g", "logStreamNames": ["b"]})).0, ["event 2", "event 4"]);
        assert_eq!(
            search(&mut cloud, json!({"logGroupName": "g", "logStreamNamePrefix": "a"})).0,
            ["event 1", "event 3"]
        );
        let range = json!({"logGroupName": "g", "startTime": now - 2, "endTime": now - 1});
        assert_eq!(search(&mut cloud, range).0, ["event 2", "event 3"]);
        assert_eq!(search(&mut cloud, json!({"logGroupName": "g", "filterPattern": "\"event 4\""})).0, ["event 4"]);
    }

    #[test]
    fn unknown_streams_and_patterns_are_refused() {
        let mut cloud = with_events();
        let mut search = |input| code(cloud.json("logs", "FilterLogEvents", input));
        assert_eq!(search(json!({"logGroupName": "g", "logStreamNames": ["c"]})), "ResourceNotFoundException");
        assert_eq!(search(json!({"logGroupName": "g", "filterPattern": "{ $.a = 1 }"})), "InvalidParameterException");
        assert_eq!(search(json!({"filterPattern": ""})), "InvalidParameterException");
    }
}
