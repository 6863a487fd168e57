//! A subnet lies in an Availability Zone.
use aws::ec2::{Subnet, VpcRefs};
use model::Cidr;

fn subnet(vpc: &VpcRefs, cidr_block: Cidr) -> Subnet {
    Subnet { vpc: vpc.id(), cidr_block, map_public_ip_on_launch: false }
}

fn main() {}
