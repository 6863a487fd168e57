//! Which route table a subnet has.

use serde::{Deserialize, Serialize};

use super::kind;
use super::tag::Return;
use crate::context::Context;
use crate::wire::ApiError;

/// The association of a route table with a subnet, or with its VPC: then the table is the main one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Association {
    pub(crate) association_id: String,
    /// `None` in the association of the main route table.
    pub(crate) subnet_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct AssociateRouteTable {
    route_table_id: String,
    subnet_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssociateRouteTableResult {
    association_id: String,
    association_state: AssociationState,
}

/// Gives a subnet a route table in place of the main one. A subnet has one association at most.
///
/// AWS: EC2 API Reference, AssociateRouteTable.
pub(crate) fn associate_route_table(
    cx: &mut Context<'_>,
    input: AssociateRouteTable,
) -> Result<AssociateRouteTableResult, ApiError> {
    let AssociateRouteTable { route_table_id, subnet_id } = input;
    let network = &kind::ROUTE_TABLE.get(&cx.ec2.route_tables, &route_table_id)?.vpc_id;
    if kind::SUBNET.get(&cx.ec2.subnets, &subnet_id)?.vpc_id != *network {
        let message = format!("route table {route_table_id} and subnet {subnet_id} belong to different networks");
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    let of_subnet = |association: &Association| association.subnet_id.as_ref() == Some(&subnet_id);
    if cx.ec2.route_tables.values().flat_map(|table| &table.associations).any(of_subnet) {
        let message = format!(
            "the specified association for route table {route_table_id} conflicts with an existing association"
        );
        return Err(ApiError::new("Resource.AlreadyAssociated", message));
    }
    let association_id = insert(cx, &route_table_id, Some(subnet_id))?;
    Ok(AssociateRouteTableResult { association_id, association_state: ASSOCIATED })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DisassociateRouteTable {
    association_id: String,
}

pub(crate) fn disassociate_route_table(
    cx: &mut Context<'_>,
    input: DisassociateRouteTable,
) -> Result<Return, ApiError> {
    let association_id = &input.association_id;
    if take(cx, association_id)?.subnet_id.is_none() {
        let message = format!("cannot disassociate the main route table association {association_id}");
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    Ok(Return { r#return: true })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ReplaceRouteTableAssociation {
    association_id: String,
    route_table_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplaceRouteTableAssociationResult {
    new_association_id: String,
    association_state: AssociationState,
}

/// Gives a subnet another route table at once, or makes another one the main one, under a new association id.
///
/// AWS: EC2 API Reference, ReplaceRouteTableAssociation.
pub(crate) fn replace_route_table_association(
    cx: &mut Context<'_>,
    input: ReplaceRouteTableAssociation,
) -> Result<ReplaceRouteTableAssociationResult, ApiError> {
    let ReplaceRouteTableAssociation { association_id, route_table_id } = input;
    let network = kind::ROUTE_TABLE.get(&cx.ec2.route_tables, &route_table_id)?.vpc_id.clone();
    if table_of(cx, &association_id).is_some_and(|(_, vpc_id)| vpc_id != network) {
        let message =
            format!("route table {route_table_id} and the association {association_id} belong to different networks");
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    let subnet_id = take(cx, &association_id)?.subnet_id;
    let new_association_id = insert(cx, &route_table_id, subnet_id)?;
    Ok(ReplaceRouteTableAssociationResult { new_association_id, association_state: ASSOCIATED })
}

/// Ends the association of a subnet that is deleted.
pub(super) fn remove_subnet(cx: &mut Context<'_>, subnet_id: &str) {
    let of_subnet = |association: &Association| association.subnet_id.as_deref() == Some(subnet_id);
    let table = cx.ec2.route_tables.values().find(|table| table.associations.iter().any(of_subnet));
    let id = table.map(|table| table.route_table_id.clone()).unwrap_or_default();
    if let Some(table) = cx.ec2.route_tables.get_mut(&id) {
        table.associations.retain(|association| !of_subnet(association));
    }
}

fn insert(cx: &mut Context<'_>, route_table_id: &str, subnet_id: Option<String>) -> Result<String, ApiError> {
    let association_id = cx.ids.ec2("rtbassoc");
    let table = kind::ROUTE_TABLE.get_mut(&mut cx.ec2.route_tables, route_table_id)?;
    table.associations.push(Association { association_id: association_id.clone(), subnet_id });
    Ok(association_id)
}

/// Takes an association out of its table.
fn take(cx: &mut Context<'_>, association_id: &str) -> Result<Association, ApiError> {
    let (table_id, _) = table_of(cx, association_id).ok_or_else(|| {
        let message = format!("The association ID '{association_id}' does not exist");
        ApiError::new("InvalidAssociationID.NotFound", message)
    })?;
    let table = kind::ROUTE_TABLE.get_mut(&mut cx.ec2.route_tables, &table_id)?;
    let position = table.associations.iter().position(|association| association.association_id == association_id);
    let position = position.ok_or_else(|| ApiError::internal("an association is in the table that was found by it"))?;
    Ok(table.associations.remove(position))
}

/// The route table that has an association, and its VPC.
fn table_of(cx: &Context<'_>, association_id: &str) -> Option<(String, String)> {
    let is_it = |association: &Association| association.association_id == association_id;
    let table = cx.ec2.route_tables.values().find(|table| table.associations.iter().any(is_it))?;
    Some((table.route_table_id.clone(), table.vpc_id.clone()))
}

/// An association in a reply.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssociationView {
    route_table_association_id: String,
    route_table_id: String,
    subnet_id: Option<String>,
    main: bool,
    association_state: AssociationState,
}

#[derive(Serialize)]
pub(crate) struct AssociationState {
    state: &'static str,
}

const ASSOCIATED: AssociationState = AssociationState { state: "associated" };

impl Association {
    pub(super) fn view(&self, route_table_id: &str) -> AssociationView {
        AssociationView {
            route_table_association_id: self.association_id.clone(),
            route_table_id: route_table_id.to_owned(),
            subnet_id: self.subnet_id.clone(),
            main: self.subnet_id.is_none(),
            association_state: ASSOCIATED,
        }
    }
}
