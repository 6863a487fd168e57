//! A service runs an image.
use model::Stack;
use rust_stack_modules::{ClusterRefs, NetworkRefs, Service, TrafficRefs};

fn service(stack: &mut Stack, cluster: &ClusterRefs, network: &NetworkRefs, traffic: &TrafficRefs) {
    Service::new("web", cluster, network, traffic).count(3).build(stack);
}

fn main() {}
