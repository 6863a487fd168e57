//! Route tables, their routes and their associations.

use super::*;

fn routes(cloud: &mut Local, table: &str) -> Value {
    ok(cloud, "DescribeRouteTables", &[("RouteTableId.1", table)])["routeTableSet"][0]["routeSet"].clone()
}

fn to<'a>(table: &'a str, destination: &'a str, gateway: &'a str) -> [(&'a str, &'a str); 3] {
    [("RouteTableId", table), ("DestinationCidrBlock", destination), ("GatewayId", gateway)]
}

#[test]
fn a_destination_has_one_route() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let gateway = gateway(&mut cloud, &vpc);
    let table = route_table(&mut cloud, &vpc);
    assert_eq!(refused(&mut cloud, "ReplaceRoute", &to(&table, "0.0.0.0/0", &gateway)), "InvalidParameterValue");
    ok(&mut cloud, "CreateRoute", &to(&table, "0.0.0.0/0", &gateway));
    assert_eq!(refused(&mut cloud, "CreateRoute", &to(&table, "0.0.0.0/0", &gateway)), "RouteAlreadyExists");
    ok(&mut cloud, "ReplaceRoute", &to(&table, "0.0.0.0/0", &gateway));
    let delete = [("RouteTableId", table.as_str()), ("DestinationCidrBlock", "0.0.0.0/0")];
    ok(&mut cloud, "DeleteRoute", &delete);
    assert_eq!(refused(&mut cloud, "DeleteRoute", &delete), "InvalidRoute.NotFound");
}

#[test]
fn the_local_route_stands_above_all() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let gateway = gateway(&mut cloud, &vpc);
    let table = route_table(&mut cloud, &vpc);
    assert_eq!(refused(&mut cloud, "CreateRoute", &to(&table, "10.0.0.0/16", &gateway)), "RouteAlreadyExists");
    assert_eq!(refused(&mut cloud, "CreateRoute", &to(&table, "10.0.1.0/24", &gateway)), "InvalidParameterValue");
    let local = [("RouteTableId", table.as_str()), ("DestinationCidrBlock", "10.0.0.0/16")];
    assert_eq!(refused(&mut cloud, "DeleteRoute", &local), "InvalidParameterValue");
}

#[test]
fn a_target_exists_in_the_same_vpc() {
    let mut cloud = Local::new();
    let (here, there) = (vpc(&mut cloud), vpc(&mut cloud));
    let elsewhere = gateway(&mut cloud, &there);
    let table = route_table(&mut cloud, &here);
    let default = "0.0.0.0/0";
    assert_eq!(refused(&mut cloud, "CreateRoute", &to(&table, default, &elsewhere)), "InvalidParameterValue");
    assert_eq!(refused(&mut cloud, "CreateRoute", &to(&table, default, "igw-0")), "InvalidGatewayID.NotFound");
    let nat = [("RouteTableId", table.as_str()), ("DestinationCidrBlock", default), ("NatGatewayId", "nat-0")];
    assert_eq!(refused(&mut cloud, "CreateRoute", &nat), "InvalidNatGatewayID.NotFound");
    let none = [("RouteTableId", table.as_str()), ("DestinationCidrBlock", default)];
    assert_eq!(refused(&mut cloud, "CreateRoute", &none), "MissingParameter");
}

#[test]
fn a_route_whose_target_is_gone_is_a_blackhole() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let gateway = gateway(&mut cloud, &vpc);
    let subnet = subnet(&mut cloud, &vpc, "10.0.0.0/24");
    let address = address(&mut cloud);
    let nat = nat_gateway(&mut cloud, &subnet, &address);
    let (public, private) = (route_table(&mut cloud, &vpc), route_table(&mut cloud, &vpc));
    ok(&mut cloud, "CreateRoute", &to(&public, "0.0.0.0/0", &gateway));
    let form = [("RouteTableId", private.as_str()), ("DestinationCidrBlock", "0.0.0.0/0"), ("NatGatewayId", &nat)];
    ok(&mut cloud, "CreateRoute", &form);
    assert_eq!(routes(&mut cloud, &private)[1]["state"], "active");
    ok(&mut cloud, "DeleteNatGateway", &[("NatGatewayId", &nat)]);
    assert_eq!(routes(&mut cloud, &private)[1]["state"], "blackhole");
    assert_eq!(routes(&mut cloud, &public)[1]["state"], "active");
    ok(&mut cloud, "DetachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &vpc)]);
    assert_eq!(routes(&mut cloud, &public)[1]["state"], "blackhole");
}

