//! Application Load Balancers. Network and Gateway Load Balancers are not modelled.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::attributes::Attributes;
use super::errors::{load_balancer_not_found, not_permitted, validation};
use super::paging::pages;
use super::placement::{self, SubnetMapping, Zone};
use super::tagging::new_tags;
use super::{hosted_zone, limits, load_balancer_attributes, name, nodes, usage};
use crate::context::Context;
use crate::latency::Timed;
use crate::table::Record;
use crate::tags::{Tags, UpperTag};
use crate::wire::{ApiError, Iso};

/// How long a new load balancer is in the state `provisioning`. Users report two to three minutes; Terraform waits
/// up to ten.
const PROVISIONING: Duration = Duration::from_secs(150);

/// An Application Load Balancer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LoadBalancer {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) dns_name: String,
    pub(crate) scheme: Scheme,
    pub(crate) vpc_id: String,
    /// In the order of the zones' names.
    pub(crate) zones: Vec<Zone>,
    /// Those that it has left and in which its nodes still serve clients that know their addresses.
    #[serde(default)]
    pub(crate) leaving: Vec<Zone>,
    pub(crate) security_groups: Vec<String>,
    pub(crate) ip_address_type: IpAddressType,
    pub(crate) created: Timestamp,
    pub(crate) state: Timed<State>,
    pub(crate) attributes: Attributes,
    pub(crate) tags: Tags,
}

