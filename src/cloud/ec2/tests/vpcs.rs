//! VPCs.

use super::*;

#[test]
fn a_region_has_a_default_vpc_with_a_subnet_in_each_zone() {
    let mut cloud = Local::new();
    let found = ok(&mut cloud, "DescribeVpcs", &[("Filter.1.Name", "is-default"), ("Filter.1.Value.1", "true")]);
    assert_eq!(found["vpcSet"][0]["cidrBlock"], "172.31.0.0/16");
    let form = [("Filter.1.Name", "default-for-az"), ("Filter.1.Value.1", "true")];
    assert_eq!(count(&ok(&mut cloud, "DescribeSubnets", &form)["subnetSet"]), 3);
    assert_eq!(cloud.world.counts()["ec2"].values().sum::<usize>(), 0, "none of it is the user's");
}

#[test]
fn the_default_vpc_was_there_before_the_first_request() {
    let vpcs = ok(&mut Local::aws(), "DescribeVpcs", &[]);
    assert_eq!(vpcs["vpcSet"][0]["state"], "available");
}

#[test]
fn a_new_vpc_has_aws_defaults() {
    let mut cloud = Local::new();
    let id = vpc(&mut cloud);
    let in_vpc = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", id.as_str())];
    let tables = ok(&mut cloud, "DescribeRouteTables", &in_vpc);
    assert_eq!(tables["routeTableSet"][0]["associationSet"][0]["main"], true);
    assert_eq!(tables["routeTableSet"][0]["routeSet"][0]["gatewayId"], "local");
    assert_eq!(ok(&mut cloud, "DescribeNetworkAcls", &in_vpc)["networkAclSet"][0]["default"], true);
    let groups = ok(&mut cloud, "DescribeSecurityGroups", &in_vpc);
    let group = &groups["securityGroupInfo"][0];
    assert_eq!(group["groupName"], "default");
    assert_eq!(group["ipPermissions"][0]["groups"][0]["groupId"], group["groupId"]);
    assert_eq!(group["ipPermissionsEgress"][0]["ipRanges"][0]["cidrIp"], "0.0.0.0/0");
    for (attribute, member, value) in
        [("enableDnsSupport", "enableDnsSupport", true), ("enableDnsHostnames", "enableDnsHostnames", false)]
    {
        let reply = ok(&mut cloud, "DescribeVpcAttribute", &[("VpcId", &id), ("Attribute", attribute)]);
        assert_eq!(reply[member]["value"], value);
    }
}

#[test]
fn blocks_are_between_16_and_28_and_canonical() {
    let mut cloud = Local::new();
    for (block, code) in [
        ("10.0.0.0/8", "InvalidVpc.Range"),
        ("10.0.0.0/29", "InvalidVpc.Range"),
        ("127.0.0.0/16", "InvalidVpc.Range"),
        ("ten", "InvalidParameterValue"),
    ] {
        assert_eq!(refused(&mut cloud, "CreateVpc", &[("CidrBlock", block)]), code, "{block}");
    }
    let made = ok(&mut cloud, "CreateVpc", &[("CidrBlock", "10.1.2.3/16")]);
    assert_eq!(made["vpc"]["cidrBlock"], "10.1.0.0/16");
}

#[test]
fn attributes_change_one_at_a_time_and_hostnames_need_support() {
    let mut cloud = Local::new();
    let id = vpc(&mut cloud);
    let both = [("VpcId", id.as_str()), ("EnableDnsSupport.Value", "true"), ("EnableDnsHostnames.Value", "true")];
    assert_eq!(refused(&mut cloud, "ModifyVpcAttribute", &both), "InvalidParameterCombination");
    ok(&mut cloud, "ModifyVpcAttribute", &[("VpcId", &id), ("EnableDnsSupport.Value", "false")]);
    let hostnames = [("VpcId", id.as_str()), ("EnableDnsHostnames.Value", "true")];
    assert_eq!(refused(&mut cloud, "ModifyVpcAttribute", &hostnames), "InvalidParameterValue");
    ok(&mut cloud, "ModifyVpcAttribute", &[("VpcId", &id), ("EnableDnsSupport.Value", "true")]);
    ok(&mut cloud, "ModifyVpcAttribute", &hostnames);
    let reply = ok(&mut cloud, "DescribeVpcAttribute", &[("VpcId", &id), ("Attribute", "enableDnsHostnames")]);
    assert_eq!(reply["enableDnsHostnames"]["value"], true);
}

#[test]
fn what_a_user_put_in_must_go_first() {
    let mut cloud = Local::new();
    let id = vpc(&mut cloud);
    let delete = |cloud: &mut Local| refused(cloud, "DeleteVpc", &[("VpcId", &id)]);

    let subnet = subnet(&mut cloud, &id, "10.0.0.0/24");
    assert_eq!(delete(&mut cloud), "DependencyViolation");
    ok(&mut cloud, "DeleteSubnet", &[("SubnetId", &subnet)]);

    let gateway = gateway(&mut cloud, &id);
    assert_eq!(delete(&mut cloud), "DependencyViolation");
    ok(&mut cloud, "DetachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &id)]);

    let table = route_table(&mut cloud, &id);
    assert_eq!(delete(&mut cloud), "DependencyViolation");
    ok(&mut cloud, "DeleteRouteTable", &[("RouteTableId", &table)]);

    let group = group(&mut cloud, &id, "web");
    assert_eq!(delete(&mut cloud), "DependencyViolation");
    ok(&mut cloud, "DeleteSecurityGroup", &[("GroupId", &group)]);

    ok(&mut cloud, "DeleteVpc", &[("VpcId", &id)]);
    assert_eq!(delete(&mut cloud), "InvalidVpcID.NotFound");
    let in_vpc = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", id.as_str())];
    assert_eq!(count(&ok(&mut cloud, "DescribeSecurityGroups", &in_vpc)["securityGroupInfo"]), 0);
    assert_eq!(count(&ok(&mut cloud, "DescribeRouteTables", &in_vpc)["routeTableSet"]), 0);
    assert_eq!(count(&ok(&mut cloud, "DescribeNetworkAcls", &in_vpc)["networkAclSet"]), 0);
}

#[test]
fn a_region_has_five_vpcs_at_most() {
    let mut cloud = Local::new();
    for _ in 0..4 {
        vpc(&mut cloud);
    }
    assert_eq!(refused(&mut cloud, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")]), "VpcLimitExceeded");
}

#[test]
fn a_vpc_is_pending_and_not_even_found_just_after_it_was_created() {
    let mut cloud = Local::aws();
    let made = ok(&mut cloud, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")]);
    assert_eq!(made["vpc"]["state"], "pending");
    let id = text(&made["vpc"]["vpcId"]);
    assert_eq!(refused(&mut cloud, "DescribeVpcs", &[("VpcId.1", &id)]), "InvalidVpcID.NotFound");
    cloud.advance(std::time::Duration::from_secs(2));
    assert_eq!(ok(&mut cloud, "DescribeVpcs", &[("VpcId.1", &id)])["vpcSet"][0]["state"], "available");
}
