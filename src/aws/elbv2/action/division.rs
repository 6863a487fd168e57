//! How requests come to be divided otherwise: by a step in which old and new groups stand side by side, and then share by
//! share.

use super::{Action, Forward, MOST_TARGET_GROUPS, TargetGroupTuple};
use model::{In, Percent, TargetGroupArn, Weight};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What all weights of a division by share add up to.
const WHOLE: f64 = 100.0;

/// The hook of the kinds whose `field` is an action; what it gives stands at `model::Expand`.
pub(in crate::elbv2) fn expand(before: &Value, after: &Value) -> Option<Value> {
    serde_json::to_value(action(before)?.united(&action(after)?)?).ok()
}

/// The hook of the kinds whose `field` is an action; what it gives stands at `model::Shift`. With a share of 0 requests
/// are divided as before, and all else is as after.
pub(in crate::elbv2) fn shift(before: &Value, after: &Value, share: Percent) -> Option<Value> {
    serde_json::to_value(action(before)?.shifted(&action(after)?, share)?).ok()
}

fn action(value: &Value) -> Option<Action> {
    serde_json::from_value(value.clone()).ok()
}

impl Action {
    /// The step between two forwards: all groups of both. Those of `self` keep their weights and new ones enter
    /// with weight 0, so that their targets are checked before they get a request.
    ///
    /// `None` when there is no such step, because an action is not a forward or the groups are too many.
    pub(super) fn united(&self, after: &Self) -> Option<Self> {
        let (Self::Forward(before), Self::Forward(after)) = (self, after) else {
            return None;
        };
        let weights = |forward: &Forward, weight: fn(Weight) -> Weight| {
            let entry = |it: &TargetGroupTuple| (it.target_group.clone(), weight(it.weight));
            forward.target_groups.iter().map(entry).collect::<BTreeMap<_, _>>()
        };
        let mut all = weights(after, |_| Weight::new(0));
        all.extend(weights(before, |weight| weight));
        let target_groups: BTreeSet<_> =
            all.into_iter().map(|(target_group, weight)| TargetGroupTuple { target_group, weight }).collect();
        (target_groups.len() <= MOST_TARGET_GROUPS)
            .then_some(Self::Forward(Forward { target_groups, stickiness: before.stickiness }))
    }

    /// The forward that sends a share of the requests as `after` does, and the rest as `self` does to other groups.
    fn shifted(&self, after: &Self, share: Percent) -> Option<Self> {
        let (Self::Forward(before), Self::Forward(after)) = (self, after) else {
            return None;
        };
        let (before_shares, after_shares) = (before.shares(), after.shares());
        let divided = |weights: BTreeMap<In<TargetGroupArn>, Weight>| {
            let tuple = |(target_group, weight)| TargetGroupTuple { target_group, weight };
            let target_groups: BTreeSet<_> = weights.into_iter().map(tuple).collect();
            (target_groups.len() <= MOST_TARGET_GROUPS)
                .then_some(Self::Forward(Forward { target_groups, stickiness: after.stickiness }))
        };
        if share.get() == 0 {
            let same_groups = before_shares.keys().eq(after_shares.keys());
            let weights = before.target_groups.iter().map(|it| (it.target_group.clone(), it.weight));
            return same_groups.then(|| divided(weights.collect()))?;
        }
        let wanted = f64::from(share.get()) / WHOLE;
        let is_new = |group: &In<TargetGroupArn>| after_shares.get(group).is_some_and(|share| *share > 0.0);
        let there: f64 = before_shares.iter().filter(|(group, _)| is_new(group)).map(|(_, share)| share).sum();
        if there + f64::EPSILON >= wanted {
            return None;
        }
        let elsewhere = 1.0 - there;
        let mut all: BTreeSet<&In<TargetGroupArn>> = before_shares.keys().collect();
        all.extend(after_shares.keys());
        let weights = all.into_iter().map(|group| {
            let old =
                if is_new(group) { 0.0 } else { before_shares.get(group).copied().unwrap_or_default() / elsewhere };
            let new = after_shares.get(group).copied().unwrap_or_default();
            let weight = WHOLE * ((1.0 - wanted) * old + wanted * new);
            // Whoever is to get any requests gets some.
            let least = u16::from(weight > 0.0);
            Some((group.clone(), Weight::try_from(i64::from((weight.round() as u16).max(least))).ok()?))
        });
        divided(weights.collect::<Option<_>>()?)
    }
}

