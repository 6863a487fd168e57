//! What was written to a log group or by a task, and what has been since: for people who look on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::LogEvent;
use crate::context::Context;
use crate::table::key;

/// The fewest characters of a task's id that stand for it.
const FEWEST: usize = 6;

/// How far somebody has read, by group and stream: how many events of it had come.
pub(crate) type Read = BTreeMap<String, BTreeMap<String, u64>>;

/// What somebody wants to read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// A log group by its name, or a task by its ARN, its id or the beginning of that.
    of: String,
    /// What was read before.
    #[serde(default)]
    after: Read,
}

/// What there is to read.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Found {
    /// By time.
    lines: Vec<FoundLine>,
    /// What to ask with for the lines after these.
    after: Read,
}

#[derive(Debug, Serialize)]
struct FoundLine {
    group: String,
    stream: String,
    /// The id of the task that has written it, if a task has.
    task: Option<String>,
    /// In milliseconds since 1970.
    at: i64,
    message: String,
}

impl Found {
    /// Takes what was found in another region.
    pub(crate) fn add(&mut self, other: Found) {
        self.lines.extend(other.lines);
        self.lines.sort_by_key(|line| line.at);
        self.after.extend(other.after);
    }
}

/// The lines that were wished for in this region; `None` if nothing here has the name.
pub(crate) fn read_on(cx: &Context<'_>, wish: &Wish) -> Option<Found> {
    let logs = &*cx.logs;
    let is_group = logs.groups.contains(&wish.of);
    let id = wish.of.rsplit('/').next().unwrap_or_default();
    // The last part of a stream that a task writes to is its id.
    let of_task = |stream: &str| {
        let writer = task_of(cx, stream);
        id.len() >= FEWEST && writer.is_some_and(|writer| writer.starts_with(id))
    };
    let groups = logs.groups.values().filter(|group| !is_group || group.name == wish.of);
    let mut found = Found::default();
    for group in groups {
        let inside = key([group.name.as_str()]);
        for (place, stream) in logs.streams.prefix(&inside).filter(|(_, stream)| is_group || of_task(&stream.name)) {
            let read = wish.after.get(&group.name).and_then(|streams| streams.get(&stream.name)).copied();
            let new =
                |event: &&LogEvent| event.is_kept(group, cx.now) && event.place.received() >= read.unwrap_or_default();
            let lines = logs.events.prefix(place).map(|(_, event)| event).filter(new).map(|event| FoundLine {
                group: group.name.clone(),
                stream: stream.name.clone(),
                task: task_of(cx, &stream.name).map(str::to_owned),
                at: event.timestamp,
                message: event.message.clone(),
            });
            found.lines.extend(lines);
            found.after.entry(group.name.clone()).or_default().insert(stream.name.clone(), stream.received);
        }
    }
    found.lines.sort_by_key(|line| line.at);
    let is_task = || cx.ecs.tasks.values().any(|task| id.len() >= FEWEST && task.id.starts_with(id));
    (is_group || !found.after.is_empty() || is_task()).then_some(found)
}

/// The id of the task that a stream is of: one that ECS knows, or remembers by the stream alone.
fn task_of<'a>(cx: &Context<'_>, stream: &'a str) -> Option<&'a str> {
    let (_, id) = stream.rsplit_once('/')?;
    let looks_like_one = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    (looks_like_one || cx.ecs.tasks.values().any(|task| task.id == id)).then_some(id)
}

/// The names of the log groups of this region.
pub(crate) fn names(cx: &Context<'_>) -> Vec<String> {
    cx.logs.groups.values().map(|group| group.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{Line, append, ensure_group};
    use super::read_on;
    use crate::testing::Local;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    fn write(cloud: &mut Local, lines: &[(&str, i64)]) {
        let (now, stream) = (cloud.now, format!("web/app/{ID}"));
        let lines = lines
            .iter()
            .map(|(message, after)| Line { timestamp: now.as_millisecond() + after, message: (*message).to_owned() });
        let lines: Vec<Line> = lines.collect();
        let put = cloud.world.everywhere(now, |cx| {
            ensure_group(cx, "/ecs/web");
            append(cx, "/ecs/web", &stream, lines.clone());
            Ok(())
        });
        put.expect("it is stored");
    }

    fn read(cloud: &mut Local, of: &str, after: &Value) -> Option<Value> {
        let wish = serde_json::from_value(json!({ "of": of, "after": after })).expect("it is a wish");
        let found = cloud.world.everywhere(cloud.now, |cx| Ok(read_on(cx, &wish))).expect("it is read");
        found.into_iter().flatten().map(|found| json!(found)).next()
    }

    fn messages(found: &Value) -> Vec<&str> {
        found["lines"].as_array().into_iter().flatten().filter_map(|line| line["message"].as_str()).collect()
    }

    #[test]
    fn each_line_is_read_once_whatever_its_time_is() {
        let mut cloud = Local::new();
        write(&mut cloud, &[("b", 1), ("a", 0)]);
        for of in ["/ecs/web", ID, &ID[..8], &format!("arn:aws:ecs:us-east-1:1:task/main/{ID}")] {
            let first = read(&mut cloud, of, &json!({})).expect("it is there");
            assert_eq!(messages(&first), ["a", "b"], "{of}");
            assert_eq!((&first["lines"][0]["task"], &first["lines"][0]["group"]), (&json!(ID), &json!("/ecs/web")));
        }
        let first = read(&mut cloud, "/ecs/web", &json!({})).expect("it is there");
        write(&mut cloud, &[("late", -5)]);
        let second = read(&mut cloud, "/ecs/web", &first["after"]).expect("it is there");
        assert_eq!(messages(&second), ["late"]);
        let third = read(&mut cloud, "/ecs/web", &second["after"]).expect("it is there");
        assert_eq!(messages(&third), [""; 0]);
    }

    #[test]
    fn what_nothing_is_called_is_not_found() {
        let mut cloud = Local::new();
        write(&mut cloud, &[("a", 0)]);
        for of in ["/ecs/other", &ID[..5], "fedcba", ""] {
            assert!(read(&mut cloud, of, &json!({})).is_none(), "{of}");
        }
    }
}
