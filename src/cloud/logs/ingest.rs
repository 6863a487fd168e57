//! Taking log events in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::{LogEvent, OVERHEAD};
use super::stream::no_such_stream;
use super::{check_group_name, check_stream_name, invalid};
use crate::context::Context;
use crate::table::key;
use crate::wire::ApiError;

const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;

/// How many events of a stream that clients put are kept, the newest of them; AWS keeps all within the retention of the group.
/// It is as many as one request may bring.
const KEPT: u64 = 10_000;

/// The most that one request may bring, in message bytes and [`OVERHEAD`] for each event.
const MAX_BATCH: usize = 1_048_576;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PutLogEvents {
    log_group_name: String,
    log_stream_name: String,
    log_events: Vec<InputLogEvent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InputLogEvent {
    timestamp: i64,
    message: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Taken {
    next_sequence_token: String,
    rejected_log_events_info: Option<Rejected>,
}

/// Which events of a batch were not taken, as positions in it.
#[derive(Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rejected {
    too_new_log_event_start_index: Option<usize>,
    too_old_log_event_end_index: Option<usize>,
    expired_log_event_end_index: Option<usize>,
}

/// AWS: CloudWatch Logs API Reference, PutLogEvents. Sequence tokens are ignored, as on AWS.
pub(crate) fn put_log_events(context: &mut Context<'_>, input: PutLogEvents) -> Result<Taken, ApiError> {
    check_group_name("logGroupName", &input.log_group_name)?;
    check_stream_name("logStreamName", &input.log_stream_name)?;
    check_batch(&input.log_events)?;
    let group = context
        .logs
        .groups
        .get_mut(&input.log_group_name)
        .ok_or_else(|| ApiError::new("ResourceNotFoundException", "The specified log group does not exist."))?;
    let stream_key = key([input.log_group_name.as_str(), &input.log_stream_name]);
    let stream = context.logs.streams.get_mut(&stream_key).ok_or_else(no_such_stream)?;

    let (rejected, taken) = sort_out(&input.log_events, context.now, group.retention_in_days)?;
    let ingestion_time = context.now.as_millisecond();
    for InputLogEvent { timestamp, message } in &input.log_events[taken] {
        let event = LogEvent::new(*timestamp, message.clone(), ingestion_time, stream.received);
        group.stored_bytes += event.size() as u64;
        stream.take(*timestamp, ingestion_time);
        context.logs.events.insert(event.key(&stream_key), event);
    }
    let next_sequence_token = stream.sequence_token();
    context.logs.forget_events(&stream_key, KEPT);
    let rejected_log_events_info = Some(rejected).filter(|rejected| *rejected != Rejected::default());
    Ok(Taken { next_sequence_token, rejected_log_events_info })
}

fn check_batch(events: &[InputLogEvent]) -> Result<(), ApiError> {
    if !(1..=10_000).contains(&events.len()) {
        return Err(invalid("A batch has 1 to 10,000 log events."));
    }
    if events.iter().any(|event| event.message.is_empty() || event.timestamp < 0) {
        return Err(invalid("A log event has a message and a timestamp that is not negative."));
    }
    let size: usize = events.iter().map(|event| event.message.len() + OVERHEAD).sum();
    if size > MAX_BATCH {
        return Err(invalid(format!("Upload too large: {size} bytes exceeds limit of {MAX_BATCH}")));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        return Err(invalid("Log events in a single PutLogEvents request must be in chronological order."));
    }
    Ok(())
}

/// The rejected events and the range of those that are taken: the batch is in chronological order, so that what is too
/// old stands before it and what is too new after it.
fn sort_out(
    events: &[InputLogEvent],
    now: Timestamp,
    retention_in_days: Option<u32>,
) -> Result<(Rejected, std::ops::Range<usize>), ApiError> {
    let now = now.as_millisecond();
    let before = |time: i64| events.partition_point(|event| event.timestamp < time);
    let too_old = before(now - 14 * DAY);
    let expired = retention_in_days.map_or(0, |days| before(now - i64::from(days) * DAY));
    let too_new = before(now + 2 * HOUR + 1);
    let taken = too_old.max(expired)..too_new.max(too_old).max(expired);
    if let [first, .., last] = &events[taken.clone()]
        && last.timestamp - first.timestamp > DAY
    {
        return Err(invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ));
    }
    let rejected = Rejected {
        too_new_log_event_start_index: Some(too_new).filter(|start| *start < events.len()),
        too_old_log_event_end_index: Some(too_old).filter(|end| *end > 0),
        expired_log_event_end_index: Some(expired).filter(|end| *end > too_old),
    };
    Ok((rejected, taken))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{DAY, HOUR, KEPT};
    use crate::testing::{Local, code};
    use crate::wire::ApiError;

    /// Puts events at these times, in milliseconds from now.
    fn put(cloud: &mut Local, times: &[i64]) -> Result<Value, ApiError> {
        let now = cloud.now.as_millisecond();
        let events: Vec<Value> = times.iter().map(|time| json!({"timestamp": now + time, "message": "m"})).collect();
        cloud.json("logs", "PutLogEvents", json!({"logGroupName": "g", "logStreamName": "s", "logEvents": events}))
    }

    fn with_stream() -> Local {
        let mut cloud = Local::new();
        cloud.json("logs", "CreateLogGroup", json!({"logGroupName": "g"})).expect("it is made");
        let stream = json!({"logGroupName": "g", "logStreamName": "s"});
        cloud.json("logs", "CreateLogStream", stream).expect("it is made");
        cloud
    }

    #[test]
    fn events_too_old_and_too_new_are_rejected_and_the_others_taken() {
        let mut cloud = with_stream();
        let reply = put(&mut cloud, &[-15 * DAY, 0, 3 * HOUR]).expect("it is taken");
        let rejected = json!({"tooNewLogEventStartIndex": 2, "tooOldLogEventEndIndex": 1});
        assert_eq!(reply["rejectedLogEventsInfo"], rejected);
        assert_eq!(cloud.world.counts()["logs"]["events"], 1);
    }

    #[test]
    fn a_stream_keeps_the_newest_events() {
        let mut cloud = with_stream();
        put(&mut cloud, &[-1; 5]).expect("they are taken");
        put(&mut cloud, &[0; KEPT as usize]).expect("they are taken");
        assert_eq!(cloud.world.counts()["logs"]["events"] as u64, KEPT);
        let all = json!({"logGroupName": "g", "logStreamName": "s", "startFromHead": true, "limit": 1});
        let events = cloud.json("logs", "GetLogEvents", all).expect("it is read");
        assert_eq!(events["events"][0]["timestamp"], cloud.now.as_millisecond());
    }

    #[test]
    fn events_past_retention_are_rejected() {
        let mut cloud = with_stream();
        let retention = json!({"logGroupName": "g", "retentionInDays": 1});
        cloud.json("logs", "PutRetentionPolicy", retention).expect("it is set");
        let reply = put(&mut cloud, &[-2 * DAY, 0]).expect("it is taken");
        assert_eq!(reply["rejectedLogEventsInfo"], json!({"expiredLogEventEndIndex": 1}));
    }

    #[test]
    fn batches_out_of_order_or_too_long_are_refused() {
        let mut cloud = with_stream();
        assert_eq!(code(put(&mut cloud, &[0, -1])), "InvalidParameterException");
        assert_eq!(code(put(&mut cloud, &[-2 * DAY, 0])), "InvalidParameterException");
        assert_eq!(code(put(&mut cloud, &[])), "InvalidParameterException");
        assert_eq!(cloud.world.counts()["logs"]["events"], 0);
    }
}
