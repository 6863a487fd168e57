//! The log file: one entry a line. A thread of its own writes it, so that a slow disk never delays a probe.

use super::Entry;
use std::{
    fs::File,
    io::{BufRead, BufWriter, Write},
    path::Path,
    sync::{Arc, mpsc},
    thread,
};
use tokio::sync::oneshot;

/// A log that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file cannot be created; an existing one is never touched.
    #[error("cannot create the probe log {path}: {source}")]
    Create {
        /// Its path.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file cannot be written. Entries after this are not in it.
    #[error("cannot write the probe log: {0}")]
    Write(String),
    /// The thread that writes has ended.
    #[error("nothing writes the probe log any more")]
    WriterGone,
    /// The file cannot be read.
    #[error("cannot read the probe log: {0}")]
    Read(#[from] std::io::Error),
    /// A line is not an entry.
    #[error("line {line} of the probe log is not an entry: {source}")]
    Line {
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// Reads the entries of a log.
pub fn read(log: impl BufRead) -> impl Iterator<Item = Result<Entry, LogError>> {
    (1..).zip(log.lines()).map(|(line, text)| parse(line, &text?))
}

/// Reads one line, whose number only serves the error.
pub(crate) fn parse(line: u64, text: &str) -> Result<Entry, LogError> {
    serde_json::from_str(text).map_err(|source| LogError::Line { line, source })
}

pub(super) struct Writer(mpsc::Sender<Command>);

enum Command {
    Write(Arc<Entry>),
    Flush(oneshot::Sender<Result<(), LogError>>),
}

impl Writer {
    pub(super) fn create(path: &Path) -> Result<Self, LogError> {
        let failed = |source| LogError::Create { path: path.display().to_string(), source };
        let file = File::create_new(path).map_err(failed)?;
        let (sender, commands) = mpsc::channel();
        thread::Builder::new().name("probe-log".to_owned()).spawn(move || write(file, &commands)).map_err(failed)?;
        Ok(Writer(sender))
    }

    pub(super) fn write(&self, entry: Arc<Entry>) {
        // The thread ends only with this sender; what fails there is told to whoever flushes.
        let _told_by_flush = self.0.send(Command::Write(entry));
    }

    pub(super) fn flush(&self) -> oneshot::Receiver<Result<(), LogError>> {
        let (done, flushed) = oneshot::channel();
        // Were the thread gone, `done` would be dropped, which the receiver sees.
        let _seen_by_receiver = self.0.send(Command::Flush(done));
        flushed
    }
}

fn write(file: File, commands: &mpsc::Receiver<Command>) {
    let mut file = BufWriter::new(file);
    // The first error; after it nothing is written, so that the file has no hole.
    let mut broken: Option<String> = None;
    for command in commands {
        match command {
            Command::Write(entry) if broken.is_none() => {
                broken = line(&mut file, &entry).err().map(|error| error.to_string());
            }
            Command::Write(_) => {}
            Command::Flush(done) => {
                if broken.is_none() {
                    broken = file.flush().err().map(|error| error.to_string());
                }
                // Whoever asked may have gone.
                let _asked = done.send(broken.clone().map_or(Ok(()), |error| Err(LogError::Write(error))));
            }
        }
    }
    // Nobody is left who could be told of an error.
    let _last = file.flush();
}

fn line(file: &mut impl Write, entry: &Entry) -> std::io::Result<()> {
    serde_json::to_writer(&mut *file, entry)?;
    file.write_all(b"\n")
}
