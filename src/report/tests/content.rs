//! Every fact stands on the page and in the text.

use crate::fixture::{Fixture, HOSTILE, Story, keep};
use engine::history::{Ending, Verdict};
use rust_stack_report::{self as report, Markdown, MomentKind, Progress, Report, markdown, page, tested, words};

fn gathered(story: Story) -> Report {
    Report::of(Fixture::new(story).read())
}

#[test]
fn the_facts_of_a_bad_change_fit_together() {
    let report = gathered(Story::Bad);
    assert_eq!(report.problems, [""; 0]);
    assert_eq!(report.ending, Some(Ending::Reverted));
    let verdicts: Vec<_> = report.waves.iter().map(|wave| wave.verdict).collect();
    assert_eq!(verdicts, [Some(Verdict::Healthy), Some(Verdict::Healthy), Some(Verdict::Bad)]);
    assert!(
        report.waves.iter().all(|wave| wave.claim.is_some() && wave.begun < wave.applied && wave.applied < wave.judged)
    );

    let certificate = report.certificate.as_ref().unwrap();
    let traffic = report.traffic.as_ref().unwrap();
    let counts = certificate.service.counts;
    assert!(counts.probes() > 9_000 && counts.failures() > 3, "{counts:?}");
    assert_eq!(traffic.failures.len() as u64, counts.failures());
    let sum = |of: fn(&report::Bin) -> u32| traffic.bins.iter().map(|bin| u64::from(of(bin))).sum::<u64>();
    assert_eq!(sum(|bin| bin.answered) + sum(|bin| bin.failed), counts.probes());
    assert!(sum(|bin| bin.missed) > 0);

    let halted = report.moment(MomentKind::Halted).unwrap().at;
    let first = traffic.failures.iter().find(|failure| failure.at > report.waves[2].applied.unwrap()).unwrap().at;
    assert!(first < halted && halted - first < std::time::Duration::from_secs(5), "{first:?} {halted:?}");
    let failed = report.steps.iter().filter(|step| matches!(step.progress, Progress::Failed(_))).count();
    let unbegun = report.steps.iter().filter(|step| step.progress == Progress::NotBegun).count();
    assert_eq!((failed, unbegun, report.steps.len()), (1, 3, 13));
}

#[test]
fn every_fact_stands_in_both() {
    for story in [Story::Good, Story::Bad] {
        let fixture = Fixture::new(story);
        let report = Report::of(fixture.read());
        let (html, text) = (page(&report), markdown(&report, Markdown::Plain));
        keep(&fixture, &format!("{story:?}").to_lowercase(), &html);
        let certificate = report.certificate.as_ref().unwrap();
        let mut facts = vec![
            "prod, apply 7".to_owned(),
            "2026-11-26 12:00:00 UTC".to_owned(),
            "3 min 6 s".to_owned(),
            "ana@build-3".to_owned(),
            "eu-central-1".to_owned(),
            "123456789012.dkr.ecr.eu-central-1.amazonaws.com/app:v42".to_owned(),
            "rust-stack 0.1.0".to_owned(),
            words::count(certificate.service.counts.probes()),
            report::claims::bound(certificate.service.anytime_upper_bound),
            "Limits: ".to_owned(),
            "48,211 requests answered by targets".to_owned(),
            "Plan: 4 to add, 2 to change, 3 to destroy.".to_owned(),
            "attained by create service.web-green".to_owned(),
            format!("rust-stack certificate verify {}", report.paths.certificate().display()),
            certificate.log.sha256.clone(),
            "create service.web-green".to_owned(),
            "is tried again: ThrottlingException".to_owned(),
            "has reached a steady state".to_owned(),
        ];
        facts.extend(report::claims::claims(certificate).into_iter().map(|claim| claim.value));
        facts.extend(report.waves.iter().map(|wave| wave.name.clone()));
        facts.extend(report.moments.iter().map(|moment| words::offset(moment.at)));
        if story == Story::Bad {
            facts.extend(["reverted", "inconclusive", "5xx from the target", "connection reset"].map(str::to_owned));
            facts.retain(|fact| fact != "inconclusive");
            facts.push(report.traffic.as_ref().unwrap().failures[0].request_id.clone());
        }
        for fact in facts {
            assert!(html.contains(&fact) || fact == "Limits: " && html.contains("class=\"limits\""), "page: {fact}");
            assert!(text.contains(&fact), "text: {fact}\n{text}");
        }
    }
}

#[test]
fn the_words_of_others_stay_words() {
    let report = gathered(Story::Bad);
    let html = page(&report);
    assert!(!html.contains("<script"), "somebody's words became a script");
    assert!(html.matches("&lt;script&gt;alert('x')&lt;/script&gt;").count() >= 4);
    assert!(html.contains("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"));
    let outside = html.replace("http://www.w3.org", "").matches("src=\"http").count() + html.matches("url(").count();
    assert_eq!(outside, 0, "the page asks for something");

    let text = markdown(&report, Markdown::Folded);
    let in_code = text.split("```").skip(1).step_by(2).any(|code| code.contains(HOSTILE));
    let outside_code: String = text.split("```").step_by(2).collect();
    assert!(in_code && outside_code.contains("\\<script>") && !outside_code.contains(" <script>"));
}

#[test]
fn a_certificate_says_in_one_line_what_the_list_shows() {
    let fixture = Fixture::new(Story::Good);
    let summaries = fixture.history.list().unwrap();
    let line = tested(&summaries[0]).unwrap();
    assert!(line.probes > 9_000 && line.failures == 0 && line.availability.get() > 0.999, "{line:?}");
}

/// Two URLs were probed: both are counted, and each has its line and its check.
#[test]
fn every_url_has_its_line() {
    let fixture = Fixture::new(Story::Good);
    let one = std::fs::read_to_string(fixture.paths.certificate()).unwrap();
    let url = report::Report::of(fixture.read()).certificate.unwrap().url;
    std::fs::write(fixture.paths.certificate_of(1), one.replace(&url, "https://api.example/health")).unwrap();

    let report = Report::of(fixture.read());
    assert_eq!(report.problems, [""; 0]);
    let each = report.certificate.as_ref().unwrap().service.counts.probes();
    let verify = format!("certificate verify {}", fixture.paths.certificate_of(1).display());
    for text in [page(&report), markdown(&report, Markdown::Plain)] {
        for fact in ["https://api.example/health", &url, &words::count(2 * each), &verify] {
            assert!(text.contains(fact), "{fact}");
        }
    }
    assert_eq!(tested(&fixture.read().summary).unwrap().probes, 2 * each);
}
