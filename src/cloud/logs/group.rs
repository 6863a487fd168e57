//! Log groups.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Tables, check_group_name, invalid, invalid_token, page_size};
use crate::context::Context;
use crate::paging;
use crate::table::{Record, key};
use crate::tags::Tags;
use crate::wire::ApiError;

/// A log group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LogGroup {
    pub(crate) name: String,
    created: Timestamp,
    class: LogGroupClass,
    pub(crate) retention_in_days: Option<u32>,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) deletion_protection: bool,
    pub(crate) tags: Tags,
    /// Message bytes, and 26 for each event.
    pub(crate) stored_bytes: u64,
}

impl Record for LogGroup {}

impl LogGroup {
    pub(super) fn new(name: String, created: Timestamp) -> Self {
        LogGroup {
            name,
            created,
            class: LogGroupClass::Standard,
            retention_in_days: None,
            kms_key_id: None,
            deletion_protection: false,
            tags: Tags::default(),
            stored_bytes: 0,
        }
    }
}

/// AWS: CloudWatch Logs API Reference, LogGroup, `logGroupClass`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum LogGroupClass {
    #[default]
    Standard,
    InfrequentAccess,
    Delivery,
}

impl Tables {
    pub(super) fn group(&self, name: &str) -> Result<&LogGroup, ApiError> {
        self.groups.get(name).ok_or_else(no_such_group)
    }

    pub(super) fn group_mut(&mut self, name: &str) -> Result<&mut LogGroup, ApiError> {
        self.groups.get_mut(name).ok_or_else(no_such_group)
    }

    /// The group that a request names by name, or by name or ARN; it has to do exactly one of the two.
    pub(super) fn named(&self, name: Option<&str>, identifier: Option<&str>) -> Result<&LogGroup, ApiError> {
        match (name, identifier) {
            (Some(name), None) => {
                check_group_name("logGroupName", name)?;
                self.group(name)
            }
            (None, Some(identifier)) => self.group(name_in(identifier)),
            _ => Err(invalid("Specify exactly one of logGroupName and logGroupIdentifier.")),
        }
    }
}

fn no_such_group() -> ApiError {
    ApiError::new("ResourceNotFoundException", "The specified log group does not exist.")
}

/// The name of a log group that is given by its name or by its ARN, with or without `:*` at its end.
pub(super) fn name_in(identifier: &str) -> &str {
    let name = identifier.split_once(":log-group:").map_or(identifier, |(_, name)| name);
    name.strip_suffix(":*").unwrap_or(name)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateLogGroup {
    log_group_name: String,
    kms_key_id: Option<String>,
    #[serde(default)]
    tags: Tags,
    #[serde(default)]
    log_group_class: LogGroupClass,
    #[serde(default)]
    deletion_protection_enabled: bool,
}

/// AWS: CloudWatch Logs API Reference, CreateLogGroup. A `DELIVERY` group keeps its events for two days.
pub(crate) fn create_log_group(context: &mut Context<'_>, input: CreateLogGroup) -> Result<(), ApiError> {
    let name = input.log_group_name;
    check_group_name("logGroupName", &name)?;
    if name.starts_with("aws/") {
        return Err(invalid("Log group name cannot start with 'aws/'."));
    }
    if let Some(kms_key) = &input.kms_key_id {
        super::settings::check_kms_key(kms_key)?;
    }
    if context.logs.groups.contains(&name) {
        return Err(ApiError::new("ResourceAlreadyExistsException", "The specified log group already exists"));
    }
    let group = LogGroup {
        class: input.log_group_class,
        retention_in_days: (input.log_group_class == LogGroupClass::Delivery).then_some(2),
        kms_key_id: input.kms_key_id,
        deletion_protection: input.deletion_protection_enabled,
        tags: Tags::new(input.tags.0).map_err(|error| invalid(error.to_string()))?,
        ..LogGroup::new(name.clone(), context.now)
    };
    context.logs.groups.insert(name, group);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DeleteLogGroup {
    log_group_name: String,
}

/// Deletes the group with its streams and events.
pub(crate) fn delete_log_group(context: &mut Context<'_>, input: DeleteLogGroup) -> Result<(), ApiError> {
    check_group_name("logGroupName", &input.log_group_name)?;
    if context.logs.group(&input.log_group_name)?.deletion_protection {
        let message = "The log group cannot be deleted because deletion protection is enabled.";
        return Err(ApiError::new("ValidationException", message));
    }
    let inside = key([input.log_group_name.as_str()]);
    context.logs.events.remove_prefix(&inside);
    context.logs.streams.remove_prefix(&inside);
    context.logs.groups.remove(&input.log_group_name);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DescribeLogGroups {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    log_group_class: Option<LogGroupClass>,
    #[serde(default)]
    log_group_identifiers: Vec<String>,
    limit: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogGroups {
    log_groups: Vec<LogGroupView>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogGroupView {
    log_group_name: String,
    creation_time: i64,
    retention_in_days: Option<u32>,
    metric_filter_count: u32,
    arn: String,
    stored_bytes: u64,
    kms_key_id: Option<String>,
    log_group_class: LogGroupClass,
    log_group_arn: String,
    deletion_protection_enabled: bool,
}

/// AWS: CloudWatch Logs API Reference, DescribeLogGroups.
pub(crate) fn describe_log_groups(context: &mut Context<'_>, input: DescribeLogGroups) -> Result<LogGroups, ApiError> {
    let (prefix, pattern) = (input.log_group_name_prefix.as_deref(), input.log_group_name_pattern.as_deref());
    if prefix.is_some() && pattern.is_some() {
        return Err(invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."));
    }
    let identifiers: Vec<&str> = input.log_group_identifiers.iter().map(|identifier| name_in(identifier)).collect();
    if !identifiers.is_empty() && (prefix.or(pattern).is_some() || input.log_group_class.is_some()) {
        return Err(invalid("logGroupIdentifiers cannot be combined with other filters."));
    }
    if let Some(prefix) = prefix {
        check_group_name("logGroupNamePrefix", prefix)?;
    }
    let matches = |group: &&LogGroup| {
        prefix.is_none_or(|prefix| group.name.starts_with(prefix))
            && pattern.is_none_or(|pattern| group.name.contains(pattern))
            && input.log_group_class.is_none_or(|class| group.class == class)
            && (identifiers.is_empty() || identifiers.contains(&group.name.as_str()))
    };
    let groups = context.logs.groups.values().filter(matches);
    let limit = page_size(input.limit, 50)?;
    let page = paging::page(groups, |group| &group.name, limit, input.next_token.as_deref()).map_err(invalid_token)?;
    let log_groups = page.items.into_iter().map(|group| view(context, group)).collect();
    Ok(LogGroups { log_groups, next_token: page.next_token })
}

fn view(context: &Context<'_>, group: &LogGroup) -> LogGroupView {
    let arn = context.arn(&format!("log-group:{}", group.name));
    LogGroupView {
        log_group_name: group.name.clone(),
        creation_time: group.created.as_millisecond(),
        retention_in_days: group.retention_in_days,
        metric_filter_count: 0,
        arn: format!("{arn}:*"),
        stored_bytes: group.stored_bytes,
        kms_key_id: group.kms_key_id.clone(),
        log_group_class: group.class,
        log_group_arn: arn,
        deletion_protection_enabled: group.deletion_protection,
    }
}

#[cfg(test)]
#[path = "group_tests.rs"]
mod tests;
