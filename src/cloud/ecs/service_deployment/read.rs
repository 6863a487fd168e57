//! Describing and listing service deployments.

use serde::{Deserialize, Serialize};

use super::view::{Brief, View, brief, view};
use super::{ServiceDeployment, Status};
use crate::context::Context;
use crate::ecs::error::{invalid_parameter, service_not_found};
use crate::ecs::reference::{self, Failure};
use crate::ecs::{cluster, page, service};
use crate::table::key;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DescribeServiceDeployments {
    service_deployment_arns: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Described {
    service_deployments: Vec<View>,
    failures: Vec<Failure>,
}

/// AWS: ECS API Reference, DescribeServiceDeployments: at most twenty.
pub(crate) fn describe_service_deployments(
    cx: &mut Context<'_>,
    input: DescribeServiceDeployments,
) -> Result<Described, ApiError> {
    if !(1..=20).contains(&input.service_deployment_arns.len()) {
        return Err(invalid_parameter("serviceDeploymentArns must have 1 to 20 elements."));
    }
    let mut reply = Described { service_deployments: Vec::new(), failures: Vec::new() };
    for arn in &input.service_deployment_arns {
        match cx.ecs.service_deployments.get(&key_in(arn, "service-deployment")?) {
            Some(found) => reply.service_deployments.push(view(cx, found)),
            None => reply.failures.push(Failure::missing_arn(arn)),
        }
    }
    Ok(reply)
}

/// The key of the record that an ARN of this kind names: by cluster, service and id.
pub(super) fn key_in(arn: &str, kind: &str) -> Result<String, ApiError> {
    let resource = arn.splitn(6, ':').nth(5).and_then(|resource| resource.strip_prefix(kind)?.strip_prefix('/'));
    let parts: Vec<&str> = resource.unwrap_or_default().split('/').collect();
    match parts[..] {
        [cluster, service, id] => Ok(key([cluster, service, id])),
        _ => Err(invalid_parameter(format!("Invalid identifier: Identifier {arn} is not for a {kind}."))),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListServiceDeployments {
    service: String,
    cluster: Option<String>,
    #[serde(default)]
    status: Vec<Status>,
    created_at: Option<CreatedAt>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// In seconds since 1970.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreatedAt {
    before: Option<f64>,
    after: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed {
    service_deployments: Vec<Brief>,
    next_token: Option<String>,
}

/// AWS: ECS API Reference, ListServiceDeployments: the newest first. A page has twenty unless more are asked for.
pub(crate) fn list_service_deployments(
    cx: &mut Context<'_>,
    input: ListServiceDeployments,
) -> Result<Listed, ApiError> {
    let cluster = cluster::find(cx, input.cluster.as_deref())?.name.clone();
    let name = reference::in_cluster("service", &cluster, &input.service)?;
    if !cx.ecs.services.contains(&service::key_of(&cluster, name)) {
        return Err(service_not_found());
    }
    let within = |it: &ServiceDeployment| {
        let created = it.created.as_millisecond() as f64 / 1000.0;
        input.created_at.as_ref().is_none_or(|range| {
            range.before.is_none_or(|before| created < before) && range.after.is_none_or(|after| created > after)
        })
    };
    let inside = key([cluster.as_str(), name]);
    let own = cx.ecs.service_deployments.prefix(&inside).map(|(_, it)| it);
    let own = own.filter(|it| (input.status.is_empty() || input.status.contains(&it.status)) && within(it));
    // A text that sorts the newest first.
    let place = |it: &ServiceDeployment| format!("{:020}", i64::MAX - it.created.as_millisecond());
    let mut sorted: Vec<(String, &ServiceDeployment)> = own.map(|it| (place(it) + &it.arn, it)).collect();
    sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
    let max_results = input.max_results.or(Some(20));
    let page = page::page(sorted, |(place, _)| place.as_str(), max_results, input.next_token.as_deref())?;
    let service_deployments = page.items.into_iter().map(|(_, it)| brief(cx, it)).collect();
    Ok(Listed { service_deployments, next_token: page.next_token })
}
