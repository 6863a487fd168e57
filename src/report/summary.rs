//! The apply in a few words and figures, the same for every output.

use crate::{
    Report,
    claims::{bound, confidence},
    facts::{MomentKind, total, worst},
    words::{at_most, count, duration, many, moment},
};
use engine::history::{Changes, Ending, Verdict};
use std::time::Duration;

/// A figure with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// The figure.
    pub value: String,
    /// What it means, in a few words; may be empty.
    pub note: String,
}

impl Report {
    /// `dev, apply 7`.
    pub fn title(&self) -> String {
        let stack = self.record.as_ref().map_or("unknown stack", |record| &record.stack);
        format!("{stack}, apply {}", self.number)
    }

    /// What happened, in one or two sentences.
    pub fn headline(&self) -> String {
        let took = self.took().map(|took| format!(" in {}", duration(took))).unwrap_or_default();
        let message = self.record.as_ref().and_then(|record| record.message.as_deref());
        let what = match self.ending {
            None => "The record of this apply cannot be read.".to_owned(),
            Some(Ending::Complete) => format!("Everything was done{took}."),
            Some(Ending::Incomplete) => "Some steps failed; the next apply goes on from here.".to_owned(),
            Some(Ending::Interrupted) => "It was interrupted; the next apply goes on from here.".to_owned(),
            Some(Ending::Halted) => format!("It was halted{}. What was done stands.", alarmed(self)),
            Some(Ending::Reverted) => format!("It was halted{} and taken back.", alarmed(self)),
            Some(Ending::Killed) => {
                "It has not ended, and the process that ran it is gone. Apply again to go on, or roll back.".to_owned()
            }
            Some(Ending::Running) => "It is still running.".to_owned(),
        };
        let counts = self.certificate.as_ref().map(|_| total(self.certificates()));
        let requests = counts.map(|counts| match (counts.probes(), counts.failures()) {
            (probes, 0) => format!(" {} meanwhile, and none failed.", sent(probes)),
            (probes, failures) => format!(" {} meanwhile; {} failed.", sent(probes), count(failures)),
        });
        let message = message.map(|message| format!(" {}", sentence(message))).unwrap_or_default();
        format!("{what}{}{message}", requests.unwrap_or_else(|| " No certificate says how requests fared.".to_owned()))
    }

    /// The figures that matter most.
    pub fn figures(&self) -> Vec<Figure> {
        let mut figures = Vec::new();
        let mut figure = |name, value: String, note: String| figures.push(Figure { name, value, note });
        if let Some(certificate) = worst(self.certificates()) {
            let counts = total(self.certificates());
            figure("Requests", count(counts.probes()), "sent by the prober".to_owned());
            figure("Failed", count(counts.failures()), String::new());
            let least = bound(certificate.service.anytime_upper_bound);
            figure("Availability, at least", least, format!("with {} confidence", confidence(certificate)));
            if let Some(gaps) = &certificate.gaps {
                let longest = gaps.service.longest.map_or_else(|| "no limit".to_owned(), at_most);
                figure("Longest unseen outage", longest, "any longer one would have been seen".to_owned());
            }
        }
        if let Some(time) = self.waves.iter().find_map(crate::Wave::time_to_halt) {
            figure("Failure to halt", duration(time), "from the first failed request".to_owned());
        }
        if let Some(time) = between(self, MomentKind::Halted, MomentKind::Reverting) {
            figure("Halt to way back", duration(time), "until the undo plan began".to_owned());
        }
        if let Some(time) = between(self, MomentKind::Halted, MomentKind::Reverted) {
            figure("Halt to reverted", duration(time), "until the old way was seen to serve".to_owned());
        }
        let judged = |verdict| self.waves.iter().filter(|wave| wave.verdict == Some(verdict)).count();
        if !self.waves.is_empty() {
            let parts = [(Verdict::Healthy, "healthy"), (Verdict::Bad, "bad"), (Verdict::Inconclusive, "inconclusive")];
            let parts: Vec<String> = parts
                .iter()
                .map(|(verdict, word)| (judged(*verdict), word))
                .filter(|(number, _)| *number > 0)
                .map(|(number, word)| format!("{number} {word}"))
                .collect();
            figure("Waves", self.waves.len().to_string(), parts.join(", "));
        }
        if let Some(record) = &self.record {
            let changes = record.done.unwrap_or(record.planned);
            let note = if record.done.is_some() { "added, changed, removed" } else { "planned to add, change, remove" };
            figure("Changes", changes.to_string(), note.to_owned());
        }
        figures
    }

    /// Who, when, where and with what.
    pub fn circumstances(&self) -> Vec<(&'static str, String)> {
        let Some(record) = &self.record else { return Vec::new() };
        let mut all = vec![
            ("Command", record.command.to_string()),
            ("Started", moment(record.started)),
            ("Took", self.took().map_or_else(|| "it has not ended".to_owned(), duration)),
            ("By", record.operator.clone()),
            ("Where", record.home.to_string()),
            ("Planned", changes(record.planned)),
        ];
        all.extend(record.done.filter(|done| *done != record.planned).map(|done| ("Done", changes(done))));
        all.extend(record.images.iter().map(|(address, image)| ("Image", format!("{image} ({address})"))));
        all.extend(record.reverts.map(|number| ("Goes back to", format!("apply {number}"))));
        all.extend(record.resumes.map(|number| ("Goes on from", format!("apply {number}"))));
        all.push(("Version", format!("rust-stack {}", record.rust_stack)));
        all
    }

    /// How to check that nothing was made up: commands to be run in the project, one in a line for each URL. `None` without
    /// a certificate.
    pub fn verification(&self) -> Option<String> {
        self.certificate.as_ref()?;
        let of = |place| format!("rust-stack certificate verify {}", self.paths.certificate_of(place).display());
        Some((0..=self.further.len()).map(of).collect::<Vec<_>>().join("\n"))
    }
}

fn changes(Changes { add, change, remove }: Changes) -> String {
    format!("{add} to add, {change} to change, {remove} to remove")
}

fn sent(probes: u64) -> String {
    if probes == 1 { "1 request was sent".to_owned() } else { format!("{} were sent", many(probes, "request")) }
}

fn alarmed(report: &Report) -> String {
    let time = report.waves.iter().find_map(crate::Wave::time_to_halt);
    time.map(|time| format!(" {} after requests began to fail", duration(time))).unwrap_or_default()
}

fn between(report: &Report, from: MomentKind, to: MomentKind) -> Option<Duration> {
    Some(report.moment(to)?.at.saturating_sub(report.moment(from)?.at))
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}
