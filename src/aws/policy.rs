mod check;
mod reading;
mod union;

pub(crate) use check::AttachedTo;

use model::{In, Unresolved};
use reading::{conditions, one_or_many, principals};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

/// A policy document, canonical: two documents that say the same compare equal however AWS wrote them down.
///
/// In JSON it stands as AWS's own document, lists always as lists and in order, so that a plan shows what AWS gets.
/// A builder method applies to every statement built so far:
///
/// ```text
/// Policy::allow(["logs:CreateLogStream", "logs:PutLogEvents"]).on([join![group.arn(), ":*"]])
///     .and(Policy::allow(["ecr:GetAuthorizationToken"]).on(["*"]))
/// ```
///
/// AWS: IAM User Guide, "IAM JSON policy element reference" and "Grammar of the IAM JSON policy language".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Policy {
    /// The version of the language.
    #[serde(default)]
    pub version: PolicyVersion,
    /// A name some services give a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it allows and denies; the order means nothing.
    #[serde(rename = "Statement", deserialize_with = "one_or_many")]
    pub statements: BTreeSet<Statement>,
}

/// One statement of a [`Policy`]. A set that is empty stands for an element the document does not have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Statement {
    /// A name for the statement, unique within the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// To whom; only in policies attached to a resource or a role's trust.
    #[serde(
        rename = "Principal",
        default,
        deserialize_with = "principals",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub principals: Principals,
    /// To everybody but these.
    #[serde(
        rename = "NotPrincipal",
        default,
        deserialize_with = "principals",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub not_principals: Principals,
    /// Which calls, such as `ecr:BatchGetImage`; `*` stands for any text.
    #[serde(rename = "Action", default, deserialize_with = "one_or_many", skip_serializing_if = "BTreeSet::is_empty")]
    pub actions: BTreeSet<String>,
    /// Every call but these.
    #[serde(
        rename = "NotAction",
        default,
        deserialize_with = "one_or_many",
        skip_serializing_if = "BTreeSet::is_empty"
    )]
    pub not_actions: BTreeSet<String>,
    /// On which ARNs; only in policies attached to an identity.
    #[serde(
        rename = "Resource",
        default,
        deserialize_with = "one_or_many",
        skip_serializing_if = "BTreeSet::is_empty"
    )]
    pub resources: BTreeSet<In<String>>,
    /// On every ARN but these.
    #[serde(
        rename = "NotResource",
        default,
        deserialize_with = "one_or_many",
        skip_serializing_if = "BTreeSet::is_empty"
    )]
    pub not_resources: BTreeSet<In<String>>,
    /// Under which conditions.
    #[serde(
        rename = "Condition",
        default,
        deserialize_with = "conditions",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub conditions: Conditions,
}

/// Principals by type. AWS: IAM User Guide, "AWS JSON policy elements: Principal".
pub type Principals = BTreeMap<PrincipalType, BTreeSet<In<String>>>;

/// Operator (`ArnLike`), then condition key (`aws:SourceArn`), then the values of which one must match.
pub type Conditions = BTreeMap<String, BTreeMap<String, BTreeSet<In<String>>>>;

/// The version of the policy language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PolicyVersion {
    /// The current one; the only one with policy variables. What the builders write.
    #[serde(rename = "2012-10-17")]
    Current,
    /// The earlier one, which a document without a version has.
    #[default]
    #[serde(rename = "2008-10-17")]
    Earlier,
}

/// Whether a [`Statement`] allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Effect {
    /// It allows, unless something denies.
    Allow,
    /// It denies, whatever else allows.
    Deny,
}

/// What a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PrincipalType {
    /// The ARN of an account's root, a role or a user; `*` is everybody.
    #[serde(rename = "AWS")]
    Aws,
    /// An AWS service, such as `ecs-tasks.amazonaws.com`.
    Service,
    /// An identity provider.
    Federated,
    /// An account by its canonical id, as Amazon S3 knows it.
    CanonicalUser,
}

impl Policy {
    /// Allows the calls `actions`.
    pub fn allow(actions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::of(Effect::Allow, actions)
    }

    /// Denies the calls `actions`.
    pub fn deny(actions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::of(Effect::Deny, actions)
    }

    /// The trust policy with which a service, such as `ecs-tasks.amazonaws.com`, may assume a role.
    pub fn trust(service: &str) -> Self {
        Self::allow(["sts:AssumeRole"]).to(PrincipalType::Service, [service])
    }

