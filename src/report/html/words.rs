//! Classes and marks of what is coloured, so that no fact stands in a colour alone.

use engine::history::{Ending, Verdict};

pub(super) fn verdict_class(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Healthy) => "good",
        Some(Verdict::Bad) => "bad",
        Some(Verdict::Inconclusive) => "warn",
        None => "none",
    }
}

pub(super) fn mark(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Healthy) => "✓ healthy",
        Some(Verdict::Bad) => "✗ bad",
        Some(Verdict::Inconclusive) => "? inconclusive",
        None => "not judged",
    }
}

pub(super) fn ending_class(ending: Option<Ending>) -> &'static str {
    match ending {
        Some(Ending::Complete) => "good",
        Some(Ending::Reverted | Ending::Halted | Ending::Interrupted) => "warn",
        Some(Ending::Incomplete | Ending::Killed) => "bad",
        Some(Ending::Running) | None => "none",
    }
}
