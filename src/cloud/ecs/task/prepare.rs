//! What has to be there before a task can start: its roles, its log groups and its images.
//!
//! AWS: ECS Developer Guide, "Stopped tasks error messages".

use super::Task;
use crate::context::Context;
use crate::ecr::{self, Pull};
use crate::ecs::{service, task_definition};
use crate::{iam, logs};

/// Why a task cannot start, in AWS's words.
pub(super) fn obstacle(cx: &Context<'_>, task: &Task) -> Option<String> {
    let definition = task_definition::find(cx, &task.task_definition_arn).ok().flatten()?;
    let roles = [
        task.overrides.execution_role_arn.as_ref().or(definition.execution_role_arn.as_ref()),
        task.overrides.task_role_arn.as_ref().or(definition.task_role_arn.as_ref()),
    ];
    if let Some(role) = roles.into_iter().flatten().find(|role| iam::role_by_arn(cx, role).is_none()) {
        return Some(format!(
            "ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the \
             role being passed has the proper trust relationship and permissions and that your IAM user has \
             permissions to pass this role."
        ));
    }
    let mut logs = definition.containers.iter().filter_map(ContainerLogs::of);
    let is_missing = |logs: &ContainerLogs<'_>| {
        !logs.makes_group && logs.region == cx.region && !cx.logs.groups.contains(logs.group)
    };
    logs.any(|logs| is_missing(&logs)).then(|| {
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: \
         failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist."
            .to_owned()
    })
}

/// Where the lines of a container go.
pub(crate) struct ContainerLogs<'a> {
    pub(crate) group: &'a str,
    pub(crate) region: &'a str,
    /// What stands before the container's name in the stream's name.
    pub(crate) prefix: Option<&'a str>,
    /// Whether the group is made if there is none.
    pub(crate) makes_group: bool,
}

impl<'a> ContainerLogs<'a> {
    /// Those of a container whose lines go to CloudWatch Logs.
    pub(crate) fn of(container: &'a task_definition::ContainerDefinition) -> Option<Self> {
        let configuration = container.log_configuration.as_ref()?;
        if configuration.log_driver != task_definition::LogDriver::Awslogs {
            return None;
        }
        let option = |name: &str| configuration.options.as_ref()?.get(name).map(String::as_str);
        Some(ContainerLogs {
            group: option("awslogs-group")?,
            region: option("awslogs-region")?,
            prefix: option("awslogs-stream-prefix"),
            makes_group: option("awslogs-create-group") == Some("true"),
        })
    }
}

/// Finds the images of a task, and makes the log groups that its containers make themselves. A service's deployment
/// goes on with the images that its first task found, whatever becomes of their tags.
///
/// AWS: ECS API Reference, ContainerDefinition, `versionConsistency`.
///
/// # Errors
/// Why an image cannot be pulled.
pub(super) fn fetch(cx: &mut Context<'_>, key: &str) -> Result<(), String> {
    let Some(task) = cx.ecs.tasks.get(key).cloned() else { return Ok(()) };
    let Some(definition) = task_definition::find(cx, &task.task_definition_arn).ok().flatten().cloned() else {
        return Ok(());
    };
    for logs in definition.containers.iter().filter_map(ContainerLogs::of) {
        if logs.makes_group && logs.region == cx.region {
            logs::ensure_group(cx, logs.group);
        }
    }
    let service = task.service.as_ref().and_then(|name| cx.ecs.services.get(&service::key_of(&task.cluster, name)));
    let deployment = service.and_then(|service| service.deployment(task.deployment.as_deref()?));
    let revision = deployment.map(|deployment| deployment.revision.clone());
    let pins = revision.as_ref().and_then(|key| cx.ecs.service_revisions.get(key)).map(|it| it.images.clone());
    let mut images = Vec::new();
    for container in &definition.containers {
        let consistent = container.version_consistency != Some(task_definition::VersionConsistency::Disabled);
        let pinned = pins.as_ref().filter(|_| consistent).and_then(|pins| pins.get(&container.name)).cloned();
        match ecr::pull(cx, &container.image, pinned.as_deref()) {
            Pull::Elsewhere => (),
            Pull::Missing => return Err(missing(&container.image, pinned.as_deref())),
            Pull::Found(image) => images.push((container.name.clone(), image.digest, consistent && pinned.is_none())),
        }
    }
    if let Some(task) = cx.ecs.tasks.get_mut(key) {
        for container in &mut task.containers {
            let found = images.iter().find(|(name, ..)| *name == container.name);
            container.image_digest = found.map(|(_, digest, _)| digest.clone());
        }
    }
    if images.iter().any(|(.., to_pin)| *to_pin)
        && let Some(revision) = revision.and_then(|key| cx.ecs.service_revisions.get_mut(&key))
    {
        revision.images.extend(images.into_iter().filter(|it| it.2).map(|(name, digest, _)| (name, digest)));
    }
    Ok(())
}

fn missing(image: &str, pinned: Option<&str>) -> String {
    let reference = match pinned {
        Some(digest) => format!("{}@{digest}", image.split('@').next().unwrap_or(image)),
        None => image.to_owned(),
    };
    format!(
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {reference}: \
         {reference}: not found"
    )
}
