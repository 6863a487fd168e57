//! Internet gateways, Elastic IP addresses and NAT gateways.

use std::time::Duration;

use super::*;

/// A subnet in a VPC with an internet gateway.
fn public_subnet(cloud: &mut Local) -> (String, String, String) {
    let vpc = vpc(cloud);
    let gateway = gateway(cloud, &vpc);
    let subnet = subnet(cloud, &vpc, "10.0.0.0/24");
    (vpc, gateway, subnet)
}

fn described(cloud: &mut Local, nat: &str) -> Value {
    ok(cloud, "DescribeNatGateways", &[("NatGatewayId.1", nat)])["natGatewaySet"][0].clone()
}

#[test]
fn a_vpc_has_one_internet_gateway_and_a_gateway_one_vpc() {
    let mut cloud = Local::new();
    let (one, two) = (vpc(&mut cloud), vpc(&mut cloud));
    let first = gateway(&mut cloud, &one);
    let attach = |cloud: &mut Local, gateway: &str, vpc: &str| {
        refused(cloud, "AttachInternetGateway", &[("InternetGatewayId", gateway), ("VpcId", vpc)])
    };
    assert_eq!(attach(&mut cloud, &first, &two), "Resource.AlreadyAssociated");
    let second = text(&ok(&mut cloud, "CreateInternetGateway", &[])["internetGateway"]["internetGatewayId"]);
    assert_eq!(attach(&mut cloud, &second, &one), "InvalidParameterValue");
    let detach = [("InternetGatewayId", second.as_str()), ("VpcId", one.as_str())];
    assert_eq!(refused(&mut cloud, "DetachInternetGateway", &detach), "Gateway.NotAttached");
    let delete = [("InternetGatewayId", first.as_str())];
    assert_eq!(refused(&mut cloud, "DeleteInternetGateway", &delete), "DependencyViolation");
    ok(&mut cloud, "DetachInternetGateway", &[("InternetGatewayId", &first), ("VpcId", &one)]);
    ok(&mut cloud, "DeleteInternetGateway", &delete);
    assert_eq!(refused(&mut cloud, "DeleteInternetGateway", &delete), "InvalidInternetGatewayID.NotFound");
}

#[test]
fn the_order_of_deletion_is_nat_gateway_address_internet_gateway() {
    let mut cloud = Local::new();
    let (vpc, gateway, subnet) = public_subnet(&mut cloud);
    let address = address(&mut cloud);
    let nat = nat_gateway(&mut cloud, &subnet, &address);
    let release = [("AllocationId", address.as_str())];
    let detach = [("InternetGatewayId", gateway.as_str()), ("VpcId", vpc.as_str())];
    assert_eq!(refused(&mut cloud, "ReleaseAddress", &release), "InvalidIPAddress.InUse");
    assert_eq!(refused(&mut cloud, "DetachInternetGateway", &detach), "DependencyViolation");
    assert_eq!(refused(&mut cloud, "DeleteSubnet", &[("SubnetId", &subnet)]), "DependencyViolation");
    let association = text(&described(&mut cloud, &nat)["natGatewayAddressSet"][0]["associationId"]);
    assert_eq!(refused(&mut cloud, "DisassociateAddress", &[("AssociationId", &association)]), "AuthFailure");

    ok(&mut cloud, "DeleteNatGateway", &[("NatGatewayId", &nat)]);
    ok(&mut cloud, "ReleaseAddress", &release);
    ok(&mut cloud, "DetachInternetGateway", &detach);
    ok(&mut cloud, "DeleteSubnet", &[("SubnetId", &subnet)]);
    assert_eq!(refused(&mut cloud, "ReleaseAddress", &release), "InvalidAllocationID.NotFound");
}

