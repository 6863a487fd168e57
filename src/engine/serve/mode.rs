//! The failure modes: how each arises, how a plan avoids it, and what the gate sees of it.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// One of the ways in which a change of infrastructure loses requests, by the number it has in the acceptance matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mode(u8);

/// What there is to know about a [`Mode`].
#[derive(Clone, Copy, Debug)]
pub struct Explanation {
    /// The mode.
    pub mode: Mode,
    /// A few words.
    pub title: &'static str,
    /// How it arises, in sentences.
    pub arises: &'static str,
    /// How the plan avoids it.
    pub avoided: &'static str,
    /// What the gate sees while the change is made.
    pub gate: &'static str,
}

impl Mode {
    /// The mode of that number.
    ///
    /// # Panics
    /// When there is none; for constants.
    pub const fn new(number: u8) -> Self {
        assert!(1 <= number && number <= 37, "there are the modes F1 to F37");
        Self(number)
    }

    /// Every mode, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=37).map(Self)
    }

    /// What there is to know about it.
    pub fn explanation(self) -> &'static Explanation {
        &super::modes::EXPLANATIONS[usize::from(self.0) - 1]
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("F{}", self.0))
    }
}

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        let number = text.strip_prefix(['F', 'f']).and_then(|number| number.parse().ok());
        number.filter(|number| (1..=37).contains(number)).map(Self).ok_or_else(|| UnknownMode(text.to_owned()))
    }
}

impl TryFrom<String> for Mode {
    type Error = UnknownMode;

    fn try_from(text: String) -> Result<Self, UnknownMode> {
        text.parse()
    }
}

impl From<Mode> for String {
    fn from(mode: Mode) -> Self {
        mode.to_string()
    }
}

/// A text that names no failure mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no failure mode: they are called F1 to F37")]
pub struct UnknownMode(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_known_by_their_number() {
        for mode in Mode::all() {
            assert_eq!(mode.explanation().mode, mode);
            assert_eq!(mode.to_string().parse(), Ok(mode));
        }
        for text in ["F0", "F38", "5", "", "F"] {
            assert_eq!(text.parse::<Mode>(), Err(UnknownMode(text.to_owned())));
        }
    }
}
