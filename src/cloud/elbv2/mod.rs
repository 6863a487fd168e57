//! Elastic Load Balancing: Application Load Balancers, their listeners and rules, target groups and targets.

mod action;
mod attributes;
mod certificate;
mod condition;
mod condition_config;
mod errors;
mod forward;
mod health;
mod health_check;
mod hosted_zone;
mod limits;
mod listener;
mod listener_attributes;
mod load_balancer;
mod load_balancer_attributes;
mod load_balancer_settings;
mod name;
mod nodes;
mod paging;
mod placement;
mod redirect;
mod rule;
mod rule_priorities;
mod ssl_policy;
mod tagging;
mod target;
mod target_group;
mod target_group_attributes;
mod target_group_settings;
mod tls;
mod trust_store;
mod usage;
mod weights;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::operation::{Protocol, Service, operations};
use crate::table::tables;

pub(crate) use action::{FixedResponse, Kind as ActionKind};
pub(crate) use condition::{Condition, QueryPair};
pub(crate) use forward::Forward;
pub(crate) use health::{REGISTRATION, TargetState, is_used, of as target_health};
pub(crate) use health_check::HealthCheck;
pub(crate) use listener_attributes::shows_server;
pub(crate) use load_balancer::{LoadBalancer, State as LoadBalancerState};
pub(crate) use load_balancer_attributes::{ForwardedFor, Routing, routing};
pub(crate) use nodes::{TIME_TO_LIVE, interface as interface_in};
pub(crate) use placement::Zone;
pub(crate) use redirect::{Redirect, StatusCode as RedirectCode};
pub(crate) use target::{TargetDescription, deregister, of_group, register};
#[cfg(test)]
pub(crate) use target_group::ProtocolVersion;
pub(crate) use target_group::TargetType;
pub(crate) use target_group_attributes::{Algorithm, Balancing, TargetStickiness, balancing, deregistration_delay};
pub(crate) use weights::forward;

tables! {
    /// What Elastic Load Balancing keeps in one region.
    Tables {
        /// Load balancers by ARN.
        load_balancers: load_balancer::LoadBalancer,
        /// Listeners by ARN.
        listeners: listener::Listener,
        /// Rules by ARN, the default rules of the listeners among them.
        rules: rule::Rule,
        /// Target groups by ARN.
        target_groups: target_group::TargetGroup,
        /// Targets by the ARN of their group, their id and their port.
        targets: target::Target,
    }
}

/// How Elastic Load Balancing is spoken, and what it can do.
pub(crate) const SERVICE: Service = Service {
    name: "elbv2",
    signing_name: "elasticloadbalancing",
    protocol: Protocol::Query {
        version: "2015-12-01",
        namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    },
    global: false,
    read_after_write: Duration::ZERO,
    prepare: |_| (),
    operations: OPERATIONS,
};

operations! {
    AddListenerCertificates => certificate::add_listener_certificates;
    AddTags => tagging::add_tags;
    CreateListener => listener::create_listener;
    CreateLoadBalancer => load_balancer::create_load_balancer;
    CreateRule => rule::create_rule;
    CreateTargetGroup => target_group_settings::create_target_group;
    DeleteListener => listener::delete_listener;
    DeleteLoadBalancer => load_balancer::delete_load_balancer;
    DeleteRule => rule::delete_rule;
    DeleteTargetGroup => target_group::delete_target_group;
    DeregisterTargets => target::deregister_targets;
    DescribeAccountLimits => limits::describe_account_limits;
    DescribeCapacityReservation => load_balancer_settings::describe_capacity_reservation;
    DescribeListenerAttributes => listener_attributes::describe_listener_attributes;
    DescribeListenerCertificates => certificate::describe_listener_certificates;
    DescribeListeners => listener::describe_listeners;
    DescribeLoadBalancerAttributes => load_balancer_attributes::describe_load_balancer_attributes;
    DescribeLoadBalancers => load_balancer::describe_load_balancers;
    DescribeRules => rule::describe_rules;
    DescribeSSLPolicies => ssl_policy::describe_ssl_policies;
    DescribeTags => tagging::describe_tags;
    DescribeTargetGroupAttributes => target_group_attributes::describe_target_group_attributes;
    DescribeTargetGroups => target_group::describe_target_groups;
    DescribeTargetHealth => health::describe_target_health, unmodelled ["Include"];
    DescribeTrustStores => trust_store::describe_trust_stores;
    ModifyListener => listener::modify_listener;
    ModifyListenerAttributes => listener_attributes::modify_listener_attributes;
    ModifyLoadBalancerAttributes => load_balancer_attributes::modify_load_balancer_attributes;
    ModifyRule => rule::modify_rule;
    ModifyTargetGroup => target_group_settings::modify_target_group;
    ModifyTargetGroupAttributes => target_group_attributes::modify_target_group_attributes;
    RegisterTargets => target::register_targets;
    RemoveListenerCertificates => certificate::remove_listener_certificates;
    RemoveTags => tagging::remove_tags;
    SetIpAddressType => load_balancer_settings::set_ip_address_type;
    SetRulePriorities => rule_priorities::set_rule_priorities;
    SetSecurityGroups => load_balancer_settings::set_security_groups;
    SetSubnets => load_balancer_settings::set_subnets;
}
