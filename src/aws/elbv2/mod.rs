//! Load balancing: Application Load Balancers, their listeners and rules, and target groups.

mod action;
mod condition;
mod health_check;
mod listener;
mod listener_rule;
mod load_balancer;
mod target_group;

pub use action::{
    Action, ContentType, FixedResponse, Forward, Redirect, RedirectStatusCode, TargetGroupStickiness, TargetGroupTuple,
};
pub use condition::{Condition, QueryString};
pub use health_check::{HealthCheck, HealthCheckPort};
pub use listener::{Listener, ListenerOutputs, ListenerRefs};
pub use listener_rule::{ListenerRule, ListenerRuleOutputs, ListenerRuleRefs};
pub use load_balancer::{
    AccessLogs, DesyncMitigationMode, IpAddressType, LoadBalancer, LoadBalancerOutputs, LoadBalancerRefs, Scheme,
};
pub use target_group::{
    CrossZone, LoadBalancingAlgorithm, Stickiness, TargetGroup, TargetGroupOutputs, TargetGroupRefs,
};

#[cfg(feature = "live")]
mod attributes;
#[cfg(feature = "live")]
mod live;

#[cfg(feature = "live")]
pub(crate) use listener_rule::rules_of;

use model::{Problem, Seconds};

crate::words::words! {
    /// The protocol between client and load balancer, or between load balancer and target.
    Protocol {
        /// Plain HTTP.
        Http = "HTTP",
        /// HTTP over TLS.
        Https = "HTTPS",
    }
}

/// The problem of a time outside the limits of its attribute.
fn outside(field: &str, time: Option<Seconds>, low: u32, high: u32) -> Option<Problem> {
    let seconds = time?.get();
    (!(low..=high).contains(&seconds))
        .then(|| Problem::new(field, format!("{seconds} s is out of range: use {low} to {high} s")))
}
