//! What others own and the requests of a stack go by: rules on its listeners and of its security groups that it has not
//! made. They are read for the proof of a plan, which counts them; no plan ever changes them.

use super::Aws;
use crate::{ec2, elbv2};
use engine::{Result, provider::Id, state::State};
use futures::future::try_join_all;
use model::{
    Resource,
    serving::{Fact, Node},
};
use std::collections::BTreeSet;

/// What an object does for requests; `None` where its settings are none that this version can read.
pub(crate) type Served = (Id, Option<Vec<Fact>>);

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Others {
    /// What each object does for the requests.
    pub facts: Vec<(Node, Fact)>,
    /// The ids of those of which that cannot be said.
    pub unread: Vec<String>,
}

/// Reads what others own around the recorded objects of a stack: one call for each listener, and one for all security
/// groups.
///
/// # Errors
/// When the cloud does not answer.
pub async fn others(aws: &Aws, recorded: &State) -> Result<Others> {
    let objects =
        || recorded.resources.values().flat_map(|record| record.objects().map(move |it| (&record.kind, &it.id)));
    let of = |kind: &'static str| objects().filter(move |(of, _)| *of == kind).map(|(_, id)| id.clone());
    let listeners: Vec<Id> = of(elbv2::Listener::SCHEMA.kind).collect();
    let groups: Vec<Id> = of(ec2::SecurityGroup::SCHEMA.kind).collect();
    let rules = try_join_all(listeners.iter().map(|listener| elbv2::rules_of(aws, listener)));
    let (rules, passages) = futures::try_join!(rules, ec2::rules_of(aws, &groups))?;
    let ours: BTreeSet<&Id> = objects().map(|(_, id)| id).collect();
    let mut others = Others::default();
    for (id, facts) in rules.into_iter().flatten().chain(passages).filter(|(id, _)| !ours.contains(id)) {
        match facts {
            Some(facts) => others.facts.extend(facts.into_iter().map(|fact| (Node::new(id.as_str()), fact))),
            None => others.unread.push(id.to_string()),
        }
    }
    Ok(others)
}
