//! The rules of listeners. Each listener has a default rule, which comes last and has no conditions.

use serde::{Deserialize, Serialize};

use super::action::{Action, ActionConfig, Place};
use super::condition::Condition;
use super::condition_config::{self, RuleCondition};
use super::errors::{not_permitted, rule_not_found, validation};
use super::listener::{self, Listener};
use super::paging::pages;
use super::tagging::new_tags;
use super::{limits, usage};
use crate::context::Context;
use crate::table::Record;
use crate::tags::{Tags, UpperTag};
use crate::wire::ApiError;

/// A rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) arn: String,
    pub(crate) listener_arn: String,
    pub(crate) load_balancer_arn: String,
    /// 1 to 50000, lowest first; `None` for the default rule.
    pub(crate) priority: Option<u16>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) action: Action,
    pub(crate) tags: Tags,
}

impl Record for Rule {
    fn made_by_aws(&self) -> bool {
        self.priority.is_none()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateRule {
    listener_arn: String,
    conditions: Vec<RuleCondition>,
    priority: u16,
    actions: Vec<ActionConfig>,
    #[serde(default)]
    tags: Vec<UpperTag>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Rules {
    rules: Vec<RuleView>,
    next_marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RuleView {
    rule_arn: String,
    priority: String,
    conditions: Vec<RuleCondition>,
    actions: Vec<ActionConfig>,
    is_default: bool,
}

pub(crate) fn create_rule(cx: &mut Context<'_>, input: CreateRule) -> Result<Rules, ApiError> {
    let listener = listener::find(cx, &input.listener_arn)?.clone();
    check_priority(input.priority)?;
    if of_listener(cx, &listener.arn).any(|rule| rule.priority == Some(input.priority)) {
        return Err(priority_in_use(input.priority));
    }
    let of_load_balancer = cx.elbv2.rules.values().filter(|rule| rule.load_balancer_arn == listener.load_balancer_arn);
    let count = of_load_balancer.filter(|rule| rule.priority.is_some()).count();
    limits::RULES.check("TooManyRules", count + 1)?;
    let rule = Rule {
        arn: new_arn(cx, &listener.arn),
        priority: Some(input.priority),
        conditions: condition_config::parse(input.conditions)?,
        action: Action::parse(cx, place(&listener), input.actions)?,
        tags: new_tags(input.tags)?,
        listener_arn: listener.arn,
        load_balancer_arn: listener.load_balancer_arn,
    };
    let view = vec![view(&rule)];
    put(cx, rule)?;
    Ok(Rules { rules: view, next_marker: None })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeRules {
    listener_arn: Option<String>,
    #[serde(default)]
    rule_arns: Vec<String>,
    marker: Option<String>,
    page_size: Option<i64>,
}

pub(crate) fn describe_rules(cx: &mut Context<'_>, input: DescribeRules) -> Result<Rules, ApiError> {
    let rules: Vec<&Rule> = match &input.listener_arn {
        Some(_) if !input.rule_arns.is_empty() => {
            return Err(validation("Listener rule ARNs and a listener ARN cannot be specified at the same time"));
        }
        None if input.rule_arns.is_empty() => {
            return Err(validation("You must specify either listener rule ARNs or a listener ARN"));
        }
        Some(arn) => {
            listener::find(cx, arn)?;
            of_listener(cx, arn).collect()
        }
        None => {
            let found: Option<_> = input.rule_arns.iter().map(|arn| cx.elbv2.rules.get(arn)).collect();
            found.ok_or_else(|| ApiError::new("RuleNotFound", "One or more rules not found"))?
        }
    };
    let mut sorted: Vec<(String, &Rule)> = rules.into_iter().map(|rule| (place_in_order(rule), rule)).collect();
    sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
    sorted.dedup_by(|(one, _), (other, _)| one == other);
    let page = pages(sorted, |(place, _)| place.as_str(), input.page_size, input.marker.as_deref())?;
    Ok(Rules { rules: page.items.into_iter().map(|(_, rule)| view(rule)).collect(), next_marker: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ModifyRule {
    rule_arn: String,
    conditions: Option<Vec<RuleCondition>>,
    actions: Option<Vec<ActionConfig>>,
}

/// Replaces the conditions, the actions or both. The default rule is changed by ModifyListener only.
pub(crate) fn modify_rule(cx: &mut Context<'_>, input: ModifyRule) -> Result<Rules, ApiError> {
    let mut rule = find(cx, &input.rule_arn)?.clone();
    if rule.priority.is_none() {
        return Err(not_permitted(format!("Default rule '{}' cannot be modified", rule.arn)));
    }
    if input.conditions.is_none() && input.actions.is_none() {
        return Err(validation("Either conditions or actions must be specified"));
    }
    if let Some(conditions) = input.conditions {
        rule.conditions = condition_config::parse(conditions)?;
    }
    if let Some(actions) = input.actions {
        rule.action = Action::parse(cx, place(listener::find(cx, &rule.listener_arn)?), actions)?;
    }
    let view = vec![view(&rule)];
    put(cx, rule)?;
    Ok(Rules { rules: view, next_marker: None })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteRule {
    rule_arn: String,
}

#[derive(Serialize)]
pub(crate) struct Deleted {}

pub(crate) fn delete_rule(cx: &mut Context<'_>, input: DeleteRule) -> Result<Deleted, ApiError> {
    let rule = find(cx, &input.rule_arn)?;
    if rule.priority.is_none() {
        return Err(not_permitted(format!("Default rule '{}' cannot be deleted", rule.arn)));
    }
    cx.elbv2.rules.remove(&input.rule_arn);
    usage::refresh(cx);
    Ok(Deleted {})
}

/// Puts a new or changed rule in place.
pub(super) fn put(cx: &mut Context<'_>, rule: Rule) -> Result<(), ApiError> {
    let load_balancer_arn = rule.load_balancer_arn.clone();
    cx.elbv2.rules.insert(rule.arn.clone(), rule);
    usage::refresh(cx);
    usage::check_limit(cx, &load_balancer_arn)
}

/// The rules of a listener, the default rule among them, in the order of their ARNs.
pub(super) fn of_listener<'a>(cx: &'a Context<'_>, listener_arn: &'a str) -> impl Iterator<Item = &'a Rule> {
    cx.elbv2.rules.values().filter(move |rule| rule.listener_arn == listener_arn)
}

/// The rule with this ARN.
pub(super) fn find<'a>(cx: &'a Context<'_>, arn: &str) -> Result<&'a Rule, ApiError> {
    cx.elbv2.rules.get(arn).ok_or_else(|| rule_not_found(arn))
}

/// An ARN for a rule of a listener.
pub(super) fn new_arn(cx: &mut Context<'_>, listener_arn: &str) -> String {
    format!("{}/{}", listener_arn.replacen(":listener/", ":listener-rule/", 1), cx.ids.hex(16))
}

pub(super) fn place(listener: &Listener) -> Place<'_> {
    Place { load_balancer_arn: &listener.load_balancer_arn, protocol: listener.protocol }
}

pub(super) fn check_priority(priority: u16) -> Result<(), ApiError> {
    let mut constraints = crate::validate::Constraints::default();
    constraints.range("priority", priority.into(), 1..=50_000).finish("ValidationError")
}

pub(super) fn priority_in_use(priority: u16) -> ApiError {
    ApiError::new("PriorityInUse", format!("Priority '{priority}' is currently in use"))
}

/// A text that sorts as rules are listed: by listener and priority, the default rule last.
fn place_in_order(rule: &Rule) -> String {
    format!("{}/{:05}", rule.listener_arn, rule.priority.unwrap_or(u16::MAX))
}

pub(super) fn views<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> Rules {
    Rules { rules: rules.into_iter().map(view).collect(), next_marker: None }
}

fn view(rule: &Rule) -> RuleView {
    RuleView {
        rule_arn: rule.arn.clone(),
        priority: rule.priority.map_or_else(|| "default".to_owned(), |priority| priority.to_string()),
        conditions: rule.conditions.iter().map(Condition::view).collect(),
        actions: vec![rule.action.view()],
        is_default: rule.priority.is_none(),
    }
}