#[test]
fn a_subnet_has_one_association_and_a_table_with_one_stays() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let subnet = subnet(&mut cloud, &vpc, "10.0.0.0/24");
    let (one, two) = (route_table(&mut cloud, &vpc), route_table(&mut cloud, &vpc));
    let associate = |table: &str| [("RouteTableId", table.to_owned()), ("SubnetId", subnet.clone())];
    let form = associate(&one);
    let made = ok(&mut cloud, "AssociateRouteTable", &form.each_ref().map(|(name, value)| (*name, value.as_str())));
    let form = associate(&two);
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(refused(&mut cloud, "AssociateRouteTable", &form), "Resource.AlreadyAssociated");
    assert_eq!(refused(&mut cloud, "DeleteRouteTable", &[("RouteTableId", &one)]), "DependencyViolation");

    let first = text(&made["associationId"]);
    let replace = [("AssociationId", first.as_str()), ("RouteTableId", two.as_str())];
    let second = text(&ok(&mut cloud, "ReplaceRouteTableAssociation", &replace)["newAssociationId"]);
    ok(&mut cloud, "DeleteRouteTable", &[("RouteTableId", &one)]);
    assert_eq!(
        refused(&mut cloud, "DisassociateRouteTable", &[("AssociationId", &first)]),
        "InvalidAssociationID.NotFound"
    );
    ok(&mut cloud, "DisassociateRouteTable", &[("AssociationId", &second)]);
    ok(&mut cloud, "DeleteRouteTable", &[("RouteTableId", &two)]);
}

#[test]
fn the_main_table_can_be_another_one_but_never_none() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let form = [
        ("Filter.1.Name", "association.main"),
        ("Filter.1.Value.1", "true"),
        ("Filter.2.Name", "vpc-id"),
        ("Filter.2.Value.1", vpc.as_str()),
    ];
    let main = ok(&mut cloud, "DescribeRouteTables", &form)["routeTableSet"][0].clone();
    let (old, association) = (text(&main["routeTableId"]), text(&main["associationSet"][0]["routeTableAssociationId"]));
    assert_eq!(refused(&mut cloud, "DeleteRouteTable", &[("RouteTableId", &old)]), "DependencyViolation");
    let end = [("AssociationId", association.as_str())];
    assert_eq!(refused(&mut cloud, "DisassociateRouteTable", &end), "InvalidParameterValue");
    let new = route_table(&mut cloud, &vpc);
    let replace = [("AssociationId", association.as_str()), ("RouteTableId", new.as_str())];
    ok(&mut cloud, "ReplaceRouteTableAssociation", &replace);
    assert_eq!(ok(&mut cloud, "DescribeRouteTables", &form)["routeTableSet"][0]["routeTableId"], new.as_str());
    ok(&mut cloud, "DeleteRouteTable", &[("RouteTableId", &old)]);
}

#[test]
fn a_deleted_subnet_leaves_its_table() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let subnet = subnet(&mut cloud, &vpc, "10.0.0.0/24");
    let table = route_table(&mut cloud, &vpc);
    ok(&mut cloud, "AssociateRouteTable", &[("RouteTableId", &table), ("SubnetId", &subnet)]);
    ok(&mut cloud, "DeleteSubnet", &[("SubnetId", &subnet)]);
    ok(&mut cloud, "DeleteRouteTable", &[("RouteTableId", &table)]);
}
