//! Tags on creation and afterwards.

use super::*;

const ON_CREATION: [(&str, &str); 3] = [
    ("TagSpecification.1.ResourceType", "vpc"),
    ("TagSpecification.1.Tag.1.Key", "Name"),
    ("TagSpecification.1.Tag.1.Value", "main"),
];

fn tagged(cloud: &mut Local) -> String {
    let mut form = ON_CREATION.to_vec();
    form.push(("CidrBlock", "10.0.0.0/16"));
    text(&ok(cloud, "CreateVpc", &form)["vpc"]["vpcId"])
}

fn names(cloud: &mut Local, id: &str) -> Vec<String> {
    let found = ok(cloud, "DescribeTags", &[("Filter.1.Name", "resource-id"), ("Filter.1.Value.1", id)]);
    found["tagSet"].as_array().expect("a list").iter().map(|tag| text(&tag["key"])).collect()
}

#[test]
fn tags_are_added_overwritten_and_removed() {
    let mut cloud = Local::new();
    let id = tagged(&mut cloud);
    ok(&mut cloud, "CreateTags", &[("ResourceId.1", &id), ("Tag.1.Key", "env"), ("Tag.1.Value", "dev")]);
    assert_eq!(names(&mut cloud, &id), ["Name", "env"]);
    let other_value = [("ResourceId.1", id.as_str()), ("Tag.1.Key", "env"), ("Tag.1.Value", "prod")];
    ok(&mut cloud, "DeleteTags", &other_value);
    assert_eq!(names(&mut cloud, &id), ["Name", "env"]);
    ok(&mut cloud, "DeleteTags", &[("ResourceId.1", &id), ("Tag.1.Key", "env")]);
    assert_eq!(names(&mut cloud, &id), ["Name"]);
    ok(&mut cloud, "DeleteTags", &[("ResourceId.1", &id)]);
    assert_eq!(count(&ok(&mut cloud, "DescribeVpcs", &[("VpcId.1", &id)])["vpcSet"][0]["tagSet"]), 0);
}

#[test]
fn every_resource_must_exist_or_none_is_tagged() {
    let mut cloud = Local::new();
    let id = vpc(&mut cloud);
    for (other, code) in [("subnet-0", "InvalidSubnetID.NotFound"), ("thing-0", "InvalidID")] {
        let form = [("ResourceId.1", id.as_str()), ("ResourceId.2", other), ("Tag.1.Key", "a"), ("Tag.1.Value", "b")];
        assert_eq!(refused(&mut cloud, "CreateTags", &form), code);
    }
    assert_eq!(names(&mut cloud, &id).len(), 0);
}

#[test]
fn the_rules_of_tags_hold() {
    let mut cloud = Local::new();
    let id = vpc(&mut cloud);
    let reserved = [("ResourceId.1", id.as_str()), ("Tag.1.Key", "aws:x"), ("Tag.1.Value", "")];
    assert_eq!(refused(&mut cloud, "CreateTags", &reserved), "InvalidParameterValue");
    let keys: Vec<String> = (1..=51).map(|number| format!("Tag.{number}.Key")).collect();
    let mut form: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), &key[4..])).collect();
    form.push(("ResourceId.1", &id));
    assert_eq!(refused(&mut cloud, "CreateTags", &form), "TagLimitExceeded");
    let mut wrong_type = ON_CREATION.to_vec();
    wrong_type.extend([("VpcId", id.as_str()), ("CidrBlock", "10.0.0.0/24")]);
    assert_eq!(refused(&mut cloud, "CreateSubnet", &wrong_type), "InvalidParameterValue");
}
