//! Everything that is printed: text for people, or one JSON object a line for programs.

mod progress;
mod table;

pub(crate) use progress::ApplyProgress;
pub(crate) use table::{age, table};

use crate::{arguments::Global, error::CliError};
use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// The version of the stream that `--json` prints. It is raised when a reader of the old one would be misled.
const STREAM: u32 = 1;

/// Where a command prints.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    /// Whether only warnings and errors are printed.
    quiet: bool,
    /// The warnings so far: a command that opens the state twice warns of it once.
    warned: Arc<Mutex<BTreeSet<String>>>,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        if global.no_color {
            anstream::ColorChoice::Never.write_global();
        }
        let output = Self { json: global.json, quiet: false, warned: Arc::default() };
        if output.json {
            let message = format!("rust-stack {}", env!("CARGO_PKG_VERSION"));
            output.line("version", &message, json!({ "rust_stack": env!("CARGO_PKG_VERSION"), "stream": STREAM }));
        }
        output
    }

    /// The same, but only for what the user has to know: a part of a larger command.
    pub(crate) fn quiet(&self) -> Self {
        Self { quiet: true, ..self.clone() }
    }

    /// A result, as text; nothing in a stream, which has its own lines for it.
    pub(crate) fn result(&self, text: &str) {
        if !self.json && !self.quiet {
            anstream::print!("{text}");
        }
    }

    /// A line of the stream; nothing when people read.
    pub(crate) fn line(&self, kind: &str, message: &str, more: Value) {
        if !self.json || (self.quiet && kind != "diagnostic") {
            return;
        }
        let mut line = json!({
            "type": kind,
            "level": if kind == "diagnostic" { more["severity"].clone() } else { json!("info") },
            "message": anstream::adapter::strip_str(message).to_string(),
            "timestamp": jiff::Timestamp::now().to_string(),
        });
        if let (Some(line), Value::Object(more)) = (line.as_object_mut(), more) {
            line.extend(more);
        }
        anstream::println!("{line}");
    }

    /// Something worth knowing that is not a result.
    pub(crate) fn note(&self, text: &str) {
        if self.quiet {
            return;
        }
        if self.json {
            self.line("log", text, json!({}));
        } else {
            anstream::eprintln!("{text}");
        }
    }

    /// What the compiler says of a stack program, in its own words and colours.
    pub(crate) fn compiler<'a>(&self, messages: impl Iterator<Item = &'a str>) {
        for message in messages {
            if self.json {
                self.line("compiler", message, json!({}));
            } else {
                anstream::eprint!("{message}");
            }
        }
    }

    pub(crate) fn warning(&self, text: &str) {
        if !self.warned.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned()) {
            return;
        }
        if self.json {
            self.line("diagnostic", text, json!({ "severity": "warning" }));
        } else {
            anstream::eprintln!("{WARNING}Warning:{WARNING:#} {text}");
        }
    }

    pub(crate) fn error(&self, error: &CliError) {
        if self.json {
            let more = json!({
                "severity": "error",
                "kind": error.kind.word(),
                "details": error.details,
                "hint": error.hint,
            });
            self.line("diagnostic", &error.message, more);
            return;
        }
        anstream::eprintln!("{ERROR}Error:{ERROR:#} {}", error.message);
        for detail in &error.details {
            anstream::eprintln!("  {detail}");
        }
        if let Some(hint) = &error.hint {
            anstream::eprintln!("{HINT}Hint:{HINT:#} {hint}");
        }
    }
}
