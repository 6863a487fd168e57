//! The managed policies that AWS has written, as far as they are known here.
//!
//! AWS: AWS Managed Policy Reference Guide. The policies under `/aws-service-role/` are abridged: nobody but a
//! service can use them, and nothing here asks for permissions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::policy::ManagedPolicy;
use super::policy_version::Version;
use crate::context::Context;
use crate::tags::Tags;

#[derive(Deserialize)]
struct Known {
    path: String,
    name: String,
    version: u32,
    created: Timestamp,
    updated: Timestamp,
    description: String,
    document: Value,
}

/// Puts AWS's policies into the account.
pub(super) fn prepare(cx: &mut Context<'_>) {
    for known in all() {
        let policy = ManagedPolicy {
            id: format!("ANPA{}", cx.ids.base32(17)),
            arn: format!("arn:aws:iam::aws:policy{}{}", known.path, known.name),
            name: known.name,
            path: known.path,
            description: Some(known.description),
            created: known.created,
            updated: known.updated,
            versions: BTreeMap::from([(
                known.version,
                Version { document: known.document.to_string(), created: known.updated },
            )]),
            default_version: known.version,
            last_version: known.version,
            tags: Tags::default(),
            of_aws: true,
        };
        cx.iam.policies.insert(policy.arn.clone(), policy);
    }
}

fn all() -> Vec<Known> {
    serde_json::from_str(include_str!("aws_managed.json")).expect("the file beside this one is right: a test reads it")
}

#[cfg(test)]
mod tests {
    use super::super::policy::check_document;

    #[test]
    fn they_are_right() {
        for known in super::all() {
            assert_eq!(check_document(&known.document.to_string()), Ok(()), "{}", known.name);
        }
    }
}
