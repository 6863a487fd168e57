use super::{
    FORMAT, State, StateError, VERSION, Warning, error,
    line::{self, Entry, Header, Unreadable},
    sound::Sound,
};
use serde::Deserialize;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// What the files of a stack say.
pub(super) struct Recovered {
    pub(super) sound: Sound,
    /// Whether nothing was ever recorded.
    pub(super) fresh: bool,
    /// The journal, if it belongs to the document; another is of no more use.
    pub(super) journal: Option<Tail>,
    pub(super) warnings: Vec<Warning>,
}

/// Where a journal goes on.
pub(super) struct Tail {
    /// The number of its last event; 0 when it has none.
    pub(super) seq: u64,
    /// Where to cut it before anything is added, in bytes, if its last line is torn.
    pub(super) cut: Option<u64>,
    /// Whether its format is an older one, to which nothing is added any more.
    pub(super) is_older: bool,
}

/// The document of a stack in its folder.
pub(super) fn document_file(directory: &Path) -> PathBuf {
    directory.join("state.json")
}

/// The journal of a stack in its folder.
pub(super) fn journal_file(directory: &Path) -> PathBuf {
    directory.join("journal.jsonl")
}

/// Reads both files, whatever a crash has left of them. Needs no lock: the journal is read first, so that when a
/// compaction comes between the two reads, it is the journal that is the older one, and its events are in the
/// document.
pub(super) fn recover(directory: &Path, stack: &str) -> Result<Recovered, StateError> {
    let file = journal_file(directory);
    let journal = contents(&file)?;
    let document = contents(&document_file(directory))?;

    let mut lines = Lines::new(&file, journal.as_deref().unwrap_or_default());
    let header = lines.header()?;
    let fresh = header.is_none() && document.is_none();
    let state = match document {
        Some(bytes) => read_document(&document_file(directory), &bytes)?,
        None => first_document(directory, stack, header.as_ref())?,
    };
    belongs(&document_file(directory), None, stack, &state.stack)?;

    let state_file = document_file(directory);
    let mut sound =
        Sound::new(state).map_err(|violations| StateError::corrupt(&state_file, None, error::list(&violations)))?;

    let tail = match header {
        Some(header) if is_of(&file, &header, sound.state())? => {
            let mut seq = 0;
            while let Some(entry) = lines.entry()? {
                let expected = seq + 1;
                if entry.seq != expected {
                    return Err(lines.corrupt(format!("event {} follows event {seq}", entry.seq)));
                }
                sound.apply(entry.event).map_err(|error| lines.corrupt(error.to_string()))?;
                seq = expected;
            }
            Some(Tail { seq, cut: lines.torn.then_some(lines.kept), is_older: header.version < line::VERSION })
        }
        _ => None,
    };
    let warnings = if lines.torn { vec![Warning::TornLine { file: file.clone(), line: lines.number }] } else { vec![] };
    Ok(Recovered { sound, fresh, journal: tail, warnings })
}

fn contents(file: &Path) -> Result<Option<Vec<u8>>, StateError> {
    match fs::read(file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StateError::io(file)(error)),
    }
}

/// What every version of a file says of itself.
#[derive(Deserialize)]
struct Envelope {
    format: String,
    version: u32,
}

impl Envelope {
    fn check(&self, file: &Path, format: &str, supported: u32) -> Result<(), StateError> {
        if self.format != format {
            return Err(StateError::corrupt(file, None, format!("its format is `{}`, not `{format}`", self.format)));
        }
        if self.version > supported {
            return Err(StateError::Newer { file: file.to_owned(), found: self.version, supported });
        }
        Ok(())
    }
}

fn read_document(file: &Path, bytes: &[u8]) -> Result<State, StateError> {
    let corrupt = |error: serde_json::Error| StateError::corrupt(file, error.line(), error.to_string());
    serde_json::from_slice::<Envelope>(bytes).map_err(corrupt)?.check(file, FORMAT, VERSION)?;
    serde_json::from_slice(bytes).map_err(corrupt)
}

/// The state before the first compaction: the journal alone, or nothing.
fn first_document(directory: &Path, stack: &str, journal: Option<&Header>) -> Result<State, StateError> {
    match journal {
        None => Ok(State::new(stack, Uuid::new_v4().to_string())),
        Some(header) if header.serial == 0 => Ok(State::new(header.stack.clone(), header.lineage.clone())),
        Some(header) => {
            let message = format!("it is missing, but the journal follows document {}", header.serial);
            Err(StateError::corrupt(&document_file(directory), None, message))
        }
    }
}

/// Whether the journal holds changes of this very document, not of an earlier one that has become it.
fn is_of(file: &Path, header: &Header, state: &State) -> Result<bool, StateError> {
    belongs(file, Some(1), &state.stack, &header.stack)?;
    if header.lineage != state.lineage {
        return Err(StateError::corrupt(
            file,
            1,
            format!("it belongs to another state of the stack `{}`", state.stack),
        ));
    }
    if header.serial > state.serial {
        let message = format!("it follows document {}, but the document is number {}", header.serial, state.serial);
        return Err(StateError::corrupt(file, 1, message));
    }
    Ok(header.serial == state.serial)
}

fn belongs(file: &Path, line: Option<usize>, stack: &str, found: &str) -> Result<(), StateError> {
    if found == stack {
        return Ok(());
    }
    Err(StateError::corrupt(file, line, format!("it belongs to the stack `{found}`, not to `{stack}`")))
}

/// The lines of a journal, up to the first that a crash has torn.
struct Lines<'a> {
    file: &'a Path,
    rest: &'a [u8],
    /// The number of the line last looked at, from 1.
    number: usize,
    /// The length of what was read so far, in bytes.
    kept: u64,
    torn: bool,
}

impl<'a> Lines<'a> {
    fn new(file: &'a Path, bytes: &'a [u8]) -> Self {
        Self { file, rest: bytes, number: 0, kept: 0, torn: false }
    }

    fn header(&mut self) -> Result<Option<Header>, StateError> {
        let mut ahead = Lines { ..*self };
        if let Some(envelope) = ahead.next::<Envelope>()? {
            envelope.check(self.file, line::FORMAT, line::VERSION)?;
        }
        self.next()
    }

    fn entry(&mut self) -> Result<Option<Entry>, StateError> {
        self.next()
    }

    /// The next line, if there is one. A line that is not what was written is torn when nothing follows it.
    fn next<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>, StateError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') else {
            self.torn = true;
            return Ok(None);
        };
        let (line, rest) = (&self.rest[..end], &self.rest[end + 1..]);
        match line::read(line) {
            Ok(content) => {
                self.rest = rest;
                self.kept += end as u64 + 1;
                Ok(Some(content))
            }
            Err(Unreadable::Torn) if rest.is_empty() => {
                self.torn = true;
                Ok(None)
            }
            Err(Unreadable::Torn) => Err(self.corrupt("its checksum is wrong".to_owned())),
            Err(Unreadable::Unknown(message)) => Err(self.corrupt(message)),
        }
    }

    fn corrupt(&self, message: String) -> StateError {
        StateError::corrupt(self.file, self.number, message)
    }
}
