//! Subnets.

use super::*;

#[test]
fn a_subnet_lies_in_its_vpc_and_beside_the_others() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    subnet(&mut cloud, &vpc, "10.0.0.0/24");
    for (block, code) in [
        ("10.1.0.0/24", "InvalidSubnet.Range"),
        ("10.0.0.0/15", "InvalidSubnet.Range"),
        ("10.0.1.0/29", "InvalidSubnet.Range"),
        ("10.0.0.128/25", "InvalidSubnet.Conflict"),
        ("10.0.0.0/20", "InvalidSubnet.Conflict"),
    ] {
        assert_eq!(refused(&mut cloud, "CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", block)]), code, "{block}");
    }
}

#[test]
fn a_subnet_reads_back_as_it_was_made() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let form = [("VpcId", vpc.as_str()), ("CidrBlock", "10.0.1.0/24"), ("AvailabilityZone", "us-east-1b")];
    let subnet = &ok(&mut cloud, "CreateSubnet", &form)["subnet"];
    assert_eq!(subnet["availableIpAddressCount"], 251);
    assert_eq!(subnet["availabilityZoneId"], "use1-az2");
    assert_eq!(subnet["mapPublicIpOnLaunch"], false);
    assert_eq!(subnet["privateDnsNameOptionsOnLaunch"]["enableResourceNameDnsAAAARecord"], false);
}

#[test]
fn the_zone_must_be_one_of_the_region() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let form = [("VpcId", vpc.as_str()), ("CidrBlock", "10.0.1.0/24"), ("AvailabilityZone", "us-west-2a")];
    assert_eq!(refused(&mut cloud, "CreateSubnet", &form), "InvalidParameterValue");
}

#[test]
fn public_addresses_on_launch_can_be_switched() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let id = subnet(&mut cloud, &vpc, "10.0.0.0/24");
    ok(&mut cloud, "ModifySubnetAttribute", &[("SubnetId", &id), ("MapPublicIpOnLaunch.Value", "true")]);
    assert_eq!(ok(&mut cloud, "DescribeSubnets", &[("SubnetId.1", &id)])["subnetSet"][0]["mapPublicIpOnLaunch"], true);
    let ipv6 = [("SubnetId", id.as_str()), ("AssignIpv6AddressOnCreation.Value", "true")];
    assert_eq!(refused(&mut cloud, "ModifySubnetAttribute", &ipv6), "InvalidParameterValue");
    assert_eq!(refused(&mut cloud, "ModifySubnetAttribute", &[("SubnetId", &id)]), "MissingParameter");
}
