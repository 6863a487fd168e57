use crate::error::{CliError, Kind};
use std::path::{Path, PathBuf};

/// The folder in which a user works: it holds `stacks` and `state`.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) root: PathBuf,
}

impl Project {
    /// The nearest folder, from `start` upwards, with a `stacks/Cargo.toml`.
    pub(crate) fn find(start: Option<&Path>) -> Result<Self, CliError> {
        let start = match start {
            Some(folder) => folder.to_owned(),
            None => std::env::current_dir()
                .map_err(|error| CliError::new(Kind::Usage, format!("the current folder cannot be read: {error}")))?,
        };
        let start = start
            .canonicalize()
            .map_err(|error| CliError::new(Kind::Usage, format!("{}: {error}", start.display())))?;
        let root = start.ancestors().find(|folder| folder.join("stacks/Cargo.toml").is_file());
        root.map(|root| Self { root: root.to_owned() }).ok_or_else(|| {
            CliError::new(Kind::Usage, format!("there is no stacks/Cargo.toml in {} or above it", start.display()))
                .hint("Run rust-stack in a project, or name its folder with --chdir.")
        })
    }

    /// The manifest of the stack programs.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.root.join("stacks/Cargo.toml")
    }

    /// The file in which the variables of a stack stand.
    pub(crate) fn variables(&self, stack: &str) -> PathBuf {
        self.root.join("stacks").join(format!("{stack}.toml"))
    }

    /// The state of a stack. What is on the local cloud lives apart.
    pub(crate) fn state(&self, stack: &str, local: bool) -> PathBuf {
        let state = self.root.join("state");
        if local { state.join("local").join(stack) } else { state.join(stack) }
    }

    /// Where the local cloud keeps its own things.
    pub(crate) fn local_cloud(&self) -> PathBuf {
        self.root.join("state/local/.cloud")
    }

    /// Checks that there is a stack of that name.
    pub(crate) fn check(&self, stack: &str) -> Result<(), CliError> {
        if self.root.join("stacks").join(format!("{stack}.rs")).is_file() {
            return Ok(());
        }
        let known = self.stacks();
        let hint = if known.is_empty() {
            "There is none yet: write stacks/<name>.rs and name it in stacks/Cargo.toml.".to_owned()
        } else {
            format!("There are: {}.", known.join(", "))
        };
        Err(CliError::new(
            Kind::Usage,
            format!("there is no stack `{stack}` in {}", self.root.join("stacks").display()),
        )
        .hint(hint))
    }

    /// Every stack: the programs that have a file of variables beside them.
    fn stacks(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.root.join("stacks")) else { return Vec::new() };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok()?.strip_suffix(".toml").map(str::to_owned))
            .filter(|name| self.root.join("stacks").join(format!("{name}.rs")).is_file())
            .collect();
        names.sort();
        names
    }
}
