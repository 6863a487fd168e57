//! The roles that AWS's services make for themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::json;

use super::name;
use super::role::{Role, RoleResult};
use crate::context::Context;
use crate::tags::Tags;
use crate::wire::ApiError;

/// The services that have such a role here: the principal, the role's name, its policy and its description.
///
/// AWS: ECS Developer Guide, "Using service-linked roles for Amazon ECS"; Elastic Load Balancing User Guide,
/// "Service-linked role".
const ROLES: &[(&str, &str, &str, &str)] = &[
    (
        "ecs.amazonaws.com",
        "AWSServiceRoleForECS",
        "AmazonECSServiceRolePolicy",
        "Role to enable Amazon ECS to manage your cluster.",
    ),
    (
        "elasticloadbalancing.amazonaws.com",
        "AWSServiceRoleForElasticLoadBalancing",
        "AWSElasticLoadBalancingServiceRolePolicy",
        "Allows ELB to call AWS services on your behalf.",
    ),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateServiceLinkedRole {
    #[serde(rename = "AWSServiceName")]
    service_name: String,
    #[serde(rename = "Description")]
    description: Option<String>,
    #[serde(rename = "CustomSuffix")]
    custom_suffix: Option<String>,
}

/// AWS: IAM API Reference, CreateServiceLinkedRole.
pub(crate) fn create_service_linked_role(
    cx: &mut Context<'_>,
    input: CreateServiceLinkedRole,
) -> Result<RoleResult, ApiError> {
    if input.custom_suffix.is_some() {
        let message = format!("Custom suffix is not allowed for {}", input.service_name);
        return Err(ApiError::new("InvalidInput", message));
    }
    let Some((_, role_name, ..)) = ROLES.iter().find(|(service, ..)| *service == input.service_name) else {
        let message = format!("Service role name could not be found for {}", input.service_name);
        return Err(ApiError::new("InvalidInput", message));
    };
    if cx.iam.roles.contains(&role_name.to_lowercase()) {
        let message =
            format!("Service role name {role_name} has been taken in this account, please try a different suffix.");
        return Err(ApiError::new("InvalidInput", message));
    }
    ensure(cx, &input.service_name);
    let role = cx.iam.roles.get_mut(&role_name.to_lowercase());
    let role = role.ok_or_else(|| name::no_such("role", role_name))?;
    role.description = input.description.or(role.description.take());
    Ok(RoleResult { role: role.view() })
}

/// Makes the role of `service`, such as `ecs.amazonaws.com`, if it is not there, and gives its ARN.
///
/// Services do so when they are first used (AWS: IAM User Guide, "Create a service-linked role").
pub(crate) fn ensure(cx: &mut Context<'_>, service: &str) -> Option<String> {
    let (_, role_name, policy, description) = ROLES.iter().find(|(name, ..)| *name == service)?;
    let key = role_name.to_lowercase();
    if let Some(role) = cx.iam.roles.get(&key) {
        return Some(role.arn.clone());
    }
    let path = format!("/aws-service-role/{service}/");
    let statement = json!({ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" });
    let role = Role {
        name: (*role_name).to_owned(),
        id: format!("AROA{}", cx.ids.base32(17)),
        arn: format!("arn:aws:iam::{}:role{path}{role_name}", cx.account),
        path,
        created: cx.now,
        assume_role_policy: json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string(),
        description: Some((*description).to_owned()),
        max_session_duration: 3600,
        permissions_boundary: None,
        tags: Tags::default(),
        inline_policies: BTreeMap::new(),
        attached_policies: BTreeSet::from([format!("arn:aws:iam::aws:policy/aws-service-role/{policy}")]),
        linked_service: Some(service.to_owned()),
    };
    let arn = role.arn.clone();
    cx.iam.roles.insert(key, role);
    Some(arn)
}
