//! Routes.

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::kind;
use super::route_table::{self, RouteTable};
use super::tag::Return;
use super::{cidr, network_interface, quota};
use crate::context::Context;
use crate::wire::ApiError;

/// A route that a user made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Route {
    pub(crate) destination_cidr_block: Ipv4Net,
    pub(crate) target: Target,
}

/// Where a route leads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Target {
    /// An internet gateway.
    Gateway(String),
    NatGateway(String),
    NetworkInterface(String),
}

impl Route {
    /// A route for all addresses that no other route is for.
    pub(crate) fn to_everywhere(target: Target) -> Self {
        Route { destination_cidr_block: Ipv4Net::default(), target }
    }
}

/// Where a route is to lead, as `CreateRoute` and `ReplaceRoute` spell it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct NewRoute {
    route_table_id: String,
    destination_cidr_block: String,
    gateway_id: Option<String>,
    nat_gateway_id: Option<String>,
    network_interface_id: Option<String>,
}

/// Adds a route.
///
/// AWS: EC2 API Reference, CreateRoute.
pub(crate) fn create_route(cx: &mut Context<'_>, input: NewRoute) -> Result<Return, ApiError> {
    let table = kind::ROUTE_TABLE.get(&cx.ec2.route_tables, &input.route_table_id)?;
    let destination = cidr::parse(&input.destination_cidr_block, "destinationCidrBlock")?;
    let local = route_table::local_block(cx, table)?;
    if destination == local || table.routes.iter().any(|route| route.destination_cidr_block == destination) {
        let message = format!("The route identified by {destination} already exists.");
        return Err(ApiError::new("RouteAlreadyExists", message));
    }
    let target = target(cx, table, &input)?;
    if local.contains(&destination) && !matches!(target, Target::NetworkInterface(_)) {
        let message = format!(
            "The destination CIDR block {destination} is equal to or more specific than one of this VPC's CIDR blocks. \
             This route can target only an interface or an instance."
        );
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    quota::ROUTES.check(table.routes.len())?;
    let table = kind::ROUTE_TABLE.get_mut(&mut cx.ec2.route_tables, &input.route_table_id)?;
    table.routes.push(Route { destination_cidr_block: destination, target });
    Ok(Return { r#return: true })
}

/// Gives an existing route another target.
pub(crate) fn replace_route(cx: &mut Context<'_>, input: NewRoute) -> Result<Return, ApiError> {
    let table = kind::ROUTE_TABLE.get(&cx.ec2.route_tables, &input.route_table_id)?;
    let destination = cidr::parse(&input.destination_cidr_block, "destinationCidrBlock")?;
    let target = target(cx, table, &input)?;
    let table = kind::ROUTE_TABLE.get_mut(&mut cx.ec2.route_tables, &input.route_table_id)?;
    let route = table.routes.iter_mut().find(|route| route.destination_cidr_block == destination);
    let route = route.ok_or_else(|| {
        let message =
            format!("There is no route defined for '{destination}' in the route table. Use CreateRoute instead.");
        ApiError::new("InvalidParameterValue", message)
    })?;
    route.target = target;
    Ok(Return { r#return: true })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteRoute {
    route_table_id: String,
    destination_cidr_block: String,
}

pub(crate) fn delete_route(cx: &mut Context<'_>, input: DeleteRoute) -> Result<Return, ApiError> {
    let id = &input.route_table_id;
    let destination = cidr::parse(&input.destination_cidr_block, "destinationCidrBlock")?;
    if route_table::local_block(cx, kind::ROUTE_TABLE.get(&cx.ec2.route_tables, id)?)? == destination {
        let message = format!("cannot remove local route {destination} in route table {id}");
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    let table = kind::ROUTE_TABLE.get_mut(&mut cx.ec2.route_tables, id)?;
    let before = table.routes.len();
    table.routes.retain(|route| route.destination_cidr_block != destination);
    if table.routes.len() == before {
        let message = format!("no route with destination-cidr-block {destination} in route table {id}");
        return Err(ApiError::new("InvalidRoute.NotFound", message));
    }
    Ok(Return { r#return: true })
}

/// The target that a request names, which exists and is in the table's VPC.
fn target(cx: &Context<'_>, table: &RouteTable, input: &NewRoute) -> Result<Target, ApiError> {
    let (target, network) = match (&input.gateway_id, &input.nat_gateway_id, &input.network_interface_id) {
        (Some(id), None, None) => {
            let message = format!("The gateway ID '{id}' does not exist");
            let missing = || ApiError::new("InvalidGatewayID.NotFound", message);
            let gateway = cx.ec2.internet_gateways.get(id).ok_or_else(missing)?;
            (Target::Gateway(id.clone()), gateway.vpc_id.as_ref())
        }
        (None, Some(id), None) => {
            let message = format!("The natGateway ID '{id}' does not exist");
            let missing = || ApiError::new("InvalidNatGatewayID.NotFound", message);
            let alive = cx.ec2.nat_gateways.get(id).filter(|gateway| gateway.is_route_target(cx.now));
            (Target::NatGateway(id.clone()), Some(&alive.ok_or_else(missing)?.vpc_id))
        }
        (None, None, Some(id)) => {
            let found = network_interface::existing(cx).find(|interface| interface.network_interface_id == *id);
            let interface = found.ok_or_else(|| kind::NETWORK_INTERFACE.not_found(id))?;
            (Target::NetworkInterface(id.clone()), Some(&interface.vpc_id))
        }
        (None, None, None) => {
            let message = "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId";
            return Err(ApiError::new("MissingParameter", message));
        }
        _ => {
            let message = "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId";
            return Err(ApiError::new("InvalidParameterCombination", message));
        }
    };
    if network == Some(&table.vpc_id) {
        return Ok(target);
    }
    let (Target::Gateway(id) | Target::NatGateway(id) | Target::NetworkInterface(id)) = &target;
    let message = format!("route table {} and network gateway {id} belong to different networks", table.route_table_id);
    Err(ApiError::new("InvalidParameterValue", message))
}

/// A route in a reply.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RouteView {
    destination_cidr_block: String,
    gateway_id: Option<String>,
    nat_gateway_id: Option<String>,
    network_interface_id: Option<String>,
    origin: &'static str,
    state: &'static str,
}

/// A table's routes, its local one first. A route whose target is gone is a blackhole.
///
/// AWS: EC2 API Reference, Route.
pub(super) fn views(cx: &Context<'_>, table: &RouteTable) -> Vec<RouteView> {
    let local = cx.ec2.vpcs.get(&table.vpc_id).map(|vpc| RouteView {
        destination_cidr_block: vpc.cidr_block.to_string(),
        gateway_id: Some("local".to_owned()),
        origin: "CreateRouteTable",
        state: "active",
        ..RouteView::default()
    });
    local.into_iter().chain(table.routes.iter().map(|route| view(cx, table, route))).collect()
}

fn view(cx: &Context<'_>, table: &RouteTable, route: &Route) -> RouteView {
    let mut view = RouteView {
        destination_cidr_block: route.destination_cidr_block.to_string(),
        origin: "CreateRoute",
        ..RouteView::default()
    };
    let (place, id) = match &route.target {
        Target::Gateway(id) => (&mut view.gateway_id, id),
        Target::NatGateway(id) => (&mut view.nat_gateway_id, id),
        Target::NetworkInterface(id) => (&mut view.network_interface_id, id),
    };
    *place = Some(id.clone());
    view.state = if is_active(cx, &table.vpc_id, &route.target) { "active" } else { "blackhole" };
    view
}

/// Whether a route to this target leads anywhere.
pub(crate) fn is_active(cx: &Context<'_>, vpc_id: &str, target: &Target) -> bool {
    match target {
        Target::Gateway(id) => {
            cx.ec2.internet_gateways.get(id).is_some_and(|gateway| gateway.vpc_id.as_deref() == Some(vpc_id))
        }
        Target::NatGateway(id) => cx.ec2.nat_gateways.get(id).is_some_and(|gateway| gateway.is_route_target(cx.now)),
        Target::NetworkInterface(id) => {
            network_interface::existing(cx).any(|interface| interface.network_interface_id == *id)
        }
    }
}
