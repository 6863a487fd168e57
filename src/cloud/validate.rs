//! The constraints of AWS's service models, with the messages that AWS gives for them.

use std::borrow::Cow;
use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::wire::ApiError;

/// Collects what is wrong with an input, so that one error names it all.
#[derive(Debug, Default)]
pub(crate) struct Constraints {
    violations: Vec<String>,
}

impl Constraints {
    /// A string's length in characters.
    pub(crate) fn length(&mut self, member: &str, value: &str, allowed: RangeInclusive<usize>) -> &mut Self {
        let length = value.chars().count();
        if length < *allowed.start() {
            self.violate(
                member,
                value,
                format_args!("Member must have length greater than or equal to {}", allowed.start()),
            );
        }
        if length > *allowed.end() {
            self.violate(
                member,
                value,
                format_args!("Member must have length less than or equal to {}", allowed.end()),
            );
        }
        self
    }

    /// A string's characters; `pattern` is AWS's regular expression for what `allowed` tells.
    pub(crate) fn pattern(
        &mut self,
        member: &str,
        value: &str,
        pattern: &str,
        allowed: impl Fn(char) -> bool,
    ) -> &mut Self {
        if !value.chars().all(allowed) {
            self.violate(member, value, format_args!("Member must satisfy regular expression pattern: {pattern}"));
        }
        self
    }

    /// A number's range.
    pub(crate) fn range(&mut self, member: &str, value: i64, allowed: RangeInclusive<i64>) -> &mut Self {
        if value < *allowed.start() {
            self.violate(
                member,
                value,
                format_args!("Member must have value greater than or equal to {}", allowed.start()),
            );
        }
        if value > *allowed.end() {
            self.violate(member, value, format_args!("Member must have value less than or equal to {}", allowed.end()));
        }
        self
    }

    /// The error with this code, if anything is wrong.
    pub(crate) fn finish(&mut self, code: impl Into<Cow<'static, str>>) -> Result<(), ApiError> {
        let violations = std::mem::take(&mut self.violations);
        if violations.is_empty() {
            return Ok(());
        }
        let plural = if violations.len() == 1 { "" } else { "s" };
        let message = format!("{} validation error{plural} detected: {}", violations.len(), violations.join("; "));
        Err(ApiError::new(code, message))
    }

    fn violate(&mut self, member: &str, value: impl Display, constraint: impl Display) {
        self.violations.push(format!("Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_violation_is_named() {
        let mut constraints = Constraints::default();
        constraints.length("name", "", 1..=512).range("limit", 51, 1..=50);
        let error = constraints.finish("ValidationError").expect_err("both are wrong");
        let expected = "2 validation errors detected: \
            Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1; \
            Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50";
        assert_eq!(error.message, expected);
    }

    #[test]
    fn what_is_right_is_no_error() {
        let mut constraints = Constraints::default();
        constraints.length("name", "a", 1..=1).pattern("name", "a", "[a]", |letter| letter == 'a');
        assert_eq!(constraints.finish("ValidationError"), Ok(()));
    }
}
