//! A network that has not been built has no subnets.
use model::Cidr;
use rust_stack_modules::{Network, Region, Traffic};

fn traffic(region: &Region, cidr: Cidr) -> Traffic {
    let network = Network::new("main", region, cidr).zones(3);
    Traffic::new("web", &network)
}

fn main() {}
