//! Policy documents: what is refused, and how replies carry them.
//!
//! AWS: IAM User Guide, "Grammar of the IAM JSON policy language".

use serde_json::{Map, Value};

use crate::wire::ApiError;

/// What a policy is attached to, which decides what it may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A role's trust policy: who may assume it.
    Trust,
    /// What an identity may do.
    Identity,
}

const STATEMENT_MEMBERS: &[&str] =
    &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/// Refuses what IAM would not accept as a policy.
pub(super) fn check(document: &str, kind: Kind) -> Result<(), ApiError> {
    let document: Value = serde_json::from_str(document).map_err(|_| malformed("This policy contains invalid Json"))?;
    let Value::Object(policy) = &document else { return Err(syntax()) };
    if policy.keys().any(|name| !["Version", "Id", "Statement"].contains(&name.as_str())) {
        return Err(syntax());
    }
    if !matches!(policy.get("Version").map(Value::as_str), None | Some(Some("2012-10-17" | "2008-10-17"))) {
        return Err(syntax());
    }
    let statements = one_or_many(policy.get("Statement").ok_or_else(syntax)?);
    if statements.is_empty() {
        return Err(malformed("Policy statement is empty."));
    }
    let mut sids = Vec::new();
    for statement in statements {
        let statement = statement.as_object().ok_or_else(syntax)?;
        check_statement(statement, kind)?;
        if let Some(sid) = statement.get("Sid") {
            let sid = sid.as_str().ok_or_else(syntax)?;
            if kind == Kind::Identity && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(malformed(
                    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular \
                     expression [0-9A-Za-z]*",
                ));
            }
            if sids.contains(&sid) {
                return Err(malformed("Statement IDs (SID) in a single policy must be unique."));
            }
            sids.push(sid);
        }
    }
    Ok(())
}

fn check_statement(statement: &Map<String, Value>, kind: Kind) -> Result<(), ApiError> {
    if statement.keys().any(|name| !STATEMENT_MEMBERS.contains(&name.as_str())) {
        return Err(syntax());
    }
    if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        return Err(syntax());
    }
    if statement.get("Condition").is_some_and(|condition| !condition.is_object()) {
        return Err(syntax());
    }
    let (actions, resources) = (either(statement, "Action")?, either(statement, "Resource")?);
    let principal = statement.get("Principal").or(statement.get("NotPrincipal"));
    match kind {
        Kind::Trust => {
            if !resources.is_empty() {
                return Err(malformed("Has prohibited field Resource"));
            }
            check_principal(principal.ok_or_else(|| malformed("Missing required field Principal"))?)?;
            if actions.is_empty() {
                return Err(malformed("Missing required field Action"));
            }
            if actions.iter().any(|action| *action != "*" && !action.starts_with("sts:")) {
                return Err(malformed("AssumeRole policy may only specify STS AssumeRole actions."));
            }
        }
        Kind::Identity => {
            if principal.is_some() {
                return Err(malformed("Policy document should not specify a principal."));
            }
            if actions.is_empty() {
                return Err(malformed("Policy statement must contain actions."));
            }
            if actions.iter().any(|action| *action != "*" && !action.contains(':')) {
                return Err(malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."));
            }
            if resources.is_empty() {
                return Err(malformed("Policy statement must contain resources."));
            }
            if let Some(resource) = resources.iter().find(|resource| **resource != "*" && !is_arn(resource)) {
                return Err(malformed(format!("Resource {resource} must be in ARN format or \"*\".")));
            }
        }
    }
    Ok(())
}

