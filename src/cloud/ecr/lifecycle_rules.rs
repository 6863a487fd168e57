//! What a lifecycle policy may say.
//!
//! AWS: ECR User Guide, "Lifecycle policy properties in Amazon ECR".

use std::collections::BTreeSet;

use serde::Deserialize;

use super::error::invalid;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Policy {
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Rule {
    rule_priority: u32,
    #[serde(rename = "description")]
    _description: Option<String>,
    selection: Selection,
    #[serde(rename = "action")]
    _action: Action,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Selection {
    tag_status: TagStatus,
    tag_prefix_list: Option<Vec<String>>,
    tag_pattern_list: Option<Vec<String>>,
    count_type: CountType,
    count_unit: Option<CountUnit>,
    count_number: u32,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
enum TagStatus {
    Tagged,
    Untagged,
    Any,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum CountType {
    ImageCountMoreThan,
    SinceImagePushed,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum CountUnit {
    Days,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Action {
    #[serde(rename = "type")]
    _type: ActionType,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum ActionType {
    Expire,
}

/// Refuses a text that is no lifecycle policy.
pub(super) fn check(text: &str) -> Result<(), ApiError> {
    problem(text).map_or(Ok(()), |problem| {
        Err(invalid("LifecyclePolicyText", &format!("Lifecycle policy validation failure: {problem}")))
    })
}

fn problem(text: &str) -> Option<String> {
    let policy: Policy = match serde_json::from_str(text) {
        Ok(policy) => policy,
        Err(error) => return Some(error.to_string()),
    };
    if policy.rules.is_empty() {
        return Some("there must be at least one rule".to_owned());
    }
    let priorities: BTreeSet<u32> = policy.rules.iter().map(|rule| rule.rule_priority).collect();
    if priorities.len() < policy.rules.len() || priorities.contains(&0) {
        return Some("rule priorities must be unique and greater than zero".to_owned());
    }
    let last = priorities.last().copied();
    let any_but_last = |rule: &Rule| rule.selection.tag_status == TagStatus::Any && Some(rule.rule_priority) != last;
    if policy.rules.iter().any(any_but_last) {
        return Some("a rule with the tag status 'any' must have the highest priority number".to_owned());
    }
    policy.rules.iter().find_map(|rule| rule.selection.problem()).map(str::to_owned)
}

impl Selection {
    fn problem(&self) -> Option<&'static str> {
        let lists = [&self.tag_prefix_list, &self.tag_pattern_list];
        let given = lists.iter().filter(|list| list.as_ref().is_some_and(|list| !list.is_empty())).count();
        if self.tag_status == TagStatus::Tagged && given != 1 {
            return Some("the tag status 'tagged' requires either a tag prefix list or a tag pattern list");
        }
        if self.tag_status != TagStatus::Tagged && given != 0 {
            return Some("tag lists go only with the tag status 'tagged'");
        }
        match (&self.count_type, &self.count_unit) {
            (CountType::SinceImagePushed, None) => Some("the count type 'sinceImagePushed' requires a count unit"),
            (CountType::ImageCountMoreThan, Some(CountUnit::Days)) => {
                Some("the count type 'imageCountMoreThan' takes no count unit")
            }
            _ if self.count_number == 0 => Some("the count number must be greater than zero"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rule(priority: u32, selection: Value) -> Value {
        json!({ "rulePriority": priority, "selection": selection, "action": { "type": "expire" } })
    }

    fn policy(rules: &[Value]) -> Result<(), ApiError> {
        check(&json!({ "rules": rules }).to_string())
    }

    #[test]
    fn right_policies_pass() {
        let untagged =
            json!({ "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14 });
        let any = json!({ "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30 });
        assert_eq!(policy(&[rule(1, untagged), rule(2, any)]), Ok(()));
    }

    #[test]
    fn wrong_policies_are_refused() {
        let any = json!({ "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30 });
        let untagged = json!({ "tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1 });
        let tagged = json!({ "tagStatus": "tagged", "countType": "imageCountMoreThan", "countNumber": 1 });
        let since = json!({ "tagStatus": "any", "countType": "sinceImagePushed", "countNumber": 1 });
        assert!(policy(&[]).is_err());
        assert!(policy(&[rule(1, any.clone()), rule(1, any.clone())]).is_err(), "equal priorities");
        assert!(policy(&[rule(1, any), rule(2, untagged)]).is_err(), "any comes last");
        assert!(policy(&[rule(1, tagged)]).is_err(), "which tags?");
        assert!(policy(&[rule(1, since)]).is_err(), "in which unit?");
        assert!(check("{}").is_err());
    }
}
