use super::Project;
use engine::{
    history::{Changes, Command, FORMAT, History, HistoryEvent, Line, Outcome, Part, PlannedStep, Record, VERSION},
    state::Home,
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

fn started() -> Timestamp {
    "2026-11-26T12:00:00Z".parse().expect("a time")
}

/// Puts an apply into the history of `dev`, as if it had been made.
fn record(project: &Project, number: u32, outcome: Option<Outcome>) {
    let ended = outcome.map(|_| started() + SignedDuration::from_secs(65));
    let record = Record {
        format: FORMAT.to_owned(),
        version: VERSION,
        number,
        stack: "dev".to_owned(),
        command: Command::Deploy,
        started: started(),
        ended,
        rust_stack: "0.1.0".to_owned(),
        operator: "ana@build-3".to_owned(),
        home: Home { account: "123456789012".to_owned(), region: "us-east-1".to_owned(), endpoint: None },
        lineage: "one".to_owned(),
        base: "sha256:0".to_owned(),
        outcome,
        planned: Changes { add: 1, change: 2, remove: 3 },
        done: None,
        variables: [("image_tag".to_owned(), "v42".into())].into(),
        images: [("task_definition.web".to_owned(), "registry.example/app:v42".to_owned())].into(),
        reverts: None,
        resumes: None,
        message: Some("said at the end".to_owned()),
    };
    let folder = format!("state/dev/history/{number:04}");
    project.write(&format!("{folder}/record.json"), serde_json::to_string(&record).expect("it is JSON"));
    let part = Part::Change;
    let step = PlannedStep {
        verb: "create".to_owned(),
        address: Some("service.web".parse().expect("an address")),
        detail: String::new(),
    };
    let events = [
        HistoryEvent::Planned { part, steps: vec![step] },
        HistoryEvent::StepBegun { part, step: 0 },
        HistoryEvent::StepDone { part, step: 0, id: None, elapsed: Duration::from_secs(2) },
    ];
    let lines = (0..).zip(events).map(|(second, event)| {
        let at = started() + SignedDuration::from_secs(second);
        let line = Line { at, offset: Duration::from_secs(second.unsigned_abs()), event };
        serde_json::to_string(&line).expect("it is JSON") + "\n"
    });
    project.write(&format!("{folder}/events.jsonl"), lines.collect::<String>());
}

#[test]
fn applies_are_listed_and_shown_and_damage_is_told() {
    let project = Project::new("history");
    project.run(&["history", "dev"]).succeeds();
    project.run(&["report", "dev"]).fails(&["no apply of the stack `dev` is recorded", "rust-stack apply dev"]);

    record(&project, 1, Some(Outcome::Complete));
    record(&project, 2, None);
    project.write("state/dev/history/0003/record.json", "{");
    let listed = project.run(&["history", "dev"]).succeeds();
    for said in ["complete", "killed", "unreadable", "65 s", "+1 ~2 -3", "app:v42", "2026-11-26 12:00:00 UTC"] {
        assert!(listed.contains(said), "{said}: {}", listed);
    }
    assert_eq!(listed.lines().count(), 4);
    let lines = project.run(&["history", "dev", "--json"]).succeeds();
    assert_eq!(lines.lines().filter(|line| line.contains("\"type\":\"apply\"")).count(), 3, "{lines}");

    let shown = project.run(&["history", "dev", "1"]).succeeds();
    for said in ["dev, apply 1: complete", "ana@build-3", "Said at the end.", "create service.web", "done"] {
        assert!(shown.contains(said), "{said}: {}", shown);
    }
    project.run(&["history", "dev", "9"]).fails(&["there is no apply 9 of the stack `dev`"]);
    assert!(History::open(&project.root.join("state/dev")).read(2).expect("it can be listed").is_some());
}

#[test]
fn a_report_is_a_page_where_it_is_said_or_text() {
    let project = Project::new("report");
    record(&project, 1, Some(Outcome::Complete));
    let page = project.root.join("state/dev/history/0001/report.html");
    let said = project.run(&["report", "dev", "--html"]).succeeds();
    assert_eq!(said.trim(), page.display().to_string());
    let html = project.read("state/dev/history/0001/report.html");
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("create service.web"));

    let other = project.root.join("elsewhere.html");
    project.run(&["report", "dev", "1", "--html", "--out", &other.display().to_string()]).succeeds();
    assert_eq!(project.read("elsewhere.html"), html);

    let text = project.run(&["report", "dev"]).succeeds();
    assert!(text.starts_with("# dev, apply 1: complete") && !text.contains("<details>"));
    let folded = project.run(&["report", "dev", "--markdown"]).succeeds();
    assert!(folded.contains("<details><summary>Steps</summary>"));
    project.run(&["report", "dev", "--markdown", "--html"]).exits(1);
}
