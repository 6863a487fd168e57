//! How old and new stand side by side while a service changes.

use serde_json::Value;

/// The most security groups of a task, and the most target groups of a service.
/// AWS: ECS API Reference, AwsVpcConfiguration; ECS Developer Guide, "Registering multiple target groups with a service".
const MOST: usize = 5;
/// The most subnets of a service. AWS: ECS API Reference, AwsVpcConfiguration.
const MOST_SUBNETS: usize = 16;

/// The union of both, where ECS takes it. A task revision has one port for what it serves, so a container cannot be
/// registered at its old and at its new port. Public addresses stay as long as there may be tasks in subnets that need
/// them; elsewhere they do no harm.
pub(super) fn expand(field: &str, before: &Value, after: &Value) -> Option<Value> {
    if let (Value::Bool(before), Value::Bool(after)) = (before, after) {
        return Some(Value::Bool(*before || *after));
    }
    let union = model::union(field, before, after)?;
    let items = union.as_array()?;
    let most = if field == "subnets" { MOST_SUBNETS } else { MOST };
    let moved = |one: &Value| {
        items.iter().any(|other| {
            one["container_name"] == other["container_name"] && one["container_port"] != other["container_port"]
        })
    };
    let too_many = items.len() > most;
    let port_moves = field == "load_balancers" && items.iter().any(moved);
    (!too_many && !port_moves).then_some(union)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(group: &str, port: u16) -> Value {
        json!({ "target_group": group, "container_name": "web", "container_port": port })
    }

    #[test]
    fn a_service_registers_with_both_groups_at_one_port() {
        let both = expand("load_balancers", &json!([entry("old", 80)]), &json!([entry("new", 80)]));
        assert_eq!(both, Some(json!([entry("old", 80), entry("new", 80)])));
    }

    #[test]
    fn a_port_that_moves_cannot_be_at_two_places() {
        assert_eq!(expand("load_balancers", &json!([entry("old", 80)]), &json!([entry("new", 81)])), None);
    }

    #[test]
    fn public_addresses_come_first_and_go_last() {
        for (before, after) in [(true, false), (false, true)] {
            assert_eq!(expand("assign_public_ip", &json!(before), &json!(after)), Some(json!(true)));
        }
    }

    #[test]
    fn limits_of_the_api_hold() {
        let groups = |from: usize| json!((from..from + 3).map(|group| format!("sg-{group}")).collect::<Vec<_>>());
        assert_eq!(expand("security_groups", &groups(0), &groups(3)), None);
        assert!(expand("subnets", &groups(0), &groups(3)).is_some());
    }
}
