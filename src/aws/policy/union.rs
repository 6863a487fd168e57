//! How the old and the new document of a role stand side by side while its users change over.

use super::{Effect, Policy, Statement};
use std::collections::BTreeSet;

/// The most characters of the policies in a role. AWS: IAM User Guide, "IAM and AWS STS quotas".
const MOST: usize = 10_240;

impl Policy {
    /// What allows all that either allows. `None` where no document does: a denial takes away whatever allows, and long
    /// ones do not fit.
    pub(crate) fn union(before: &Self, after: &Self) -> Option<Self> {
        let denies = |it: &Self| -> BTreeSet<Statement> {
            it.statements.iter().filter(|statement| statement.effect == Effect::Deny).cloned().collect()
        };
        if before.version != after.version || denies(before) != denies(after) {
            return None;
        }
        let covered = |one: &Statement, by: &BTreeSet<Statement>| by.iter().any(|it| it.covers(one));
        let old = before.statements.iter().filter(|statement| !covered(statement, &after.statements));
        let mut statements: BTreeSet<Statement> = old.cloned().collect();
        let new = after.statements.iter().filter(|statement| !covered(statement, &statements));
        let new: Vec<Statement> = new.cloned().collect();
        // A name stands only once in a document.
        let named =
            |statement: &Statement| statement.sid.is_some() && new.iter().any(|other| other.sid == statement.sid);
        statements = statements
            .into_iter()
            .map(|statement| if named(&statement) { Statement { sid: None, ..statement } } else { statement })
            .chain(new.iter().cloned())
            .collect();
        let both = Self { statements, ..after.clone() };
        let length = serde_json::to_string(&both).ok()?.len();
        (length <= MOST).then_some(both)
    }

    /// What it allows, each call on each ARN by itself, so that two documents can be compared. What is denied or excepted
    /// is a part of all that it stands beside.
    pub(crate) fn grants(&self) -> BTreeSet<String> {
        let (allowed, denied): (Vec<_>, Vec<_>) =
            self.statements.iter().partition(|statement| statement.effect == Effect::Allow);
        let but = if denied.is_empty() { String::new() } else { format!(" but {denied:?}") };
        allowed.into_iter().flat_map(Statement::grants).map(|grant| grant + &but).collect()
    }
}

impl Statement {
    /// Whether it says all that `other` says.
    fn covers(&self, other: &Self) -> bool {
        fn within<T: Ord>(inner: &BTreeSet<T>, outer: &BTreeSet<T>) -> bool {
            inner.is_empty() == outer.is_empty() && inner.is_subset(outer)
        }
        let as_wide = Self {
            sid: self.sid.clone(),
            actions: self.actions.clone(),
            resources: self.resources.clone(),
            ..other.clone()
        };
        as_wide == *self && within(&other.actions, &self.actions) && within(&other.resources, &self.resources)
    }

    fn grants(&self) -> Vec<String> {
        let rest = Self { sid: None, actions: BTreeSet::new(), resources: BTreeSet::new(), ..self.clone() };
        if self.actions.is_empty() || self.resources.is_empty() {
            return vec![format!("{:?}", Self { sid: None, ..self.clone() })];
        }
        let each = |action| self.resources.iter().map(move |resource| (action, resource));
        self.actions.iter().flat_map(each).map(|it| format!("{it:?} of {rest:?}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(resources: &[&str]) -> Policy {
        Policy::allow(["s3:GetObject"]).on(resources.iter().copied())
    }

    #[test]
    fn what_only_grows_or_shrinks_is_the_larger_one() {
        assert_eq!(Policy::union(&read(&["a"]), &read(&["a", "b"])), Some(read(&["a", "b"])));
        assert_eq!(Policy::union(&read(&["a", "b"]), &read(&["b"])), Some(read(&["a", "b"])));
        assert_eq!(Policy::union(&read(&["a"]), &read(&["a"]).sid("Read")), Some(read(&["a"]).sid("Read")));
    }

    #[test]
    fn what_changes_is_both() {
        assert_eq!(Policy::union(&read(&["a"]), &read(&["b"])), Some(read(&["a"]).and(read(&["b"]))));
        let named = |policy: Policy| policy.sid("Read");
        let both = Policy::union(&named(read(&["a"])), &named(read(&["b"])));
        assert_eq!(both, Some(read(&["a"]).and(named(read(&["b"])))));
    }

    #[test]
    fn denials_and_long_documents_cannot_be_put_together() {
        let denies = read(&["a"]).and(Policy::deny(["s3:*"]).on(["b"]));
        assert_eq!(Policy::union(&read(&["a"]), &denies), None);
        assert_eq!(Policy::union(&denies, &denies), Some(denies.clone()));
        let long = |letter: &str| read(&[&letter.repeat(6_000)]);
        assert_eq!(Policy::union(&long("a"), &long("b")), None);
    }

    #[test]
    fn grants_are_told_apart_by_call_and_arn() {
        assert!(read(&["a"]).grants().is_subset(&read(&["a", "b"]).sid("Read").grants()));
        assert!(read(&["a"]).grants().is_disjoint(&read(&["b"]).grants()));
        let denies = read(&["a"]).and(Policy::deny(["s3:*"]).on(["b"]));
        assert!(read(&["a"]).grants().is_disjoint(&denies.grants()));
    }
}
