//! The constraints of EC2, each as a client meets it.

mod filters;
mod gateways;
mod network_acls;
mod network_interfaces;
mod routing;
mod security_group_rules;
mod security_groups;
mod subnets;
mod tags;
mod vpcs;
mod zones;

use serde_json::Value;

use crate::ec2::network_interface::{self, InterfaceType, NetworkInterface, NewNetworkInterface, Public};
use crate::testing::Local;
use crate::wire::ApiError;
use crate::world::Request;

/// A call to EC2.
fn ec2(cloud: &mut Local, operation: &str, form: &[(&str, &str)]) -> Result<Value, ApiError> {
    cloud.query("ec2", operation, form)
}

/// A call that succeeds.
#[track_caller]
fn ok(cloud: &mut Local, operation: &str, form: &[(&str, &str)]) -> Value {
    ec2(cloud, operation, form).unwrap_or_else(|error| panic!("{operation}: {error:?}"))
}

/// The code of the error that a call gives.
#[track_caller]
fn refused(cloud: &mut Local, operation: &str, form: &[(&str, &str)]) -> String {
    crate::testing::code(ec2(cloud, operation, form))
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

/// The number of items in a list.
#[track_caller]
fn count(list: &Value) -> usize {
    list.as_array().expect("a list").len()
}

fn vpc(cloud: &mut Local) -> String {
    text(&ok(cloud, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")])["vpc"]["vpcId"])
}

fn subnet(cloud: &mut Local, vpc: &str, block: &str) -> String {
    text(&ok(cloud, "CreateSubnet", &[("VpcId", vpc), ("CidrBlock", block)])["subnet"]["subnetId"])
}

fn gateway(cloud: &mut Local, vpc: &str) -> String {
    let id = text(&ok(cloud, "CreateInternetGateway", &[])["internetGateway"]["internetGatewayId"]);
    ok(cloud, "AttachInternetGateway", &[("InternetGatewayId", &id), ("VpcId", vpc)]);
    id
}

fn address(cloud: &mut Local) -> String {
    text(&ok(cloud, "AllocateAddress", &[])["allocationId"])
}

fn nat_gateway(cloud: &mut Local, subnet: &str, address: &str) -> String {
    let made = ok(cloud, "CreateNatGateway", &[("SubnetId", subnet), ("AllocationId", address)]);
    text(&made["natGateway"]["natGatewayId"])
}

fn route_table(cloud: &mut Local, vpc: &str) -> String {
    text(&ok(cloud, "CreateRouteTable", &[("VpcId", vpc)])["routeTable"]["routeTableId"])
}

fn group(cloud: &mut Local, vpc: &str, name: &str) -> String {
    let form = [("VpcId", vpc), ("GroupName", name), ("GroupDescription", "for a test")];
    text(&ok(cloud, "CreateSecurityGroup", &form)["groupId"])
}

/// Puts a task's network interface into a subnet, as another service does.
fn attach(cloud: &mut Local, subnet: &str, groups: &[&str]) -> Result<NetworkInterface, ApiError> {
    let new = NewNetworkInterface {
        subnet_id: subnet.to_owned(),
        security_groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        description: "a task".to_owned(),
        interface_type: InterfaceType::Interface,
        requester_id: "ecs".to_owned(),
        public: Public::None,
    };
    let request = Request {
        service: &crate::ec2::SERVICE,
        operation: "RunTask",
        region: "us-east-1",
        access_key: "AKIATEST",
        fingerprint: "",
        now: cloud.now,
    };
    cloud.world.transact(request, |cx| network_interface::attach(cx, new))
}
