//! Filter patterns for unstructured log events: terms, phrases, optional and excluded terms.
//!
//! AWS: CloudWatch Logs User Guide, "Filter pattern syntax". Patterns for JSON and space-delimited events and regular
//! expressions are refused.

use super::invalid;
use crate::wire::ApiError;

/// What a message must hold to be found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pattern {
    all: Vec<String>,
    /// One of these is enough; they are ignored next to other terms.
    any: Vec<String>,
    none: Vec<String>,
}

impl Pattern {
    /// Reads a pattern; an empty one finds every message.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        let mut pattern = Pattern::default();
        let mut rest = text.trim_start();
        if rest.starts_with(['{', '[', '%']) {
            let message = "The local cloud does not model filter patterns for JSON, for space-delimited events and with \
                           regular expressions.";
            return Err(invalid(message));
        }
        while let Some(first) = rest.chars().next() {
            let (terms, term) = match first {
                '?' => (&mut pattern.any, &rest[1..]),
                '-' => (&mut pattern.none, &rest[1..]),
                _ => (&mut pattern.all, rest),
            };
            let (term, after) = term_at_start(term)?;
            terms.push(term);
            rest = after.trim_start();
        }
        Ok(pattern)
    }

    pub(super) fn matches(&self, message: &str) -> bool {
        let holds = |term: &String| message.contains(term);
        let only_any = self.all.is_empty() && self.none.is_empty() && !self.any.is_empty();
        self.all.iter().all(holds) && !self.none.iter().any(holds) && (!only_any || self.any.iter().any(holds))
    }
}

/// The term at the start of a text, and what follows it.
fn term_at_start(text: &str) -> Result<(String, &str), ApiError> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (term, after) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
        if term.is_empty() || term.contains('"') {
            return Err(invalid("Invalid filter pattern"));
        }
        return Ok((term.to_owned(), after));
    };
    let mut term = String::new();
    let mut letters = quoted.char_indices();
    while let Some((position, letter)) = letters.next() {
        match letter {
            '"' => return Ok((term, &quoted[position + 1..])),
            '\\' => term.extend(letters.next().map(|(_, escaped)| escaped)),
            _ => term.push(letter),
        }
    }
    Err(invalid("Invalid filter pattern: a double quotation mark is not closed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, message: &str, expected: bool) {
        let parsed = Pattern::parse(pattern).expect("it is a pattern");
        assert_eq!(parsed.matches(message), expected, "{pattern} on {message}");
    }

    #[test]
    fn terms_phrases_optional_and_excluded_terms() {
        check("", "anything", true);
        check("ERROR ARGUMENTS", "ERROR with ARGUMENTS", true);
        check("ERROR ARGUMENTS", "ERROR", false);
        check("error", "ERROR", false);
        check("\"INTERNAL SERVER\"", "INTERNAL SERVER ERROR", true);
        check("\"INTERNAL SERVER\"", "SERVER INTERNAL", false);
        check("?ERROR ?WARN", "a WARN", true);
        check("?ERROR ?WARN", "an INFO", false);
        check("ERROR -\"exit 0\"", "ERROR exit 0", false);
        check("ERROR -\"exit 0\"", "ERROR exit 1", true);
        check(r#""say \"hi\"""#, r#"they say "hi""#, true);
    }

    #[test]
    fn what_is_not_modelled_or_broken_is_refused() {
        for pattern in ["{ $.a = 1 }", "[ip, user]", "%4..%", "\"open", "a\"b", "-"] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
