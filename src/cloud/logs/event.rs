//! Log events, and reading one stream.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::group::LogGroup;
use super::{check_stream_name, invalid, page_size};
use crate::context::Context;
use crate::table::{Record, key};
use crate::wire::ApiError;

/// What an event counts beside its message, in bytes (AWS: CloudWatch Logs API Reference, PutLogEvents).
pub(super) const OVERHEAD: usize = 26;

/// The most that a page of events may hold, in bytes (AWS: CloudWatch Logs API Reference, GetLogEvents).
const MAX_PAGE: usize = 1_048_576;

/// A log event. Its times are in milliseconds since 1970.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LogEvent {
    pub(crate) timestamp: i64,
    pub(crate) ingestion_time: i64,
    pub(crate) message: String,
    /// Where it stands in its stream: by time, and then as it came.
    pub(crate) place: Place,
}

impl Record for LogEvent {}

/// A place in a stream, which orders events and stands in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Place {
    timestamp: i64,
    received: u64,
}

impl LogEvent {
    pub(super) fn new(timestamp: i64, message: String, ingestion_time: i64, received: u64) -> Self {
        LogEvent { timestamp, ingestion_time, message, place: Place { timestamp, received } }
    }

    /// Its key in the table of events.
    pub(super) fn key(&self, stream_key: &str) -> String {
        format!("{stream_key}{}", self.place.digits())
    }

    /// What it counts towards the size of a batch, a page or a group, in bytes.
    pub(super) fn size(&self) -> usize {
        self.message.len() + OVERHEAD
    }

    /// Whether the group's retention still keeps it.
    pub(super) fn is_kept(&self, group: &LogGroup, now: Timestamp) -> bool {
        let age = now.as_millisecond() - self.timestamp;
        group.retention_in_days.is_none_or(|days| age <= i64::from(days) * 24 * 60 * 60 * 1000)
    }
}

impl Place {
    const START: Place = Place { timestamp: 0, received: 0 };

    /// How many events the stream had when this one came.
    pub(super) fn received(self) -> u64 {
        self.received
    }

    fn next(self) -> Place {
        Place { received: self.received + 1, ..self }
    }

    /// Fifty-six digits that sort as places do, as in AWS's tokens and event ids.
    pub(super) fn digits(self) -> String {
        format!("{:028}{:028}", self.timestamp, self.received)
    }

    fn parse(digits: &str) -> Option<Place> {
        let (timestamp, received) = digits.split_at_checked(28).filter(|(_, rest)| rest.len() == 28)?;
        Some(Place { timestamp: timestamp.parse().ok()?, received: received.parse().ok()? })
    }
}

/// From where a page goes on: the events from a place on, or those before it.
#[derive(Clone, Copy)]
enum Cursor {
    Forward(Place),
    Backward(Option<Place>),
}

impl Cursor {
    fn parse(token: &str) -> Result<Self, ApiError> {
        let parts: Vec<&str> = token.split('/').collect();
        let cursor = match parts[..] {
            ["f", place, "s"] => Place::parse(place).map(Cursor::Forward),
            ["b", place, "s"] => Place::parse(place).map(|place| Cursor::Backward(Some(place))),
            _ => None,
        };
        cursor.ok_or_else(|| invalid("The specified nextToken is invalid."))
    }

    fn allows(self, event: &LogEvent) -> bool {
        match self {
            Cursor::Forward(from) => event.place >= from,
            Cursor::Backward(until) => until.is_none_or(|until| event.place < until),
        }
    }

    /// Where both directions go on from when there is nothing here.
    fn place(self) -> Place {
        match self {
            Cursor::Forward(place) | Cursor::Backward(Some(place)) => place,
            Cursor::Backward(None) => Place::START,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct GetLogEvents {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name: String,
    start_time: Option<i64>,
    end_time: Option<i64>,
    next_token: Option<String>,
    limit: Option<i64>,
    #[serde(default)]
    start_from_head: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogEvents {
    events: Vec<OutputLogEvent>,
    next_forward_token: String,
    next_backward_token: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutputLogEvent {
    timestamp: i64,
    message: String,
    ingestion_time: i64,
}

/// AWS: CloudWatch Logs API Reference, GetLogEvents. `startTime` is included and `endTime` is not; a page that goes on
/// from an end of the stream gives back the token that it was asked with.
pub(crate) fn get_log_events(context: &mut Context<'_>, input: GetLogEvents) -> Result<LogEvents, ApiError> {
    check_stream_name("logStreamName", &input.log_stream_name)?;
    let group = context.logs.named(input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?;
    context.logs.stream(&group.name, &input.log_stream_name)?;
    let limit = page_size(input.limit, 10_000)?;
    let cursor = match &input.next_token {
        Some(token) => Cursor::parse(token)?,
        None if input.start_from_head => Cursor::Forward(Place::START),
        None => Cursor::Backward(None),
    };
    let stream_key = key([group.name.as_str(), &input.log_stream_name]);
    let events = context.logs.events.prefix(&stream_key).map(|(_, event)| event);
    let events: Vec<&LogEvent> = events
        .filter(|event| event.is_kept(group, context.now) && cursor.allows(event))
        .filter(|event| input.start_time.is_none_or(|start| event.timestamp >= start))
        .filter(|event| input.end_time.is_none_or(|end| event.timestamp < end))
        .collect();
    let page = match cursor {
        Cursor::Forward(_) => &events[..fitting(events.iter(), limit)],
        Cursor::Backward(_) => &events[events.len() - fitting(events.iter().rev(), limit)..],
    };
    let forward = page.last().map_or(cursor.place(), |last| last.place.next());
    let backward = page.first().map_or(cursor.place(), |first| first.place);
    Ok(LogEvents {
        events: page.iter().map(|event| output(event)).collect(),
        next_forward_token: format!("f/{}/s", forward.digits()),
        next_backward_token: format!("b/{}/s", backward.digits()),
    })
}

/// How many of the events fit on a page; one always does.
fn fitting<'a>(events: impl Iterator<Item = &'a &'a LogEvent>, limit: usize) -> usize {
    let mut size = 0;
    let fits = |event: &&&LogEvent| {
        size += event.size();
        size <= MAX_PAGE + OVERHEAD
    };
    events.take(limit).take_while(fits).count()
}

fn output(event: &LogEvent) -> OutputLogEvent {
    let LogEvent { timestamp, message, ingestion_time, .. } = event.clone();
    OutputLogEvent { timestamp, message, ingestion_time }
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
