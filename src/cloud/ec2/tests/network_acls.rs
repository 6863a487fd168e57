//! Network ACLs.

use super::*;

/// The network ACL of a VPC that it has by default.
fn default_of(cloud: &mut Local, vpc: &str) -> Value {
    let form = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc), ("Filter.2.Name", "default")];
    let form = [&form[..], &[("Filter.2.Value.1", "true")]].concat();
    ok(cloud, "DescribeNetworkAcls", &form)["networkAclSet"][0].clone()
}

fn acl(cloud: &mut Local, vpc: &str) -> String {
    text(&ok(cloud, "CreateNetworkAcl", &[("VpcId", vpc)])["networkAcl"]["networkAclId"])
}

/// An entry for all that comes in, under the number 100.
fn everything(acl: &str) -> [(&str, &str); 6] {
    [
        ("NetworkAclId", acl),
        ("RuleNumber", "100"),
        ("Protocol", "-1"),
        ("RuleAction", "allow"),
        ("Egress", "false"),
        ("CidrBlock", "0.0.0.0/0"),
    ]
}

#[test]
fn the_default_one_lets_everything_through_until_it_is_changed() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let default = default_of(&mut cloud, &vpc);
    let entries = |acl: &Value| -> Vec<(bool, i64, String)> {
        let entry = |it: &Value| {
            let number = it["ruleNumber"].as_i64().expect("a number");
            (it["egress"] == true, number, text(&it["ruleAction"]))
        };
        acl["entrySet"].as_array().expect("a list").iter().map(entry).collect()
    };
    let expected = [(true, 100, "allow"), (true, 32767, "deny"), (false, 100, "allow"), (false, 32767, "deny")];
    assert_eq!(entries(&default), expected.map(|(egress, number, action)| (egress, number, action.to_owned())));

    let id = text(&default["networkAclId"]);
    assert_eq!(refused(&mut cloud, "CreateNetworkAclEntry", &everything(&id)), "NetworkAclEntryAlreadyExists");
    let ingress = [("NetworkAclId", id.as_str()), ("RuleNumber", "100"), ("Egress", "false")];
    ok(&mut cloud, "DeleteNetworkAclEntry", &ingress);
    assert_eq!(refused(&mut cloud, "DeleteNetworkAclEntry", &ingress), "InvalidNetworkAclEntry.NotFound");
    assert_eq!(refused(&mut cloud, "ReplaceNetworkAclEntry", &everything(&id)), "InvalidNetworkAclEntry.NotFound");
    assert_eq!(entries(&default_of(&mut cloud, &vpc)).len(), 3);
    ok(&mut cloud, "CreateNetworkAclEntry", &everything(&id));
    assert_eq!(entries(&default_of(&mut cloud, &vpc)).len(), 4);
    assert_eq!(refused(&mut cloud, "DeleteNetworkAcl", &[("NetworkAclId", &id)]), "InvalidParameterValue");
}

#[test]
fn an_entry_reads_back_with_the_number_of_its_protocol() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let acl = acl(&mut cloud, &vpc);
    let mut form = everything(&acl).to_vec();
    form[2] = ("Protocol", "udp");
    assert_eq!(refused(&mut cloud, "CreateNetworkAclEntry", &form), "MissingParameter");
    form.extend([("PortRange.From", "53"), ("PortRange.To", "54")]);
    ok(&mut cloud, "CreateNetworkAclEntry", &form);
    form[5] = ("Ipv6CidrBlock", "::/0");
    form[2] = ("Protocol", "58");
    form.extend([("Icmp.Type", "-1"), ("Icmp.Code", "-1")]);
    form[1] = ("RuleNumber", "101");
    ok(&mut cloud, "CreateNetworkAclEntry", &form);

    let found = ok(&mut cloud, "DescribeNetworkAcls", &[("NetworkAclId.1", &acl)]);
    let entries = &found["networkAclSet"][0]["entrySet"];
    assert_eq!(entries[1]["protocol"], "17");
    assert_eq!(entries[1]["portRange"]["to"], 54);
    assert_eq!(entries[2]["ipv6CidrBlock"], "::/0");
    assert_eq!(entries[2]["icmpTypeCode"]["type"], -1);
    assert_eq!(entries[2]["portRange"], Value::Null);
    form[1] = ("RuleNumber", "32767");
    assert_eq!(refused(&mut cloud, "CreateNetworkAclEntry", &form), "InvalidParameterValue");
}

#[test]
fn a_subnet_moves_from_one_to_another() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    let (subnet, acl) = (subnet(&mut cloud, &vpc, "10.0.0.0/24"), acl(&mut cloud, &vpc));
    let association = text(&default_of(&mut cloud, &vpc)["associationSet"][0]["networkAclAssociationId"]);
    let form = [("AssociationId", association.as_str()), ("NetworkAclId", acl.as_str())];
    let moved = ok(&mut cloud, "ReplaceNetworkAclAssociation", &form);
    assert_ne!(text(&moved["newAssociationId"]), association);
    assert_eq!(refused(&mut cloud, "ReplaceNetworkAclAssociation", &form), "InvalidAssociationID.NotFound");
    assert_eq!(count(&default_of(&mut cloud, &vpc)["associationSet"]), 0);
    assert_eq!(refused(&mut cloud, "DeleteNetworkAcl", &[("NetworkAclId", &acl)]), "DependencyViolation");

    ok(&mut cloud, "DeleteSubnet", &[("SubnetId", &subnet)]);
    assert_eq!(refused(&mut cloud, "DeleteVpc", &[("VpcId", &vpc)]), "DependencyViolation");
    ok(&mut cloud, "DeleteNetworkAcl", &[("NetworkAclId", &acl)]);
    ok(&mut cloud, "DeleteVpc", &[("VpcId", &vpc)]);
}
