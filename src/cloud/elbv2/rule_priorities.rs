//! Reordering rules in one step.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::errors::{not_permitted, validation};
use super::rule::{self, Rules};
use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct SetRulePriorities {
    rule_priorities: Vec<RulePriority>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RulePriority {
    rule_arn: String,
    priority: u16,
}

/// Sets the priorities of rules of one listener; rules that are not named keep theirs. Two rules can swap places.
pub(crate) fn set_rule_priorities(cx: &mut Context<'_>, input: SetRulePriorities) -> Result<Rules, ApiError> {
    let mut wanted = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for RulePriority { rule_arn, priority } in input.rule_priorities {
        rule::check_priority(priority)?;
        if rule::find(cx, &rule_arn)?.priority.is_none() {
            return Err(not_permitted(format!("Priority of the default rule '{rule_arn}' cannot be changed")));
        }
        if !taken.insert(priority) {
            return Err(validation(format!("Priority '{priority}' was provided multiple times")));
        }
        if let Some(_earlier) = wanted.insert(rule_arn.clone(), priority) {
            return Err(validation(format!("Rule '{rule_arn}' was provided multiple times")));
        }
    }
    check(cx, &wanted)?;
    for (arn, priority) in &wanted {
        if let Some(rule) = cx.elbv2.rules.get_mut(arn) {
            rule.priority = Some(*priority);
        }
    }
    Ok(rule::views(wanted.keys().filter_map(|arn| cx.elbv2.rules.get(arn))))
}

/// Refuses rules of several listeners, and priorities that rules which stay where they are have.
fn check(cx: &Context<'_>, wanted: &BTreeMap<String, u16>) -> Result<(), ApiError> {
    let listeners: BTreeSet<&str> =
        wanted.keys().filter_map(|arn| cx.elbv2.rules.get(arn)).map(|rule| rule.listener_arn.as_str()).collect();
    let listener = match listeners.iter().collect::<Vec<_>>()[..] {
        [] => return Err(validation("At least one rule priority must be specified")),
        [only] => only,
        _ => return Err(validation("The specified rules must belong to the same listener")),
    };
    let stay = rule::of_listener(cx, listener).filter(|rule| !wanted.contains_key(&rule.arn));
    let conflict =
        stay.filter_map(|rule| rule.priority).find(|priority| wanted.values().any(|other| other == priority));
    conflict.map_or(Ok(()), |priority| Err(rule::priority_in_use(priority)))
}
