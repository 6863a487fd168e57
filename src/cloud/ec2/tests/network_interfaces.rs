//! Network interfaces that other services put into subnets.

use super::*;

#[test]
fn an_interface_keeps_its_subnet_and_groups_from_being_deleted() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let subnet = subnet(&mut cloud, &vpc, "10.0.0.0/24");
    let group = group(&mut cloud, &vpc, "task");
    let interface = attach(&mut cloud, &subnet, &[&group]).expect("it attaches");
    assert_eq!(interface.private_ip_address.to_string(), "10.0.0.4");
    assert_eq!(refused(&mut cloud, "DeleteSubnet", &[("SubnetId", &subnet)]), "DependencyViolation");
    assert_eq!(refused(&mut cloud, "DeleteSecurityGroup", &[("GroupId", &group)]), "DependencyViolation");
    let subnets = ok(&mut cloud, "DescribeSubnets", &[("SubnetId.1", &subnet)]);
    assert_eq!(subnets["subnetSet"][0]["availableIpAddressCount"], 250);

    let form = [("Filter.1.Name", "group-id"), ("Filter.1.Value.1", group.as_str())];
    let found = ok(&mut cloud, "DescribeNetworkInterfaces", &form);
    assert_eq!(found["networkInterfaceSet"][0]["groupSet"][0]["groupName"], "task");
    let id = interface.network_interface_id.as_str();
    let form = [("NetworkInterfaceId", id), ("Attribute", "description")];
    assert_eq!(ok(&mut cloud, "DescribeNetworkInterfaceAttribute", &form)["description"]["value"], "a task");
}

#[test]
fn a_subnet_runs_out_of_addresses() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let subnet = subnet(&mut cloud, &vpc, "10.0.0.0/28");
    for _ in 0..11 {
        attach(&mut cloud, &subnet, &[]).expect("there is room");
    }
    assert_eq!(attach(&mut cloud, &subnet, &[]).expect_err("it is full").code, "InsufficientFreeAddressesInSubnet");
}

#[test]
fn groups_are_of_the_same_vpc_and_five_at_most() {
    let mut cloud = Local::new();
    let (here, there) = (vpc(&mut cloud), vpc(&mut cloud));
    let subnet = subnet(&mut cloud, &here, "10.0.0.0/24");
    let other = group(&mut cloud, &there, "other");
    assert_eq!(attach(&mut cloud, &subnet, &[&other]).expect_err("another VPC").code, "InvalidParameter");
    let groups: Vec<String> = (0..6).map(|number| group(&mut cloud, &here, &format!("g{number}"))).collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    attach(&mut cloud, &subnet, &groups[..5]).expect("five are allowed");
    let error = attach(&mut cloud, &subnet, &groups).expect_err("six are too many");
    assert_eq!(error.code, "SecurityGroupsPerInterfaceLimitExceeded");
}
