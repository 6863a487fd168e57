//! The security policies of HTTPS listeners.

use serde::{Deserialize, Serialize};

use super::paging::pages;
use crate::context::Context;
use crate::wire::ApiError;

/// A predefined policy: the protocols and the groups of ciphers that it allows.
#[derive(Debug)]
struct Policy {
    name: &'static str,
    protocols: &'static [&'static str],
    /// Letters of the groups in [`CIPHERS`].
    groups: &'static str,
}

const fn policy(name: &'static str, protocols: &'static [&'static str], groups: &'static str) -> Policy {
    Policy { name, protocols, groups }
}

const TLS_1_3: &[&str] = &["TLSv1.3"];
const TLS_1_3_TO_1_2: &[&str] = &["TLSv1.3", "TLSv1.2"];
const TLS_1_3_TO_1_1: &[&str] = &["TLSv1.3", "TLSv1.2", "TLSv1.1"];
const TLS_1_3_TO_1_0: &[&str] = &["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1"];
const TLS_1_2: &[&str] = &["TLSv1.2"];
const TLS_1_2_TO_1_1: &[&str] = &["TLSv1.2", "TLSv1.1"];
const TLS_1_2_TO_1_0: &[&str] = &["TLSv1.2", "TLSv1.1", "TLSv1"];

/// By name. AWS: Elastic Load Balancing, Application Load Balancers, "Security policies"; the FIPS policies are left out.
const POLICIES: &[Policy] = &[
    policy("ELBSecurityPolicy-2016-08", TLS_1_2_TO_1_0, "geoRs"),
    policy("ELBSecurityPolicy-FS-1-1-2019-08", TLS_1_2_TO_1_1, "geo"),
    policy("ELBSecurityPolicy-FS-1-2-2019-08", TLS_1_2, "geo"),
    policy("ELBSecurityPolicy-FS-1-2-Res-2019-08", TLS_1_2, "ge"),
    policy("ELBSecurityPolicy-FS-1-2-Res-2020-10", TLS_1_2, "g"),
    policy("ELBSecurityPolicy-FS-2018-06", TLS_1_2_TO_1_0, "geo"),
    policy("ELBSecurityPolicy-TLS-1-0-2015-04", TLS_1_2_TO_1_0, "geoRsd"),
    policy("ELBSecurityPolicy-TLS-1-1-2017-01", TLS_1_2_TO_1_1, "geoRs"),
    policy("ELBSecurityPolicy-TLS-1-2-2017-01", TLS_1_2, "geR"),
    policy("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", TLS_1_2, "geoRs"),
    policy("ELBSecurityPolicy-TLS13-1-0-2021-06", TLS_1_3_TO_1_0, "3geoRs"),
    policy("ELBSecurityPolicy-TLS13-1-0-PQ-2025-09", TLS_1_3_TO_1_0, "3geoRs"),
    policy("ELBSecurityPolicy-TLS13-1-1-2021-06", TLS_1_3_TO_1_1, "3geoRs"),
    policy("ELBSecurityPolicy-TLS13-1-2-2021-06", TLS_1_3_TO_1_2, "3ge"),
    policy("ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", TLS_1_3_TO_1_2, "3geR"),
    policy("ELBSecurityPolicy-TLS13-1-2-Ext1-PQ-2025-09", TLS_1_3_TO_1_2, "3geR"),
    policy("ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", TLS_1_3_TO_1_2, "3geoRs"),
    policy("ELBSecurityPolicy-TLS13-1-2-Ext2-PQ-2025-09", TLS_1_3_TO_1_2, "3geoRs"),
    policy("ELBSecurityPolicy-TLS13-1-2-PQ-2025-09", TLS_1_3_TO_1_2, "3ge"),
    policy("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", TLS_1_3_TO_1_2, "3g"),
    policy("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", TLS_1_3_TO_1_2, "3g"),
    policy("ELBSecurityPolicy-TLS13-1-3-2021-06", TLS_1_3, "3"),
    policy("ELBSecurityPolicy-TLS13-1-3-PQ-2025-09", TLS_1_3, "3"),
];

/// The ciphers in the order in which each policy prefers them, with their groups (same page).
const CIPHERS: &[(char, &str)] = &[
    ('3', "TLS_AES_128_GCM_SHA256"),
    ('3', "TLS_AES_256_GCM_SHA384"),
    ('3', "TLS_CHACHA20_POLY1305_SHA256"),
    ('g', "ECDHE-ECDSA-AES128-GCM-SHA256"),
    ('g', "ECDHE-RSA-AES128-GCM-SHA256"),
    ('e', "ECDHE-ECDSA-AES128-SHA256"),
    ('e', "ECDHE-RSA-AES128-SHA256"),
    ('o', "ECDHE-ECDSA-AES128-SHA"),
    ('o', "ECDHE-RSA-AES128-SHA"),
    ('g', "ECDHE-ECDSA-AES256-GCM-SHA384"),
    ('g', "ECDHE-RSA-AES256-GCM-SHA384"),
    ('e', "ECDHE-ECDSA-AES256-SHA384"),
    ('e', "ECDHE-RSA-AES256-SHA384"),
    ('o', "ECDHE-ECDSA-AES256-SHA"),
    ('o', "ECDHE-RSA-AES256-SHA"),
    ('R', "AES128-GCM-SHA256"),
    ('R', "AES128-SHA256"),
    ('s', "AES128-SHA"),
    ('R', "AES256-GCM-SHA384"),
    ('R', "AES256-SHA256"),
    ('s', "AES256-SHA"),
    ('d', "DES-CBC3-SHA"),
];

/// Refuses a policy that there is not.
pub(super) fn check(name: &str) -> Result<(), ApiError> {
    if POLICIES.iter().any(|policy| policy.name == name) {
        return Ok(());
    }
    Err(ApiError::new("SSLPolicyNotFound", format!("SSL policy '{name}' not found")))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeSslPolicies {
    #[serde(default)]
    names: Vec<String>,
    marker: Option<String>,
    page_size: Option<i64>,
    load_balancer_type: Option<LoadBalancerType>,
}

#[derive(PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LoadBalancerType {
    Application,
    Network,
    Gateway,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SslPolicies {
    ssl_policies: Vec<SslPolicy>,
    next_marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SslPolicy {
    ssl_protocols: &'static [&'static str],
    ciphers: Vec<Cipher>,
    name: &'static str,
    supported_load_balancer_types: [&'static str; 2],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Cipher {
    name: &'static str,
    priority: usize,
}

pub(crate) fn describe_ssl_policies(_: &mut Context<'_>, input: DescribeSslPolicies) -> Result<SslPolicies, ApiError> {
    for name in &input.names {
        check(name)?;
    }
    let fits = input.load_balancer_type != Some(LoadBalancerType::Gateway);
    let wanted =
        |policy: &&Policy| fits && (input.names.is_empty() || input.names.iter().any(|name| name == policy.name));
    let found = POLICIES.iter().filter(wanted);
    let page = pages(found, |policy| policy.name, input.page_size, input.marker.as_deref())?;
    Ok(SslPolicies { ssl_policies: page.items.into_iter().map(view).collect(), next_marker: page.next_token })
}

fn view(policy: &Policy) -> SslPolicy {
    let allowed = CIPHERS.iter().filter(|(group, _)| policy.groups.contains(*group));
    let ciphers = allowed.enumerate().map(|(index, (_, name))| Cipher { name, priority: index + 1 }).collect();
    SslPolicy {
        ssl_protocols: policy.protocols,
        ciphers,
        name: policy.name,
        supported_load_balancer_types: ["application", "network"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Local, code};

    #[test]
    fn policies_are_told_by_name() {
        assert!(POLICIES.is_sorted_by_key(|policy| policy.name), "pages need an order");
        let mut cloud = Local::new();
        let names = [("Names.member.1", "ELBSecurityPolicy-TLS13-1-2-Res-2021-06")];
        let reply = cloud.query("elbv2", "DescribeSSLPolicies", &names).expect("it succeeds");
        assert_eq!(reply["SslPolicies"][0]["Ciphers"].as_array().map(Vec::len), Some(7));
        assert_eq!(reply["SslPolicies"][0]["Ciphers"][3]["Name"], "ECDHE-ECDSA-AES128-GCM-SHA256");
        let unknown = cloud.query("elbv2", "DescribeSSLPolicies", &[("Names.member.1", "none")]);
        assert_eq!(code(unknown), "SSLPolicyNotFound");
    }
}
