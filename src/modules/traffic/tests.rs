use super::*;
use crate::{Network, Region};
use model::Document;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn document(change: impl FnOnce(Traffic) -> Traffic) -> Document {
    let mut stack = Stack::new("dev");
    let region = Region::new("eu-west-1").expect("a region");
    let network = Network::new("main", &region, "10.0.0.0/16".parse().expect("a CIDR")).build(&mut stack);
    let traffic = change(Traffic::new("web", &network)).build(&mut stack);
    stack.output("url", traffic.url("/health"));
    stack.document(BTreeMap::new())
}

fn inputs<'a>(document: &'a Document, address: &str) -> &'a Value {
    let found = document.resources.iter().find(|resource| resource.address.as_str() == address);
    &found.unwrap_or_else(|| panic!("no {address}")).inputs
}

#[test]
fn blue_gets_every_request_and_green_is_known() {
    let document = document(|traffic| traffic);
    assert_eq!(document.problems, []);
    let groups = &inputs(&document, "listener_rule.web")["action"]["forward"]["target_groups"];
    assert_eq!(
        groups,
        &json!([
            { "target_group": { "$ref": "target_group.web-blue#arn" }, "weight": 100 },
            { "target_group": { "$ref": "target_group.web-green#arn" }, "weight": 0 },
        ])
    );
    assert_eq!(inputs(&document, "target_group.web-blue"), inputs(&document, "target_group.web-green"));
}

#[test]
fn the_load_balancer_stands_in_public_behind_its_own_security_group() {
    let document = document(|traffic| traffic);
    let load_balancer = inputs(&document, "load_balancer.web");
    let subnet = |zone| json!({ "$ref": format!("subnet.main-public-{zone}#id") });
    assert_eq!(load_balancer["subnets"], json!([subnet('a'), subnet('b'), subnet('c')]));
    assert_eq!(load_balancer["security_groups"], json!([{ "$ref": "security_group.web-load-balancer#id" }]));
    assert_eq!(inputs(&document, "security_group.web-load-balancer")["default_egress"], false);
}

#[test]
fn a_path_has_groups_of_its_own_behind_the_same_load_balancer() {
    let mut stack = Stack::new("dev");
    let region = Region::new("eu-west-1").expect("a region");
    let network = Network::new("main", &region, "10.0.0.0/16".parse().expect("a CIDR")).build(&mut stack);
    let traffic = Traffic::new("web", &network).build(&mut stack);
    let api = traffic
        .path("api", "/api/*", const { Priority::new(10) })
        .port(const { Port::new(9000) })
        .max_request(Seconds::new(20))
        .build(&mut stack);
    assert_eq!((api.port, api.load_balancer.address()), (Port::new(9000), traffic.load_balancer.address()));
    let document = stack.document(BTreeMap::new());
    assert_eq!(document.problems, []);
    let rule = inputs(&document, "listener_rule.api");
    assert_eq!(rule["listener"], inputs(&document, "listener_rule.web")["listener"]);
    assert_eq!(
        rule["action"]["forward"]["target_groups"],
        json!([
            { "target_group": { "$ref": "target_group.api-blue#arn" }, "weight": 100 },
            { "target_group": { "$ref": "target_group.api-green#arn" }, "weight": 0 },
        ])
    );
    assert_eq!(inputs(&document, "target_group.api-blue")["deregistration_delay"], 50);
}

#[test]
fn a_target_may_finish_its_longest_request() {
    let document = document(|traffic| traffic.max_request(Seconds::new(20)));
    assert_eq!(inputs(&document, "target_group.web-blue")["deregistration_delay"], 50);
}

#[test]
fn a_request_that_fargate_cannot_wait_for_is_a_problem() {
    let problems = document(|traffic| traffic.max_request(Seconds::new(116))).problems;
    assert!(matches!(&problems[..], [one] if one.problem.field == "max_request"), "{problems:#?}");
    assert_eq!(document(|traffic| traffic.max_request(Seconds::new(115))).problems, []);
}

#[test]
fn https_redirects_what_comes_over_http() {
    let https = Https { certificate: CertificateArn::new("arn:aws:acm:..."), domain: "app.example.com".to_owned() };
    let document = document(|traffic| traffic.https(https));
    assert_eq!(document.problems, []);
    assert_eq!(inputs(&document, "listener.web")["protocol"], "HTTPS");
    assert_eq!(inputs(&document, "listener.web-redirect")["default_action"]["redirect"]["protocol"], "HTTPS");
    assert_eq!(
        inputs(&document, "security_group_ingress_rule.web-load-balancer-https")["source"]["cidr_ipv4"],
        "0.0.0.0/0"
    );
    assert_eq!(document.outputs["url"].value, In::from("https://app.example.com/health"));
}

#[test]
fn a_load_balancer_can_be_protected() {
    let protects = |document: Document| {
        let found = document.resources.iter().find(|resource| resource.address.as_str() == "load_balancer.web");
        let found = found.expect("a load balancer");
        (found.lifecycle.prevent_destroy, found.inputs["deletion_protection"].clone())
    };
    assert_eq!(protects(document(|traffic| traffic)), (false, json!(false)));
    assert_eq!(protects(document(Traffic::protect)), (true, json!(true)));
}