    fn of(effect: Effect, actions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let statement = Statement {
            sid: None,
            effect,
            principals: BTreeMap::new(),
            not_principals: BTreeMap::new(),
            actions: actions.into_iter().map(Into::into).collect(),
            not_actions: BTreeSet::new(),
            resources: BTreeSet::new(),
            not_resources: BTreeSet::new(),
            conditions: BTreeMap::new(),
        };
        Self { version: PolicyVersion::Current, id: None, statements: BTreeSet::from([statement]) }
    }

    /// On these ARNs.
    #[must_use]
    pub fn on(self, resources: impl IntoIterator<Item = impl Into<In<String>>>) -> Self {
        let resources: Vec<In<String>> = resources.into_iter().map(Into::into).collect();
        self.each(|statement| statement.resources.extend(resources.iter().cloned()))
    }

    /// To these principals.
    #[must_use]
    pub fn to(self, kind: PrincipalType, principals: impl IntoIterator<Item = impl Into<In<String>>>) -> Self {
        let principals: Vec<In<String>> = principals.into_iter().map(Into::into).collect();
        self.each(|statement| statement.principals.entry(kind).or_default().extend(principals.iter().cloned()))
    }

    /// Only when the condition `key` has one of `values` in the sense of `operator`:
    /// `.when("ArnLike", "aws:SourceArn", [cluster.arn()])`.
    #[must_use]
    pub fn when(self, operator: &str, key: &str, values: impl IntoIterator<Item = impl Into<In<String>>>) -> Self {
        let values: Vec<In<String>> = values.into_iter().map(Into::into).collect();
        self.each(|statement| {
            let keys = statement.conditions.entry(operator.to_owned()).or_default();
            keys.entry(key.to_owned()).or_default().extend(values.iter().cloned());
        })
    }

    /// Under this name. Give it before [`and`](Self::and): a name stands only once in a document.
    #[must_use]
    pub fn sid(self, sid: &str) -> Self {
        self.each(|statement| statement.sid = Some(sid.to_owned()))
    }

    /// Everything that `other` says as well.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.statements.extend(other.statements);
        self
    }

    fn each(self, change: impl Fn(&mut Statement)) -> Self {
        let change = |mut statement: Statement| {
            change(&mut statement);
            statement
        };
        Self { statements: self.statements.into_iter().map(change).collect(), ..self }
    }

    /// The document as APIs take it: JSON in one line.
    ///
    /// # Errors
    /// [`Unresolved`] when it still refers to another resource.
    pub fn document(&self) -> Result<String, Unresolved> {
        let document = serde_json::to_value(self).map_err(|error| Unresolved(error.to_string()))?;
        match model::references(&document).first() {
            Some(reference) => Err(Unresolved(reference.to_string())),
            None => Ok(document.to_string()),
        }
    }
}

impl FromStr for Policy {
    type Err = serde_json::Error;

    fn from_str(document: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Reference, join};
    use serde_json::json;

    #[test]
    fn the_order_of_statements_and_actions_means_nothing() {
        let one = Policy::allow(["b:B", "a:A"]).on(["*"]).and(Policy::deny(["c:C"]).on(["*"]));
        let other = Policy::deny(["c:C"]).on(["*"]).and(Policy::allow(["a:A", "b:B"]).on(["*"]));
        assert_eq!(one, other);
        assert_eq!(one.document().unwrap(), other.document().unwrap());
    }

    #[test]
    fn the_json_is_the_document() {
        assert_eq!(
            serde_json::to_value(Policy::trust("ecs-tasks.amazonaws.com")).unwrap(),
            json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": { "Service": ["ecs-tasks.amazonaws.com"] },
                    "Action": ["sts:AssumeRole"],
                }],
            })
        );
    }

    #[test]
    fn references_survive_and_are_never_sent() {
        let arn: In<String> =
            In::Reference(Reference { address: "log_group.web".parse().unwrap(), output: "arn".to_owned() });
        let policy = Policy::allow(["logs:PutLogEvents"]).on([join![arn, ":*"]]);
        let json = serde_json::to_value(&policy).unwrap();
        assert_eq!(serde_json::from_value::<Policy>(json).unwrap(), policy);
        assert_eq!(policy.document(), Err(Unresolved("log_group.web#arn".to_owned())));
    }
}
