//! A network that was made by calls to EC2, as a user makes it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use serde_json::Value;

use crate::ec2::network_interface::{self, InterfaceType, NewNetworkInterface, Public};
use crate::faults::Faults;
use crate::plane::network::{Network, Peer, Verdict, wanted};
use crate::testing::Local;
use crate::world::Request;

const CLIENT: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);

/// A VPC with a public and a private subnet in two zones: a node of a load balancer and a NAT gateway in the one, two
/// tasks in the other. The groups `balancer` and `task` let everything out and nothing in.
pub(super) struct Lab {
    pub(super) cloud: Local,
    pub(super) network: Network,
    pub(super) faults: Arc<Faults>,
    /// The ids of everything, by what the tests call it.
    pub(super) ids: BTreeMap<String, String>,
    entries: u16,
}

impl Lab {
    pub(super) fn new(cloud: Local) -> Self {
        let faults = Arc::<Faults>::default();
        let network = Network::new(CLIENT, Arc::clone(&faults));
        let mut lab = Lab { cloud, network, faults, ids: BTreeMap::new(), entries: 0 };
        lab.make("vpc", "CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "/vpc/vpcId");
        lab.make("igw", "CreateInternetGateway", &[], "/internetGateway/internetGatewayId");
        lab.call("AttachInternetGateway", &[("InternetGatewayId", "igw"), ("VpcId", "vpc")]);
        for (subnet, block, zone, table) in [
            ("public", "10.0.0.0/24", "us-east-1a", "public-table"),
            ("private", "10.0.1.0/24", "us-east-1b", "private-table"),
        ] {
            let form = [("VpcId", "vpc"), ("CidrBlock", block), ("AvailabilityZone", zone)];
            lab.make(subnet, "CreateSubnet", &form, "/subnet/subnetId");
            lab.make(table, "CreateRouteTable", &[("VpcId", "vpc")], "/routeTable/routeTableId");
            lab.call("AssociateRouteTable", &[("RouteTableId", table), ("SubnetId", subnet)]);
        }
        lab.route("public-table", "0.0.0.0/0", "GatewayId", "igw");
        lab.make("eip", "AllocateAddress", &[], "/allocationId");
        let form = [("SubnetId", "public"), ("AllocationId", "eip")];
        lab.make("nat", "CreateNatGateway", &form, "/natGateway/natGatewayId");
        lab.route("private-table", "0.0.0.0/0", "NatGatewayId", "nat");
        for group in ["balancer", "task"] {
            let form = [("VpcId", "vpc"), ("GroupName", group), ("GroupDescription", "a group")];
            lab.make(group, "CreateSecurityGroup", &form, "/groupId");
        }
        lab.attach("node", "public", "balancer", Public::Assigned);
        lab.attach("internal", "public", "balancer", Public::None);
        lab.attach("task-1", "private", "task", Public::None);
        lab.attach("task-2", "private", "task", Public::None);
        lab
    }

    /// Calls EC2; values that are names of this lab stand for the ids.
    #[track_caller]
    pub(super) fn call(&mut self, operation: &str, form: &[(&str, &str)]) -> Value {
        let form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (*name, self.ids.get(*value).map_or(*value, String::as_str))).collect();
        self.cloud.query("ec2", operation, &form).unwrap_or_else(|error| panic!("{operation}: {error:?}"))
    }

    #[track_caller]
    pub(super) fn make(&mut self, name: &str, operation: &str, form: &[(&str, &str)], id: &str) {
        let made = self.call(operation, form);
        let id = made.pointer(id).and_then(Value::as_str).expect("an id").to_owned();
        self.ids.insert(name.to_owned(), id);
    }

    pub(super) fn route(&mut self, table: &str, block: &str, parameter: &str, target: &str) {
        let form = [("RouteTableId", table), ("DestinationCidrBlock", block), (parameter, target)];
        self.call("CreateRoute", &form);
    }

