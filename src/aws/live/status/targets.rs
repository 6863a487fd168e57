use super::{TargetGroupStatus, TargetStatus, Weights};
use crate::live::prelude::*;
use aws_sdk_elasticloadbalancingv2::types;
use std::collections::BTreeMap;

/// What the rules of these listeners forward to each target group. A group that several rules name has its highest.
pub(super) async fn weights(aws: &Aws, listeners: &[String]) -> Result<Weights> {
    let mut weights = BTreeMap::new();
    for listener in listeners {
        let reply = aws.elbv2.describe_rules().listener_arn(listener).send().await.or_fault()?;
        let groups = reply.rules().iter().flat_map(types::Rule::actions).flat_map(forwarded);
        for (group, weight) in groups {
            let highest = weights.entry(group).or_insert(weight);
            *highest = weight.max(*highest);
        }
    }
    Ok(weights)
}

/// AWS: Elastic Load Balancing API Reference, Action: a forward to one group may name it in either place.
fn forwarded(action: &types::Action) -> Vec<(String, u32)> {
    let tuples = action.forward_config().map(types::ForwardActionConfig::target_groups).unwrap_or_default();
    if tuples.is_empty() {
        return action.target_group_arn().map(|arn| (arn.to_owned(), 1)).into_iter().collect();
    }
    let weight = |tuple: &types::TargetGroupTuple| tuple.weight().and_then(|it| it.try_into().ok()).unwrap_or(1);
    tuples.iter().filter_map(|tuple| Some((tuple.target_group_arn()?.to_owned(), weight(tuple)))).collect()
}

/// The targets of these groups.
pub(super) async fn groups(aws: &Aws, arns: &[String], weights: &Weights) -> Result<Vec<TargetGroupStatus>> {
    let mut groups = Vec::new();
    for arn in arns {
        let reply = aws.elbv2.describe_target_health().target_group_arn(arn).send().await.or_fault()?;
        groups.push(TargetGroupStatus {
            // arn:aws:elasticloadbalancing:region:account:targetgroup/NAME/ID
            name: arn.split('/').nth(1).unwrap_or(arn).to_owned(),
            weight: weights.get(arn).copied(),
            targets: reply.target_health_descriptions().iter().map(target).collect(),
        });
    }
    Ok(groups)
}

fn target(description: &types::TargetHealthDescription) -> TargetStatus {
    let (target, health) = (description.target(), description.target_health());
    TargetStatus {
        address: target.and_then(|it| it.id()).unwrap_or_default().to_owned(),
        port: target.and_then(|it| it.port()).and_then(|port| port.try_into().ok()),
        state: text(health.and_then(|it| it.state())),
        description: health.and_then(|it| it.description()).map(str::to_owned),
    }
}
