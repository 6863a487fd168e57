use engine::plan::Plan;
use std::collections::BTreeSet;

/// What a plan goes on to change on moto after an apply, because moto does not keep it: the resource, the field, and
/// the defect.
const KNOWN: &[(&str, &str, &str)] = &[];

/// Fails when a plan after an apply changes anything but what moto is known not to keep, and when moto keeps that.
pub(super) fn judge(plan: &Plan) {
    let known: BTreeSet<(&str, &str)> = KNOWN.iter().map(|(address, field, _)| (*address, *field)).collect();
    let found: BTreeSet<(&str, &str)> = plan
        .changes
        .iter()
        .flat_map(|change| change.fields.iter().map(|field| (change.address.as_str(), field.field.as_str())))
        .collect();
    assert_eq!(found, known, "{:#?}", plan.changes);
    let changed: BTreeSet<&str> = plan.changes.iter().map(|change| change.address.as_str()).collect();
    assert_eq!(changed, known.iter().map(|(address, _)| *address).collect(), "{:#?}", plan.changes);
}
