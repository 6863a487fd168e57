//! Deleting services.

use std::time::Duration;

use serde::Deserialize;

use super::create::ServiceResult;
use super::view::ServiceView;
use super::{Service, Status, find_key};
use crate::context::Context;
use crate::ecs::error::{invalid_parameter, service_not_active, service_not_found};
use crate::ecs::{elapsed, service_deployment};
use crate::wire::ApiError;

/// How long an inactive service can be described. AWS: ECS API Reference, DeleteService: "INACTIVE services may be cleaned up and
/// purged", after a time that is left open; it is that of clusters and tasks here.
const REMEMBERED: Duration = Duration::from_secs(3600);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteService {
    cluster: Option<String>,
    service: String,
    force: Option<bool>,
}

/// The service drains: it is inactive as soon as none of its tasks runs any more.
///
/// AWS: ECS API Reference, DeleteService.
pub(crate) fn delete_service(cx: &mut Context<'_>, input: DeleteService) -> Result<ServiceResult, ApiError> {
    let key = find_key(cx, input.cluster.as_deref(), &input.service)?;
    let now = cx.now;
    let service = cx.ecs.services.get_mut(&key).ok_or_else(service_not_found)?;
    match service.status {
        Status::Active => (),
        Status::Draining => {
            let service = service.clone();
            return Ok(ServiceResult { service: ServiceView::with_tags(cx, &service) });
        }
        Status::Inactive => return Err(service_not_active()),
    }
    if service.desired_count > 0 && input.force != Some(true) {
        return Err(invalid_parameter("The service cannot be stopped while it is scaled above 0."));
    }
    service.status = Status::Draining;
    service.desired_count = 0;
    service.wake(now);
    let service = service.clone();
    Ok(ServiceResult { service: ServiceView::with_tags(cx, &service) })
}

/// Forgets the services that have been inactive for long, with their history.
pub(in crate::ecs) fn forget(cx: &mut Context<'_>) {
    let long_ago =
        |service: &Service| service.status == Status::Inactive && elapsed(service.changed, cx.now) >= REMEMBERED;
    let gone = cx.ecs.services.iter().filter(|(_, service)| long_ago(service));
    for key in gone.map(|(key, _)| key.to_owned()).collect::<Vec<_>>() {
        cx.ecs.services.remove(&key);
        service_deployment::forget_all(cx, &key);
    }
}
