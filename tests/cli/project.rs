use super::Cloud;
use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// A user's project: a folder with stacks and state. It stays behind for whoever wants to look at it, and is made
/// anew when the test runs again. Its local cloud stops when it is dropped.
pub(crate) struct Project {
    /// The folder that holds `stacks` and `state`.
    pub(crate) root: PathBuf,
    /// Held so that two runs of the same test do not share the folder.
    _alone: File,
}

/// What stacks are built in; shared, so that what they depend on is compiled once. A project's path is always the
/// same, so that this does not grow.
const BUILD: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/cli/build");
const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

impl Project {
    /// A project with the repository's environment `dev`.
    pub(crate) fn new(test: &str) -> Self {
        let project = Self::empty(test);
        for file in ["dev.rs", "dev.toml", "variables.rs"] {
            let text = fs::read(Path::new(REPOSITORY).join("stacks").join(file)).expect("the repository has it");
            project.write(&format!("stacks/{file}"), text);
        }
        project.manifest(test, "dev");
        project
    }

    /// A project with one stack program, `mine`: `body` makes a stack out of `name` and `region`.
    pub(crate) fn with_program(test: &str, body: &str) -> Self {
        let project = Self::empty(test);
        project.write("stacks/mine.toml", "region = \"us-east-1\"\n");
        project.write(
            "stacks/mine.rs",
            format!(
                "#![allow(unused)]\n\
                 use rust_stack::{{aws::ec2, prelude::*}};\n\
                 #[derive(Serialize, Deserialize)]\n\
                 struct Variables {{ region: Region }}\n\
                 fn main() -> ExitCode {{ rust_stack::run(stack) }}\n\
                 fn stack(name: &str, Variables {{ region }}: &Variables) -> Stack {{\n\
                 let mut stack = Stack::new(name);\n{body}\nstack\n}}\n"
            ),
        );
        project.manifest(test, "mine");
        project
    }

    fn empty(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli");
        fs::create_dir_all(&folder).expect("the build folder can be written to");
        let alone = File::create(folder.join(format!("{test}.lock"))).expect("a file can be made");
        alone.lock().expect("it can be locked");
        let project = Self { root: folder.join(test), _alone: alone };
        if project.root.exists() {
            Cloud::stop(&project.root);
            fs::remove_dir_all(&project.root).expect("an earlier run is over");
        }
        fs::create_dir_all(project.root.join("home")).expect("a folder can be made");
        project
    }

    /// The name of the package keeps it apart from those of other projects in the shared build folder.
    fn manifest(&self, test: &str, program: &str) {
        self.write(
            "stacks/Cargo.toml",
            format!(
                "[package]\nname = \"{test}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                 [[bin]]\nname = \"{program}\"\npath = \"{program}.rs\"\n\n\
                 [dependencies]\nrust-stack = {{ path = \"{REPOSITORY}\", default-features = false }}\n\
                 serde = {{ version = \"1\", features = [\"derive\"] }}\n\n[workspace]\n"
            ),
        );
        let lock = fs::read(Path::new(REPOSITORY).join("Cargo.lock")).expect("the repository has it");
        self.write("stacks/Cargo.lock", lock);
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let file = self.root.join(file);
        fs::create_dir_all(file.parent().expect("it is in the project")).expect("a folder can be made");
        fs::write(&file, text).expect("it can be written");
    }

    /// A file of the project.
    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// Changes a file of the project.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{file} has {from:?}");
        self.write(file, text.replacen(from, to, 1));
    }

    /// Every file below a folder of the project, byte by byte.
    pub(crate) fn files(&self, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.root.join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.expect("a folder can be read").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.insert(path.clone(), fs::read(&path).expect("a file can be read"));
                }
            }
        }
        found
    }

    /// Gives it the repository's application, which its local cloud then runs.
    pub(crate) fn application(&self) {
        std::os::unix::fs::symlink(Path::new(REPOSITORY).join("app"), self.root.join("app")).expect("it can be linked");
    }

    /// Starts its local cloud on a free port.
    pub(crate) fn cloud(&self, options: &[&str]) -> Cloud {
        self.run(&[&["local", "up", "--port", "0"], options].concat()).succeeds();
        Cloud::of(&self.root)
    }

    /// A command line in this project, with a clean environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rust-stack"));
        command.args(arguments);
        self.environment(&mut command);
        command
    }

    /// Lets a command run in this project: nothing of the user's AWS settings reaches it.
    pub(crate) fn environment(&self, command: &mut Command) {
        let home = PathBuf::from(env::var_os("HOME").expect("there is a home"));
        let or_home = |name: &str, folder: &str| env::var_os(name).unwrap_or_else(|| home.join(folder).into());
        let kept = ["PATH", "CARGO", "RUSTUP_TOOLCHAIN", "TMPDIR"];
        command
            .env_clear()
            .envs(kept.iter().filter_map(|name| Some((name, env::var_os(name)?))))
            .env("CARGO_HOME", or_home("CARGO_HOME", ".cargo"))
            .env("RUSTUP_HOME", or_home("RUSTUP_HOME", ".rustup"))
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_BUILD_BUILD_DIR", BUILD)
            .env("CARGO_TARGET_DIR", self.root.join("target"))
            .env("HOME", self.root.join("home"))
            .env("USER", "tester")
            .current_dir(&self.root)
            .stdin(Stdio::null());
    }

    /// Runs a command line to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Finished {
        self.run_with(arguments, &[])
    }

    /// Runs a command line to its end, with more in its environment.
    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Finished {
        let mut command = self.command(arguments);
        command.envs(environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))));
        Finished::new(arguments, command.output().expect("it can be run"))
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        Cloud::stop(&self.root);
    }
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) command: String,
    /// `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    pub(crate) fn new(arguments: &[&str], output: Output) -> Self {
        Self {
            command: arguments.join(" "),
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("it prints text"),
            stderr: String::from_utf8(output.stderr).expect("it prints text"),
        }
    }

    /// What it printed, if it ended well.
    pub(crate) fn succeeds(self) -> String {
        self.exits(0)
    }

    /// What it printed, if it ended with `code`.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self}");
        self.stdout
    }

    /// Its one error, if it ended with 1 and says all of `parts`.
    #[track_caller]
    pub(crate) fn fails(self, parts: &[&str]) -> String {
        assert_eq!(self.code, Some(1), "{self}");
        let begins = |word: &str| self.stderr.lines().filter(|line| line.starts_with(word)).count();
        assert_eq!(begins("Error: "), 1, "one message: {self}");
        assert!(begins("Hint: ") <= 1, "one hint at most: {self}");
        assert!(!self.stderr.contains("panicked at src/"), "the tool itself has panicked: {self}");
        for part in parts {
            assert!(self.stderr.contains(part), "it does not say {part:?}: {self}");
        }
        self.stderr
    }

    /// The lines of a `--json` stream.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<serde_json::Value> {
        let parsed = self.stdout.lines().map(serde_json::from_str).collect::<Result<_, _>>();
        parsed.unwrap_or_else(|error| panic!("not one object a line: {error}: {self}"))
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { command, code, stdout, stderr } = self;
        write!(f, "rust-stack {command}\nexit code {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}
