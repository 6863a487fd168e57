use serde::{Deserialize, Serialize};
use std::fmt;

/// What a stack program prints instead of a document: `{"error": {..}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Why there is no document.
    pub error: Diagnostic,
}

/// What is wrong with what a stack program was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// What is wrong, as a sentence without its first capital.
    pub message: String,
    /// The file with the mistake, if it is in one.
    #[serde(default)]
    pub file: Option<String>,
    /// The line of the file, from 1.
    #[serde(default)]
    pub line: Option<usize>,
    /// What to do.
    #[serde(default)]
    pub hint: Option<String>,
}

impl Diagnostic {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), file: None, line: None, hint: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "\n  --> {file}:{line}")?,
            (Some(file), None) => write!(f, "\n  --> {file}")?,
            (None, _) => (),
        }
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}

impl std::error::Error for Diagnostic {}
