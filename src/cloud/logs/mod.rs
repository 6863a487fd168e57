//! CloudWatch Logs.

mod append;
mod event;
mod follow;
mod group;
mod ingest;
mod pattern;
mod search;
mod settings;
mod stream;
mod tag;

use std::time::Duration;

use crate::operation::{Protocol, Service, operations};
use crate::paging::InvalidToken;
use crate::table::tables;
use crate::validate::Constraints;
use crate::wire::ApiError;

pub(crate) use append::{Line, append, ensure_group};
pub(crate) use follow::{Wish as WishForLines, names, read_on};

tables! {
    /// What CloudWatch Logs keeps in one region.
    Tables {
        /// Log groups by name.
        groups: group::LogGroup,
        /// Log streams by group and name.
        streams: stream::LogStream,
        /// Log events by group, stream and place in the stream.
        events: event::LogEvent,
    }
}

/// How CloudWatch Logs is spoken, and what it can do.
pub(crate) const SERVICE: Service = Service {
    name: "logs",
    signing_name: "logs",
    protocol: Protocol::Json { target: "Logs_20140328" },
    global: false,
    read_after_write: Duration::ZERO,
    prepare: |_| (),
    operations: OPERATIONS,
};

operations! {
    AssociateKmsKey => settings::associate_kms_key;
    CreateLogGroup => group::create_log_group;
    CreateLogStream => stream::create_log_stream;
    DeleteLogGroup => group::delete_log_group;
    DeleteLogStream => stream::delete_log_stream;
    DeleteRetentionPolicy => settings::delete_retention_policy;
    DescribeLogGroups => group::describe_log_groups, unmodelled ["accountIdentifiers", "includeLinkedAccounts"];
    DescribeLogStreams => stream::describe_log_streams;
    DisassociateKmsKey => settings::disassociate_kms_key;
    FilterLogEvents => search::filter_log_events, unmodelled ["interleaved", "unmask"];
    GetLogEvents => event::get_log_events, unmodelled ["unmask"];
    ListTagsForResource => tag::list_tags_for_resource;
    ListTagsLogGroup => tag::list_tags_log_group;
    PutLogEvents => ingest::put_log_events, unmodelled ["entity", "sequenceToken"];
    PutLogGroupDeletionProtection => settings::put_log_group_deletion_protection;
    PutRetentionPolicy => settings::put_retention_policy;
    TagLogGroup => tag::tag_log_group;
    TagResource => tag::tag_resource;
    UntagLogGroup => tag::untag_log_group;
    UntagResource => tag::untag_resource;
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterException", message)
}

fn invalid_token(_: InvalidToken) -> ApiError {
    invalid("The specified nextToken is invalid.")
}

fn check_group_name(member: &str, name: &str) -> Result<(), ApiError> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || ".-_/#".contains(letter);
    Constraints::default()
        .length(member, name, 1..=512)
        .pattern(member, name, r"[\.\-_/#A-Za-z0-9]+", allowed)
        .finish("InvalidParameterException")
}

fn check_stream_name(member: &str, name: &str) -> Result<(), ApiError> {
    Constraints::default()
        .length(member, name, 1..=512)
        .pattern(member, name, "[^:*]*", |letter| !":*".contains(letter))
        .finish("InvalidParameterException")
}

/// The number of items on a page: `limit` where it is given and in range, the most that fits otherwise.
fn page_size(limit: Option<i64>, most: usize) -> Result<usize, ApiError> {
    let Some(limit) = limit else { return Ok(most) };
    Constraints::default().range("limit", limit, 1..=most as i64).finish("InvalidParameterException")?;
    Ok(usize::try_from(limit).unwrap_or(most))
}
