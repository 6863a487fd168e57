//! Log lines that come from inside of the cloud: the output of tasks.

use super::event::LogEvent;
use super::group::LogGroup;
use super::stream::LogStream;
use crate::context::Context;
use crate::table::key;

/// How many events of a stream are kept: older ones go, so that tasks may write on and on.
const KEPT: u64 = 2000;

/// A line of output with its time in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) timestamp: i64,
    pub(crate) message: String,
}

/// Makes a log group unless it exists.
pub(crate) fn ensure_group(cx: &mut Context<'_>, name: &str) {
    if !cx.logs.groups.contains(name) {
        cx.logs.groups.insert(name, LogGroup::new(name.to_owned(), cx.now));
    }
}

/// Adds lines to a stream, which is made if there is none. Without its group they are lost.
pub(crate) fn append(cx: &mut Context<'_>, group_name: &str, stream_name: &str, lines: Vec<Line>) {
    let Some(group) = cx.logs.groups.get_mut(group_name) else { return };
    let place = key([group_name, stream_name]);
    if !cx.logs.streams.contains(&place) {
        cx.logs.streams.insert(place.as_str(), LogStream::new(stream_name.to_owned(), cx.now));
    }
    let Some(stream) = cx.logs.streams.get_mut(&place) else { return };
    let ingestion_time = cx.now.as_millisecond();
    for Line { timestamp, message } in lines {
        let event = LogEvent::new(timestamp, message, ingestion_time, stream.received);
        group.stored_bytes += event.size() as u64;
        stream.take(timestamp, ingestion_time);
        cx.logs.events.insert(event.key(&place), event);
    }
    let surplus = stream.kept.saturating_sub(KEPT);
    stream.kept -= surplus;
    let oldest: Vec<String> =
        cx.logs.events.prefix(&place).take(surplus as usize).map(|(key, _)| key.to_owned()).collect();
    for event in oldest {
        cx.logs.events.remove(&event);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{KEPT, Line, append, ensure_group};
    use crate::testing::Local;

    #[test]
    fn a_stream_keeps_the_newest_lines() {
        let mut cloud = Local::new();
        let line = |number: u64| Line { timestamp: 1_800_000_000_000 + number as i64, message: number.to_string() };
        let now = cloud.now;
        let put = |cloud: &mut Local, from: u64, to: u64| {
            cloud
                .world
                .everywhere(now, |cx| {
                    ensure_group(cx, "g");
                    append(cx, "g", "s", (from..to).map(line).collect());
                    Ok(())
                })
                .expect("it is stored");
        };
        put(&mut cloud, 0, 10);
        put(&mut cloud, 10, KEPT + 5);
        let all = json!({ "logGroupName": "g", "logStreamName": "s", "startFromHead": true });
        let events = cloud.json("logs", "GetLogEvents", all).expect("it is read")["events"].clone();
        let events = events.as_array().expect("a list").clone();
        assert_eq!((events.len() as u64, &events[0]["message"]), (KEPT, &json!("5")));
    }
}
