//! Which requests the conditions of a rule take, seen from the conditions of another one.

use model::serving::Match;
use std::collections::BTreeSet;

/// Of the requests that `class` describes, those that `conditions` take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// None.
    None,
    /// Some, or it cannot be told.
    Some,
    /// All of them.
    All,
}

pub(crate) fn share(conditions: &BTreeSet<Match>, class: &BTreeSet<Match>) -> Share {
    if conditions == class {
        return Share::All;
    }
    let mut all = true;
    for condition in conditions {
        let Match::Patterns { property, patterns } = condition else {
            all &= class.contains(condition);
            continue;
        };
        // A class may have several conditions on one property; a request of it meets all of them.
        let wanted = class.iter().filter_map(|other| match other {
            Match::Patterns { property: same, patterns } if same == property => Some(patterns),
            _ => None,
        });
        let apart = |wanted: &BTreeSet<String>| wanted.iter().all(|it| patterns.iter().all(|own| are_apart(own, it)));
        let within = |wanted: &BTreeSet<String>| wanted.iter().all(|it| patterns.iter().any(|own| covers(own, it)));
        if wanted.clone().any(apart) {
            return Share::None;
        }
        let always = !property.starts_with(HEADER) && patterns.iter().any(|pattern| is_anything(pattern));
        all &= always || wanted.into_iter().any(within);
    }
    if all { Share::All } else { Share::Some }
}

/// How the property of a condition on a header begins.
const HEADER: &str = "http-header";

/// Those of some conditions that not every request meets.
pub(super) fn significant(conditions: &BTreeSet<Match>) -> BTreeSet<Match> {
    let any = |condition: &&Match| match condition {
        Match::Patterns { property, patterns } => {
            // A request without a header does not meet a condition on it.
            property.starts_with(HEADER) || !patterns.iter().any(|pattern| is_anything(pattern))
        }
        Match::Opaque(_) => true,
    };
    conditions.iter().filter(any).cloned().collect()
}

/// Every path begins with a slash, so that `/*` is every path.
fn is_anything(pattern: &str) -> bool {
    matches!(pattern, "*" | "/*")
}

fn is_wild(c: char) -> bool {
    matches!(c, '*' | '?')
}

/// Whether everything that `inner` fits, `outer` fits, too. `false` where it cannot be told.
fn covers(outer: &str, inner: &str) -> bool {
    if outer == inner || is_anything(outer) {
        return true;
    }
    if !inner.contains(is_wild) {
        return fits(outer, inner);
    }
    // `/api/*` covers `/api/v1*`: one star at the end, and what stands before it begins the other.
    outer.strip_suffix('*').is_some_and(|prefix| !prefix.contains(is_wild) && inner.starts_with(prefix))
}

/// Whether nothing fits both. `false` where it cannot be told.
fn are_apart(one: &str, other: &str) -> bool {
    match (one.contains(is_wild), other.contains(is_wild)) {
        (false, false) => one != other,
        (true, false) => !fits(one, other),
        (false, true) => !fits(other, one),
        (true, true) => {
            let head = |text: &str| text.split(is_wild).next().unwrap_or_default().to_owned();
            let tail = |text: &str| text.rsplit(is_wild).next().unwrap_or_default().to_owned();
            let ([a, b], [y, z]) = ([head(one), head(other)], [tail(one), tail(other)]);
            !(a.starts_with(&b) || b.starts_with(&a)) || !(y.ends_with(&z) || z.ends_with(&y))
        }
    }
}

/// Whether a text fits a pattern.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // Where the last star stands, and how much of the text it has taken so far.
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, t) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(patterns: &[&str]) -> BTreeSet<Match> {
        let patterns = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        [Match::Patterns { property: "path-pattern".to_owned(), patterns }].into()
    }

    #[test]
    fn paths() {
        for (conditions, class, expected) in [
            (&["/*"][..], &["/api/*"][..], Share::All),
            (&["/api/*"], &["/*"], Share::Some),
            (&["/api/*"], &["/api/v1/*"], Share::All),
            (&["/api/*"], &["/web/*"], Share::None),
            (&["/health"], &["/health"], Share::All),
            (&["/health"], &["/api/*"], Share::None),
            (&["*.png"], &["*.jpg"], Share::None),
            (&["/a/*", "/b/*"], &["/b/c"], Share::All),
        ] {
            assert_eq!(share(&path(conditions), &path(class)), expected, "{conditions:?} of {class:?}");
        }
    }

    #[test]
    fn conditions_add_up() {
        let host = Match::Patterns { property: "host-header".to_owned(), patterns: ["a.example".to_owned()].into() };
        let both: BTreeSet<Match> = path(&["/api/*"]).into_iter().chain([host]).collect();
        assert_eq!(share(&both, &path(&["/api/*"])), Share::Some);
        assert_eq!(share(&path(&["/api/*"]), &both), Share::All);
        let opaque: BTreeSet<Match> = [Match::Opaque("source-ip".to_owned())].into();
        assert_eq!(share(&opaque, &path(&["/*"])), Share::Some);
    }

    #[test]
    fn patterns() {
        assert!(fits("*.example.com", "a.example.com") && fits("a?c*", "abcd") && fits("*", ""));
        assert!(!fits("/api/*", "/web") && !fits("a?c", "ac"));
    }
}