impl Record for LoadBalancer {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scheme {
    InternetFacing,
    Internal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IpAddressType {
    Ipv4,
    Dualstack,
    DualstackWithoutPublicIpv4,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Provisioning,
    Active,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    Application,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateLoadBalancer {
    name: String,
    #[serde(default)]
    subnets: Vec<String>,
    #[serde(default)]
    subnet_mappings: Vec<SubnetMapping>,
    #[serde(default)]
    security_groups: Vec<String>,
    scheme: Option<Scheme>,
    #[serde(default)]
    tags: Vec<UpperTag>,
    #[serde(rename = "Type")]
    _type: Option<Type>,
    ip_address_type: Option<IpAddressType>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LoadBalancers {
    load_balancers: Vec<LoadBalancerView>,
    next_marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LoadBalancerView {
    load_balancer_arn: String,
    #[serde(rename = "DNSName")]
    dns_name: String,
    canonical_hosted_zone_id: Option<&'static str>,
    created_time: Iso,
    load_balancer_name: String,
    scheme: Scheme,
    vpc_id: String,
    state: StateView,
    r#type: Type,
    availability_zones: Vec<placement::ZoneView>,
    security_groups: Vec<String>,
    ip_address_type: IpAddressType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StateView {
    code: State,
}

/// The same name with the same settings gives the load balancer that exists; its tags are not compared.
pub(crate) fn create_load_balancer(cx: &mut Context<'_>, input: CreateLoadBalancer) -> Result<LoadBalancers, ApiError> {
    name::check_load_balancer(&input.name)?;
    let scheme = input.scheme.unwrap_or(Scheme::InternetFacing);
    let ip_address_type = input.ip_address_type.unwrap_or(IpAddressType::Ipv4);
    let tags = new_tags(input.tags)?;
    let (vpc_id, zones) = placement::zones(cx, input.subnets, input.subnet_mappings)?;
    let security_groups = placement::security_groups(cx, &vpc_id, input.security_groups)?;
    placement::check_addresses(cx, &vpc_id, &zones, scheme, ip_address_type)?;

    if let Some(existing) = cx.elbv2.load_balancers.values().find(|existing| existing.name == input.name) {
        let same = existing.scheme == scheme
            && existing.ip_address_type == ip_address_type
            && placement::same_subnets(&existing.zones, &zones)
            && set(&existing.security_groups) == set(&security_groups);
        return if same { Ok(only(existing, cx)) } else { Err(duplicate(&input.name)) };
    }
    limits::LOAD_BALANCERS.check("TooManyLoadBalancers", cx.elbv2.load_balancers.len() + 1)?;

    let id = cx.ids.hex(16);
    let mut load_balancer = LoadBalancer {
        arn: cx.arn(&format!("loadbalancer/app/{}/{id}", input.name)),
        dns_name: dns_name(cx, &input.name, scheme),
        name: input.name,
        scheme,
        vpc_id,
        zones,
        leaving: Vec::new(),
        security_groups,
        ip_address_type,
        created: cx.now,
        state: Timed::changing(State::Provisioning, State::Active, cx.after(PROVISIONING)),
        attributes: Attributes::default(),
        tags,
    };
    nodes::place(cx, &mut load_balancer)?;
    cx.elbv2.load_balancers.insert(load_balancer.arn.clone(), load_balancer.clone());
    Ok(only(&load_balancer, cx))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeLoadBalancers {
    #[serde(default)]
    load_balancer_arns: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    marker: Option<String>,
    page_size: Option<i64>,
}

pub(crate) fn describe_load_balancers(
    cx: &mut Context<'_>,
    input: DescribeLoadBalancers,
) -> Result<LoadBalancers, ApiError> {
    if !input.load_balancer_arns.is_empty() && !input.names.is_empty() {
        return Err(validation("Load balancer names and load balancer ARNs cannot be specified at the same time"));
    }
    for arn in &input.load_balancer_arns {
        find(cx, arn)?;
    }
    for name in &input.names {
        let exists = cx.elbv2.load_balancers.values().any(|existing| existing.name == *name);
        exists
            .then_some(())
            .ok_or_else(|| ApiError::new("LoadBalancerNotFound", format!("Load balancers '[{name}]' not found")))?;
    }
    let wanted = |load_balancer: &&LoadBalancer| {
        (input.load_balancer_arns.is_empty() || input.load_balancer_arns.contains(&load_balancer.arn))
            && (input.names.is_empty() || input.names.contains(&load_balancer.name))
    };
    let found = cx.elbv2.load_balancers.values().filter(wanted);
    let page = pages(found, |found| found.arn.as_str(), input.page_size, input.marker.as_deref())?;
    Ok(LoadBalancers {
        load_balancers: page.items.into_iter().map(|found| view(found, cx)).collect(),
        next_marker: page.next_token,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteLoadBalancer {
    load_balancer_arn: String,
}

#[derive(Serialize)]
pub(crate) struct Deleted {}

/// Deletes a load balancer with its listeners and their rules; one that is not there is no error.
pub(crate) fn delete_load_balancer(cx: &mut Context<'_>, input: DeleteLoadBalancer) -> Result<Deleted, ApiError> {
    let arn = &input.load_balancer_arn;
    let Some(load_balancer) = cx.elbv2.load_balancers.remove(arn) else { return Ok(Deleted {}) };
    if load_balancer_attributes::deletion_protection(&load_balancer) {
        let message = format!("Load balancer '{arn}' cannot be deleted because deletion protection is enabled");
        return Err(not_permitted(message));
    }
    let inside = |kind| format!("{}/", arn.replacen(":loadbalancer/", kind, 1));
    cx.elbv2.listeners.remove_prefix(&inside(":listener/"));
    cx.elbv2.rules.remove_prefix(&inside(":listener-rule/"));
    usage::refresh(cx);
    nodes::remove(cx, load_balancer.zones);
    Ok(Deleted {})
}

/// The load balancer with this ARN.
pub(super) fn find<'a>(cx: &'a Context<'_>, arn: &str) -> Result<&'a LoadBalancer, ApiError> {
    cx.elbv2.load_balancers.get(arn).ok_or_else(|| load_balancer_not_found(arn))
}

/// The load balancer with this ARN, to be changed.
pub(super) fn find_mut<'a>(cx: &'a mut Context<'_>, arn: &str) -> Result<&'a mut LoadBalancer, ApiError> {
    cx.elbv2.load_balancers.get_mut(arn).ok_or_else(|| load_balancer_not_found(arn))
}

fn only(load_balancer: &LoadBalancer, cx: &Context<'_>) -> LoadBalancers {
    LoadBalancers { load_balancers: vec![view(load_balancer, cx)], next_marker: None }
}

fn view(load_balancer: &LoadBalancer, cx: &Context<'_>) -> LoadBalancerView {
    LoadBalancerView {
        load_balancer_arn: load_balancer.arn.clone(),
        dns_name: load_balancer.dns_name.clone(),
        canonical_hosted_zone_id: hosted_zone::of_region(cx.region),
        created_time: Iso(load_balancer.created),
        load_balancer_name: load_balancer.name.clone(),
        scheme: load_balancer.scheme,
        vpc_id: load_balancer.vpc_id.clone(),
        state: StateView { code: *load_balancer.state.at(cx.now) },
        r#type: Type::Application,
        availability_zones: load_balancer.zones.iter().map(|zone| zone.view(cx)).collect(),
        security_groups: load_balancer.security_groups.clone(),
        ip_address_type: load_balancer.ip_address_type,
    }
}

fn duplicate(name: &str) -> ApiError {
    let message = format!("A load balancer with the same name '{name}' exists, but with different settings");
    ApiError::new("DuplicateLoadBalancerName", message)
}

fn dns_name(cx: &mut Context<'_>, name: &str, scheme: Scheme) -> String {
    let prefix = if scheme == Scheme::Internal { "internal-" } else { "" };
    // A data plane is reached by a name that browsers, curl and many resolvers take for this machine (RFC 6761, 6.3).
    let domain = if cx.facts.is_some() { "elb.localhost" } else { "elb.amazonaws.com" };
    format!("{prefix}{name}-{}.{}.{domain}", cx.ids.digits(10), cx.region)
}

fn set(items: &[String]) -> BTreeSet<&str> {
    items.iter().map(String::as_str).collect()
}
