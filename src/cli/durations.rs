//! How long steps took, remembered beside the state of a stack: for estimates only, so that losing it is no error.

use crate::output::Output;
use engine::estimate::{Durations, VERSION};
use std::{fs, io, path::Path};

const FILE: &str = "durations.json";

/// What is remembered; nothing when there is no file, or one that cannot be used.
pub(crate) fn load(directory: &Path, output: &Output) -> Durations {
    let file = directory.join(FILE);
    let read = fs::read(&file).and_then(|text| serde_json::from_slice::<Durations>(&text).map_err(io::Error::from));
    match read {
        Ok(durations) if durations.version == VERSION => durations,
        Ok(_) => Durations::default(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Durations::default(),
        Err(error) => {
            output.warning(&format!("{}: {error}; there are no estimates", file.display()));
            Durations::default()
        }
    }
}

/// Remembers it.
pub(crate) fn save(directory: &Path, durations: &Durations, output: &Output) {
    let file = directory.join(FILE);
    let new = file.with_extension("json.new");
    let text = serde_json::to_vec(durations).map_err(io::Error::from);
    let saved = text.and_then(|text| fs::write(&new, text)).and_then(|()| fs::rename(&new, &file));
    if let Err(error) = saved {
        output.warning(&format!("{}: {error}; the next apply estimates without it", file.display()));
    }
}
