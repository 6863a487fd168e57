//! The attributes of load balancers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::attributes::{Attribute, Definition, Values};
use super::errors::configuration;
use super::load_balancer::{self, IpAddressType, LoadBalancer, Scheme};
use crate::context::Context;
use crate::wire::ApiError;

const DELETION_PROTECTION: &str = "deletion_protection.enabled";
const DENY_INTERNET_GATEWAY: &str = "ipv6.deny_all_igw_traffic";

/// AWS: Elastic Load Balancing API Reference, LoadBalancerAttribute: those of Application Load Balancers.
const DEFINITIONS: &[Definition] = &[
    Definition { key: "access_logs.s3.enabled", default: "false", values: Values::Flag },
    Definition { key: "access_logs.s3.bucket", default: "", values: Values::Text },
    Definition { key: "access_logs.s3.prefix", default: "", values: Values::Text },
    Definition { key: "client_keep_alive.seconds", default: "3600", values: Values::Number(60..=604_800) },
    Definition { key: "connection_logs.s3.enabled", default: "false", values: Values::Flag },
    Definition { key: "connection_logs.s3.bucket", default: "", values: Values::Text },
    Definition { key: "connection_logs.s3.prefix", default: "", values: Values::Text },
    Definition { key: DELETION_PROTECTION, default: "false", values: Values::Flag },
    Definition { key: "health_check_logs.s3.enabled", default: "false", values: Values::Flag },
    Definition { key: "health_check_logs.s3.bucket", default: "", values: Values::Text },
    Definition { key: "health_check_logs.s3.prefix", default: "", values: Values::Text },
    Definition { key: "idle_timeout.timeout_seconds", default: "60", values: Values::Number(1..=4000) },
    Definition { key: DENY_INTERNET_GATEWAY, default: "false", values: Values::Flag },
    // An Application Load Balancer always balances across its zones.
    Definition { key: "load_balancing.cross_zone.enabled", default: "true", values: Values::OneOf(&["true"]) },
    Definition {
        key: "routing.http.desync_mitigation_mode",
        default: "defensive",
        values: Values::OneOf(&["monitor", "defensive", "strictest"]),
    },
    Definition { key: "routing.http.drop_invalid_header_fields.enabled", default: "false", values: Values::Flag },
    Definition { key: "routing.http.preserve_host_header.enabled", default: "false", values: Values::Flag },
    Definition {
        key: "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
        default: "false",
        values: Values::Flag,
    },
    Definition { key: "routing.http.xff_client_port.enabled", default: "false", values: Values::Flag },
    Definition {
        key: "routing.http.xff_header_processing.mode",
        default: "append",
        values: Values::OneOf(&["append", "preserve", "remove"]),
    },
    Definition { key: "routing.http2.enabled", default: "true", values: Values::Flag },
    Definition { key: "waf.fail_open.enabled", default: "false", values: Values::Flag },
    Definition { key: "zonal_shift.config.enabled", default: "false", values: Values::Flag },
];

/// The logs that go to a bucket.
const LOGS: [&str; 3] = ["access_logs", "connection_logs", "health_check_logs"];

/// Whether the load balancer may not be deleted.
pub(super) fn deletion_protection(load_balancer: &LoadBalancer) -> bool {
    load_balancer.attributes.value(DEFINITIONS, DELETION_PROTECTION) == "true"
}

/// How a load balancer treats connections and headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Routing {
    /// How long a connection may be silent.
    pub(crate) idle_timeout: Duration,
    /// How long a client may use one connection.
    pub(crate) client_keep_alive: Duration,
    /// Whether header fields with names other than letters, digits and hyphens are removed.
    pub(crate) drop_invalid_header_fields: bool,
    /// Whether `Host` reaches targets as it came.
    pub(crate) preserve_host_header: bool,
    /// Whether `X-Forwarded-For` also tells the client's port.
    pub(crate) client_port: bool,
    pub(crate) forwarded_for: ForwardedFor,
}

/// What becomes of the `X-Forwarded-For` that a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ForwardedFor {
    Append,
    Preserve,
    Remove,
}

/// How this load balancer treats connections and headers.
pub(crate) fn routing(load_balancer: &LoadBalancer) -> Routing {
    let attributes = &load_balancer.attributes;
    let seconds = |key| Duration::from_secs(attributes.number(DEFINITIONS, key).into());
    let flag = |key| attributes.value(DEFINITIONS, key) == "true";
    Routing {
        idle_timeout: seconds("idle_timeout.timeout_seconds"),
        client_keep_alive: seconds("client_keep_alive.seconds"),
        drop_invalid_header_fields: flag("routing.http.drop_invalid_header_fields.enabled"),
        preserve_host_header: flag("routing.http.preserve_host_header.enabled"),
        client_port: flag("routing.http.xff_client_port.enabled"),
        forwarded_for: match attributes.value(DEFINITIONS, "routing.http.xff_header_processing.mode") {
            "preserve" => ForwardedFor::Preserve,
            "remove" => ForwardedFor::Remove,
            _ => ForwardedFor::Append,
        },
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeLoadBalancerAttributes {
    load_balancer_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LoadBalancerAttributes {
    attributes: Vec<Attribute>,
}

pub(crate) fn describe_load_balancer_attributes(
    cx: &mut Context<'_>,
    input: DescribeLoadBalancerAttributes,
) -> Result<LoadBalancerAttributes, ApiError> {
    Ok(view(load_balancer::find(cx, &input.load_balancer_arn)?))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ModifyLoadBalancerAttributes {
    load_balancer_arn: String,
    attributes: Vec<Attribute>,
}

pub(crate) fn modify_load_balancer_attributes(
    cx: &mut Context<'_>,
    input: ModifyLoadBalancerAttributes,
) -> Result<LoadBalancerAttributes, ApiError> {
    let load_balancer = load_balancer::find_mut(cx, &input.load_balancer_arn)?;
    let dual_stack = load_balancer.ip_address_type != IpAddressType::Ipv4;
    if !dual_stack && input.attributes.iter().any(|attribute| attribute.key() == DENY_INTERNET_GATEWAY) {
        let message = "is not supported on load balancers with IP address type 'ipv4'";
        return Err(configuration(format!("Load balancer attribute key '{DENY_INTERNET_GATEWAY}' {message}")));
    }
    load_balancer.attributes.modify("Load balancer", DEFINITIONS, input.attributes)?;
    for log in LOGS {
        let value = |setting| load_balancer.attributes.value(DEFINITIONS, &format!("{log}.s3.{setting}"));
        if value("enabled") == "true" && value("bucket").is_empty() {
            return Err(configuration(format!("'{log}.s3.bucket' must be set to enable '{log}.s3.enabled'")));
        }
    }
    Ok(view(load_balancer))
}

fn view(load_balancer: &LoadBalancer) -> LoadBalancerAttributes {
    let dual_stack = load_balancer.ip_address_type != IpAddressType::Ipv4;
    let shown = DEFINITIONS.iter().filter(|definition| dual_stack || definition.key != DENY_INTERNET_GATEWAY);
    let mut attributes = load_balancer.attributes.clone();
    if load_balancer.scheme == Scheme::Internal {
        attributes.default_to(DENY_INTERNET_GATEWAY, "true");
    }
    LoadBalancerAttributes { attributes: attributes.view(shown) }
}
