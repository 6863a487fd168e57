use super::style::{CREATE, DELETE, UPDATE, styled};

/// Which side of a change a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Both: it stays.
    None,
    /// It comes.
    Add,
    /// It goes.
    Remove,
    /// It changes.
    Change,
}

/// Lines of a change under construction.
#[derive(Debug, Default)]
pub(super) struct Lines(String);

impl Lines {
    /// Adds a line at a depth (in steps of four columns), its symbol in the two columns before the text.
    pub(super) fn push(&mut self, depth: usize, mark: Mark, text: &str) {
        let symbol = match mark {
            Mark::None => " ".to_owned(),
            Mark::Add => styled(CREATE, "+"),
            Mark::Remove => styled(DELETE, "-"),
            Mark::Change => styled(UPDATE, "~"),
        };
        let line = format!("{}{symbol} {text}", " ".repeat(depth * 4 + 2));
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    pub(super) fn text(self) -> String {
        self.0
    }
}
