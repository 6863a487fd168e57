use super::*;
use model::Document;
use serde_json::json;
use std::collections::BTreeMap;

fn cidr(text: &str) -> Cidr {
    text.parse().expect("a CIDR")
}

fn network(block: &str) -> Network {
    Network::new("main", &Region::new("eu-west-1").expect("a region"), cidr(block))
}

fn document(network: Network) -> Document {
    let mut stack = Stack::new("dev");
    network.build(&mut stack);
    stack.document(BTreeMap::new())
}

fn count(document: &Document, kind: &str) -> usize {
    document.resources.iter().filter(|resource| resource.kind == kind).count()
}

fn inputs<'a>(document: &'a Document, address: &str) -> &'a serde_json::Value {
    let found = document.resources.iter().find(|resource| resource.address.as_str() == address);
    &found.unwrap_or_else(|| panic!("no {address}")).inputs
}

fn messages(network: Network) -> Vec<String> {
    document(network).problems.into_iter().map(|it| format!("{}: {}", it.problem.field, it.problem.message)).collect()
}

#[test]
fn every_zone_has_both_subnets_and_a_way_out() {
    for (nat, gateways, routes) in [(Nat::None, 0, 3), (Nat::Single, 1, 6), (Nat::PerZone, 3, 6)] {
        let document = document(network("10.0.0.0/16").nat(nat));
        assert_eq!(document.problems, []);
        assert_eq!(count(&document, "ec2.subnet"), 6);
        assert_eq!(count(&document, "ec2.route_table_association"), 6);
        assert_eq!(count(&document, "ec2.nat_gateway"), gateways, "{nat:?}");
        assert_eq!(count(&document, "ec2.elastic_ip"), gateways, "{nat:?}");
        assert_eq!(count(&document, "ec2.route"), routes, "{nat:?}");
    }
}

#[test]
fn a_private_subnet_goes_out_through_its_own_zone_if_it_can() {
    let target = |nat| inputs(&document(network("10.0.0.0/16").nat(nat)), "route.main-private-b")["target"].clone();
    assert_eq!(target(Nat::PerZone), json!({ "nat_gateway": { "$ref": "nat_gateway.main-b#id" } }));
    assert_eq!(target(Nat::Single), json!({ "nat_gateway": { "$ref": "nat_gateway.main-a#id" } }));
}

#[test]
fn without_nat_tasks_stand_in_public() {
    let mut stack = Stack::new("dev");
    let with = network("10.0.0.0/16").build(&mut stack);
    let without = network("10.0.0.0/16").nat(Nat::None).build(&mut stack);
    assert!(!with.tasks_are_public() && without.tasks_are_public());
    assert_eq!(with.task_subnets(), with.private_subnets.iter().map(SubnetRefs::id).collect());
    assert_eq!(without.task_subnets(), without.public_subnets.iter().map(SubnetRefs::id).collect());
}

#[test]
fn a_zone_keeps_its_addresses_when_another_comes_or_goes() {
    let block = |network, address| inputs(&document(network), address)["cidr_block"].clone();
    for network in [network("10.0.0.0/16").zones(3), network("10.0.0.0/16").zones_of(['d', 'c'])] {
        assert_eq!(block(network.clone(), "subnet.main-public-c"), "10.0.32.0/20");
        assert_eq!(block(network, "subnet.main-private-c"), "10.0.160.0/20");
    }
}

#[test]
fn addresses_can_be_chosen() {
    let chosen = network("10.0.0.0/16").zones(2).private_cidrs([cidr("10.0.200.0/24"), cidr("10.0.201.0/24")]);
    let document = document(chosen);
    assert_eq!(document.problems, []);
    assert_eq!(inputs(&document, "subnet.main-private-b")["cidr_block"], "10.0.201.0/24");
    assert_eq!(inputs(&document, "subnet.main-public-b")["cidr_block"], "10.0.16.0/20");
}

#[test]
fn what_cannot_work_is_reported() {
    let two = |blocks: [&str; 2]| network("10.0.0.0/16").zones(2).public_cidrs(blocks.map(cidr));
    let cases = [
        (network("10.0.0.0/16").zones(0), "zones: a network lies in 1 to 8 Availability Zones, not in 0"),
        (network("10.0.0.0/16").zones(9), "zones: a network lies in 1 to 8 Availability Zones, not in 9"),
        (network("10.0.0.0/16").zones_of(['a', 'x']), "zones: `x` is not a zone: use a to h"),
        (network("10.0.0.0/16").zones_of(['a', 'a']), "zones: the zone `a` is named twice"),
        (network("10.0.0.0/8"), "cidr: 10.0.0.0/8 is no size for a VPC: use a /16 to a /28"),
        (network("10.0.0.0/26"), "cidr: 10.0.0.0/26 is too small to divide: use a /24 or larger, or name the blocks"),
        (
            two(["10.0.0.0/24", "10.1.0.0/24"]),
            "public_cidrs: 10.1.0.0/24 does not lie within the network's 10.0.0.0/16",
        ),
        (two(["10.0.0.0/24", "10.0.0.128/25"]), "public_cidrs: 10.0.0.128/25 overlaps 10.0.0.0/24"),
        (two(["10.0.0.0/24", "10.0.128.0/24"]), "private_cidrs: 10.0.128.0/20 overlaps 10.0.128.0/24"),
        (
            network("10.0.0.0/16").public_cidrs([cidr("10.0.0.0/24")]),
            "public_cidrs: 1 blocks for 3 zones: name one for each",
        ),
    ];
    for (network, expected) in cases {
        let messages = messages(network);
        assert_eq!(messages.first().map(String::as_str), Some(expected), "{messages:#?}");
    }
}

#[test]
fn a_problem_names_the_line_of_the_stack_program() {
    let mut stack = Stack::new("dev");
    let line = line!() + 1;
    network("10.0.0.0/16").zones(0).build(&mut stack);
    let problems = stack.document(BTreeMap::new()).problems;
    assert!(problems.iter().all(|problem| problem.source == format!("{}:{line}", file!())), "{problems:#?}");
}

#[test]
fn what_others_rely_on_can_be_protected() {
    let document = document(network("10.0.0.0/16").nat(Nat::PerZone).protect());
    let kept = document.resources.iter().filter(|resource| resource.lifecycle.prevent_destroy);
    let kept: Vec<&str> = kept.map(|resource| resource.kind.as_str()).collect();
    assert_eq!(kept, ["ec2.vpc", "ec2.elastic_ip", "ec2.elastic_ip", "ec2.elastic_ip"]);
}
