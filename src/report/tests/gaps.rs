//! What is missing or damaged is told, and the rest is shown.

use crate::fixture::{Fixture, Story};
use rust_stack_report::{Markdown, Report, markdown, page};
use std::{fs, io::Write as _, path::PathBuf};

fn both(fixture: &Fixture) -> (Report, String, String) {
    let report = Report::of(fixture.read());
    let (html, text) = (page(&report), markdown(&report, Markdown::Plain));
    (report, html, text)
}

#[test]
fn an_apply_without_probes_proves_nothing_and_says_so() {
    let fixture = Fixture::new(Story::Good);
    fs::remove_file(fixture.paths.probes()).unwrap();
    fs::remove_file(fixture.paths.certificate()).unwrap();
    fs::remove_file(fixture.paths.proof_text()).unwrap();
    let (report, html, text) = both(&fixture);
    assert_eq!(report.problems, [""; 0]);
    assert!(html.contains("nothing is proven about the availability") && text.contains("nothing is proven"));
    assert!(html.contains("No proof was recorded"));
    assert!(html.contains("create service.web-green"));
}

#[test]
fn each_file_may_be_missing_or_damaged() {
    let names = |fixture: &Fixture| -> Vec<PathBuf> {
        fs::read_dir(&fixture.paths.folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    for index in 0..names(&Fixture::new(Story::Bad)).len() {
        for damage in [None, Some(&b"\xff\xfe{\n"[..]), Some(b"")] {
            let fixture = Fixture::new(Story::Bad);
            let mut files = names(&fixture);
            files.sort();
            match damage {
                None => fs::remove_file(&files[index]).unwrap(),
                Some(bytes) => fs::write(&files[index], bytes).unwrap(),
            }
            let (_, html, text) = both(&fixture);
            assert!(html.ends_with("</html>") && text.contains("apply 7"), "{:?}", files[index]);
        }
    }
}

#[test]
fn a_log_that_was_cut_off_is_shown_as_far_as_it_goes() {
    let fixture = Fixture::new(Story::Bad);
    let log = fs::read(fixture.paths.probes()).unwrap();
    fs::write(fixture.paths.probes(), &log[..log.len() / 2]).unwrap();
    let (report, html, _) = both(&fixture);
    assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
    assert!(report.traffic.unwrap().bins.iter().any(|bin| bin.answered > 0));
    assert!(html.contains("Not everything could be read"));
}

#[test]
fn an_empty_folder_gives_a_page() {
    let fixture = Fixture::new(Story::Good);
    fs::remove_dir_all(&fixture.paths.folder).unwrap();
    fs::create_dir(&fixture.paths.folder).unwrap();
    let (report, html, _) = both(&fixture);
    assert!(report.record.is_none() && html.contains("The record of this apply cannot be read."));
}

#[test]
fn times_beyond_all_reason_do_no_harm() {
    let fixture = Fixture::new(Story::Good);
    let mut events = fs::OpenOptions::new().append(true).open(fixture.paths.events()).unwrap();
    let line = r#"{"at":"9999-01-01T00:00:00Z","offset_us":18446744073709551615,"event":"note","message":"late"}"#;
    writeln!(events, "{line}").unwrap();
    let (report, html, _) = both(&fixture);
    assert!(report.traffic.unwrap().bins.len() < 2_000);
    assert!(html.contains("late"));
}
