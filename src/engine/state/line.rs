use super::Event;
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

/// The first line of a journal: the document whose changes it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    /// Always [`FORMAT`].
    pub(super) format: String,
    /// The version of the format.
    pub(super) version: u32,
    /// The name of the stack.
    pub(super) stack: String,
    /// See [`State::lineage`](super::State::lineage).
    pub(super) lineage: String,
    /// The serial of the document.
    pub(super) serial: u64,
}

/// The value of [`Header::format`].
pub(super) const FORMAT: &str = "rust-stack-journal";
/// The version of the journal that this program writes. Raise it with every new event: an older program must not
/// skip what it does not know. An older journal is read, and folded into its document before anything is added to it.
pub(super) const VERSION: u32 = 2;

impl Header {
    /// The header of a journal that begins at `state`.
    pub(super) fn of(state: &super::State) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            stack: state.stack.clone(),
            lineage: state.lineage.clone(),
            serial: state.serial,
        }
    }
}

/// Every other line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry<E = Event> {
    /// The number of the event in its journal, from 1.
    pub(super) seq: u64,
    /// When it was recorded.
    pub(super) at: Timestamp,
    /// What happened.
    pub(super) event: E,
}

/// Text between the content of a line and its checksum, and text behind that.
const SUM: &str = ",\"sum\":\"";
const END: &str = "\"}";
/// The length of a checksum in hexadecimal digits: enough to tell a torn line, not to withstand a forger.
const DIGITS: usize = 16;

/// One line, with its newline: `content` with a checksum as its last member.
pub(super) fn write(content: &impl Serialize) -> String {
    let json = serde_json::to_string(content).expect("a line holds nothing that JSON cannot");
    let body = json.strip_suffix('}').expect("a line is an object");
    format!("{body}{SUM}{}{END}\n", sum(body))
}

/// The content of a line (without its newline).
pub(super) fn read<T: DeserializeOwned>(line: &[u8]) -> Result<T, Unreadable> {
    let text = std::str::from_utf8(line).map_err(|_| Unreadable::Torn)?;
    let rest = text.strip_suffix(END).ok_or(Unreadable::Torn)?;
    let (body, found) =
        rest.len().checked_sub(DIGITS).and_then(|at| rest.split_at_checked(at)).ok_or(Unreadable::Torn)?;
    let body = body.strip_suffix(SUM).ok_or(Unreadable::Torn)?;
    if sum(body) != found {
        return Err(Unreadable::Torn);
    }
    serde_json::from_str(text).map_err(|error| Unreadable::Unknown(error.to_string()))
}

/// Why a line has no content.
#[derive(Debug, PartialEq)]
pub(super) enum Unreadable {
    /// It is not what was written.
    Torn,
    /// It is what was written, but this program does not understand it.
    Unknown(String),
}

fn sum(body: &str) -> String {
    hex::encode(&Sha256::digest(body)[..DIGITS / 2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::*;

    #[test]
    fn a_line_reads_back_and_any_other_is_torn() {
        for (seq, event) in history().into_iter().enumerate() {
            let entry = Entry { seq: seq as u64, at: Timestamp::UNIX_EPOCH, event };
            let text = write(&entry);
            let line = text.strip_suffix('\n').expect("a line ends");
            assert!(!line.contains('\n'));
            assert_eq!(read(line.as_bytes()), Ok(entry));
            for at in 0..line.len() {
                let mut bytes = line.as_bytes().to_vec();
                bytes[at] ^= 1;
                assert_eq!(read::<Entry>(&bytes), Err(Unreadable::Torn), "byte {at} changed");
                assert_eq!(read::<Entry>(&line.as_bytes()[..at]), Err(Unreadable::Torn), "cut to {at} bytes");
            }
        }
    }

    #[test]
    fn a_whole_line_of_unknown_content_is_not_torn() {
        let line = write(&serde_json::json!({ "seq": 1, "event": "invented later" }));
        assert!(matches!(read::<Entry>(line.trim_end().as_bytes()), Err(Unreadable::Unknown(_))));
    }
}
