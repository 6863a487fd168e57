//! Reads what was recorded. Damage is told and never stands in the way of the rest.

use super::{Ending, FORMAT, Line, Paths, Record, VERSION};
use crate::state::StateError;
use model::Document;
use serde::Deserialize;
use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

/// An apply, as far as its record tells.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Its number in the stack.
    pub number: u32,
    /// Its files.
    pub paths: Paths,
    /// Its record, or what is wrong with it.
    pub record: Result<Record, StateError>,
    /// How it ended; `None` when the record does not tell.
    pub ending: Option<Ending>,
}

/// An apply with everything recorded of it.
#[derive(Clone, Debug)]
pub struct Applied {
    /// Number, record and ending.
    pub summary: Summary,
    /// The plan as people saw it.
    pub plan: Option<String>,
    /// The proof as people saw it.
    pub proof: Option<String>,
    /// The undo plan as people saw it.
    pub undo: Option<String>,
    /// What happened, in order.
    pub events: Vec<Line>,
    /// What is damaged, as sentences.
    pub problems: Vec<String>,
}

impl Applied {
    /// The stack as it was wanted, to plan towards. Its secrets are digests; see [`restore`](super::restore).
    ///
    /// # Errors
    /// When it is missing, damaged, or of a newer program.
    pub fn document(&self) -> Result<Document, StateError> {
        read_document(&self.summary.paths.document(), model::FORMAT, model::VERSION)
    }
}

pub(super) fn summary(number: u32, paths: Paths) -> Summary {
    let record: Result<Record, _> = read_document(&paths.record(), FORMAT, VERSION);
    let ending = record.as_ref().ok().map(|record| match record.outcome {
        Some(outcome) => outcome.into(),
        None if is_running(&paths.events()) => Ending::Running,
        None => Ending::Killed,
    });
    Summary { number, paths, record, ending }
}

pub(super) fn applied(summary: Summary) -> Applied {
    let mut problems: Vec<String> = summary.record.as_ref().err().map(ToString::to_string).into_iter().collect();
    let paths = &summary.paths;
    let mut text = |path: &Path| match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            problems.push(format!("{}: {error}", path.display()));
            None
        }
    };
    let (plan, proof, undo) = (text(&paths.plan_text()), text(&paths.proof_text()), text(&paths.undo_text()));
    let events = fs::read(paths.events());
    let events = events.map_err(|error| problems.push(format!("{}: {error}", paths.events().display())));
    let events = events.map_or_else(|()| Vec::new(), |bytes| lines(&bytes, &paths.events(), &mut problems));
    Applied { plan, proof, undo, events, problems, summary }
}

/// The lines of a log. The last one may be cut off, when the machine stopped in the middle of it.
fn lines(bytes: &[u8], path: &Path, problems: &mut Vec<String>) -> Vec<Line> {
    let mut events = Vec::new();
    for (number, line) in (1..).zip(bytes.split_inclusive(|&byte| byte == b'\n')) {
        match serde_json::from_slice(line) {
            Ok(event) => events.push(event),
            Err(_) if !line.ends_with(b"\n") => (),
            Err(error) => problems.push(format!("{}:{number} is not an event: {error}", path.display())),
        }
    }
    events
}

/// Reads a document of a known format.
fn read_document<T: for<'de> Deserialize<'de>>(path: &Path, format: &str, version: u32) -> Result<T, StateError> {
    #[derive(Deserialize)]
    struct Beginning {
        format: String,
        version: u32,
    }
    let damaged = |error: serde_json::Error| StateError::corrupt(path, error.line(), error.to_string());
    let bytes = fs::read(path).map_err(StateError::io(path))?;
    let beginning: Beginning = serde_json::from_slice(&bytes).map_err(damaged)?;
    if beginning.format != format {
        return Err(StateError::corrupt(path, None, format!("it has the format {}, not {format}", beginning.format)));
    }
    if beginning.version > version {
        return Err(StateError::Newer { file: path.to_owned(), found: beginning.version, supported: version });
    }
    serde_json::from_slice(&bytes).map_err(damaged)
}

/// Whether a [`Recording`](super::Recording) still holds its log open: its lock ends with the process.
fn is_running(events: &Path) -> bool {
    File::open(events).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}
