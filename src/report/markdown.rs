//! The same facts as text: Markdown, which also reads well as it stands in a terminal or as the summary of a job.

use crate::{
    Report,
    claims::{bound, claims, what},
    facts::{Bar, Progress, Wave},
    words::{count, duration, offset},
};
use engine::history::Part;
use gate::{certificate::Certificate, probe::Failure};
use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

/// For whom the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markdown {
    /// For people in a terminal: Markdown alone.
    Plain,
    /// For a page that shows Markdown, such as the summary of a GitHub Actions job: long parts are folded.
    Folded,
}

/// So many failed probes are listed one by one.
const LISTED: usize = 20;

/// The text about one apply.
pub fn markdown(report: &Report, how: Markdown) -> String {
    let mut text = String::new();
    let ending = report.ending.map_or_else(|| "unreadable".to_owned(), |ending| ending.to_string());
    let _ = writeln!(text, "# {}: {ending}\n\n{}\n", report.title(), escaped(&report.headline()));
    for moment in &report.moments {
        let about = if moment.text.is_empty() { String::new() } else { format!(": {}", escaped(&moment.text)) };
        let _ = writeln!(text, "- {} at {}{about}", moment.kind.word(), offset(moment.at));
    }
    if !report.moments.is_empty() {
        text.push('\n');
    }
    let figures = report.figures().into_iter().map(|figure| vec![figure.name.to_owned(), figure.value, figure.note]);
    table(&mut text, &["", "", ""], figures.collect());
    let about = report.circumstances().into_iter().map(|(name, value)| vec![name.to_owned(), value]);
    table(&mut text, &["", ""], about.collect());
    if !report.problems.is_empty() {
        text.push_str("## Not everything could be read\n\n");
        for problem in &report.problems {
            let _ = writeln!(text, "- {}", escaped(problem));
        }
        text.push('\n');
    }
    waves(&mut text, report);
    evidence(&mut text, report);
    failures(&mut text, report);
    let steps = report.steps.iter().map(step).collect();
    folded(&mut text, how, "Steps", |text| table(text, &["Step", "What", "Began", "Took", "End"], steps));
    for (heading, listing) in [
        ("What changed", &report.plan),
        ("The plan that led back", &report.undo),
        ("Why the plan was safe", &report.proof),
    ] {
        if let Some(listing) = listing {
            folded(&mut text, how, heading, |text| code(text, listing.trim_end()));
        }
    }
    let remarks: Vec<_> = report
        .remarks
        .iter()
        .map(|remark| vec![offset(remark.at), remark.about.clone(), remark.text.clone()])
        .collect();
    if !remarks.is_empty() {
        folded(&mut text, how, "What was said meanwhile", |text| table(text, &["When", "About", "What"], remarks));
    }
    if let Some((command, certificate)) = report.verification().zip(report.certificate.as_ref()) {
        text.push_str("## How to check this\n\nEvery figure about requests follows from the log of the probes:\n\n");
        code(&mut text, &command);
        let _ = writeln!(
            text,
            "The log has {} lines; its SHA-256 is `{}`.",
            count(certificate.log.lines),
            certificate.log.sha256
        );
    }
    text
}

fn waves(text: &mut String, report: &Report) {
    if report.waves.is_empty() {
        return;
    }
    text.push_str("## Waves and verdicts\n\n");
    let rows = (1..).zip(&report.waves).map(|(number, wave)| {
        let Wave { name, verdict, why, steps, claim, .. } = wave;
        let verdict = verdict.map_or_else(|| "not judged".to_owned(), |verdict| verdict.to_string());
        let why = why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let between = |from: Option<Duration>, to: Option<Duration>| {
            from.zip(to).map(|(from, to)| duration(to.saturating_sub(from))).unwrap_or_default()
        };
        let counts = claim.as_ref().map(|claim| claim.service.counts);
        vec![
            number.to_string(),
            name.clone(),
            format!("{verdict}{why}"),
            steps.len().to_string(),
            between(wave.begun, wave.applied),
            between(wave.applied, wave.judged),
            counts.map(|counts| count(counts.probes())).unwrap_or_default(),
            counts.map(|counts| count(counts.failures())).unwrap_or_default(),
            claim.as_ref().map(|claim| bound(claim.service.anytime_upper_bound)).unwrap_or_default(),
        ]
    });
    let headings =
        ["", "Wave", "Verdict", "Steps", "Changed in", "Judged in", "Requests", "Failed", "Availability, at least"];
    table(text, &headings, rows.collect());
}