impl Forward {
    /// The share of the requests that each group gets, of 1.
    fn shares(&self) -> BTreeMap<In<TargetGroupArn>, f64> {
        let total: f64 = self.target_groups.iter().map(|it| f64::from(it.weight.get())).sum();
        let share = |weight: Weight| if total > 0.0 { f64::from(weight.get()) / total } else { 0.0 };
        self.target_groups.iter().map(|it| (it.target_group.clone(), share(it.weight))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Port;

    fn group(name: &str, weight: u16) -> (In<TargetGroupArn>, Weight) {
        (In::Value(TargetGroupArn::new(name)), Weight::new(weight))
    }

    #[test]
    fn new_groups_enter_with_no_weight() {
        let before = Action::weighted([group("blue", 90), group("grey", 10)]);
        let after = Action::weighted([group("blue", 1), group("green", 99)]);
        let between = Action::weighted([group("blue", 90), group("grey", 10), group("green", 0)]);
        let [before_json, after_json] = [&before, &after].map(|it| serde_json::to_value(it).unwrap());
        assert_eq!(expand(&before_json, &after_json), Some(serde_json::to_value(&between).unwrap()));
        assert_eq!(between.united(&after), Some(between));
    }

    #[test]
    fn other_changes_are_made_in_one_step() {
        let forward = Action::forward(group("blue", 1).0);
        assert_eq!(forward.united(&Action::respond(503, "")), None);
        assert_eq!(Action::redirect_to_https(Port::new(443)).united(&forward), None);
        let three = |prefix: &str| Action::weighted([1, 2, 3].map(|n| group(&format!("{prefix}{n}"), n)));
        assert_eq!(three("a").united(&three("b")), None);
    }

    fn shifted(before: &Action, after: &Action, share: u16) -> Option<Action> {
        before.shifted(after, Percent::new(share))
    }

    fn halves(blue: u16, green: u16) -> Action {
        Action::weighted([group("blue", blue), group("green", green)])
    }

    #[test]
    fn requests_move_share_by_share() {
        let (before, after) = (halves(100, 0), halves(0, 100));
        assert_eq!(shifted(&before, &after, 1), Some(halves(99, 1)));
        assert_eq!(shifted(&before, &after, 50), Some(halves(50, 50)));
        assert_eq!(shifted(&halves(1, 0), &halves(0, 1), 10), Some(halves(90, 10)), "whatever the weights add up to");
        assert_eq!(shifted(&before, &Action::respond(503, ""), 10), None);
    }

    #[test]
    fn a_share_that_is_reached_is_no_step() {
        let (half, after) = (halves(50, 50), halves(0, 100));
        assert_eq!(shifted(&half, &after, 10), None);
        assert_eq!(shifted(&half, &after, 50), None);
        assert_eq!(shifted(&half, &after, 90), Some(halves(10, 90)));
    }

    #[test]
    fn new_groups_may_take_the_place_of_all_old_ones() {
        let after = Action::weighted([group("grey", 0), group("white", 100)]);
        let between = Action::weighted([group("blue", 90), group("green", 0), group("grey", 0), group("white", 10)]);
        assert_eq!(shifted(&halves(100, 0), &after, 10), Some(between));
    }

    #[test]
    fn the_division_can_be_kept_while_all_else_changes() {
        let sticky = |action: Action| match action {
            Action::Forward(forward) => Action::Forward(Forward {
                stickiness: crate::elbv2::TargetGroupStickiness::Enabled(model::Seconds::new(60)),
                ..forward
            }),
            other => other,
        };
        assert_eq!(shifted(&halves(3, 7), &sticky(halves(100, 0)), 0), Some(sticky(halves(3, 7))));
        assert_eq!(shifted(&halves(3, 7), &Action::forward(group("blue", 1).0), 0), None);
    }
}
