//! The rules of security groups.

use super::*;

/// The parameters of a rule for one TCP port from a block.
fn from_block<'a>(group: &'a str, port: &'a str, block: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("GroupId", group),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", port),
        ("IpPermissions.1.ToPort", port),
        ("IpPermissions.1.IpRanges.1.CidrIp", block),
    ]
}

fn group_in_vpc(cloud: &mut Local) -> String {
    let vpc = vpc(cloud);
    group(cloud, &vpc, "web")
}

#[test]
fn rules_are_returned_with_ids_and_tags_and_are_not_added_twice() {
    let mut cloud = Local::new();
    let id = group_in_vpc(&mut cloud);
    let mut form = from_block(&id, "80", "10.1.2.3/8").to_vec();
    form.extend([
        ("IpPermissions.1.Ipv6Ranges.1.CidrIpv6", "::/0"),
        ("TagSpecification.1.ResourceType", "security-group-rule"),
        ("TagSpecification.1.Tag.1.Key", "Name"),
        ("TagSpecification.1.Tag.1.Value", "http"),
    ]);
    let made = ok(&mut cloud, "AuthorizeSecurityGroupIngress", &form)["securityGroupRuleSet"].clone();
    assert_eq!((&made[0]["cidrIpv4"], &made[1]["cidrIpv6"]), (&"10.0.0.0/8".into(), &"::/0".into()));
    assert_eq!(made[1]["tagSet"][0]["value"], "http");
    let again = from_block(&id, "80", "10.0.0.0/8");
    assert_eq!(refused(&mut cloud, "AuthorizeSecurityGroupIngress", &again), "InvalidPermission.Duplicate");
    ok(&mut cloud, "AuthorizeSecurityGroupEgress", &again);
    let rule = text(&made[0]["securityGroupRuleId"]);
    let form = [("Filter.1.Name", "security-group-rule-id"), ("Filter.1.Value.1", rule.as_str())];
    assert_eq!(ok(&mut cloud, "DescribeSecurityGroupRules", &form)["securityGroupRuleSet"][0], made[0]);
}

#[test]
fn one_wrong_rule_adds_none() {
    let mut cloud = Local::new();
    let id = group_in_vpc(&mut cloud);
    let mut form = from_block(&id, "80", "10.0.0.0/8").to_vec();
    form.push(("IpPermissions.1.IpRanges.2.CidrIp", "everywhere"));
    assert_eq!(refused(&mut cloud, "AuthorizeSecurityGroupIngress", &form), "InvalidParameterValue");
    form.pop();
    form.push(("IpPermissions.1.IpRanges.2.CidrIp", "10.0.0.0/8"));
    assert_eq!(refused(&mut cloud, "AuthorizeSecurityGroupIngress", &form), "InvalidParameterValue");
    let found = ok(&mut cloud, "DescribeSecurityGroups", &[("GroupId.1", &id)]);
    assert_eq!(count(&found["securityGroupInfo"][0]["ipPermissions"]), 0);
}

#[test]
fn a_revoked_rule_must_be_there_outside_the_default_vpc() {
    let mut cloud = Local::new();
    let id = group_in_vpc(&mut cloud);
    let rule = from_block(&id, "80", "10.0.0.0/8");
    assert_eq!(refused(&mut cloud, "RevokeSecurityGroupIngress", &rule), "InvalidPermission.NotFound");

    let form = [("GroupName", "web"), ("GroupDescription", "in the default VPC")];
    let default = text(&ok(&mut cloud, "CreateSecurityGroup", &form)["groupId"]);
    let reply = ok(&mut cloud, "RevokeSecurityGroupIngress", &from_block(&default, "80", "10.0.0.0/8"));
    assert_eq!(reply["unknownIpPermissionSet"][0]["ipRanges"][0]["cidrIp"], "10.0.0.0/8");
}

#[test]
fn rules_are_revoked_by_id_in_their_own_group_and_direction() {
    let mut cloud = Local::new();
    let id = group_in_vpc(&mut cloud);
    let made = ok(&mut cloud, "AuthorizeSecurityGroupIngress", &from_block(&id, "80", "10.0.0.0/8"));
    let rule = text(&made["securityGroupRuleSet"][0]["securityGroupRuleId"]);
    let form = [("GroupId", id.as_str()), ("SecurityGroupRuleId.1", rule.as_str())];
    assert_eq!(refused(&mut cloud, "RevokeSecurityGroupEgress", &form), "InvalidSecurityGroupRuleId.NotFound");
    let revoked = ok(&mut cloud, "RevokeSecurityGroupIngress", &form);
    assert_eq!(revoked["revokedSecurityGroupRuleSet"][0]["cidrIpv4"], "10.0.0.0/8");
    assert_eq!(refused(&mut cloud, "RevokeSecurityGroupIngress", &form), "InvalidSecurityGroupRuleId.NotFound");
}

