//! Quotas, and the operation that tells them.

use serde::{Deserialize, Serialize};

use super::paging::pages;
use crate::context::Context;
use crate::wire::ApiError;

/// A quota: its name in DescribeAccountLimits and its default.
#[derive(Debug)]
pub(super) struct Limit {
    pub(super) name: &'static str,
    pub(super) max: usize,
}

/// AWS: Elastic Load Balancing, Application Load Balancers, "Quotas for your Application Load Balancers".
pub(super) const LOAD_BALANCERS: Limit = Limit { name: "application-load-balancers", max: 50 };
pub(super) const TARGET_GROUPS: Limit = Limit { name: "target-groups", max: 3000 };
pub(super) const LISTENERS: Limit = Limit { name: "listeners-per-application-load-balancer", max: 50 };
pub(super) const RULES: Limit = Limit { name: "rules-per-application-load-balancer", max: 100 };
pub(super) const LOAD_BALANCER_TARGET_GROUPS: Limit =
    Limit { name: "target-groups-per-application-load-balancer", max: 100 };
pub(super) const ACTION_TARGET_GROUPS: Limit =
    Limit { name: "target-groups-per-action-on-application-load-balancer", max: 5 };
pub(super) const TARGETS: Limit = Limit { name: "targets-per-application-load-balancer", max: 1000 };
pub(super) const CERTIFICATES: Limit = Limit { name: "certificates-per-application-load-balancer", max: 25 };
pub(super) const CONDITION_VALUES: Limit = Limit { name: "condition-values-per-alb-rule", max: 5 };
pub(super) const CONDITION_WILDCARDS: Limit = Limit { name: "condition-wildcards-per-alb-rule", max: 6 };

/// Every quota that is enforced, by name.
const LIMITS: &[Limit] = &[
    LOAD_BALANCERS,
    CERTIFICATES,
    CONDITION_VALUES,
    CONDITION_WILDCARDS,
    LISTENERS,
    RULES,
    TARGET_GROUPS,
    ACTION_TARGET_GROUPS,
    LOAD_BALANCER_TARGET_GROUPS,
    TARGETS,
];

/// The security groups that one load balancer may have (same page; it is no account limit).
pub(super) const SECURITY_GROUPS: usize = 5;

impl Limit {
    /// Refuses with `code` when there would be more than allowed.
    pub(super) fn check(&self, code: &'static str, count: usize) -> Result<(), ApiError> {
        if count <= self.max {
            return Ok(());
        }
        let Limit { name, max } = self;
        Err(ApiError::new(code, format!("The limit '{name}' of '{max}' has been reached")))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeAccountLimits {
    marker: Option<String>,
    page_size: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccountLimits {
    limits: Vec<LimitView>,
    next_marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LimitView {
    name: &'static str,
    max: String,
}

pub(crate) fn describe_account_limits(
    _: &mut Context<'_>,
    input: DescribeAccountLimits,
) -> Result<AccountLimits, ApiError> {
    let page = pages(LIMITS, |limit| limit.name, input.page_size, input.marker.as_deref())?;
    let view = |limit: &Limit| LimitView { name: limit.name, max: limit.max.to_string() };
    Ok(AccountLimits { limits: page.items.into_iter().map(view).collect(), next_marker: page.next_token })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Local;

    #[test]
    fn limits_are_told_page_by_page() {
        assert!(LIMITS.is_sorted_by_key(|limit| limit.name));
        let mut cloud = Local::new();
        let all = cloud.query("elbv2", "DescribeAccountLimits", &[]).expect("it succeeds");
        assert_eq!(all["Limits"][0]["Max"], "50");
        let page = cloud.query("elbv2", "DescribeAccountLimits", &[("PageSize", "9")]).expect("it succeeds");
        let marker = page["NextMarker"].as_str().expect("there are more");
        let rest = cloud.query("elbv2", "DescribeAccountLimits", &[("Marker", marker)]).expect("it succeeds");
        assert_eq!(rest["Limits"], serde_json::json!([all["Limits"][9]]));
    }
}
