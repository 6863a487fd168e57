use super::{Ending, Paths, Summary};
use crate::state::StateError;
use std::fs;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The most records.
    pub records: usize,
    /// The most bytes of all files together. An apply of ten minutes with 50 probes a second has about 8 MB of them.
    pub bytes: u64,
}

impl Default for Retention {
    /// The last 50, of at most 512 MiB.
    fn default() -> Self {
        Self { records: 50, bytes: 512 << 20 }
    }
}

pub(super) fn prune(all: &[Summary], retention: Retention) -> Result<Vec<u32>, StateError> {
    let complete = all.iter().rev().find(|summary| summary.ending == Some(Ending::Complete));
    let needed: Vec<u32> = [all.last(), complete].into_iter().flatten().map(|summary| summary.number).collect();
    let (mut records, mut bytes) = (0, 0);
    let mut pruned = Vec::new();
    for summary in all.iter().rev() {
        records += 1;
        bytes += size(&summary.paths)?;
        if (records > retention.records || bytes > retention.bytes) && !needed.contains(&summary.number) {
            let folder = &summary.paths.folder;
            fs::remove_dir_all(folder).map_err(StateError::io(folder))?;
            pruned.push(summary.number);
        }
    }
    pruned.reverse();
    Ok(pruned)
}

fn size(paths: &Paths) -> Result<u64, StateError> {
    let folder = &paths.folder;
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(StateError::io(folder))? {
        bytes += entry.and_then(|entry| entry.metadata()).map_err(StateError::io(folder))?.len();
    }
    Ok(bytes)
}
