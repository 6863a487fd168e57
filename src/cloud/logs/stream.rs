//! Log streams.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Tables, check_group_name, check_stream_name, invalid, invalid_token, page_size};
use crate::context::Context;
use crate::paging;
use crate::table::{Record, key};
use crate::wire::ApiError;

/// A log stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LogStream {
    pub(crate) name: String,
    created: Timestamp,
    /// The time of the earliest event, in milliseconds since 1970.
    pub(crate) first_event: Option<i64>,
    /// The time of the latest event, in milliseconds since 1970.
    pub(crate) last_event: Option<i64>,
    /// When events came last, in milliseconds since 1970.
    pub(crate) last_ingestion: Option<i64>,
    /// How many events came so far; it tells events of the same time apart.
    pub(crate) received: u64,
    /// How many of them are there.
    #[serde(default)]
    pub(super) kept: u64,
    /// Whether it is the output of a task.
    #[serde(default)]
    pub(super) of_task: bool,
}

impl Record for LogStream {}

impl LogStream {
    pub(super) fn new(name: String, created: Timestamp) -> Self {
        LogStream {
            name,
            created,
            first_event: None,
            last_event: None,
            last_ingestion: None,
            received: 0,
            kept: 0,
            of_task: false,
        }
    }

    /// One for the output of a task.
    pub(super) fn of_task(name: String, created: Timestamp) -> Self {
        LogStream { of_task: true, ..Self::new(name, created) }
    }

    /// Counts an event in.
    pub(super) fn take(&mut self, timestamp: i64, ingestion_time: i64) {
        self.received += 1;
        self.kept += 1;
        self.first_event = Some(self.first_event.unwrap_or(timestamp).min(timestamp));
        self.last_event = Some(self.last_event.unwrap_or(timestamp).max(timestamp));
        self.last_ingestion = Some(ingestion_time);
    }

    /// The sequence token, which AWS still gives and no longer asks for.
    pub(crate) fn sequence_token(&self) -> String {
        format!("{:056}", self.received)
    }
}

impl Tables {
    /// The stream of this name in a group that exists.
    pub(super) fn stream(&self, group: &str, name: &str) -> Result<&LogStream, ApiError> {
        self.streams.get(&key([group, name])).ok_or_else(no_such_stream)
    }
}

pub(super) fn no_such_stream() -> ApiError {
    ApiError::new("ResourceNotFoundException", "The specified log stream does not exist.")
}

/// The names that stand for one stream in a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StreamName {
    log_group_name: String,
    log_stream_name: String,
}

impl StreamName {
    fn check(&self) -> Result<(), ApiError> {
        check_group_name("logGroupName", &self.log_group_name)?;
        check_stream_name("logStreamName", &self.log_stream_name)
    }

    fn key(&self) -> String {
        key([self.log_group_name.as_str(), &self.log_stream_name])
    }
}

pub(crate) fn create_log_stream(context: &mut Context<'_>, input: StreamName) -> Result<(), ApiError> {
    input.check()?;
    context.logs.group(&input.log_group_name)?;
    let key = input.key();
    if context.logs.streams.contains(&key) {
        return Err(ApiError::new("ResourceAlreadyExistsException", "The specified log stream already exists"));
    }
    context.logs.streams.insert(key, LogStream::new(input.log_stream_name, context.now));
    Ok(())
}

/// Deletes the stream with its events.
pub(crate) fn delete_log_stream(context: &mut Context<'_>, input: StreamName) -> Result<(), ApiError> {
    input.check()?;
    context.logs.group(&input.log_group_name)?;
    let key = input.key();
    context.logs.streams.remove(&key).ok_or_else(no_such_stream)?;
    context.logs.events.remove_prefix(&key);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DescribeLogStreams {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name_prefix: Option<String>,
    #[serde(default)]
    order_by: OrderBy,
    #[serde(default)]
    descending: bool,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Deserialize)]
