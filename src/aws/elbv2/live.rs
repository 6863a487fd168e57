//! What the live halves of the ELBv2 kinds share: tags, and whose an object is.

use crate::live::prelude::*;
use aws_sdk_elasticloadbalancingv2::{
    Client,
    types::{Tag, TagDescription},
};
use futures::future::try_join_all;
use model::In;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Ids as requests take them.
pub(crate) fn arns(ids: &[Id]) -> Option<Vec<String>> {
    Some(ids.iter().map(Id::to_string).collect())
}

/// A set of references as requests take it.
pub(crate) fn known<T: ToString>(inputs: &BTreeSet<In<T>>) -> Result<Vec<String>> {
    inputs.iter().map(|input| Ok(input.known()?.to_string())).collect()
}

/// What is wanted, when it is managed and not what is there.
pub(crate) fn differs<T: PartialEq>(wanted: Option<T>, live: Option<T>) -> Option<T> {
    wanted.filter(|wanted| live.as_ref() != Some(wanted))
}

/// The tags of each object, and perhaps of others. [`Fault::NotFound`] when one of them is gone.
///
/// Kinds that are read at the same moment share a call.
pub(crate) async fn tags_of(aws: &Aws, ids: &[Id]) -> Result<Arc<BTreeMap<String, Tags>>> {
    let arns: Vec<String> = ids.iter().map(Id::to_string).collect();
    let client = aws.elbv2.clone();
    match aws.elbv2_tags.join(arns.clone(), move |arns| describe_tags(client, arns)).await {
        // What is gone may belong to those who shared the call.
        Err(Fault::NotFound(_)) => describe_tags(aws.elbv2.clone(), arns).await.map(Arc::new),
        reply => reply,
    }
}

async fn describe_tags(client: Client, arns: Vec<String>) -> Result<BTreeMap<String, Tags>> {
    /// ELBv2 API Reference, DescribeTags.
    const MOST_ARNS: usize = 20;
    let calls = arns.chunks(MOST_ARNS).map(|arns| client.describe_tags().set_resource_arns(Some(arns.to_vec())));
    let replies = try_join_all(calls.map(|call| async { call.send().await.or_fault() })).await?;
    let described = replies.iter().flat_map(|reply| reply.tag_descriptions());
    Ok(described.filter_map(|described| Some((described.resource_arn()?.to_owned(), from_tags(described)))).collect())
}

/// The id of the object that a `create` replied with, if it is the one made for `new`.
///
/// Creating is idempotent (ELBv2 API Reference, CreateLoadBalancer): for the same name and settings the reply is
/// the object that exists already, whoever made it.
pub(crate) async fn ours(aws: &Aws, arn: &str, new: &Identity) -> Result<Id> {
    match describe_tags(aws.elbv2.clone(), vec![arn.to_owned()]).await {
        // Too new to be seen, so it is not one that existed already.
        Err(Fault::NotFound(_)) => Ok(Id::new(arn)),
        Err(fault) => Err(fault),
        Ok(tags) if tags.get(arn).is_some_and(|tags| bears_token(tags, new)) => Ok(Id::new(arn)),
        Ok(_) => Err(Fault::Exists(new.name.clone())),
    }
}

/// The one among `arns` that was made for `new`.
pub(crate) async fn ours_among(aws: &Aws, arns: impl IntoIterator<Item = &str>, new: &Identity) -> Result<Id> {
    let arns = arns.into_iter().map(str::to_owned).collect();
    let tags = describe_tags(aws.elbv2.clone(), arns).await?;
    only(tags.into_iter().filter(|(_, tags)| bears_token(tags, new)).map(|(arn, _)| Id::new(arn)))
}

/// Writes and removes tags of one object.
pub(crate) async fn retag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
    if !set.is_empty() {
        aws.elbv2.add_tags().resource_arns(id.as_str()).set_tags(to_tags(set)).send().await.or_fault()?;
    }
    if !remove.is_empty() {
        let call = aws.elbv2.remove_tags().resource_arns(id.as_str());
        call.set_tag_keys(Some(remove.to_vec())).send().await.or_fault()?;
    }
    Ok(())
}

/// Tags as requests take them.
pub(crate) fn to_tags(tags: &Tags) -> Option<Vec<Tag>> {
    Some(tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect())
}

fn bears_token(tags: &Tags, new: &Identity) -> bool {
    tags.get(TOKEN_TAG) == Some(&new.token)
}

fn from_tags(described: &TagDescription) -> Tags {
    let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()));
    described.tags().iter().filter_map(pair).collect()
}