#[test]
fn an_address_in_use_tells_by_what() {
    let mut cloud = Local::new();
    let (_, _, subnet) = public_subnet(&mut cloud);
    let address = address(&mut cloud);
    let nat = nat_gateway(&mut cloud, &subnet, &address);
    let shown = described(&mut cloud, &nat)["natGatewayAddressSet"][0].clone();
    let form = [("AllocationId.1", address.as_str())];
    let found = ok(&mut cloud, "DescribeAddresses", &form)["addressesSet"][0].clone();
    assert_eq!(found["associationId"], shown["associationId"]);
    assert_eq!(found["networkInterfaceId"], shown["networkInterfaceId"]);
    assert_eq!(found["publicIp"], shown["publicIp"]);
    ok(&mut cloud, "DeleteNatGateway", &[("NatGatewayId", &nat)]);
    assert!(ok(&mut cloud, "DescribeAddresses", &form)["addressesSet"][0]["associationId"].is_null());
}

#[test]
fn a_nat_gateway_fails_without_internet_gateway_or_with_a_taken_address() {
    let mut cloud = Local::new();
    let lonely = vpc(&mut cloud);
    let subnet_without = subnet(&mut cloud, &lonely, "10.0.0.0/24");
    let address = address(&mut cloud);
    let failed = nat_gateway(&mut cloud, &subnet_without, &address);
    let failed = described(&mut cloud, &failed);
    assert_eq!((&failed["state"], &failed["failureCode"]), (&"failed".into(), &"Gateway.NotAttached".into()));

    let (_, _, subnet) = public_subnet(&mut cloud);
    nat_gateway(&mut cloud, &subnet, &address);
    let second = nat_gateway(&mut cloud, &subnet, &address);
    assert_eq!(described(&mut cloud, &second)["failureCode"], "Resource.AlreadyAssociated");
}

#[test]
fn a_nat_gateway_takes_its_time_and_stays_visible_for_an_hour() {
    let mut cloud = Local::aws();
    let (_, _, subnet) = public_subnet(&mut cloud);
    let address = address(&mut cloud);
    let nat = nat_gateway(&mut cloud, &subnet, &address);
    cloud.advance(Duration::from_secs(50));
    assert_eq!(described(&mut cloud, &nat)["state"], "pending");
    cloud.advance(Duration::from_secs(50));
    assert_eq!(described(&mut cloud, &nat)["state"], "available");
    ok(&mut cloud, "DeleteNatGateway", &[("NatGatewayId", &nat)]);
    assert_eq!(described(&mut cloud, &nat)["state"], "deleting");
    let release = [("AllocationId", address.as_str())];
    assert_eq!(refused(&mut cloud, "ReleaseAddress", &release), "InvalidIPAddress.InUse");
    cloud.advance(Duration::from_secs(50));
    assert_eq!(described(&mut cloud, &nat)["state"], "deleted");
    ok(&mut cloud, "ReleaseAddress", &release);
    cloud.advance(Duration::from_secs(3600));
    assert_eq!(refused(&mut cloud, "DescribeNatGateways", &[("NatGatewayId.1", &nat)]), "NatGatewayNotFound");
}

#[test]
fn a_client_token_makes_one_nat_gateway() {
    let mut cloud = Local::new();
    let (_, _, subnet) = public_subnet(&mut cloud);
    let address = address(&mut cloud);
    let form = [("SubnetId", subnet.as_str()), ("AllocationId", address.as_str()), ("ClientToken", "t")];
    let once = ok(&mut cloud, "CreateNatGateway", &form);
    assert_eq!(once, ok(&mut cloud, "CreateNatGateway", &form));
    let other = [("SubnetId", subnet.as_str()), ("ConnectivityType", "private"), ("ClientToken", "t")];
    assert_eq!(refused(&mut cloud, "CreateNatGateway", &other), "IdempotentParameterMismatch");
}

#[test]
fn a_private_nat_gateway_has_no_address() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let subnet = subnet(&mut cloud, &vpc, "10.0.0.0/24");
    let made = ok(&mut cloud, "CreateNatGateway", &[("SubnetId", &subnet), ("ConnectivityType", "private")]);
    assert_eq!(made["natGateway"]["state"], "available");
    assert_eq!(refused(&mut cloud, "CreateNatGateway", &[("SubnetId", &subnet)]), "MissingParameter");
}
