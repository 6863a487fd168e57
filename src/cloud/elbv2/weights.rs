//! Weights that other services set: ECS shifts traffic with them.

use super::action::Kind;
use super::forward::{Forward, Weighted};
use super::rule;
use crate::context::Context;
use crate::wire::ApiError;

/// The largest weight (AWS: Elastic Load Balancing API Reference, TargetGroupTuple).
const MAX: f64 = 999.0;

/// Makes a rule forward these percentages of its requests to two target groups.
pub(crate) fn forward(cx: &mut Context<'_>, rule_arn: &str, shares: [(&str, f64); 2]) -> Result<(), ApiError> {
    let mut rule = rule::find(cx, rule_arn)?.clone();
    let stickiness = match &rule.action.kind {
        Kind::Forward(forward) => forward.stickiness.clone(),
        Kind::Redirect(_) | Kind::FixedResponse(_) => Default::default(),
    };
    let whole = shares.iter().all(|(_, percent)| percent.fract() == 0.0);
    let scale = if whole { 1.0 } else { MAX / 100.0 };
    let weighted = |(arn, percent): (&str, f64)| Weighted {
        target_group_arn: arn.to_owned(),
        // A percentage times a scale is at most MAX.
        weight: (percent * scale).round().clamp(0.0, MAX) as u16,
    };
    let target_groups = shares.map(weighted).to_vec();
    let kind = Kind::Forward(Forward { target_groups, stickiness });
    if rule.action.kind == kind {
        return Ok(());
    }
    rule.action.kind = kind;
    rule::put(cx, rule)
}
