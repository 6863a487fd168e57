//! What the live halves of the ECS kinds share.

use crate::live::prelude::*;
use aws_sdk_ecs::types::{Failure, Tag};
use std::fmt;

/// Tags as the API takes them.
pub(crate) fn to_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Tags as the engine has them.
pub(crate) fn from_tags(tags: &[Tag]) -> Tags {
    tags.iter().filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()))).collect()
}

/// Writes and removes tags of one object.
pub(crate) async fn retag(aws: &Aws, arn: &Id, set: &Tags, remove: &[String]) -> Result<()> {
    if !set.is_empty() {
        let call = aws.ecs.tag_resource().resource_arn(arn.as_str());
        call.set_tags(Some(to_tags(set))).send().await.or_fault()?;
    }
    if !remove.is_empty() {
        let call = aws.ecs.untag_resource().resource_arn(arn.as_str());
        call.set_tag_keys(Some(remove.to_vec())).send().await.or_fault()?;
    }
    Ok(())
}

/// Lets the failures of a describing call pass that only say that something does not exist.
///
/// AWS: ECS Developer Guide, "Amazon ECS API failure messages".
pub(crate) fn only_missing(failures: &[Failure]) -> Result<()> {
    match failures.iter().find(|failure| failure.reason() != Some("MISSING")) {
        None => Ok(()),
        Some(failure) => Err(Fault::Failed(format!(
            "{}: {}",
            failure.arn().unwrap_or("an object"),
            failure.detail().or(failure.reason()).unwrap_or("the API does not say why")
        ))),
    }
}

/// A number of a request or a reply, as the type the other side has for it.
pub(crate) fn number<A, B: TryFrom<A, Error: fmt::Display>>(field: &'static str, number: A) -> Result<B> {
    B::try_from(number).map_err(|error| Fault::Inputs(format!("{field}: {error}")))
}
