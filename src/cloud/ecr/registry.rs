//! The registry itself: no replication, basic scanning.

use serde::{Deserialize, Serialize};

use super::repository;
use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DescribeRegistry {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registry {
    registry_id: String,
    replication_configuration: ReplicationConfiguration,
}

#[derive(Serialize)]
struct ReplicationConfiguration {
    rules: [(); 0],
}

pub(crate) fn describe_registry(cx: &mut Context<'_>, _: DescribeRegistry) -> Result<Registry, ApiError> {
    let replication_configuration = ReplicationConfiguration { rules: [] };
    Ok(Registry { registry_id: cx.account.to_owned(), replication_configuration })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BatchGetRepositoryScanningConfiguration {
    repository_names: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScanningConfigurations {
    scanning_configurations: Vec<ScanningConfiguration>,
    failures: Vec<ScanningFailure>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScanningConfiguration {
    repository_arn: String,
    repository_name: String,
    scan_on_push: bool,
    scan_frequency: &'static str,
    applied_scan_filters: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScanningFailure {
    repository_name: String,
    failure_code: &'static str,
    failure_reason: String,
}

pub(crate) fn batch_get_repository_scanning_configuration(
    cx: &mut Context<'_>,
    input: BatchGetRepositoryScanningConfiguration,
) -> Result<ScanningConfigurations, ApiError> {
    let mut reply = ScanningConfigurations { scanning_configurations: Vec::new(), failures: Vec::new() };
    for repository_name in input.repository_names {
        match repository::find(cx, None, &repository_name) {
            Ok(repository) => reply.scanning_configurations.push(ScanningConfiguration {
                repository_arn: repository.arn.clone(),
                repository_name,
                scan_on_push: repository.scanning.scan_on_push,
                scan_frequency: if repository.scanning.scan_on_push { "SCAN_ON_PUSH" } else { "MANUAL" },
                applied_scan_filters: [],
            }),
            Err(error) => reply.failures.push(ScanningFailure {
                repository_name,
                failure_code: "REPOSITORY_NOT_FOUND",
                failure_reason: error.message,
            }),
        }
    }
    Ok(reply)
}
