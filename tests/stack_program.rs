//! The documents of this repository's own stacks.

use model::Document;
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// What the program of the stack `name` prints with its own variables and these.
///
/// # Errors
/// The program's own words, when it refuses the variables.
pub(crate) fn document(name: &str, variables: &[&str]) -> Result<Document, String> {
    let mut program = Command::new(directory().join(name));
    program.current_dir(env!("CARGO_MANIFEST_DIR"));
    program.args(["--name", name, "--vars", &format!("stacks/{name}.toml")]);
    for variable in variables {
        program.args(["--var", variable]);
    }
    let output = program.output().map_err(|error| format!("the program of the stack `{name}`: {error}"))?;
    serde_json::from_slice(&output.stdout).map_err(|_| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Where the stack programs are, once they have been built: beside this test.
fn directory() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let test = std::env::current_exe().expect("a running program has a path");
        let profile = test.ancestors().nth(2).expect("a test lies in target/<profile>/deps");
        let built = Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["build", "--quiet", "--package", "stacks", "--target-dir"])
            .arg(profile.parent().expect("target/<profile> lies in target"))
            .status();
        assert!(built.expect("cargo can be started").success(), "the stack programs do not compile");
        profile.to_owned()
    })
}
