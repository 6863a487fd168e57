//! The names of repositories.

use super::error::INVALID_PARAMETER;
use crate::validate::Constraints;
use crate::wire::ApiError;

/// AWS: ECR API Reference, CreateRepository, `repositoryName`.
const PATTERN: &str = r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*";

/// Checks the name of a new repository.
pub(super) fn check(name: &str) -> Result<(), ApiError> {
    let right = is_right(name);
    Constraints::default()
        .length("repositoryName", name, 2..=256)
        .pattern("repositoryName", name, PATTERN, |_| right)
        .finish(INVALID_PARAMETER)
}

/// Parts between slashes; each of letters and digits with single dots, one or two underscores or hyphens between them.
fn is_right(name: &str) -> bool {
    let is_word = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let is_separator = |text: &str| ["", ".", "_", "__"].contains(&text) || text.chars().all(|letter| letter == '-');
    name.split('/').all(|part| {
        let inside = part.starts_with(is_word) && part.ends_with(is_word);
        inside && part.split(is_word).all(is_separator)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_rules_hold() {
        for right in ["app", "team/app", "a.b-c_d", "a--b", "a__b", "0/1"] {
            assert_eq!(check(right), Ok(()), "{right}");
        }
        for wrong in ["", "a", "App", "app/", "/app", "a//b", "a..b", "a___b", "-app", "app-", "a b", "a._b"] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