    pub(super) fn attach(&mut self, name: &str, subnet: &str, group: &str, public: Public) {
        let new = NewNetworkInterface {
            subnet_id: self.ids[subnet].clone(),
            security_groups: vec![self.ids[group].clone()],
            description: name.to_owned(),
            interface_type: InterfaceType::Interface,
            requester_id: if group == "balancer" { "amazon-elb" } else { "amazon-ecs" }.to_owned(),
            public,
        };
        let request = Request {
            service: &crate::ec2::SERVICE,
            operation: "RunTask",
            region: "us-east-1",
            access_key: "AKIATEST",
            fingerprint: "",
            now: self.cloud.now,
        };
        let made = self.cloud.world.transact(request, |cx| network_interface::attach(cx, new)).expect("it attaches");
        self.ids.insert(name.to_owned(), made.network_interface_id);
    }

    /// Adds a rule: `in task 8080-8080 balancer` for a group, where the peer is a group, a block or a prefix list;
    /// `closed task` takes away what lets everything out; `acl in deny 1024-65535 0.0.0.0/0` for both subnets.
    #[track_caller]
    pub(super) fn rule(&mut self, rule: &str) {
        let words: Vec<&str> = rule.split_whitespace().collect();
        match words[..] {
            ["closed", group] => {
                let form = [("GroupId", group), ("IpPermissions.1.IpProtocol", "-1")];
                let form = [&form[..], &[("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0")]].concat();
                self.call("RevokeSecurityGroupEgress", &form);
            }
            ["acl", direction, action, ports, block] => {
                let found =
                    self.call("DescribeNetworkAcls", &[("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", "vpc")]);
                let acl = found["networkAclSet"][0]["networkAclId"].as_str().expect("an id");
                let (from, to) = ports.split_once('-').expect("a range");
                self.entries += 1;
                let number = self.entries.to_string();
                let form = [
                    ("NetworkAclId", acl),
                    ("RuleNumber", &number),
                    ("Protocol", "tcp"),
                    ("RuleAction", action),
                    ("Egress", if direction == "out" { "true" } else { "false" }),
                    ("CidrBlock", block),
                    ("PortRange.From", from),
                    ("PortRange.To", to),
                ];
                self.call("CreateNetworkAclEntry", &form);
            }
            [direction, group, ports, peer] => {
                let (protocol, from, to) = match ports.split_once('-') {
                    Some((from, to)) if !from.is_empty() => ("tcp", from, to),
                    _ => (ports, "53", "53"),
                };
                let parameter = match peer {
                    block if block.contains('/') => "IpPermissions.1.IpRanges.1.CidrIp",
                    list if list.starts_with("pl-") => "IpPermissions.1.PrefixListIds.1.PrefixListId",
                    _ => "IpPermissions.1.Groups.1.GroupId",
                };
                let form = [
                    ("GroupId", group),
                    ("IpPermissions.1.IpProtocol", protocol),
                    ("IpPermissions.1.FromPort", from),
                    ("IpPermissions.1.ToPort", to),
                    (parameter, peer),
                ];
                let operation = if direction == "out" { "Egress" } else { "Ingress" };
                self.call(&format!("AuthorizeSecurityGroup{operation}"), &form);
            }
            _ => panic!("no rule: {rule}"),
        }
    }

    /// Looks at the tables again.
    pub(super) fn look(&mut self) {
        let regions = self.cloud.world.turn(self.cloud.now, |cx| wanted(cx)).expect("time passes");
        self.network.set(regions);
    }

    pub(super) fn judge(&mut self, from: &str, to: &str, port: u16) -> Verdict {
        self.look();
        let from = if from == "client" { Peer::Client } else { Peer::Interface(self.ids[from].clone()) };
        self.network.judge(&from, &self.ids[to], port)
    }

    pub(super) fn egress(&mut self, from: &str, port: u16) -> Verdict {
        self.look();
        self.network.egress(&self.ids[from], port)
    }
}
