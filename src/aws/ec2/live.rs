//! What the live halves of the EC2 kinds share.

use crate::live::prelude::*;
use aws_sdk_ec2::types::{Filter, ResourceType, RouteTable, Tag, TagSpecification};
use model::Resource;
use std::sync::Arc;

/// Asks only for those of `ids` that exist: unlike an id parameter, a filter does not fail on one that is gone.
pub(crate) fn filter(name: &str, ids: &[Id]) -> Filter {
    Filter::builder().name(name).set_values(Some(ids.iter().map(Id::to_string).collect())).build()
}

/// Every route table, with its routes and associations: three kinds are read from this one reply.
pub(crate) async fn route_tables(aws: &Aws) -> Result<Arc<Vec<RouteTable>>> {
    let call = aws.ec2.describe_route_tables().into_paginator().items();
    aws.route_tables.join(|| async move { call.send().try_collect().await.or_fault() }).await
}

/// Finds the object made for one identity.
pub(crate) fn tag_filter(new: &Identity) -> Filter {
    Filter::builder().name(format!("tag:{TOKEN_TAG}")).values(&new.token).build()
}

/// The tags of a new object, and its `Name`, which EC2 has only as a tag.
pub(crate) fn tag_specifications(kind: ResourceType, new: &Identity) -> Option<Vec<TagSpecification>> {
    let tags = to_tags(&new.tags);
    Some(vec![TagSpecification::builder().resource_type(kind).set_tags(Some(tags)).build()])
}

/// Tags as the engine has them.
pub(crate) fn from_tags(tags: &[Tag]) -> Tags {
    tags.iter().filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()))).collect()
}

/// Writes and removes tags of one object.
pub(crate) async fn retag(aws: &Aws, id: &str, set: &Tags, remove: &[String]) -> Result<()> {
    if !set.is_empty() {
        aws.ec2.create_tags().resources(id).set_tags(Some(to_tags(set))).send().await.or_fault()?;
    }
    if !remove.is_empty() {
        let keys = remove.iter().map(|key| Tag::builder().key(key).build()).collect();
        aws.ec2.delete_tags().resources(id).set_tags(Some(keys)).send().await.or_fault()?;
    }
    Ok(())
}

/// What `tag` is for a kind that cannot bear any: never called.
pub(crate) fn untaggable<R: Resource>() -> Result<()> {
    Err(Fault::Failed(format!("{} bears no tags", R::SCHEMA.kind)))
}

fn to_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}
