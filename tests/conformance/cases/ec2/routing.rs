use crate::conformance::{
    case::{Again, Case},
    cases::needed,
    world::World,
};
use aws::ec2::{ElasticIp, NatGateway, Route, RouteTable, RouteTableAssociation, RouteTarget};
use engine::Fault;
use model::Cidr;

pub(in crate::conformance) async fn route_table(world: &mut World<'_>) -> Result<Case, Fault> {
    let table = RouteTable { vpc: needed::vpc(world).await? };
    Ok(Case::new(&table, Again::Another, []).replace(&["vpc"]))
}

/// A route to the internet that goes by a NAT gateway, then by the internet gateway.
pub(in crate::conformance) async fn route(world: &mut World<'_>) -> Result<Case, Fault> {
    let vpc = needed::vpc(world).await?;
    let gateway = needed::internet_gateway(world, &vpc).await?;
    let subnet = needed::subnet(world, &vpc, 0).await?;
    let elastic_ip = world.make(ElasticIp {}).await?.allocation_id.into();
    let nat = world.make(NatGateway { subnet, elastic_ip }).await?.id.into();
    let route_table = needed::route_table(world, &vpc).await?;
    let target = RouteTarget::NatGateway(nat);
    let route = Route { route_table, destination_cidr_block: Cidr::ANYWHERE, target };
    let changes = [Route { target: RouteTarget::InternetGateway(gateway), ..route.clone() }];
    Ok(Case::new(&route, Again::Only, changes).replace(&["route_table", "destination_cidr_block"]))
}

pub(in crate::conformance) async fn route_table_association(world: &mut World<'_>) -> Result<Case, Fault> {
    let vpc = needed::vpc(world).await?;
    let subnet = needed::subnet(world, &vpc, 0).await?;
    let association = RouteTableAssociation { subnet, route_table: needed::route_table(world, &vpc).await? };
    let other = RouteTableAssociation { route_table: needed::route_table(world, &vpc).await?, ..association.clone() };
    Ok(Case::new(&association, Again::Only, [other]).replace(&["subnet"]))
}