/// AWS: IAM User Guide, "AWS JSON policy elements: Principal".
fn check_principal(principal: &Value) -> Result<(), ApiError> {
    let by_kind = match principal {
        Value::String(all) if all == "*" => return Ok(()),
        Value::Object(by_kind) if !by_kind.is_empty() => by_kind,
        _ => return Err(syntax()),
    };
    for (kind, names) in by_kind {
        for name in strings(names)? {
            let right = match kind.as_str() {
                "AWS" => {
                    name == "*"
                        || is_account(name)
                        || name.starts_with("arn:") && name.contains(":iam::")
                        || name.starts_with("arn:") && name.contains(":sts::")
                }
                "Service" => name.contains('.') && name.ends_with(".com"),
                "Federated" | "CanonicalUser" => !name.is_empty(),
                _ => return Err(syntax()),
            };
            if !right {
                let kind = if kind == "Service" { "SERVICE" } else { kind };
                return Err(malformed(format!("Invalid principal in policy: \"{kind}\":\"{name}\"")));
            }
        }
    }
    Ok(())
}

fn is_account(name: &str) -> bool {
    name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_arn(resource: &str) -> bool {
    resource.starts_with("arn:") && resource.splitn(6, ':').count() == 6
}

/// The strings of `Action` or `NotAction`; both at once are refused.
fn either<'a>(statement: &'a Map<String, Value>, name: &str) -> Result<Vec<&'a str>, ApiError> {
    match (statement.get(name), statement.get(&format!("Not{name}"))) {
        (Some(_), Some(_)) => Err(syntax()),
        (Some(value), None) | (None, Some(value)) => strings(value),
        (None, None) => Ok(Vec::new()),
    }
}

fn strings(value: &Value) -> Result<Vec<&str>, ApiError> {
    one_or_many(value).into_iter().map(|item| item.as_str().ok_or_else(syntax)).collect()
}

fn one_or_many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

/// How many characters count against IAM's quotas: all that are not white space.
///
/// AWS: IAM User Guide, "IAM and AWS STS quotas", "IAM and STS character limits".
pub(super) fn size(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}

/// A document as it stands in a reply: percent-encoded by RFC 3986.
///
/// AWS: IAM API Reference, GetRolePolicy.
pub(super) fn encode(document: &str) -> String {
    let form: String = form_urlencoded::byte_serialize(document.as_bytes()).collect();
    form.replace('+', "%20").replace('*', "%2A").replace("%7E", "~")
}

fn syntax() -> ApiError {
    malformed("Syntax errors in policy.")
}

fn malformed(message: impl Into<String>) -> ApiError {
    ApiError::new("MalformedPolicyDocument", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
        "Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

    #[track_caller]
    fn refused(document: &str, kind: Kind, message: &str) {
        let error = check(document, kind).expect_err("it is refused");
        assert_eq!((error.code.as_ref(), error.message.as_str()), ("MalformedPolicyDocument", message));
    }

    #[test]
    fn what_is_right_passes() {
        assert_eq!(check(TRUST, Kind::Trust), Ok(()));
        let identity = r#"{"Statement":{"Effect":"Deny","NotAction":["s3:*","*"],"Resource":"arn:aws:s3:::b/*"}}"#;
        assert_eq!(check(identity, Kind::Identity), Ok(()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        refused("{", Kind::Trust, "This policy contains invalid Json");
        refused("[]", Kind::Trust, "Syntax errors in policy.");
        refused(TRUST, Kind::Identity, "Policy document should not specify a principal.");
        let identity = |rest: &str| format!(r#"{{"Statement":{{"Effect":"Allow"{rest}}}}}"#);
        refused(&identity(r#","Action":"s3:*""#), Kind::Identity, "Policy statement must contain resources.");
        refused(&identity(r#","Action":"s3:*","Resource":"*""#), Kind::Trust, "Has prohibited field Resource");
        refused(&identity(r#","Action":"sts:AssumeRole""#), Kind::Trust, "Missing required field Principal");
        let bucket = identity(r#","Action":"s3:*","Resource":"bucket""#);
        refused(&bucket, Kind::Identity, "Resource bucket must be in ARN format or \"*\".");
        let service = identity(r#","Action":"sts:AssumeRole","Principal":{"Service":"ecs"}"#);
        refused(&service, Kind::Trust, "Invalid principal in policy: \"SERVICE\":\"ecs\"");
    }

    #[test]
    fn replies_are_percent_encoded() {
        assert_eq!(encode("{\"a b+*~\": 1}"), "%7B%22a%20b%2B%2A~%22%3A%201%7D");
    }
}
