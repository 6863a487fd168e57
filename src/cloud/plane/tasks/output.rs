//! What a process writes, line by line, until the cloud takes it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use crate::logs::Line;

/// How many lines wait at most. They are taken several times in a second; a process that writes faster loses some, as
/// with the `non-blocking` mode of AWS's log driver.
const MAX_LINES: usize = 20_000;

/// How long a line may be, in bytes; a longer one is split, as AWS's log driver does (Docker: 16 KiB).
const MAX_LINE: u64 = 16 * 1024;

/// Lines that wait to be taken.
#[derive(Debug, Default)]
pub(super) struct Lines(Mutex<VecDeque<Line>>);

impl Lines {
    fn put(&self, message: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == MAX_LINES {
            lines.pop_front();
        }
        lines.push_back(Line { timestamp: Timestamp::now().as_millisecond(), message });
    }

    /// All lines that wait.
    pub(super) fn take(&self) -> Vec<Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
    }

    /// Reads lines until the end.
    pub(super) async fn read(&self, from: impl AsyncRead + Unpin) {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        loop {
            line.clear();
            let mut limited = tokio::io::AsyncReadExt::take(&mut from, MAX_LINE);
            match limited.read_until(b'\n', &mut line).await {
                // An error of a pipe means that nobody can write any more.
                Ok(0) | Err(_) => return,
                Ok(_) => {
                    let text = String::from_utf8_lossy(&line);
                    let text = text.trim_end_matches(['\n', '\r']);
                    // AWS takes no empty events.
                    if !text.is_empty() {
                        self.put(text.to_owned());
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_split_and_bounded() {
        let lines = Lines::default();
        let long = "x".repeat(MAX_LINE as usize + 1);
        lines.read(format!("one\r\n\ntwo\n{long}").as_bytes()).await;
        let taken: Vec<usize> = lines.take().iter().map(|line| line.message.len()).collect();
        assert_eq!(taken, [3, 3, MAX_LINE as usize, 1]);
        let many: String = (0..MAX_LINES + 2).map(|number| format!("{number}\n")).collect();
        lines.read(many.as_bytes()).await;
        let taken = lines.take();
        assert_eq!((taken.len(), taken[0].message.as_str()), (MAX_LINES, "2"));
    }
}
