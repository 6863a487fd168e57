//! Whether the local cloud runs tasks as processes, and what they run.

use crate::{
    error::{CliError, Kind},
    project::Project,
};
use clap::ValueEnum;
use cloud::{PlaneSettings, SeedImage};
use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

/// Whether there is a data plane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DataPlane {
    /// Where there is an application and a Python to run it.
    #[default]
    Auto,
    /// Yes; an error where that cannot be.
    On,
    /// No: tasks and targets become ready by time.
    Off,
}

/// The images that every repository of the local cloud has from its start: tag, version and colour.
const IMAGES: [(&str, &str); 2] = [("v1", "blue"), ("v2", "green")];

/// The oldest Python that the application runs on.
const OLDEST_PYTHON: (u32, u32) = (3, 9);

impl DataPlane {
    /// The word on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// The settings of the data plane of a project's local cloud; `None` when there is none.
///
/// # Errors
/// When one is demanded and cannot be: there is no application, or no Python to run it.
pub(crate) fn settings(project: &Project, choice: DataPlane) -> Result<Option<PlaneSettings>, CliError> {
    if choice == DataPlane::Off {
        return Ok(None);
    }
    let found = application(project).and_then(|app| Ok((app, python()?)));
    match found {
        Ok((app, python)) => {
            let images = IMAGES.map(|(tag, colour)| SeedImage {
                tag: tag.to_owned(),
                environment: [("VERSION", tag), ("COLOUR", colour)]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into(),
            });
            Ok(Some(PlaneSettings { python, images: images.into(), ..PlaneSettings::new(app) }))
        }
        Err(_) if choice == DataPlane::Auto => Ok(None),
        Err(error) => Err(error),
    }
}

fn application(project: &Project) -> Result<PathBuf, CliError> {
    let app = project.app();
    if app.join("app.py").is_file() {
        return Ok(app);
    }
    Err(CliError::new(
        Kind::Local,
        format!("there is no application to run: {} is missing", app.join("app.py").display()),
    )
    .hint("Put it there, or do without running tasks: rust-stack local up --data-plane off"))
}

/// The first Python on the path that is new enough.
fn python() -> Result<PathBuf, CliError> {
    let mut found = Vec::new();
    for name in ["python3", "python"] {
        let version = "import sys; print('%d.%d' % sys.version_info[:2])";
        let Ok(output) = Command::new(name).args(["-I", "-S", "-c", version]).stdin(Stdio::null()).output() else {
            continue;
        };
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let parsed = text.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        if parsed.is_some_and(|version: (u32, u32)| version >= OLDEST_PYTHON) {
            return Ok(PathBuf::from(name));
        }
        found.push(format!("{name} is {}", if text.is_empty() { "broken" } else { &text }));
    }
    let (major, minor) = OLDEST_PYTHON;
    Err(CliError::new(
        Kind::Local,
        format!("tasks need Python {major}.{minor} or newer, and there is none on the PATH"),
    )
    .details(found)
    .hint("Install Python 3, or do without running tasks: rust-stack local up --data-plane off"))
}
