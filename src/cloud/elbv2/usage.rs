//! Which load balancer uses which target group.
//!
//! The actions of rules are the only record of it: a listener's default action is that of its default rule.

use std::collections::BTreeSet;

use super::limits;
use crate::context::Context;
use crate::wire::ApiError;

/// The ARN of the load balancer whose rules forward to a target group. There is at most one.
pub(super) fn load_balancer_of<'a>(cx: &'a Context<'_>, target_group: &str) -> Option<&'a str> {
    let forwards = |rule: &&super::rule::Rule| rule.action.target_groups().any(|arn| arn == target_group);
    cx.elbv2.rules.values().find(forwards).map(|rule| rule.load_balancer_arn.as_str())
}

/// Brings up to date since when each target group is used. To be called when rules changed.
pub(super) fn refresh(cx: &mut Context<'_>) {
    let used: BTreeSet<String> =
        cx.elbv2.rules.values().flat_map(|rule| rule.action.target_groups()).map(str::to_owned).collect();
    let changed =
        cx.elbv2.target_groups.values().filter(|group| group.used_since.is_some() != used.contains(&group.arn));
    let changed: Vec<String> = changed.map(|group| group.arn.clone()).collect();
    for arn in changed {
        if let Some(group) = cx.elbv2.target_groups.get_mut(&arn) {
            group.used_since = used.contains(&arn).then_some(cx.now);
        }
    }
}

/// Refuses more target groups than one load balancer may have in all its rules.
pub(super) fn check_limit(cx: &Context<'_>, load_balancer: &str) -> Result<(), ApiError> {
    let rules = cx.elbv2.rules.values().filter(|rule| rule.load_balancer_arn == load_balancer);
    let groups: BTreeSet<&str> = rules.flat_map(|rule| rule.action.target_groups()).collect();
    limits::LOAD_BALANCER_TARGET_GROUPS.check("TooManyUniqueTargetGroupsPerLoadBalancer", groups.len())
}
