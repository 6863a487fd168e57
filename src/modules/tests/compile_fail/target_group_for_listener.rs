//! A rule belongs to a listener.
use aws::elbv2::{Action, Condition, ListenerRule, TargetGroupRefs};
use model::Priority;

fn rule(target_group: &TargetGroupRefs) -> ListenerRule {
    ListenerRule {
        listener: target_group.arn(),
        priority: const { Priority::new(1) },
        conditions: [Condition::path("/*")].into(),
        action: Action::forward(target_group.arn()),
    }
}

fn main() {}
