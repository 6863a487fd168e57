//! Listeners of Application Load Balancers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::action::{Action, ActionConfig, Place};
use super::attributes::Attributes;
use super::errors::{listener_not_found, validation};
use super::load_balancer;
use super::paging::pages;
use super::rule::{self, Rule};
use super::tagging::new_tags;
use super::target_group::Protocol;
use super::tls::{CertificateConfig, MutualAuthentication, Tls};
use super::{limits, usage};
use crate::context::Context;
use crate::table::Record;
use crate::tags::{Tags, UpperTag};
use crate::wire::ApiError;

/// A listener. Its default action is that of its default rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Listener {
    pub(crate) arn: String,
    pub(crate) load_balancer_arn: String,
    pub(crate) default_rule_arn: String,
    pub(crate) port: u16,
    pub(crate) protocol: Protocol,
    /// What an HTTPS listener has in addition.
    pub(crate) tls: Option<Tls>,
    /// The certificates besides the default one.
    pub(crate) certificates: BTreeSet<String>,
    pub(crate) attributes: Attributes,
    pub(crate) tags: Tags,
}

impl Record for Listener {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateListener {
    load_balancer_arn: String,
    protocol: Option<Protocol>,
    port: Option<u16>,
    ssl_policy: Option<String>,
    #[serde(default)]
    certificates: Vec<CertificateConfig>,
    default_actions: Vec<ActionConfig>,
    #[serde(default)]
    tags: Vec<UpperTag>,
    #[serde(rename = "MutualAuthentication")]
    _mutual_authentication: Option<MutualAuthentication>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Listeners {
    listeners: Vec<ListenerView>,
    next_marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListenerView {
    listener_arn: String,
    load_balancer_arn: String,
    port: u16,
    protocol: Protocol,
    certificates: Option<[CertificateConfig; 1]>,
    ssl_policy: Option<String>,
    default_actions: Vec<ActionConfig>,
    mutual_authentication: Option<MutualAuthentication>,
}

/// The same port with the same settings gives the listener that exists.
pub(crate) fn create_listener(cx: &mut Context<'_>, input: CreateListener) -> Result<Listeners, ApiError> {
    let load_balancer_arn = load_balancer::find(cx, &input.load_balancer_arn)?.arn.clone();
    let protocol = input.protocol.ok_or_else(|| validation("A listener protocol must be specified"))?;
    let port = checked_port(input.port.ok_or_else(|| validation("A listener port must be specified"))?)?;
    let tls = Tls::parse(protocol, input.ssl_policy, input.certificates, None)?;
    let place = Place { load_balancer_arn: &load_balancer_arn, protocol };
    let action = Action::parse(cx, place, input.default_actions)?;

    if let Some(existing) = on_port(cx, &load_balancer_arn, port) {
        let same = existing.protocol == protocol
            && existing.tls == tls
            && cx.elbv2.rules.get(&existing.default_rule_arn).is_some_and(|rule| rule.action == action);
        return if same { only(cx, &existing.arn) } else { Err(duplicate(port, &load_balancer_arn)) };
    }
    let count = of_load_balancer(cx, &load_balancer_arn).count();
    limits::LISTENERS.check("TooManyListeners", count + 1)?;

    let arn = format!("{}/{}", load_balancer_arn.replacen(":loadbalancer/", ":listener/", 1), cx.ids.hex(16));
    let default_rule_arn = rule::new_arn(cx, &arn);
    let default_rule = Rule {
        arn: default_rule_arn.clone(),
        listener_arn: arn.clone(),
        load_balancer_arn: load_balancer_arn.clone(),
        priority: None,
        conditions: Vec::new(),
        action,
        tags: Tags::default(),
    };
    let listener = Listener {
        arn: arn.clone(),
        load_balancer_arn,
        default_rule_arn,
        port,
        protocol,
        tls,
        certificates: BTreeSet::new(),
        attributes: Attributes::default(),
        tags: new_tags(input.tags)?,
    };
    cx.elbv2.listeners.insert(arn.clone(), listener);
    rule::put(cx, default_rule)?;
    only(cx, &arn)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeListeners {
    load_balancer_arn: Option<String>,
    #[serde(default)]
    listener_arns: Vec<String>,
    marker: Option<String>,
    page_size: Option<i64>,
}

pub(crate) fn describe_listeners(cx: &mut Context<'_>, input: DescribeListeners) -> Result<Listeners, ApiError> {
    let DescribeListeners { load_balancer_arn, listener_arns, marker, page_size } = input;
    match &load_balancer_arn {
        Some(_) if !listener_arns.is_empty() => {
            return Err(validation("Listener ARNs and a load balancer ARN cannot be specified at the same time"));
        }
        None if listener_arns.is_empty() => {
            return Err(validation("You must specify either listener ARNs or a load balancer ARN"));
        }
        Some(arn) => load_balancer::find(cx, arn).map(drop)?,
        None => (),
    }
    if !listener_arns.iter().all(|arn| cx.elbv2.listeners.contains(arn)) {
        return Err(ApiError::new("ListenerNotFound", "One or more listeners not found"));
    }
    let wanted = |listener: &&Listener| {
        listener_arns.contains(&listener.arn) || load_balancer_arn.as_ref() == Some(&listener.load_balancer_arn)
    };
    let found = cx.elbv2.listeners.values().filter(wanted);
    let page = pages(found, |listener| listener.arn.as_str(), page_size, marker.as_deref())?;
    let listeners = page.items.into_iter().map(|listener| view(cx, listener)).collect();
    Ok(Listeners { listeners, next_marker: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ModifyListener {
    listener_arn: String,
    port: Option<u16>,
    protocol: Option<Protocol>,
    ssl_policy: Option<String>,
    #[serde(default)]
    certificates: Vec<CertificateConfig>,
    default_actions: Option<Vec<ActionConfig>>,
    #[serde(rename = "MutualAuthentication")]
    _mutual_authentication: Option<MutualAuthentication>,
}

/// What is absent stays as it is; turning to HTTP drops the certificates and the security policy.
pub(crate) fn modify_listener(cx: &mut Context<'_>, input: ModifyListener) -> Result<Listeners, ApiError> {
    let mut listener = find(cx, &input.listener_arn)?.clone();
    if let Some(port) = input.port.filter(|port| *port != listener.port) {
        if on_port(cx, &listener.load_balancer_arn, checked_port(port)?).is_some() {
            return Err(duplicate(port, &listener.load_balancer_arn));
        }
        listener.port = port;
    }
    listener.protocol = input.protocol.unwrap_or(listener.protocol);
    listener.tls = Tls::parse(listener.protocol, input.ssl_policy, input.certificates, listener.tls)?;
    if listener.tls.is_none() {
        listener.certificates.clear();
    }
    if let Some(actions) = input.default_actions {
        let action = Action::parse(cx, rule::place(&listener), actions)?;
        let mut default_rule = rule::find(cx, &listener.default_rule_arn)?.clone();
        default_rule.action = action;
        rule::put(cx, default_rule)?;
    }
    cx.elbv2.listeners.insert(listener.arn.clone(), listener);
    only(cx, &input.listener_arn)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteListener {
    listener_arn: String,
}

#[derive(Serialize)]
pub(crate) struct Deleted {}

pub(crate) fn delete_listener(cx: &mut Context<'_>, input: DeleteListener) -> Result<Deleted, ApiError> {
    let arn = &input.listener_arn;
    cx.elbv2.listeners.remove(arn).ok_or_else(|| listener_not_found(arn))?;
    cx.elbv2.rules.remove_prefix(&format!("{}/", arn.replacen(":listener/", ":listener-rule/", 1)));
    usage::refresh(cx);
    Ok(Deleted {})
}

/// The listener with this ARN.
pub(super) fn find<'a>(cx: &'a Context<'_>, arn: &str) -> Result<&'a Listener, ApiError> {
    cx.elbv2.listeners.get(arn).ok_or_else(|| listener_not_found(arn))
}

/// The listener with this ARN, to be changed.
pub(super) fn find_mut<'a>(cx: &'a mut Context<'_>, arn: &str) -> Result<&'a mut Listener, ApiError> {
    cx.elbv2.listeners.get_mut(arn).ok_or_else(|| listener_not_found(arn))
}

/// The listeners of a load balancer.
pub(super) fn of_load_balancer<'a>(
    cx: &'a Context<'_>,
    load_balancer_arn: &'a str,
) -> impl Iterator<Item = &'a Listener> {
    cx.elbv2.listeners.values().filter(move |listener| listener.load_balancer_arn == load_balancer_arn)
}

fn on_port<'a>(cx: &'a Context<'_>, load_balancer_arn: &'a str, port: u16) -> Option<&'a Listener> {
    of_load_balancer(cx, load_balancer_arn).find(|listener| listener.port == port)
}

fn checked_port(port: u16) -> Result<u16, ApiError> {
    crate::validate::Constraints::default().range("port", port.into(), 1..=65_535).finish("ValidationError")?;
    Ok(port)
}

fn duplicate(port: u16, load_balancer_arn: &str) -> ApiError {
    let message = format!("A listener already exists on port '{port}' for this load balancer '{load_balancer_arn}'");
    ApiError::new("DuplicateListener", message)
}

fn only(cx: &Context<'_>, arn: &str) -> Result<Listeners, ApiError> {
    Ok(Listeners { listeners: vec![view(cx, find(cx, arn)?)], next_marker: None })
}

fn view(cx: &Context<'_>, listener: &Listener) -> ListenerView {
    let tls = listener.tls.as_ref();
    let default_rule = cx.elbv2.rules.get(&listener.default_rule_arn);
    ListenerView {
        listener_arn: listener.arn.clone(),
        load_balancer_arn: listener.load_balancer_arn.clone(),
        port: listener.port,
        protocol: listener.protocol,
        certificates: tls.map(|tls| [CertificateConfig::new(&tls.certificate, None)]),
        ssl_policy: tls.map(|tls| tls.ssl_policy.clone()),
        default_actions: default_rule.map(|rule| rule.action.view()).into_iter().collect(),
        mutual_authentication: tls.map(|_| MutualAuthentication::OFF),
    }
}
