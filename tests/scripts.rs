//! Level 2: scripts and what they print. Each `tests/scripts/NAME.txt` is a list of commands (see `script`), and
//! `NAME.out` is their transcript, reviewed and compared exactly. `UPDATE_TRANSCRIPTS=1` rewrites the transcripts.

use crate::script;
use std::{
    fs,
    path::{Path, PathBuf},
};

#[test]
fn every_script_prints_its_transcript() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut scripts: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the folder is in the repository")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    scripts.sort();
    assert!(scripts.len() >= 10, "there are only {} scripts", scripts.len());
    let differences: Vec<String> = scripts.iter().filter_map(|script| difference(script)).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// How what a script prints differs from its transcript.
fn difference(script: &Path) -> Option<String> {
    let commands = fs::read_to_string(script).expect("a script is text");
    let printed = script::run(&commands);
    let transcript = script.with_extension("out");
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        fs::write(&transcript, printed).expect("the transcript can be written");
        return None;
    }
    let expected = fs::read_to_string(&transcript).unwrap_or_default();
    (expected != printed).then(|| {
        let diff = similar::TextDiff::from_lines(&expected, &printed);
        diff.unified_diff().header(&transcript.display().to_string(), "what was printed").to_string()
    })
}
