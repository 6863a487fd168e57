//! Which network ACL a subnet has: always exactly one.

use serde::{Deserialize, Serialize};

use super::kind;
use super::network_acl;
use crate::context::Context;
use crate::wire::ApiError;

/// The association of a network ACL with a subnet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Association {
    network_acl_association_id: String,
    pub(crate) subnet_id: String,
}

/// Puts a new subnet under its VPC's default network ACL.
pub(super) fn associate(cx: &mut Context<'_>, vpc_id: &str, subnet_id: &str) {
    let network_acl_association_id = cx.ids.ec2("aclassoc");
    if let Some(acl) = network_acl::default_of(cx, vpc_id).and_then(|id| cx.ec2.network_acls.get_mut(&id)) {
        acl.associations.push(Association { network_acl_association_id, subnet_id: subnet_id.to_owned() });
    }
}

/// Ends the association of a subnet that is deleted.
pub(super) fn remove_subnet(cx: &mut Context<'_>, subnet_id: &str) {
    let holder = cx.ec2.network_acls.values().find(|acl| acl.associations.iter().any(|it| it.subnet_id == subnet_id));
    let id = holder.map(|acl| acl.network_acl_id.clone()).unwrap_or_default();
    if let Some(acl) = cx.ec2.network_acls.get_mut(&id) {
        acl.associations.retain(|association| association.subnet_id != subnet_id);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ReplaceNetworkAclAssociation {
    association_id: String,
    network_acl_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplaceNetworkAclAssociationResult {
    new_association_id: String,
}

/// Gives a subnet another network ACL at once, under a new association id.
///
/// AWS: EC2 API Reference, ReplaceNetworkAclAssociation.
pub(crate) fn replace_network_acl_association(
    cx: &mut Context<'_>,
    input: ReplaceNetworkAclAssociation,
) -> Result<ReplaceNetworkAclAssociationResult, ApiError> {
    let ReplaceNetworkAclAssociation { association_id, network_acl_id } = input;
    let vpc_id = &kind::NETWORK_ACL.get(&cx.ec2.network_acls, &network_acl_id)?.vpc_id;
    let is_it = |association: &Association| association.network_acl_association_id == association_id;
    let holder = cx.ec2.network_acls.values().find(|acl| acl.associations.iter().any(is_it)).ok_or_else(|| {
        let message = format!("The association ID '{association_id}' does not exist");
        ApiError::new("InvalidAssociationID.NotFound", message)
    })?;
    if holder.vpc_id != *vpc_id {
        let message =
            format!("network ACL {network_acl_id} and the association {association_id} belong to different networks");
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    let holder = holder.network_acl_id.clone();
    let holder = kind::NETWORK_ACL.get_mut(&mut cx.ec2.network_acls, &holder)?;
    let moved = holder.associations.iter().position(is_it).map(|position| holder.associations.remove(position));
    let moved = moved.ok_or_else(|| ApiError::internal("an association is in the network ACL that was found by it"))?;
    let new_association_id = cx.ids.ec2("aclassoc");
    let association = Association { network_acl_association_id: new_association_id.clone(), ..moved };
    kind::NETWORK_ACL.get_mut(&mut cx.ec2.network_acls, &network_acl_id)?.associations.push(association);
    Ok(ReplaceNetworkAclAssociationResult { new_association_id })
}

/// An association in a reply.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssociationView {
    network_acl_association_id: String,
    network_acl_id: String,
    subnet_id: String,
}

impl Association {
    pub(super) fn view(&self, network_acl_id: &str) -> AssociationView {
        AssociationView {
            network_acl_association_id: self.network_acl_association_id.clone(),
            network_acl_id: network_acl_id.to_owned(),
            subnet_id: self.subnet_id.clone(),
        }
    }
}
