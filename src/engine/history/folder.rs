use super::{Applied, Ending, Opening, Outcome, Recording, Retention, Summary, reading, retention};
use crate::state::StateError;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Every recorded apply of one stack. Nothing is locked: this is enough to list and show. Whoever begins or prunes
/// holds the lock of the stack.
#[derive(Clone, Debug)]
pub struct History {
    folder: PathBuf,
}

/// The files of one apply. Which of them exist depends on how far it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// Their folder.
    pub folder: PathBuf,
}

impl History {
    /// The history of the stack whose state is kept in `state`, the folder. Reads nothing yet.
    pub fn open(state: &Path) -> Self {
        Self { folder: state.join("history") }
    }

    /// Every apply, the oldest first. One whose record is damaged is among them and says so.
    ///
    /// # Errors
    /// When the folder cannot be listed. One that is missing is empty.
    pub fn list(&self) -> Result<Vec<Summary>, StateError> {
        Ok(self.numbers()?.into_iter().map(|number| reading::summary(number, self.paths(number))).collect())
    }

    /// The apply of that number with everything recorded of it, if there is one.
    ///
    /// # Errors
    /// When the folder cannot be listed. What is damaged in it is no error here; the result tells.
    pub fn read(&self, number: u32) -> Result<Option<Applied>, StateError> {
        let found = self.numbers()?.contains(&number);
        Ok(found.then(|| reading::applied(reading::summary(number, self.paths(number)))))
    }

    /// The last apply, however it ended.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn latest(&self) -> Result<Option<Applied>, StateError> {
        Ok(self.list()?.pop().map(reading::applied))
    }

    /// The last apply that has done everything it was to do.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn latest_complete(&self) -> Result<Option<Applied>, StateError> {
        let complete = |summary: &Summary| summary.ending == Some(Ending::from(Outcome::Complete));
        Ok(self.list()?.into_iter().rev().find(complete).map(reading::applied))
    }

    /// Begins the record of an apply.
    ///
    /// # Errors
    /// When it cannot be written; then nothing of it is there.
    pub fn begin(&self, opening: &Opening<'_>) -> Result<Recording, StateError> {
        let number = self.numbers()?.last().map_or(1, |last| last + 1);
        Recording::begin(number, self.paths(number), opening)
    }

    /// Deletes the oldest records until the others are within `retention`, and tells which. The last apply stays, and so
    /// does the last complete one.
    ///
    /// # Errors
    /// When a folder cannot be read or deleted.
    pub fn prune(&self, retention: Retention) -> Result<Vec<u32>, StateError> {
        retention::prune(&self.list()?, retention)
    }

    /// Where the apply of that number is kept, whether there is one or not.
    pub fn paths(&self, number: u32) -> Paths {
        Paths { folder: self.folder.join(format!("{number:04}")) }
    }

    /// The numbers of the applies, in order.
    fn numbers(&self) -> Result<Vec<u32>, StateError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(StateError::io(&self.folder))?,
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let name = entry.map_err(StateError::io(&self.folder))?.file_name();
            numbers.extend(name.to_str().filter(|name| is_number(name)).and_then(|name| name.parse::<u32>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }
}

impl Paths {
    /// See [`Record`](super::Record).
    pub fn record(&self) -> PathBuf {
        self.folder.join("record.json")
    }

    /// The stack as it was wanted: a [`Document`](model::Document), its secrets as digests.
    pub fn document(&self) -> PathBuf {
        self.folder.join("document.json")
    }

    /// The [`Plan`](crate::plan::Plan), its secrets as digests.
    pub fn plan(&self) -> PathBuf {
        self.folder.join("plan.json")
    }

    /// The plan as people saw it.
    pub fn plan_text(&self) -> PathBuf {
        self.folder.join("plan.txt")
    }

    /// The plan that led back.
    pub fn undo(&self) -> PathBuf {
        self.folder.join("undo.json")
    }

    /// The plan that led back, as people saw it.
    pub fn undo_text(&self) -> PathBuf {
        self.folder.join("undo.txt")
    }

    /// The log of the probes of one of the URLs that were probed, by its place from 0; the first is [`Paths::probes`].
    pub fn probes_of(&self, place: usize) -> PathBuf {
        match place {
            0 => self.probes(),
            _ => self.folder.join(format!("probes-{}.jsonl", place + 1)),
        }
    }

    /// What the probes of one URL prove, as [`Paths::probes_of`]; the first is [`Paths::certificate`].
    pub fn certificate_of(&self, place: usize) -> PathBuf {
        match place {
            0 => self.certificate(),
            _ => self.folder.join(format!("certificate-{}.json", place + 1)),
        }
    }

    /// The proof of availability.
    pub fn proof(&self) -> PathBuf {
        self.folder.join("proof.json")
    }

    /// The proof as people saw it.
    pub fn proof_text(&self) -> PathBuf {
        self.folder.join("proof.txt")
    }

    /// One [`Line`](super::Line) for each event.
    pub fn events(&self) -> PathBuf {
        self.folder.join("events.jsonl")
    }

    /// The log of the gate's probes.
    pub fn probes(&self) -> PathBuf {
        self.folder.join("probes.jsonl")
    }

    /// What the probes prove.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("certificate.json")
    }

    /// The page about it, once somebody has asked for it.
    pub fn report(&self) -> PathBuf {
        self.folder.join("report.html")
    }
}

fn is_number(name: &str) -> bool {
    name.len() >= 4 && name.bytes().all(|byte| byte.is_ascii_digit())
}
