//! Filters, ids and pages of `Describe` operations.

use super::*;
use crate::ec2::OPERATIONS;

#[test]
fn ids_must_all_exist_and_filters_need_not_match() {
    let mut cloud = Local::new();
    let id = vpc(&mut cloud);
    let form = [("VpcId.1", id.as_str()), ("VpcId.2", "vpc-0123456789abcdef0")];
    assert_eq!(refused(&mut cloud, "DescribeVpcs", &form), "InvalidVpcID.NotFound");
    let form = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", "vpc-0123456789abcdef0")];
    assert_eq!(count(&ok(&mut cloud, "DescribeVpcs", &form)["vpcSet"]), 0);
}

#[test]
fn unknown_filters_and_parameters_are_named() {
    let mut cloud = Local::new();
    let form = [("Filter.1.Name", "colour"), ("Filter.1.Value.1", "red")];
    let error = ec2(&mut cloud, "DescribeSubnets", &form).expect_err("there is no such filter");
    assert_eq!(error.message, "The filter 'colour' is invalid");
    assert_eq!(refused(&mut cloud, "DescribeSubnets", &[("Colour", "red")]), "UnknownParameter");
}

#[test]
fn pages_follow_each_other() {
    let mut cloud = Local::new();
    let vpc = vpc(&mut cloud);
    for number in 0..7 {
        subnet(&mut cloud, &vpc, &format!("10.0.{number}.0/24"));
    }
    let form = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc.as_str()), ("MaxResults", "5")];
    let first = ok(&mut cloud, "DescribeSubnets", &form);
    let token = text(&first["nextToken"]);
    let mut next = form.to_vec();
    next.push(("NextToken", &token));
    let last = ok(&mut cloud, "DescribeSubnets", &next);
    assert_eq!((count(&first["subnetSet"]), count(&last["subnetSet"])), (5, 2));
    assert!(last["nextToken"].is_null());
    assert_eq!(refused(&mut cloud, "DescribeSubnets", &[("MaxResults", "4")]), "InvalidParameterValue");
    assert_eq!(refused(&mut cloud, "DescribeSubnets", &[("NextToken", "made up")]), "InvalidNextToken");
}

#[test]
fn every_describe_operation_answers_without_parameters() {
    let mut cloud = Local::new();
    let needs_more = [
        "DescribeAddressesAttribute",
        "DescribeNetworkInterfaceAttribute",
        "DescribeVpcAttribute",
        "DescribeVpcClassicLink",
        "DescribeVpcClassicLinkDnsSupport",
    ];
    for operation in OPERATIONS.iter().filter(|operation| operation.name.starts_with("Describe")) {
        if !needs_more.contains(&operation.name) {
            ok(&mut cloud, operation.name, &[]);
        }
    }
}
