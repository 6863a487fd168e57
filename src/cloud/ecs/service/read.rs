//! Describing and listing services.

use serde::{Deserialize, Serialize};

use super::spec::LaunchType;
use super::view::ServiceView;
use super::{SchedulingStrategy, Service, Status, key_of};
use crate::context::Context;
use crate::ecs::error::invalid_parameter;
use crate::ecs::reference::{self, Failure};
use crate::ecs::{cluster, page};
use crate::table::key;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DescribeServices {
    cluster: Option<String>,
    services: Vec<String>,
    #[serde(default)]
    include: Vec<Include>,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Include {
    Tags,
}

#[derive(Serialize)]
pub(crate) struct DescribeServicesResult {
    services: Vec<ServiceView>,
    failures: Vec<Failure>,
}

/// AWS: ECS API Reference, DescribeServices: at most ten.
pub(crate) fn describe_services(
    cx: &mut Context<'_>,
    input: DescribeServices,
) -> Result<DescribeServicesResult, ApiError> {
    match input.services.len() {
        0 => return Err(invalid_parameter("Services cannot be empty.")),
        1..=10 => (),
        _ => return Err(invalid_parameter("Services cannot have more than 10 elements.")),
    }
    let cluster = cluster::find(cx, input.cluster.as_deref())?.name.clone();
    let mut result = DescribeServicesResult { services: Vec::new(), failures: Vec::new() };
    for asked in &input.services {
        let name = reference::in_cluster("service", &cluster, asked)?;
        match cx.ecs.services.get(&key_of(&cluster, name)) {
            Some(service) if input.include.is_empty() => result.services.push(ServiceView::new(cx, service)),
            Some(service) => result.services.push(ServiceView::with_tags(cx, service)),
            None => result.failures.push(Failure::missing(cx, &format!("service/{cluster}/{name}"))),
        }
    }
    Ok(result)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListServices {
    cluster: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
    launch_type: Option<LaunchType>,
    scheduling_strategy: Option<SchedulingStrategy>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListServicesResult {
    service_arns: Vec<String>,
    next_token: Option<String>,
}

/// AWS: ECS API Reference, ListServices: the active ones. A page has ten unless more are asked for.
pub(crate) fn list_services(cx: &mut Context<'_>, input: ListServices) -> Result<ListServicesResult, ApiError> {
    let inside = key([cluster::find(cx, input.cluster.as_deref())?.name.as_str()]);
    let launched = |service: &Service| {
        input.launch_type.is_none() || service.specs().next().is_some_and(|spec| spec.launch_type == input.launch_type)
    };
    let scheduled = |service: &Service| input.scheduling_strategy.is_none_or(|it| it == service.scheduling_strategy);
    let services = cx.ecs.services.prefix(&inside).map(|(_, service)| service);
    let services = services.filter(|it| it.status == Status::Active && launched(it) && scheduled(it));
    let max_results = input.max_results.or(Some(10));
    let page = page::page(services, |service| &service.name, max_results, input.next_token.as_deref())?;
    let service_arns = page.items.into_iter().map(|service| service.arn.clone()).collect();
    Ok(ListServicesResult { service_arns, next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListServicesByNamespace {
    namespace: String,
    #[serde(rename = "nextToken")]
    _next_token: Option<String>,
    #[serde(rename = "maxResults")]
    _max_results: Option<i64>,
}

/// There are no namespaces.
pub(crate) fn list_services_by_namespace(
    _: &mut Context<'_>,
    input: ListServicesByNamespace,
) -> Result<ListServicesResult, ApiError> {
    let message = format!("The specified namespace {} could not be found.", input.namespace);
    Err(ApiError::new("NamespaceNotFoundException", message))
}
