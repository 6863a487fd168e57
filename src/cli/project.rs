use crate::{
    error::{CliError, Kind},
    suggestion::suggestion,
};
use std::path::{Path, PathBuf};

/// The folder in which a user works: it holds `stacks` and `state`.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    /// Where states and the local cloud are kept: `state`, but for a demonstration.
    state: PathBuf,
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
        root.map(|root| Self { root: root.to_owned(), state: root.join("state") }).ok_or_else(|| {
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
        if local { self.local_states().join(stack) } else { self.state.join(stack) }
    }

    /// Where the local cloud keeps its own things.
    pub(crate) fn local_cloud(&self) -> PathBuf {
        self.local_states().join(".cloud")
    }

    /// Where states are kept.
    pub(crate) fn states(&self) -> &Path {
        &self.state
    }

    /// Everything that is on the local cloud, and the cloud itself.
    pub(crate) fn local_states(&self) -> PathBuf {
        self.state.join("local")
    }

    /// The application that the images of the local cloud's own registry stand for.
    pub(crate) fn app(&self) -> PathBuf {
        self.root.join("app")
    }

    /// The same stacks with states and a local cloud of their own, in `folder`.
    pub(crate) fn apart(&self, folder: PathBuf) -> Self {
        Self { root: self.root.clone(), state: folder }
    }

    /// Checks that there is a program of that name.
    pub(crate) fn check(&self, stack: &str) -> Result<(), CliError> {
        if is_word(stack) && self.root.join("stacks").join(format!("{stack}.rs")).is_file() {
            return Ok(());
        }
        let known = self.stacks();
        let hint = suggestion(stack, known.iter().map(String::as_str)).unwrap_or_else(|| {
            "There is none yet: write stacks/<name>.rs and name it in stacks/Cargo.toml.".to_owned()
        });
        let folder = self.root.join("stacks");
        Err(CliError::new(Kind::Usage, format!("there is no stack `{stack}` in {}", folder.display())).hint(hint))
    }

    /// Checks that there is a program of that name, or a state that it has left behind.
    pub(crate) fn check_recorded(&self, stack: &str, local: bool) -> Result<(), CliError> {
        if is_word(stack) && self.state(stack, local).is_dir() { Ok(()) } else { self.check(stack) }
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

/// Whether a name leads nowhere else when it stands in a path.
fn is_word(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}