fn evidence(text: &mut String, report: &Report) {
    text.push_str("## What the requests prove\n\n");
    let Some(certificate) = &report.certificate else {
        text.push_str("There is no certificate for this apply, so nothing is proven about availability.\n\n");
        return;
    };
    for claim in claims(certificate) {
        let _ = writeln!(text, "**{}: {}.** {} Limits: {}\n", claim.heading, claim.value, claim.says, claim.limits);
    }
    let rows = certificate.streams.iter().map(|(stream, claim)| {
        let latency = |of: fn(&gate::certificate::Percentiles) -> Duration| {
            claim.latency.as_ref().map(|latency| duration(of(latency))).unwrap_or_default()
        };
        vec![
            stream.to_string(),
            what(*stream).to_owned(),
            count(claim.counts.probes()),
            count(claim.counts.failures()),
            count(claim.missed),
            latency(|it| it.p50),
            latency(|it| it.p99),
            latency(|it| it.longest),
        ]
    });
    let headings = ["Stream", "What it does", "Sent", "Failed", "Not sent", "Median", "p99", "Longest"];
    table(text, &headings, rows.collect());
    if !report.further.is_empty() {
        let row = |certificate: &Certificate| {
            let counts = certificate.service.counts;
            let least = bound(certificate.service.anytime_upper_bound);
            vec![certificate.url.clone(), count(counts.probes()), count(counts.failures()), least]
        };
        let headings = ["URL", "Sent", "Failed", "Availability, at least"];
        table(text, &headings, report.certificates().map(row).collect());
    }
}

fn failures(text: &mut String, report: &Report) {
    let Some(traffic) = &report.traffic else { return };
    text.push_str("## Failed requests\n\n");
    if traffic.failures.is_empty() {
        text.push_str("None.\n\n");
        return;
    }
    let mut kinds: BTreeMap<Failure, (u64, Duration, Duration)> = BTreeMap::new();
    for failure in &traffic.failures {
        let kind = kinds.entry(failure.failure).or_insert((0, failure.at, failure.at));
        *kind = (kind.0 + 1, kind.1, failure.at);
    }
    let rows = kinds
        .into_iter()
        .map(|(kind, (number, first, last))| vec![kind.to_string(), count(number), offset(first), offset(last)]);
    table(text, &["Kind", "Requests", "First", "Last"], rows.collect());
    let listed = traffic.failures.iter().take(LISTED).map(|failure| {
        vec![
            offset(failure.at),
            failure.stream.to_string(),
            failure.failure.to_string(),
            failure.request_id.clone(),
            failure.detail.clone(),
        ]
    });
    table(text, &["Due", "Stream", "Kind", "Request id", "More"], listed.collect());
    if traffic.failures.len() > LISTED {
        let _ = writeln!(text, "The first {LISTED} of {}.\n", traffic.failures.len());
    }
}

fn step(bar: &Bar) -> Vec<String> {
    let back = if bar.part == Part::Undo { " back" } else { "" };
    let end = match &bar.progress {
        Progress::NotBegun => "not begun".to_owned(),
        Progress::Unfinished => "no end recorded".to_owned(),
        Progress::Done => "done".to_owned(),
        Progress::Failed(why) => format!("failed: {why}"),
    };
    vec![
        format!("{}{back}", bar.index + 1),
        bar.title(),
        bar.begun.map(offset).unwrap_or_default(),
        bar.took().map(duration).unwrap_or_default(),
        end,
    ]
}

fn folded(text: &mut String, how: Markdown, heading: &str, content: impl FnOnce(&mut String)) {
    match how {
        Markdown::Plain => {
            let _ = writeln!(text, "## {heading}\n");
            content(text);
        }
        Markdown::Folded => {
            let _ = writeln!(text, "<details><summary>{heading}</summary>\n");
            content(text);
            text.push_str("</details>\n\n");
        }
    }
}

/// A table whose columns also line up as they stand.
fn table(text: &mut String, headings: &[&str], rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        return;
    }
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.iter().map(|cell| escaped(cell)).collect()).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headings[column].chars().count(), 3]).max().unwrap_or(3)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        for (cell, width) in cells.zip(&widths) {
            let _ = write!(text, "| {cell}{} ", " ".repeat(width - cell.chars().count()));
        }
        text.push_str("|\n");
    };
    line(&mut headings.iter().copied());
    let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    line(&mut rules.iter().map(String::as_str));
    for row in &rows {
        line(&mut row.iter().map(String::as_str));
    }
    text.push('\n');
}

/// A text that stays in its cell and is taken for nothing else.
fn escaped(cell: &str) -> String {
    let mut text = String::new();
    for letter in cell.chars() {
        match letter {
            '|' | '<' | '`' | '\\' => text.extend(['\\', letter]),
            '\n' | '\r' => text.push(' '),
            letter => text.push(letter),
        }
    }
    text
}

/// A block that nothing within it can end.
fn code(text: &mut String, content: &str) {
    let mut fence = "```".to_owned();
    while content.contains(&fence) {
        fence.push('`');
    }
    let _ = writeln!(text, "{fence}text\n{content}\n{fence}\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_lines_up_and_keeps_its_cells() {
        let mut text = String::new();
        table(&mut text, &["a", "name"], vec![vec!["1".to_owned(), "x|y\n<b>".to_owned()]]);
        assert_eq!(text, "| a   | name      |\n| --- | --------- |\n| 1   | x\\|y \\<b> |\n\n");
    }

    #[test]
    fn a_block_of_code_is_longer_fenced_than_anything_in_it() {
        let mut text = String::new();
        code(&mut text, "a\n```\nb");
        assert_eq!(text, "````text\na\n```\nb\n````\n\n");
    }
}
