//! Route tables.

use std::ops::RangeInclusive;

use ipnet::Ipv4Net;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::describe::{Described, View, describe_input};
use super::kind::{self, Kind};
use super::quota;
use super::route::{self, Route, RouteView};
use super::route_table_association::{Association, AssociationView};
use super::tag::{self, Return, TagSpecification};
use crate::context::Context;
use crate::table::Record;
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

/// A route table. Its local route, which it always has, is not among its routes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RouteTable {
    pub(crate) route_table_id: String,
    pub(crate) vpc_id: String,
    pub(crate) routes: Vec<Route>,
    pub(crate) associations: Vec<Association>,
    pub(crate) tags: Tags,
    created: Timestamp,
    /// Whether it came with its VPC.
    came_with_vpc: bool,
}

impl Record for RouteTable {
    fn made_by_aws(&self) -> bool {
        self.came_with_vpc
    }
}

impl RouteTable {
    /// Whether it is that of every subnet without an association.
    pub(crate) fn is_main(&self) -> bool {
        self.associations.iter().any(|association| association.subnet_id.is_none())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateRouteTable {
    vpc_id: String,
    client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateRouteTableResult {
    client_token: Option<String>,
    route_table: RouteTableView,
}

pub(crate) fn create_route_table(
    cx: &mut Context<'_>,
    input: CreateRouteTable,
) -> Result<CreateRouteTableResult, ApiError> {
    let CreateRouteTable { vpc_id, client_token, tag_specification } = input;
    let id = match cx.replayed(client_token.as_deref())? {
        Some(id) => id,
        None => {
            kind::VPC.get(&cx.ec2.vpcs, &vpc_id)?;
            quota::ROUTE_TABLES.check(cx.ec2.route_tables.values().filter(|table| table.vpc_id == vpc_id).count())?;
            let tags = tag::on_creation(kind::ROUTE_TABLE, tag_specification)?;
            let id = insert(cx, &vpc_id, Vec::new(), false, tags);
            cx.remember(client_token.as_deref(), &id);
            id
        }
    };
    let route_table = view(cx, kind::ROUTE_TABLE.get(&cx.ec2.route_tables, &id)?);
    Ok(CreateRouteTableResult { client_token, route_table })
}

/// The main route table of a new VPC.
pub(super) fn create_main(cx: &mut Context<'_>, vpc_id: &str) {
    let main = Association { association_id: cx.ids.ec2("rtbassoc"), subnet_id: None };
    insert(cx, vpc_id, vec![main], true, Tags::default());
}

fn insert(
    cx: &mut Context<'_>,
    vpc_id: &str,
    associations: Vec<Association>,
    came_with_vpc: bool,
    tags: Tags,
) -> String {
    let route_table_id = kind::ROUTE_TABLE.new_id(cx);
    let table = RouteTable {
        route_table_id: route_table_id.clone(),
        vpc_id: vpc_id.to_owned(),
        routes: Vec::new(),
        associations,
        tags,
        created: cx.now,
        came_with_vpc,
    };
    cx.ec2.route_tables.insert(route_table_id.clone(), table);
    route_table_id
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteRouteTable {
    route_table_id: String,
}

/// Deletes a route table that is neither the main one nor associated with a subnet.
pub(crate) fn delete_route_table(cx: &mut Context<'_>, input: DeleteRouteTable) -> Result<Return, ApiError> {
    let table = kind::ROUTE_TABLE.remove(&mut cx.ec2.route_tables, &input.route_table_id)?;
    if !table.associations.is_empty() {
        return Err(kind::ROUTE_TABLE.has_dependencies(&input.route_table_id));
    }
    Ok(Return { r#return: true })
}

/// The id of a VPC's main route table.
pub(super) fn main_of_vpc(cx: &Context<'_>, vpc_id: &str) -> Option<String> {
    let main = cx.ec2.route_tables.values().find(|table| table.vpc_id == vpc_id && table.is_main());
    main.map(|table| table.route_table_id.clone())
}

pub(super) fn delete_of_vpc(cx: &mut Context<'_>, vpc_id: &str) {
    if let Some(id) = main_of_vpc(cx, vpc_id) {
        cx.ec2.route_tables.remove(&id);
    }
}

/// The block of a route table's VPC: where its local route leads.
pub(super) fn local_block(cx: &Context<'_>, table: &RouteTable) -> Result<Ipv4Net, ApiError> {
    Ok(kind::VPC.get(&cx.ec2.vpcs, &table.vpc_id)?.cidr_block)
}

describe_input!(DescribeRouteTables { route_table_id });

pub(crate) fn describe_route_tables(
    cx: &mut Context<'_>,
    input: DescribeRouteTables,
) -> Result<Described<RouteTableView>, ApiError> {
    input.select(cx.ec2.route_tables.values().filter(|table| cx.visible(table.created)).map(|table| view(cx, table)))
}

/// A route table in a reply.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RouteTableView {
    route_table_id: String,
    vpc_id: String,
    owner_id: String,
    route_set: Vec<RouteView>,
    association_set: Vec<AssociationView>,
    propagating_vgw_set: [(); 0],
    tag_set: Vec<LowerTag>,
}

impl View for RouteTableView {
    const KIND: Kind = kind::ROUTE_TABLE;
    const SET: &'static str = "routeTableSet";
    const MAX_RESULTS: RangeInclusive<i64> = 5..=100;
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("association.gateway-id", "associationSet.gatewayId"),
        ("association.main", "associationSet.main"),
        ("association.route-table-association-id", "associationSet.routeTableAssociationId"),
        ("association.route-table-id", "associationSet.routeTableId"),
        ("association.subnet-id", "associationSet.subnetId"),
        ("owner-id", "ownerId"),
        ("route-table-id", "routeTableId"),
        ("route.destination-cidr-block", "routeSet.destinationCidrBlock"),
        ("route.destination-ipv6-cidr-block", "routeSet.destinationIpv6CidrBlock"),
        ("route.destination-prefix-list-id", "routeSet.destinationPrefixListId"),
        ("route.egress-only-internet-gateway-id", "routeSet.egressOnlyInternetGatewayId"),
        ("route.gateway-id", "routeSet.gatewayId"),
        ("route.instance-id", "routeSet.instanceId"),
        ("route.nat-gateway-id", "routeSet.natGatewayId"),
        ("route.origin", "routeSet.origin"),
        ("route.state", "routeSet.state"),
        ("route.transit-gateway-id", "routeSet.transitGatewayId"),
        ("route.vpc-peering-connection-id", "routeSet.vpcPeeringConnectionId"),
        ("vpc-id", "vpcId"),
    ];

    fn id(&self) -> &str {
        &self.route_table_id
    }
}

fn view(cx: &Context<'_>, table: &RouteTable) -> RouteTableView {
    RouteTableView {
        route_table_id: table.route_table_id.clone(),
        vpc_id: table.vpc_id.clone(),
        owner_id: cx.account.to_owned(),
        route_set: route::views(cx, table),
        association_set: table.associations.iter().map(|it| it.view(&table.route_table_id)).collect(),
        propagating_vgw_set: [],
        tag_set: table.tags.lower(),
    }
}
