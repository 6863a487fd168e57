use super::{Project, end_to_end::unchanged};
use serde_json::Value;

const DOCUMENT: &str = "state/local/dev/state.json";
const JOURNAL: &str = "state/local/dev/journal.jsonl";

#[test]
fn damaged_state_is_refused_and_left_alone() {
    let project = Project::new("damaged");
    let cloud = project.cloud(&[]);
    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
    let whole = project.read(DOCUMENT);
    let made = cloud.total();

    let mut newer: Value = serde_json::from_str(&whole).expect("it is JSON");
    newer["version"] = 99.into();
    let mut foreign: Value = serde_json::from_str(&whole).expect("it is JSON");
    foreign["format"] = "terraform".into();
    let damages: [(&str, String, &[&str]); 5] = [
        ("corrupted", whole.replacen("\"resources\"", "\"resorces\"", 1), &["state.json", "is damaged", "Restore"]),
        ("truncated", whole[..whole.len() / 2].to_owned(), &["state.json:", "is damaged", "Restore"]),
        ("empty", String::new(), &["state.json", "is damaged", "Restore"]),
        (
            "newer",
            newer.to_string(),
            &["has format version 99, and this program reads up to version 1", "newest version"],
        ),
        ("foreign", foreign.to_string(), &["its format is `terraform`"]),
    ];
    for (damage, text, said) in damages {
        project.write(DOCUMENT, &text);
        let before = project.files("state/local/dev");
        for command in [
            &["plan", "dev", "--local"][..],
            &["apply", "dev", "--local", "--auto-approve"],
            &["destroy", "dev", "--local", "--auto-approve"],
            &["state", "list", "dev", "--local"],
        ] {
            project.run(command).fails(said);
            assert_eq!(project.files("state/local/dev"), before, "{damage}: {command:?} changed the state");
        }
    }
    project.write(DOCUMENT, &whole);
    assert_eq!(cloud.total(), made, "nothing was touched");
    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
}

#[test]
fn a_half_written_last_line_is_left_out_with_a_warning() {
    let project = Project::new("torn");
    project.cloud(&[]);
    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();

    let journal = project.read(JOURNAL);
    project.write(JOURNAL, format!("{journal}{{\"seq\":1,\"at\":\"2026-"));
    let plan = project.run(&["plan", "dev", "--local", "--detailed-exitcode"]);
    assert!(plan.stderr.contains("Warning: ") && plan.stderr.contains("was half written"), "{plan}");
    unchanged(&plan);
    let applied = project.run(&["apply", "dev", "--local", "--var", "desired_count=3", "--auto-approve"]);
    assert!(applied.stderr.contains("was half written"), "{applied}");
    assert_eq!(applied.stderr.matches("Warning: ").count(), 1, "it is said once: {applied}");
    applied.succeeds();
    let plan = project.run(&["plan", "dev", "--local", "--var", "desired_count=3", "--detailed-exitcode"]);
    assert!(!plan.stderr.contains("Warning: "), "it is over: {plan}");
    unchanged(&plan);
}
