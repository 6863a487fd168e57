//! Security groups.

use super::*;

#[test]
fn a_new_group_lets_everything_out_and_nothing_in() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let id = group(&mut cloud, &vpc, "web");
    let found = ok(&mut cloud, "DescribeSecurityGroups", &[("GroupId.1", &id)])["securityGroupInfo"][0].clone();
    assert_eq!(count(&found["ipPermissions"]), 0);
    assert_eq!(found["ipPermissionsEgress"][0]["ipProtocol"], "-1");
    assert!(found["ipPermissionsEgress"][0]["fromPort"].is_null());
    let form = [("Filter.1.Name", "group-id"), ("Filter.1.Value.1", id.as_str())];
    let rules = ok(&mut cloud, "DescribeSecurityGroupRules", &form);
    assert_eq!(
        (count(&rules["securityGroupRuleSet"]), &rules["securityGroupRuleSet"][0]["fromPort"]),
        (1, &(-1).into())
    );
}

#[test]
fn names_are_unique_in_a_vpc_and_well_formed() {
    let mut cloud = Local::new();
    let (one, two) = (vpc(&mut cloud), vpc(&mut cloud));
    group(&mut cloud, &one, "web");
    group(&mut cloud, &two, "web");
    let create = |cloud: &mut Local, name: &str, description: &str| {
        let form = [("VpcId", one.as_str()), ("GroupName", name), ("GroupDescription", description)];
        refused(cloud, "CreateSecurityGroup", &form)
    };
    assert_eq!(create(&mut cloud, "web", "d"), "InvalidGroup.Duplicate");
    assert_eq!(create(&mut cloud, "sg-web", "d"), "InvalidParameterValue");
    assert_eq!(create(&mut cloud, "default", "d"), "InvalidParameterValue");
    assert_eq!(create(&mut cloud, "w\u{e9}b", "d"), "InvalidParameterValue");
    assert_eq!(create(&mut cloud, "app", "who's"), "InvalidParameterValue");
}

#[test]
fn a_group_that_another_one_names_stays() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let (balancer, task) = (group(&mut cloud, &vpc, "balancer"), group(&mut cloud, &vpc, "task"));
    let rule = [
        ("GroupId", task.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "8080"),
        ("IpPermissions.1.ToPort", "8080"),
        ("IpPermissions.1.Groups.1.GroupId", balancer.as_str()),
    ];
    ok(&mut cloud, "AuthorizeSecurityGroupIngress", &rule);
    assert_eq!(refused(&mut cloud, "DeleteSecurityGroup", &[("GroupId", &balancer)]), "DependencyViolation");
    ok(&mut cloud, "RevokeSecurityGroupIngress", &rule);
    ok(&mut cloud, "DeleteSecurityGroup", &[("GroupId", &balancer)]);
    assert_eq!(refused(&mut cloud, "DeleteSecurityGroup", &[("GroupId", &balancer)]), "InvalidGroup.NotFound");
    assert_eq!(refused(&mut cloud, "DeleteSecurityGroup", &[("GroupId", "web")]), "InvalidGroupId.Malformed");
}

#[test]
fn a_rule_that_names_its_own_group_is_no_obstacle() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let id = group(&mut cloud, &vpc, "peers");
    let rule =
        [("GroupId", id.as_str()), ("IpPermissions.1.IpProtocol", "-1"), ("IpPermissions.1.Groups.1.GroupId", &id)];
    ok(&mut cloud, "AuthorizeSecurityGroupIngress", &rule);
    ok(&mut cloud, "DeleteSecurityGroup", &[("GroupId", &id)]);
}

#[test]
fn the_default_group_of_a_vpc_stays() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let form = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc.as_str())];
    let id = text(&ok(&mut cloud, "DescribeSecurityGroups", &form)["securityGroupInfo"][0]["groupId"]);
    assert_eq!(refused(&mut cloud, "DeleteSecurityGroup", &[("GroupId", &id)]), "CannotDelete");
}
