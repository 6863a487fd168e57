use crate::plan::Action;
use anstyle::{AnsiColor, Style};

/// Green, for what comes.
pub(super) const CREATE: Style = AnsiColor::Green.on_default();
/// Yellow, for what changes.
pub(super) const UPDATE: Style = AnsiColor::Yellow.on_default();
/// Red, for what goes.
pub(super) const DELETE: Style = AnsiColor::Red.on_default();
/// Cyan, for what is only taken notice of.
pub(super) const NOTE: Style = AnsiColor::Cyan.on_default();
/// Bold, for headings.
pub(super) const BOLD: Style = Style::new().bold();
/// Dim, for what can be skipped.
pub(super) const DIM: Style = Style::new().dimmed();

/// A text in a style.
pub(super) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The symbol of an action, coloured: `+`, `~`, `-`, `+/-`, `-/+`.
pub fn symbol(action: Action) -> String {
    match action {
        Action::Create => styled(CREATE, "+"),
        Action::Update | Action::Adopt => styled(UPDATE, "~"),
        Action::Delete => styled(DELETE, "-"),
        Action::Replace => format!("{}/{}", styled(CREATE, "+"), styled(DELETE, "-")),
        Action::DeleteThenCreate => format!("{}/{}", styled(DELETE, "-"), styled(CREATE, "+")),
    }
}

/// How wide the symbol of an action is.
pub(super) fn width(action: Action) -> usize {
    if matches!(action, Action::Replace | Action::DeleteThenCreate) { 3 } else { 1 }
}
