use model::Schema;
use std::fmt;

/// Something that went wrong in the life of a kind.
#[derive(Debug)]
pub(super) struct Finding {
    /// The kind.
    pub(super) kind: &'static str,
    /// The step, and the field if it is about one: `change retention`, `read back after create: policy`.
    pub(super) step: String,
    /// What went wrong.
    what: String,
}

impl Finding {
    /// A finding about a kind.
    pub(super) fn new(schema: &Schema, step: impl Into<String>, what: impl fmt::Display) -> Self {
        Self { kind: schema.kind, step: step.into(), what: what.to_string() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {} | {}", self.kind, self.step, self.what)
    }
}
