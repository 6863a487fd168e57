use crate::{
    arguments::Global,
    error::{CliError, Kind},
    output::{Output, table},
    project::Project,
};
use clap::Args;
use engine::history::{self, Applied, Ending, Summary};
use report::{Bar, Progress, Report, Tested, Wave, tested, words};
use serde_json::{Value, json};
use std::{fmt::Write as _, process::ExitCode, time::Duration};

#[derive(Debug, Args)]
pub(crate) struct History {
    /// The stack.
    stack: String,
    /// The number of one apply, to show it in detail.
    number: Option<u32>,
}

impl History {
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        match self.number {
            Some(number) => one(&open(&project, &self.stack, Some(number), global)?, output),
            None => list(&history(&project, &self.stack, global)?.list()?, &self.stack, output),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The apply of that number, or the last one.
pub(super) fn open(project: &Project, stack: &str, number: Option<u32>, global: &Global) -> Result<Applied, CliError> {
    let history = history(project, stack, global)?;
    let found = match number {
        Some(number) => history.read(number)?,
        None => history.latest()?,
    };
    found.ok_or_else(|| match number {
        Some(number) => CliError::new(Kind::State, format!("there is no apply {number} of the stack `{stack}`"))
            .hint(format!("rust-stack history {stack} lists those there are.")),
        None => CliError::new(Kind::State, format!("no apply of the stack `{stack}` is recorded"))
            .hint(format!("Apply it first: rust-stack apply {stack}")),
    })
}

fn history(project: &Project, stack: &str, global: &Global) -> Result<history::History, CliError> {
    project.check_recorded(stack, global.local)?;
    Ok(history::History::open(&project.state(stack, global.local)))
}

fn list(summaries: &[Summary], stack: &str, output: &Output) {
    let rows: Vec<Vec<String>> = summaries.iter().map(|summary| row(summary, tested(summary))).collect();
    let headings =
        ["apply", "started", "took", "command", "outcome", "changes", "requests", "failed", "availability", "image"];
    match table(&headings, rows) {
        Some(text) => output.result(&text),
        None => output.warning(&format!("No apply of `{stack}` is recorded.")),
    }
    for summary in summaries {
        output.line("apply", &format!("apply {}: {}", summary.number, ending(summary.ending)), data(summary));
    }
}

fn row(summary: &Summary, tested: Option<Tested>) -> Vec<String> {
    let mut row = vec![summary.number.to_string()];
    match &summary.record {
        Ok(record) => {
            let took = record.ended.and_then(|ended| Duration::try_from(ended.duration_since(record.started)).ok());
            row.extend([
                words::moment(record.started),
                took.map(words::duration).unwrap_or_default(),
                record.command.to_string(),
                ending(summary.ending),
                record.done.unwrap_or(record.planned).to_string(),
            ]);
        }
        Err(_) => row.extend(["?", "", "?", "unreadable", ""].map(str::to_owned)),
    }
    row.extend(match tested {
        Some(tested) => [
            words::count(tested.probes),
            words::count(tested.failures),
            format!("≥ {}", words::availability(tested.availability.get())),
        ],
        None => Default::default(),
    });
    let images = summary.record.iter().flat_map(|record| record.images.values());
    // The end of an image tells versions apart; the rest of it is the same from apply to apply.
    let images: Vec<&str> = images.map(|image| image.rsplit('/').next().unwrap_or(image)).collect();
    row.push(images.join(", "));
    row
}

fn data(summary: &Summary) -> Value {
    json!({
        "number": summary.number,
        "outcome": summary.ending,
        "record": summary.record.as_ref().ok(),
        "problem": summary.record.as_ref().err().map(ToString::to_string),
        "requests": tested(summary).map(|tested| json!({
            "sent": tested.probes,
            "failed": tested.failures,
            "availability_at_least": tested.availability,
        })),
        "folder": summary.paths.folder,
    })
}

fn one(applied: &Applied, output: &Output) {
    let more = data(&applied.summary);
    let report = Report::of(applied.clone());
    for problem in &report.problems {
        output.warning(problem);
    }
    output.result(&detail(&report));
    output.line("apply", &format!("apply {}: {}", report.number, ending(report.ending)), more);
    for line in &applied.events {
        output.line("event", "an event of the apply", json!({ "event": line }));
    }
}

/// One apply: its circumstances and figures, its waves, its steps.
fn detail(report: &Report) -> String {
    let mut text = format!("{}: {}\n{}\n\n", report.title(), ending(report.ending), report.headline());
    let facts = report.circumstances().into_iter().map(|(name, value)| (name, value, String::new()));
    let figures = report.figures().into_iter().map(|figure| (figure.name, figure.value, figure.note));
    for (name, value, note) in facts.chain(figures) {
        let note = if note.is_empty() { note } else { format!(" ({note})") };
        let _ = writeln!(text, "  {name:<24}{value}{note}");
    }
    for moment in &report.moments {
        let about = if moment.text.is_empty() { String::new() } else { format!(": {}", moment.text) };
        let _ = writeln!(text, "  {:<24}{}{about}", moment.kind.word(), words::offset(moment.at));
    }
    let waves = (1..).zip(&report.waves).map(|(number, wave)| wave_row(number, wave)).collect();
    let headings = ["wave", "", "verdict", "changed in", "judged in", "requests", "failed", "availability"];
    for table in [
        table(&headings, waves),
        table(
            &["step", "", "wave", "began", "took", "end"],
            report.steps.iter().map(|bar| step_row(bar, report)).collect(),
        ),
    ]
    .into_iter()
    .flatten()
    {
        let _ = write!(text, "\n{table}");
    }
    text
}

fn wave_row(number: usize, wave: &Wave) -> Vec<String> {
    let between = |from: Option<Duration>, to: Option<Duration>| {
        from.zip(to).map(|(from, to)| words::duration(to.saturating_sub(from))).unwrap_or_default()
    };
    let bounds = wave.claim.as_ref().map(|claim| claim.service);
    vec![
        number.to_string(),
        wave.name.clone(),
        wave.verdict.map_or_else(|| "not judged".to_owned(), |verdict| verdict.to_string()),
        between(wave.begun, wave.applied),
        between(wave.applied, wave.judged),
        bounds.map(|bounds| words::count(bounds.counts.probes())).unwrap_or_default(),
        bounds.map(|bounds| words::count(bounds.counts.failures())).unwrap_or_default(),
        bounds.map(|bounds| format!("≥ {}", report::claims::bound(bounds.anytime_upper_bound))).unwrap_or_default(),
    ]
}

fn step_row(bar: &Bar, report: &Report) -> Vec<String> {
    let wave = report.waves.iter().position(|wave| wave.has(bar));
    let back = if bar.part == history::Part::Undo { " back" } else { "" };
    vec![
        format!("{}{back}", bar.index + 1),
        bar.title(),
        wave.map(|wave| (wave + 1).to_string()).unwrap_or_default(),
        bar.begun.map(words::offset).unwrap_or_default(),
        bar.took().map(words::duration).unwrap_or_default(),
        match &bar.progress {
            Progress::NotBegun => "not begun".to_owned(),
            Progress::Unfinished => "no end recorded".to_owned(),
            Progress::Done => "done".to_owned(),
            Progress::Failed(why) => format!("failed: {why}"),
        },
    ]
}

fn ending(ending: Option<Ending>) -> String {
    ending.map_or_else(|| "unreadable".to_owned(), |ending| ending.to_string())
}
