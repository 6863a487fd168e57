use super::{
    TrafficRefs,
    targets::{Targets, describes_targets},
};
use aws::elbv2::{Condition, ListenerRule};
use model::{Priority, Stack};
use std::collections::BTreeSet;

/// Some of a load balancer's requests, by their path, for a service of their own with a blue and a green target group.
#[derive(Clone, Debug)]
#[must_use = "a module declares nothing before `build`"]
pub struct TrafficPath {
    of: TrafficRefs,
    name: String,
    pattern: String,
    priority: Priority,
    targets: Targets,
}

impl TrafficRefs {
    /// The requests whose path is as `pattern` says, such as `/api/*`, go over HTTP to port 80 of other targets, which are
    /// healthy while they answer `/` with 200. Of several patterns that fit, the one with the lowest `priority` counts;
    /// everything else has [`Traffic::PRIORITY`](super::Traffic::PRIORITY). AWS: Elastic Load Balancing, "Condition types
    /// for listener rules".
    pub fn path(&self, name: impl Into<String>, pattern: impl Into<String>, priority: Priority) -> TrafficPath {
        let targets = Targets::new();
        TrafficPath { of: self.clone(), name: name.into(), pattern: pattern.into(), priority, targets }
    }
}

describes_targets!(TrafficPath);

impl TrafficPath {
    /// Declares the target groups and the rule; what it returns has the load balancer of the traffic it belongs to.
    #[track_caller]
    pub fn build(self, stack: &mut Stack) -> TrafficRefs {
        let Self { of, name, pattern, priority, targets } = self;
        let groups = targets.groups(stack, &name, &of.vpc);
        let rule = ListenerRule {
            listener: of.listener.arn(),
            priority,
            conditions: BTreeSet::from([Condition::path(&pattern)]),
            action: groups.action,
        };
        let rule = stack.add(&name, rule);
        let Targets { port, max_request, .. } = targets;
        TrafficRefs { blue: groups.blue, green: groups.green, rule, port, max_request, ..of }
    }
}
