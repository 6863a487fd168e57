//! The state on disk, so that it survives a restart and a kill of the process.
//!
//! Each committed request is one atomic batch in the store's journal, handed to the operating system before the
//! reply is sent. That survives the death of the process at any point; a loss of power may take the last seconds.

use std::path::{Path, PathBuf};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use crate::table::Change;

/// The version of what is stored; a change to a record's shape that old data cannot be read into raises it.
const FORMAT: &str = "1";

/// How much of what was written the store may hold in memory before it goes into a table on the disk, how much of its tables
/// it may keep there, and how long its journal may be, in bytes. All records are in the cloud's own tables, which are what is
/// read; tasks that write much would otherwise fill the store's generous defaults. What is written comes from several threads,
/// each of which has memory of its own for it: what all of them hold together is a few times as much.
const MEMTABLE: u64 = 2 << 20;
const CACHE: u64 = 2 << 20;
const JOURNAL: u64 = 64 << 20;

/// Where committed changes go.
pub(crate) struct Storage {
    disk: Option<Disk>,
}

struct Disk {
    database: Database,
    objects: Keyspace,
}

/// A stored record with its place in the world.
pub(crate) struct Stored {
    /// A region, or `global`.
    pub(crate) scope: String,
    pub(crate) service: String,
    pub(crate) table: String,
    pub(crate) key: String,
    pub(crate) json: Vec<u8>,
}

/// The changes of one table in one transaction.
pub(crate) struct Batch<'a> {
    pub(crate) scope: &'a str,
    pub(crate) service: &'static str,
    pub(crate) table: &'static str,
    pub(crate) changes: Vec<Change>,
}

/// Why stored state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The store itself failed.
    #[error(transparent)]
    Store(#[from] fjall::Error),
    /// The directory holds the state of another version of the local cloud.
    #[error("the state in {directory} has format {found:?} and this version reads format {FORMAT:?}")]
    Format {
        /// Where the state is.
        directory: PathBuf,
        /// The format that it says it has.
        found: String,
    },
    /// A record does not fit its table.
    #[error("the stored record {place:?} cannot be read: {reason}")]
    Record {
        /// Scope, service, table and key.
        place: String,
        /// What is wrong.
        reason: String,
    },
}

impl Storage {
    /// Keeps nothing.
    pub(crate) fn memory() -> Self {
        Storage { disk: None }
    }

    /// Opens or makes the store in `directory`; tells the stored records and how often it was opened before.
    pub(crate) fn open(directory: &Path) -> Result<(Self, Vec<Stored>, u64), StorageError> {
        let database = Database::builder(directory).cache_size(CACHE).max_journaling_size(JOURNAL).open()?;
        let about = database.keyspace("about", KeyspaceCreateOptions::default)?;
        let objects = database.keyspace("objects", || KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE))?;

        if let Some(found) = about.get("format")?.filter(|found| **found != *FORMAT.as_bytes()) {
            let found = String::from_utf8_lossy(&found).into_owned();
            return Err(StorageError::Format { directory: directory.to_owned(), found });
        }
        let starts = match about.get("starts")? {
            Some(bytes) => parse_count(&bytes)?,
            None => 0,
        };
        about.insert("format", FORMAT)?;
        about.insert("starts", (starts + 1).to_string())?;

        let mut stored = Vec::new();
        for entry in objects.iter() {
            let (place, json) = entry.into_inner()?;
            stored.push(parse_place(&place, json.to_vec())?);
        }
        Ok((Storage { disk: Some(Disk { database, objects }) }, stored, starts))
    }

    /// Stores the changes of one transaction, all or nothing.
    pub(crate) fn write(&self, batches: Vec<Batch<'_>>) -> Result<(), StorageError> {
        let Some(disk) = &self.disk else { return Ok(()) };
        let mut write = disk.database.batch();
        for batch in batches {
            for change in batch.changes {
                let place = format!("{}/{}/{}/{}", batch.scope, batch.service, batch.table, change.key);
                match change.json {
                    Some(json) => write.insert(&disk.objects, place, json),
                    None => write.remove(&disk.objects, place),
                }
            }
        }
        if write.is_empty() {
            return Ok(());
        }
        Ok(write.commit()?)
    }

    /// Waits until everything is on the disk itself.
    pub(crate) fn sync(&self) -> Result<(), StorageError> {
        match &self.disk {
            Some(disk) => Ok(disk.database.persist(PersistMode::SyncAll)?),
            None => Ok(()),
        }
    }
}

fn parse_count(bytes: &[u8]) -> Result<u64, StorageError> {
    let text = String::from_utf8_lossy(bytes);
    text.parse()
        .map_err(|_| StorageError::Record { place: "starts".to_owned(), reason: format!("{text:?} is no count") })
}

/// Keys may hold a slash, and the three names before them never do.
fn parse_place(place: &[u8], json: Vec<u8>) -> Result<Stored, StorageError> {
    let text = String::from_utf8_lossy(place);
    let mut parts = text.splitn(4, '/').map(str::to_owned);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(scope), Some(service), Some(table), Some(key)) => Ok(Stored { scope, service, table, key, json }),
        _ => Err(StorageError::Record {
            place: text.into_owned(),
            reason: "its place has fewer than four parts".to_owned(),
        }),
    }
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(if self.disk.is_some() { "Storage(disk)" } else { "Storage(memory)" })
    }
}
