use model::{In, Problem, Unresolved};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
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

/// What a policy is attached to, which decides the elements its statements must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttachedTo {
    /// A role: statements name resources and no principals.
    Identity,
    /// A repository, or a role as its trust policy: statements name principals and no resources.
    Resource,
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

    /// The rules that a policy in `field` breaks, as far as its place decides.
    pub(crate) fn problems(&self, field: &str, attached_to: AttachedTo) -> Vec<Problem> {
        let about = |statement: &Statement| {
            let resources = !statement.resources.is_empty() || !statement.not_resources.is_empty();
            let principals = !statement.principals.is_empty() || !statement.not_principals.is_empty();
            let actions = !statement.actions.is_empty() || !statement.not_actions.is_empty();
            [
                (!actions).then_some("a statement has no action: name the calls it is about"),
                match attached_to {
                    AttachedTo::Identity if !resources => Some("a statement has no resource: say `.on([..])`"),
                    AttachedTo::Identity if principals => {
                        Some("a statement names a principal: the role itself is the principal here")
                    }
                    AttachedTo::Resource if !principals => Some("a statement has no principal: say `.to(..)`"),
                    AttachedTo::Resource if resources => {
                        Some("a statement names a resource: the policy is already attached to the one it is about")
                    }
                    _ => None,
                },
            ]
        };
        let none = self.statements.is_empty().then_some("the policy has no statement");
        let messages = self.statements.iter().flat_map(about).flatten().chain(none);
        messages.map(|message| Problem::new(field, message)).collect()
    }
}

impl FromStr for Policy {
    type Err = serde_json::Error;

    fn from_str(document: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(document)
    }
}

/// AWS writes a list of one as the thing itself.
fn one_or_many<'de, D: Deserializer<'de>, T: Ord + for<'a> Deserialize<'a>>(input: D) -> Result<BTreeSet<T>, D::Error> {
    set(Value::deserialize(input)?)
}

fn set<T: Ord + for<'a> Deserialize<'a>, E: serde::de::Error>(value: Value) -> Result<BTreeSet<T>, E> {
    let items = match value {
        Value::Array(items) => items,
        one => vec![one],
    };
    items.into_iter().map(|item| T::deserialize(scalar(item)).map_err(E::custom)).collect()
}

/// The values of a condition may be written as booleans and numbers; they mean their text.
fn scalar(value: Value) -> Value {
    match value {
        Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
        other => other,
    }
}

/// In a resource's policy `"*"` and `{"AWS": "*"}` mean the same: everybody.
fn principals<'de, D: Deserializer<'de>>(input: D) -> Result<Principals, D::Error> {
    let value = match Value::deserialize(input)? {
        Value::String(everybody) => serde_json::json!({ "AWS": everybody }),
        by_type => by_type,
    };
    let by_type = BTreeMap::<PrincipalType, Value>::deserialize(value).map_err(serde::de::Error::custom)?;
    by_type.into_iter().map(|(kind, value)| Ok((kind, set(value)?))).collect()
}

fn conditions<'de, D: Deserializer<'de>>(input: D) -> Result<Conditions, D::Error> {
    let operators = BTreeMap::<String, BTreeMap<String, Value>>::deserialize(input)?;
    let values = |(key, value)| Ok((key, set::<In<String>, D::Error>(value)?));
    operators
        .into_iter()
        .map(|(operator, keys)| Ok((operator, keys.into_iter().map(values).collect::<Result<_, _>>()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Reference, join};
    use serde_json::json;

    #[test]
    fn however_aws_writes_it_down() {
        let short = r#"{
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                "Condition": { "Bool": { "aws:SecureTransport": true } }
            }
        }"#;
        let long =
            Policy::allow(["s3:GetObject"]).to(PrincipalType::Aws, ["*"]).when("Bool", "aws:SecureTransport", ["true"]);
        assert_eq!(short.parse::<Policy>().unwrap(), long);
        assert_eq!(long.document().unwrap().parse::<Policy>().unwrap(), long);
    }

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
    fn a_document_without_version_has_the_earlier_one() {
        let policy: Policy = r#"{"Statement": []}"#.parse().unwrap();
        assert_eq!(policy.version, PolicyVersion::Earlier);
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

    #[test]
    fn elements_fit_the_place() {
        let trust = Policy::trust("ecs-tasks.amazonaws.com");
        assert_eq!(trust.problems("trust", AttachedTo::Resource), []);
        assert_eq!(trust.problems("policy", AttachedTo::Identity).len(), 1);
        let inline = Policy::allow(["s3:GetObject"]).on(["*"]);
        assert_eq!(inline.problems("policy", AttachedTo::Identity), []);
        assert_eq!(inline.problems("trust", AttachedTo::Resource).len(), 1);
        assert_eq!(Policy::allow([""; 0]).on(["*"]).problems("policy", AttachedTo::Identity).len(), 1);
    }
}
