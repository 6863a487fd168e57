use super::{lock, recorded};
use crate::state::{StateError, Store, Warning, fixture::*};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn journal(directory: &Path) -> PathBuf {
    directory.join("journal.jsonl")
}

fn document(directory: &Path) -> PathBuf {
    directory.join("state.json")
}

/// A folder whose events are in the document.
async fn compacted() -> tempfile::TempDir {
    let directory = recorded().await;
    let journal = lock(directory.path()).expect("nobody else is here");
    journal.compact().await.expect("the disk works");
    directory
}

fn edit(file: &Path, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(file).expect("it exists");
    fs::write(file, change(text)).expect("it can be written");
}

/// What reading and locking both say, after which the files are as they were.
fn refused(directory: &Path) -> StateError {
    let files = || (fs::read(journal(directory)).ok(), fs::read(document(directory)).ok());
    let before = files();
    let error = Store::open(directory, "dev").expect_err("it is damaged");
    assert_eq!(lock(directory).expect_err("it is damaged").to_string(), error.to_string());
    assert_eq!(files(), before);
    error
}

fn corrupt(directory: &Path, file: &str, line: Option<usize>, words: &str) {
    let error = refused(directory);
    let StateError::Corrupt { file: found, line: at, message } = &error else { panic!("{error}") };
    assert_eq!((found.as_path(), *at), (directory.join(file).as_path(), line), "{message}");
    assert!(message.contains(words), "{message}");
    assert!(error.hint().expect("there is something to do").contains("backup"));
}

#[tokio::test]
async fn a_truncated_document_is_refused_wherever_it_is_cut() {
    let directory = compacted().await;
    let whole = fs::read(document(directory.path())).expect("it exists");
    for length in (0..whole.len() - 2).step_by(101) {
        fs::write(document(directory.path()), &whole[..length]).expect("it can be written");
        let error = Store::open(directory.path(), "dev").expect_err("it is cut");
        assert!(matches!(error, StateError::Corrupt { line: Some(_), .. }), "{length}: {error}");
    }
}

#[tokio::test]
async fn a_document_that_cannot_be_true_is_refused() {
    let directory = compacted().await;
    edit(&document(directory.path()), |text| text.replace("vpc-2", "vpc-1"));
    corrupt(directory.path(), "state.json", None, "vpc.a and vpc.b are both the ec2.vpc vpc-1");
}

#[tokio::test]
async fn an_older_journal_is_read_and_folded_before_anything_is_added() {
    let directory = recorded().await;
    let old = |text: String| {
        let (header, events) = text.split_once('\n').expect("it has a header");
        let mut header: serde_json::Value = serde_json::from_str(header).expect("it is JSON");
        header.as_object_mut().expect("it is an object").remove("sum");
        header["version"] = json!(1);
        format!("{}{events}", crate::state::line::write(&header))
    };
    edit(&journal(directory.path()), old);
    let resources = || Store::open(directory.path(), "dev").expect("it is readable").into_state().resources;
    assert_eq!(resources(), sample().resources);

    let open = lock(directory.path()).expect("it is readable");
    open.record(restored("subnet.a", 1)).await.expect("it fits");
    drop(open);
    let text = fs::read_to_string(journal(directory.path())).expect("it exists");
    assert!(text.starts_with(r#"{"format":"rust-stack-journal","version":2"#), "{text}");
    assert_eq!(text.lines().count(), 2, "{text}");
    let mut expected = sample();
    expected.apply(restored("subnet.a", 1)).expect("it fits");
    assert_eq!(resources(), expected.resources);
}

#[tokio::test]
async fn what_a_newer_program_wrote_is_refused_with_both_versions() {
    let directory = compacted().await;
    edit(&document(directory.path()), |text| text.replace("\"version\": 1", "\"version\": 9"));
    let error = refused(directory.path());
    assert!(matches!(error, StateError::Newer { found: 9, supported: 1, .. }), "{error}");

    let directory = recorded().await;
    let header = json!({ "format": "rust-stack-journal", "version": 9, "what": "no idea" });
    fs::write(journal(directory.path()), crate::state::line::write(&header)).expect("it can be written");
    let error = refused(directory.path());
    assert!(matches!(error, StateError::Newer { found: 9, supported: 2, .. }), "{error}");
}

#[tokio::test]
async fn another_format_stack_or_lineage_is_refused() {
    let directory = compacted().await;
    edit(&document(directory.path()), |text| text.replace("rust-stack-state", "terraform"));
    corrupt(directory.path(), "state.json", None, "its format is `terraform`");

    let directory = compacted().await;
    let error = Store::open(directory.path(), "prod").expect_err("it is the folder of dev");
    assert!(error.to_string().contains("it belongs to the stack `dev`, not to `prod`"), "{error}");

    let (directory, other) = (compacted().await, compacted().await);
    fs::copy(journal(other.path()), journal(directory.path())).expect("both exist");
    corrupt(directory.path(), "journal.jsonl", Some(1), "another state of the stack `dev`");
}

#[tokio::test]
async fn a_document_older_than_its_journal_is_refused() {
    let directory = compacted().await;
    let old = fs::read(document(directory.path())).expect("it exists");
    let writer = lock(directory.path()).expect("nobody else is here");
    writer.record(finished()).await.expect("it fits");
    writer.compact().await.expect("the disk works");
    drop(writer);
    fs::write(document(directory.path()), old).expect("it can be written");
    corrupt(directory.path(), "journal.jsonl", Some(1), "it follows document 2, but the document is number 1");
    fs::remove_file(document(directory.path())).expect("it exists");
    corrupt(directory.path(), "state.json", None, "the journal follows document 2");
}

#[tokio::test]
async fn a_torn_last_line_is_left_out_with_a_warning_and_cut_off() {
    let whole_but_wrong = |text: String| text.replace("vpc.c", "vpc.d");
    let without_newline = |text: String| text.trim_end().to_owned();
    for tear in [&whole_but_wrong as &dyn Fn(String) -> String, &without_newline] {
        let directory = recorded().await;
        edit(&journal(directory.path()), tear);
        let last = history().len() + 1;
        let warning = Warning::TornLine { file: journal(directory.path()), line: last };

        let stored = Store::open(directory.path(), "dev").expect("only the last line is torn");
        assert_eq!(stored.warnings(), std::slice::from_ref(&warning));
        assert!(!stored.state().resources.contains_key("vpc.c"));
        let writer = lock(directory.path()).expect("only the last line is torn");
        assert_eq!(writer.warnings(), [warning]);
        writer.record(intended("vpc.e", 1, &[])).await.expect("it fits");
        drop(writer);
        let stored = Store::open(directory.path(), "dev").expect("it is whole");
        assert_eq!(stored.warnings(), []);
        assert!(stored.state().resources.contains_key("vpc.e"));
    }
}

#[tokio::test]
async fn damage_before_the_last_line_is_refused_with_its_line() {
    // The lines to be put in the place of some, the first line that is then wrong, and why.
    let cases = [
        (4..5, vec!["{}"], 5, "checksum"),
        (4..5, vec![""], 5, "checksum"),
        (4..5, vec![], 5, "event 5 follows event 3"),
        (0..1, vec![], 1, "missing field `format`"),
    ];
    for (range, put, line, words) in cases {
        let directory = recorded().await;
        edit(&journal(directory.path()), |text| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.splice(range, put);
            lines.join("\n") + "\n"
        });
        corrupt(directory.path(), "journal.jsonl", Some(line), words);
    }
}
