//! Repositories.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::{INVALID_PARAMETER, invalid, invalid_token, tag_error};
use super::tag_mutability::{ExclusionFilter, Setting, TagMutability};
use super::{pull, repository_name, seed};
use crate::context::Context;
use crate::paging::page;
use crate::table::{Record, key};
use crate::tags::{Tags, UpperTag};
use crate::validate::Constraints;
use crate::wire::{ApiError, Epoch};

/// How many repositories a reply has at most when the request does not say (AWS: ECR API Reference,
/// DescribeRepositories, `maxResults`).
const DEFAULT_PAGE: i64 = 100;

/// A repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Repository {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) created: Timestamp,
    pub(crate) tag_mutability: TagMutability,
    pub(crate) scanning: ImageScanningConfiguration,
    pub(crate) encryption: EncryptionConfiguration,
    /// As it was put; a text of JSON.
    pub(crate) lifecycle_policy: Option<String>,
    /// As it was set; a text of JSON.
    pub(crate) policy: Option<String>,
    pub(crate) tags: Tags,
}

impl Record for Repository {}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ImageScanningConfiguration {
    #[serde(default)]
    pub(crate) scan_on_push: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EncryptionConfiguration {
    encryption_type: EncryptionType,
    kms_key: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum EncryptionType {
    #[serde(rename = "AES256")]
    Aes256,
    #[serde(rename = "KMS")]
    Kms,
    #[serde(rename = "KMS_DSSE")]
    KmsDsse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateRepository {
    registry_id: Option<String>,
    repository_name: String,
    #[serde(default)]
    tags: Vec<UpperTag>,
    image_tag_mutability: Option<Setting>,
    image_tag_mutability_exclusion_filters: Option<Vec<ExclusionFilter>>,
    image_scanning_configuration: Option<ImageScanningConfiguration>,
    encryption_configuration: Option<EncryptionConfiguration>,
}

#[derive(Serialize)]
pub(crate) struct RepositoryReply {
    repository: RepositoryView,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RepositoryView {
    repository_arn: String,
    registry_id: String,
    repository_name: String,
    repository_uri: String,
    created_at: Epoch,
    image_tag_mutability: Setting,
    image_tag_mutability_exclusion_filters: Option<Vec<ExclusionFilter>>,
    image_scanning_configuration: ImageScanningConfiguration,
    encryption_configuration: EncryptionConfiguration,
}

pub(crate) fn create_repository(cx: &mut Context<'_>, input: CreateRepository) -> Result<RepositoryReply, ApiError> {
    let name = input.repository_name;
    repository_name::check(&name)?;
    check_registry(cx, input.registry_id.as_deref(), &name)?;
    if cx.ecr.repositories.contains(&name) {
        let message =
            format!("The repository with name '{name}' already exists in the registry with id '{}'", cx.account);
        return Err(ApiError::new("RepositoryAlreadyExistsException", message));
    }
    let repository = Repository {
        arn: cx.arn(&format!("repository/{name}")),
        created: cx.now,
        tag_mutability: TagMutability::new(input.image_tag_mutability, input.image_tag_mutability_exclusion_filters)?,
        scanning: input.image_scanning_configuration.unwrap_or_default(),
        encryption: encryption(cx, input.encryption_configuration)?,
        lifecycle_policy: None,
        policy: None,
        tags: Tags::new(input.tags).map_err(|error| tag_error(&error))?,
        name,
    };
    let reply = RepositoryReply { repository: view(cx, &repository) };
    let name = repository.name.clone();
    cx.ecr.repositories.insert(name.as_str(), repository);
    seed::furnish(cx, &name);
    Ok(reply)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DescribeRepositories {
    registry_id: Option<String>,
    repository_names: Option<Vec<String>>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Repositories {
    repositories: Vec<RepositoryView>,
    next_token: Option<String>,
}

pub(crate) fn describe_repositories(
    cx: &mut Context<'_>,
    input: DescribeRepositories,
) -> Result<Repositories, ApiError> {
    let limit = page_size(input.max_results, DEFAULT_PAGE)?;
    for name in input.repository_names.iter().flatten() {
        find(cx, input.registry_id.as_deref(), name)?;
    }
    let wanted =
        |repository: &&Repository| input.repository_names.as_ref().is_none_or(|names| names.contains(&repository.name));
    let own = input.registry_id.as_deref().is_none_or(|id| id == cx.account);
    let found = cx.ecr.repositories.values().filter(|repository| own && wanted(repository));
    let page = page(found, |found| found.name.as_str(), limit, input.next_token.as_deref()).map_err(invalid_token)?;
    let repositories = page.items.into_iter().map(|repository| view(cx, repository)).collect();
    Ok(Repositories { repositories, next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DeleteRepository {
    registry_id: Option<String>,
    repository_name: String,
    #[serde(default)]
    force: bool,
}

/// Deletes an empty repository; with `force` also one with images.
pub(crate) fn delete_repository(cx: &mut Context<'_>, input: DeleteRepository) -> Result<RepositoryReply, ApiError> {
    let name = &input.repository_name;
    let reply = RepositoryReply { repository: view(cx, find(cx, input.registry_id.as_deref(), name)?) };
    let inside = key([name.as_str()]);
    if !pull::is_empty(cx, name) && !input.force {
        let account = cx.account;
        let message = format!(
            "The repository with name '{name}' in registry with id '{account}' cannot be deleted because it still contains images"
        );
        return Err(ApiError::new("RepositoryNotEmptyException", message));
    }
    cx.ecr.images.remove_prefix(&inside);
    cx.ecr.image_tags.remove_prefix(&inside);
    cx.ecr.configurations.remove_prefix(&inside);
    cx.ecr.repositories.remove(name);
    Ok(reply)
}

/// The repository with this name.
pub(super) fn find<'a>(cx: &'a Context<'_>, registry_id: Option<&str>, name: &str) -> Result<&'a Repository, ApiError> {
    check_registry(cx, registry_id, name)?;
    cx.ecr.repositories.get(name).ok_or_else(|| not_found(cx.account, name))
}

/// The repository with this name, to be changed.
pub(super) fn find_mut<'a>(
    cx: &'a mut Context<'_>,
    registry_id: Option<&str>,
    name: &str,
) -> Result<&'a mut Repository, ApiError> {
    check_registry(cx, registry_id, name)?;
    cx.ecr.repositories.get_mut(name).ok_or_else(|| not_found(cx.account, name))
}

/// How many items a page has; requests may ask for 1 to 1000.
pub(super) fn page_size(asked: Option<i64>, default: i64) -> Result<usize, ApiError> {
    let size = asked.unwrap_or(default);
    Constraints::default().range("maxResults", size, 1..=1000).finish(INVALID_PARAMETER)?;
    usize::try_from(size).map_err(|error| ApiError::internal(error.to_string()))
}

/// There is only this account's registry.
fn check_registry(cx: &Context<'_>, registry_id: Option<&str>, name: &str) -> Result<(), ApiError> {
    match registry_id {
        Some(other) if other != cx.account => Err(not_found(other, name)),
        _ => Ok(()),
    }
}

fn not_found(registry: &str, name: &str) -> ApiError {
    let message = format!("The repository with name '{name}' does not exist in the registry with id '{registry}'");
    ApiError::new("RepositoryNotFoundException", message)
}

/// What AWS makes of an encryption setting: its own key where KMS is asked for without one.
fn encryption(
    cx: &mut Context<'_>,
    asked: Option<EncryptionConfiguration>,
) -> Result<EncryptionConfiguration, ApiError> {
    let mut encryption =
        asked.unwrap_or(EncryptionConfiguration { encryption_type: EncryptionType::Aes256, kms_key: None });
    if encryption.encryption_type == EncryptionType::Aes256 {
        if encryption.kms_key.is_some() {
            return Err(invalid("encryptionConfiguration", "A KMS key goes only with the encryption type KMS"));
        }
    } else if encryption.kms_key.is_none() {
        let key = cx.ids.uuid();
        encryption.kms_key = Some(format!("arn:aws:kms:{}:{}:key/{key}", cx.region, cx.account));
    }
    Ok(encryption)
}

fn view(cx: &Context<'_>, repository: &Repository) -> RepositoryView {
    let Repository { arn, name, created, tag_mutability, scanning, encryption, .. } = repository.clone();
    RepositoryView {
        repository_arn: arn,
        registry_id: cx.account.to_owned(),
        repository_uri: format!("{}.dkr.ecr.{}.amazonaws.com/{name}", cx.account, cx.region),
        repository_name: name,
        created_at: Epoch(created),
        image_tag_mutability: tag_mutability.setting,
        image_tag_mutability_exclusion_filters: tag_mutability.exclusions,
        image_scanning_configuration: scanning,
        encryption_configuration: encryption,
    }
}
