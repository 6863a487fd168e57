//! Security groups.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kind;
use super::permission::{Peer, Specification};
use super::security_group_rule::{self, rules_of};
use super::tag::{self, TagSpecification};
use super::{network_interface, quota, text};
use crate::context::Context;
use crate::table::Record;
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

/// The name of the group that every VPC has.
const DEFAULT: &str = "default";

/// A security group. Its rules are in a table of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SecurityGroup {
    pub(crate) group_id: String,
    pub(crate) group_name: String,
    pub(crate) description: String,
    pub(crate) vpc_id: String,
    pub(crate) tags: Tags,
    pub(super) created: Timestamp,
}

impl Record for SecurityGroup {
    fn made_by_aws(&self) -> bool {
        self.is_default()
    }
}

impl SecurityGroup {
    /// Whether it is the group that came with its VPC.
    pub(crate) fn is_default(&self) -> bool {
        self.group_name == DEFAULT
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateSecurityGroup {
    group_name: String,
    group_description: String,
    vpc_id: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateSecurityGroupResult {
    r#return: bool,
    group_id: String,
    security_group_arn: String,
    tag_set: Vec<LowerTag>,
}

/// Creates a group that lets everything out and nothing in; in the default VPC when none is named.
///
/// AWS: EC2 API Reference, CreateSecurityGroup.
pub(crate) fn create_security_group(
    cx: &mut Context<'_>,
    input: CreateSecurityGroup,
) -> Result<CreateSecurityGroupResult, ApiError> {
    let CreateSecurityGroup { group_name, group_description, vpc_id, tag_specification } = input;
    text::check_group_name(&group_name)?;
    text::check_group_description(&group_description)?;
    if group_name.eq_ignore_ascii_case(DEFAULT) {
        let message = format!("Cannot use reserved security group name: {group_name}");
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    let vpc_id = vpc_id.map_or_else(|| default_vpc(cx), Ok)?;
    kind::VPC.get(&cx.ec2.vpcs, &vpc_id)?;
    if by_name(cx, &vpc_id, &group_name).is_some() {
        let message = format!("The security group '{group_name}' already exists for VPC '{vpc_id}'");
        return Err(ApiError::new("InvalidGroup.Duplicate", message));
    }
    quota::SECURITY_GROUPS.check(cx.ec2.security_groups.len())?;
    let tags = tag::on_creation(kind::SECURITY_GROUP, tag_specification)?;
    let tag_set = tags.lower();
    let group_id = insert(cx, &vpc_id, &group_name, &group_description, tags);
    let security_group_arn = cx.arn(&format!("security-group/{group_id}"));
    Ok(CreateSecurityGroupResult { r#return: true, group_id, security_group_arn, tag_set })
}

/// The default group of a new VPC: everything may leave, and its members reach each other.
///
/// AWS: Amazon VPC User Guide, "Default security groups for your VPCs".
pub(super) fn create_default(cx: &mut Context<'_>, vpc_id: &str) {
    let group_id = insert(cx, vpc_id, DEFAULT, "default VPC security group", Tags::default());
    let members = Specification::everything(Peer::SecurityGroup(group_id.clone()));
    security_group_rule::insert_default(cx, &group_id, false, members);
}

fn insert(cx: &mut Context<'_>, vpc_id: &str, group_name: &str, description: &str, tags: Tags) -> String {
    let group_id = kind::SECURITY_GROUP.new_id(cx);
    let group = SecurityGroup {
        group_id: group_id.clone(),
        group_name: group_name.to_owned(),
        description: description.to_owned(),
        vpc_id: vpc_id.to_owned(),
        tags,
        created: cx.now,
    };
    cx.ec2.security_groups.insert(group_id.clone(), group);
    let anywhere = Specification::everything(Peer::Ipv4(ipnet::Ipv4Net::default()));
    security_group_rule::insert_default(cx, &group_id, true, anywhere);
    group_id
}

/// A group, by its id or, in the default VPC, by its name.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteSecurityGroup {
    group_id: Option<String>,
    group_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeleteSecurityGroupResult {
    r#return: bool,
    group_id: String,
}

/// Deletes a group that no network interface has and that no rule of another group names.
///
/// AWS: EC2 API Reference, DeleteSecurityGroup.
pub(crate) fn delete_security_group(
    cx: &mut Context<'_>,
    input: DeleteSecurityGroup,
) -> Result<DeleteSecurityGroupResult, ApiError> {
    let group = find(cx, input.group_id.as_deref(), input.group_name.as_deref())?;
    let (group_id, group_name) = (group.group_id.clone(), &group.group_name);
    if group.is_default() {
        let message = format!("the specified group: \"{group_id}\" name: \"{group_name}\" cannot be deleted by a user");
        return Err(ApiError::new("CannotDelete", message));
    }
    let names_it = Peer::SecurityGroup(group_id.clone());
    let is_named =
        cx.ec2.security_group_rules.values().any(|it| it.specification.peer == names_it && it.group_id != group_id);
    if is_named || network_interface::existing(cx).any(|interface| interface.security_groups.contains(&group_id)) {
        return Err(ApiError::new("DependencyViolation", format!("resource {group_id} has a dependent object")));
    }
    remove(cx, &group_id);
    Ok(DeleteSecurityGroupResult { r#return: true, group_id })
}

pub(super) fn delete_of_vpc(cx: &mut Context<'_>, vpc_id: &str) {
    if let Some(group_id) = default_of_vpc(cx, vpc_id) {
        remove(cx, &group_id);
    }
}

fn remove(cx: &mut Context<'_>, group_id: &str) {
    let rules: Vec<String> = rules_of(cx, group_id).map(|rule| rule.security_group_rule_id.clone()).collect();
    for rule in rules {
        cx.ec2.security_group_rules.remove(&rule);
    }
    cx.ec2.security_groups.remove(group_id);
}

/// The group that an operation names by its id or, in the default VPC only, by its name.
pub(super) fn find<'t>(
    cx: &'t Context<'_>,
    group_id: Option<&str>,
    group_name: Option<&str>,
) -> Result<&'t SecurityGroup, ApiError> {
    match (group_id, group_name) {
        (Some(group_id), _) => kind::SECURITY_GROUP.get(&cx.ec2.security_groups, group_id),
        (None, Some(group_name)) => {
            let vpc_id = default_vpc(cx)?;
            by_name(cx, &vpc_id, group_name).ok_or_else(|| {
                let message = format!("The security group '{group_name}' does not exist in default VPC '{vpc_id}'");
                ApiError::new("InvalidGroup.NotFound", message)
            })
        }
        (None, None) => {
            let message = "The request must contain the parameter groupName or groupId";
            Err(ApiError::new("MissingParameter", message))
        }
    }
}

/// The id of a VPC's default security group.
pub(crate) fn default_of_vpc(cx: &Context<'_>, vpc_id: &str) -> Option<String> {
    by_name(cx, vpc_id, DEFAULT).map(|group| group.group_id.clone())
}

fn by_name<'t>(cx: &'t Context<'_>, vpc_id: &str, group_name: &str) -> Option<&'t SecurityGroup> {
    cx.ec2.security_groups.values().find(|group| group.vpc_id == vpc_id && group.group_name == group_name)
}

fn default_vpc(cx: &Context<'_>) -> Result<String, ApiError> {
    let vpc = cx.ec2.vpcs.values().find(|vpc| vpc.is_default);
    vpc.map(|vpc| vpc.vpc_id.clone()).ok_or_else(|| ApiError::new("VPCIdNotSpecified", "No default VPC for this user"))
}