#[test]
fn sixty_rules_are_the_most_in_one_direction() {
    let mut cloud = Local::new();
    let id = group_in_vpc(&mut cloud);
    for port in 1..=60 {
        ok(&mut cloud, "AuthorizeSecurityGroupIngress", &from_block(&id, &port.to_string(), "10.0.0.0/8"));
    }
    let one_more = from_block(&id, "61", "10.0.0.0/8");
    assert_eq!(refused(&mut cloud, "AuthorizeSecurityGroupIngress", &one_more), "RulesPerSecurityGroupLimitExceeded");
    ok(&mut cloud, "AuthorizeSecurityGroupEgress", &one_more);
    let ipv6 = [
        ("GroupId", id.as_str()),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.Ipv6Ranges.1.CidrIpv6", "::/0"),
    ];
    ok(&mut cloud, "AuthorizeSecurityGroupIngress", &ipv6);
}

#[test]
fn groups_of_other_vpcs_cannot_be_named() {
    let mut cloud = Local::new();
    let id = group_in_vpc(&mut cloud);
    let other = group_in_vpc(&mut cloud);
    for named in [other.as_str(), "sg-0123456789abcdef0"] {
        let form = [
            ("GroupId", id.as_str()),
            ("IpPermissions.1.IpProtocol", "-1"),
            ("IpPermissions.1.Groups.1.GroupId", named),
        ];
        assert_eq!(refused(&mut cloud, "AuthorizeSecurityGroupIngress", &form), "InvalidGroup.NotFound");
    }
}

#[test]
fn a_rule_keeps_its_id_when_it_is_modified() {
    let mut cloud = Local::new();
    let id = group_in_vpc(&mut cloud);
    let made = ok(&mut cloud, "AuthorizeSecurityGroupIngress", &from_block(&id, "80", "10.0.0.0/8"));
    let rule = text(&made["securityGroupRuleSet"][0]["securityGroupRuleId"]);
    ok(&mut cloud, "AuthorizeSecurityGroupIngress", &from_block(&id, "81", "10.0.0.0/8"));
    let modify = |cloud: &mut Local, port: &str, peer: (&str, &str)| {
        let form = [
            ("GroupId", id.as_str()),
            ("SecurityGroupRule.1.SecurityGroupRuleId", rule.as_str()),
            ("SecurityGroupRule.1.SecurityGroupRule.IpProtocol", "tcp"),
            ("SecurityGroupRule.1.SecurityGroupRule.FromPort", port),
            ("SecurityGroupRule.1.SecurityGroupRule.ToPort", port),
            ("SecurityGroupRule.1.SecurityGroupRule.Description", "changed"),
            peer,
        ];
        ec2(cloud, "ModifySecurityGroupRules", &form).map_err(|error| error.code.into_owned())
    };
    let ipv4 = ("SecurityGroupRule.1.SecurityGroupRule.CidrIpv4", "10.0.0.0/8");
    assert_eq!(modify(&mut cloud, "81", ipv4), Err("InvalidPermission.Duplicate".to_owned()));
    let ipv6 = ("SecurityGroupRule.1.SecurityGroupRule.CidrIpv6", "::/0");
    assert_eq!(modify(&mut cloud, "82", ipv6), Err("InvalidParameterValue".to_owned()));
    assert!(modify(&mut cloud, "82", ipv4).is_ok());
    let found = ok(&mut cloud, "DescribeSecurityGroupRules", &[("SecurityGroupRuleId.1", &rule)]);
    let found = &found["securityGroupRuleSet"][0];
    assert_eq!((&found["fromPort"], &found["description"]), (&82.into(), &"changed".into()));
}

#[test]
fn descriptions_are_changed_in_place() {
    let mut cloud = Local::new();
    let id = group_in_vpc(&mut cloud);
    let mut form = from_block(&id, "80", "10.0.0.0/8").to_vec();
    ok(&mut cloud, "AuthorizeSecurityGroupIngress", &form);
    form.push(("IpPermissions.1.IpRanges.1.Description", "inside"));
    ok(&mut cloud, "UpdateSecurityGroupRuleDescriptionsIngress", &form);
    let found = ok(&mut cloud, "DescribeSecurityGroups", &[("GroupId.1", &id)]);
    assert_eq!(found["securityGroupInfo"][0]["ipPermissions"][0]["ipRanges"][0]["description"], "inside");
    assert_eq!(refused(&mut cloud, "UpdateSecurityGroupRuleDescriptionsEgress", &form), "InvalidPermission.NotFound");
}
