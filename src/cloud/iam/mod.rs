//! IAM.

mod account;
mod attachment;
mod authorization_details;
mod aws_managed;
mod document;
mod name;
mod page;
mod policy;
mod policy_entities;
mod policy_tags;
mod policy_version;
mod role;
mod role_policy;
mod role_tags;
mod role_update;
mod service_linked_role;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::operation::{Protocol, Service, operations};
use crate::table::tables;

pub(crate) use role::{Role, find_by_arn as role_by_arn};
pub(crate) use service_linked_role::ensure as ensure_service_linked_role;

tables! {
    /// What IAM keeps in the account.
    Tables {
        /// The roles, by name in lower case: names are unique without regard to case.
        roles: Role,
        /// The managed policies of AWS and of the account, by ARN.
        policies: policy::ManagedPolicy,
    }
}

/// How IAM is spoken, and what it can do.
pub(crate) const SERVICE: Service = Service {
    name: "iam",
    signing_name: "iam",
    protocol: Protocol::Query { version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/" },
    global: true,
    // Users report that new roles show within five to ten seconds (AWS: IAM User Guide, "Changes that I make are not
    // always immediately visible").
    read_after_write: Duration::from_secs(5),
    prepare: aws_managed::prepare,
    operations: OPERATIONS,
};

operations! {
    AttachRolePolicy => attachment::attach_role_policy;
    CreatePolicy => policy::create_policy;
    CreatePolicyVersion => policy_version::create_policy_version;
    CreateRole => role::create_role;
    CreateServiceLinkedRole => service_linked_role::create_service_linked_role;
    DeletePolicy => policy::delete_policy;
    DeletePolicyVersion => policy_version::delete_policy_version;
    DeleteRole => role::delete_role;
    DeleteRolePermissionsBoundary => role_update::delete_role_permissions_boundary;
    DeleteRolePolicy => role_policy::delete_role_policy;
    DetachRolePolicy => attachment::detach_role_policy;
    GetAccountAuthorizationDetails => authorization_details::get_account_authorization_details;
    GetPolicy => policy::get_policy;
    GetPolicyVersion => policy_version::get_policy_version;
    GetRole => role::get_role;
    GetRolePolicy => role_policy::get_role_policy;
    GetUser => account::get_user;
    ListAccountAliases => account::list_account_aliases;
    ListAttachedRolePolicies => attachment::list_attached_role_policies;
    ListEntitiesForPolicy => policy_entities::list_entities_for_policy;
    ListInstanceProfilesForRole => account::list_instance_profiles_for_role;
    ListPolicies => policy::list_policies;
    ListPolicyTags => policy_tags::list_policy_tags;
    ListPolicyVersions => policy_version::list_policy_versions;
    ListRolePolicies => role_policy::list_role_policies;
    ListRoles => role::list_roles;
    ListRoleTags => role_tags::list_role_tags;
    PutRolePermissionsBoundary => role_update::put_role_permissions_boundary;
    PutRolePolicy => role_policy::put_role_policy;
    SetDefaultPolicyVersion => policy_version::set_default_policy_version;
    TagPolicy => policy_tags::tag_policy;
    TagRole => role_tags::tag_role;
    UntagPolicy => policy_tags::untag_policy;
    UntagRole => role_tags::untag_role;
    UpdateAssumeRolePolicy => role_update::update_assume_role_policy;
    UpdateRole => role_update::update_role;
    UpdateRoleDescription => role_update::update_role_description;
}
