//! Log lines that come from inside of the cloud: the output of tasks.

use super::Tables;
use super::event::LogEvent;
use super::group::LogGroup;
use super::stream::LogStream;
use crate::context::Context;
use crate::table::key;

/// How many events of a task's stream are kept: older ones go, so that tasks may write on and on.
const KEPT: u64 = 2000;

/// How many of the streams that tasks have written to a group are kept: those that were written to last. A service whose tasks
/// fail makes new ones on and on.
const STREAMS: usize = 100;

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
    if !cx.logs.groups.contains(group_name) {
        return;
    }
    let place = key([group_name, stream_name]);
    if !cx.logs.streams.contains(&place) {
        cx.logs.forget_streams(group_name, STREAMS - 1);
        cx.logs.streams.insert(place.as_str(), LogStream::of_task(stream_name.to_owned(), cx.now));
    }
    let (Some(group), Some(stream)) = (cx.logs.groups.get_mut(group_name), cx.logs.streams.get_mut(&place)) else {
        return;
    };
    let ingestion_time = cx.now.as_millisecond();
    for Line { timestamp, message } in lines {
        let event = LogEvent::new(timestamp, message, ingestion_time, stream.received);
        group.stored_bytes += event.size() as u64;
        stream.take(timestamp, ingestion_time);
        cx.logs.events.insert(event.key(&place), event);
    }
    cx.logs.forget_events(&place, KEPT);
}

impl Tables {
    /// Removes the oldest events of a stream until no more than `kept` are left.
    pub(super) fn forget_events(&mut self, stream: &str, kept: u64) {
        let Some(surplus) = self.streams.get(stream).map(|stream| stream.kept.saturating_sub(kept)) else { return };
        if surplus == 0 {
            return;
        }
        let oldest: Vec<String> =
            self.events.prefix(stream).take(surplus as usize).map(|(key, _)| key.to_owned()).collect();
        oldest.iter().for_each(|event| drop(self.events.remove(event)));
        if let Some(stream) = self.streams.get_mut(stream) {
            stream.kept -= surplus;
        }
    }

    /// Removes the streams of a group that tasks have written to, those written to longest ago first, until no more than
    /// `kept` are left.
    fn forget_streams(&mut self, group: &str, kept: usize) {
        let inside = key([group]);
        let of_tasks = self.streams.prefix(&inside).filter(|(_, stream)| stream.of_task);
        let mut of_tasks: Vec<(Option<i64>, String)> =
            of_tasks.map(|(key, stream)| (stream.last_ingestion, key.to_owned())).collect();
        of_tasks.sort();
        let surplus = of_tasks.len().saturating_sub(kept);
        for (_, stream) in of_tasks.into_iter().take(surplus) {
            self.streams.remove(&stream);
            self.events.remove_prefix(&stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{KEPT, Line, STREAMS, append, ensure_group};
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

    #[test]
    fn a_group_keeps_the_streams_that_tasks_have_written_to_last() {
        let mut cloud = Local::new();
        let create = json!({ "logGroupName": "g" });
        cloud.json("logs", "CreateLogGroup", create).expect("it is made");
        let of_a_client = json!({ "logGroupName": "g", "logStreamName": "mine" });
        cloud.json("logs", "CreateLogStream", of_a_client).expect("it is made");
        for task in 0..STREAMS + 5 {
            cloud.advance(std::time::Duration::from_secs(1));
            let line = Line { timestamp: cloud.now.as_millisecond(), message: "m".to_owned() };
            let put = cloud.world.everywhere(cloud.now, |cx| {
                append(cx, "g", &format!("web/app/{task:03}"), vec![line.clone()]);
                Ok(())
            });
            put.expect("it is stored");
        }
        let counts = cloud.world.counts();
        assert_eq!((counts["logs"]["streams"], counts["logs"]["events"]), (STREAMS + 1, STREAMS));
        let first = json!({ "logGroupName": "g", "logStreamNamePrefix": "web/", "limit": 1 });
        let streams = cloud.json("logs", "DescribeLogStreams", first).expect("they are read");
        assert_eq!(streams["logStreams"][0]["logStreamName"], "web/app/005");
    }
}
