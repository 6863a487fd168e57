use super::Project;
use serde_json::Value;
use std::{fs, path::PathBuf, time::Duration};

/// What the history tells of the last apply, as it happens.
pub(crate) struct Events {
    pub(crate) folder: PathBuf,
}

impl Events {
    /// Those of the apply that began last; `None` before the first.
    pub(crate) fn last(project: &Project) -> Option<Self> {
        let folders = fs::read_dir(project.root.join("state/local/dev/history")).ok()?;
        let folders = folders.map(|entry| entry.expect("a folder can be read").path());
        folders.filter(|path| path.join("record.json").is_file()).max().map(|folder| Self { folder })
    }

    /// How it ended.
    pub(crate) fn outcome(&self) -> String {
        let text = fs::read_to_string(self.folder.join("record.json")).expect("there is a record");
        let record: Value = serde_json::from_str(&text).expect("it is JSON");
        record["outcome"].as_str().unwrap_or_default().to_owned()
    }

    /// All so far.
    pub(crate) fn all(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.join("events.jsonl")).unwrap_or_default();
        // The last line may be half written.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The steps of the change that was wanted.
    pub(crate) fn steps(&self) -> Vec<Value> {
        let all = self.all();
        let planned = all.iter().find(|event| event["event"] == "planned").expect("it was planned");
        planned["steps"].as_array().expect("they are a list").clone()
    }

    /// How many there are so far of a kind.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.all().iter().filter(|event| event["event"] == kind).count()
    }

    /// When the first event was that is as wanted, since the apply began.
    pub(crate) fn when(&self, wanted: impl Fn(&Value) -> bool) -> Option<Duration> {
        let all = self.all();
        let event = all.iter().find(|event| wanted(event))?;
        Some(Duration::from_micros(event["offset_us"].as_u64().expect("an event has its time")))
    }
}