enum OrderBy {
    #[default]
    LogStreamName,
    LastEventTime,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogStreams {
    log_streams: Vec<LogStreamView>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogStreamView {
    log_stream_name: String,
    creation_time: i64,
    first_event_timestamp: Option<i64>,
    last_event_timestamp: Option<i64>,
    last_ingestion_time: Option<i64>,
    upload_sequence_token: String,
    arn: String,
    stored_bytes: u64,
}

/// AWS: CloudWatch Logs API Reference, DescribeLogStreams. `storedBytes` of a stream is always zero.
pub(crate) fn describe_log_streams(
    context: &mut Context<'_>,
    input: DescribeLogStreams,
) -> Result<LogStreams, ApiError> {
    let group = &context.logs.named(input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?.name;
    if input.log_stream_name_prefix.is_some() && input.order_by == OrderBy::LastEventTime {
        return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let prefix = input.log_stream_name_prefix.unwrap_or_default();
    let sort_key = |stream: &LogStream| match input.order_by {
        OrderBy::LogStreamName => stream.name.clone(),
        OrderBy::LastEventTime => format!("{:020}{}", stream.last_event.unwrap_or_default(), stream.name),
    };
    let inside = key([group.as_str()]);
    let streams = context.logs.streams.prefix(&inside).map(|(_, stream)| stream);
    let streams = streams.filter(|stream| stream.name.starts_with(&prefix));
    let mut streams: Vec<(String, &LogStream)> = streams.map(|stream| (sort_key(stream), stream)).collect();
    streams.sort_by(|(a, _), (b, _)| if input.descending { b.cmp(a) } else { a.cmp(b) });

    let is_after = |key: &str, last: &str| if input.descending { key < last } else { key > last };
    let limit = page_size(input.limit, 50)?;
    let page = paging::page_by(streams, |(key, _)| key, is_after, limit, input.next_token.as_deref());
    let page = page.map_err(invalid_token)?;
    let log_streams = page.items.into_iter().map(|(_, stream)| view(context, group, stream)).collect();
    Ok(LogStreams { log_streams, next_token: page.next_token })
}

fn view(context: &Context<'_>, group: &str, stream: &LogStream) -> LogStreamView {
    LogStreamView {
        log_stream_name: stream.name.clone(),
        creation_time: stream.created.as_millisecond(),
        first_event_timestamp: stream.first_event,
        last_event_timestamp: stream.last_event,
        last_ingestion_time: stream.last_ingestion,
        upload_sequence_token: stream.sequence_token(),
        arn: context.arn(&format!("log-group:{group}:log-stream:{}", stream.name)),
        stored_bytes: 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::{Local, code};

    fn with_streams(names: &[&str]) -> Local {
        let mut cloud = Local::new();
        cloud.json("logs", "CreateLogGroup", json!({"logGroupName": "g"})).expect("it is made");
        for name in names {
            let input = json!({"logGroupName": "g", "logStreamName": name});
            cloud.json("logs", "CreateLogStream", input).expect("it is made");
        }
        cloud
    }

    fn describe(cloud: &mut Local, input: Value) -> (Vec<String>, Value) {
        let reply = cloud.json("logs", "DescribeLogStreams", input).expect("it is described");
        let streams = reply["logStreams"].as_array().expect("a list");
        let names = streams.iter().map(|stream| stream["logStreamName"].as_str().expect("a name").to_owned());
        (names.collect(), reply["nextToken"].clone())
    }

    #[test]
    fn streams_are_described_both_ways_in_pages() {
        let mut cloud = with_streams(&["a", "b", "c"]);
        let (first, token) = describe(&mut cloud, json!({"logGroupName": "g", "descending": true, "limit": 2}));
        assert_eq!(first, ["c", "b"]);
        let rest = json!({"logGroupName": "g", "descending": true, "limit": 2, "nextToken": token});
        assert_eq!(describe(&mut cloud, rest), (vec!["a".to_owned()], Value::Null));
        assert_eq!(describe(&mut cloud, json!({"logGroupIdentifier": "g", "logStreamNamePrefix": "b"})).0, ["b"]);
    }

    #[test]
    fn streams_are_described_by_their_last_event() {
        let mut cloud = with_streams(&["a", "b"]);
        let now = cloud.now.as_millisecond();
        for (stream, time) in [("a", now), ("b", now - 1)] {
            let events = json!([{"timestamp": time, "message": "m"}]);
            let input = json!({"logGroupName": "g", "logStreamName": stream, "logEvents": events});
            cloud.json("logs", "PutLogEvents", input).expect("they are taken");
        }
        assert_eq!(describe(&mut cloud, json!({"logGroupName": "g", "orderBy": "LastEventTime"})).0, ["b", "a"]);
        let both = json!({"logGroupName": "g", "orderBy": "LastEventTime", "logStreamNamePrefix": "a"});
        assert_eq!(code(cloud.json("logs", "DescribeLogStreams", both)), "InvalidParameterException");
    }

    #[test]
    fn names_are_checked_and_unique() {
        let mut cloud = with_streams(&["a"]);
        let mut create = |group: &str, stream: &str| {
            code(cloud.json("logs", "CreateLogStream", json!({"logGroupName": group, "logStreamName": stream})))
        };
        assert_eq!(create("g", "a"), "ResourceAlreadyExistsException");
        assert_eq!(create("g", "a:b"), "InvalidParameterException");
        assert_eq!(create("other", "a"), "ResourceNotFoundException");
    }

    #[test]
    fn a_deleted_stream_is_gone() {
        let mut cloud = with_streams(&["a"]);
        let input = json!({"logGroupName": "g", "logStreamName": "a"});
        cloud.json("logs", "DeleteLogStream", input.clone()).expect("it is deleted");
        assert_eq!(code(cloud.json("logs", "DeleteLogStream", input)), "ResourceNotFoundException");
    }
}
