//! A NAT gateway stands in a subnet.
use aws::ec2::{ElasticIpRefs, NatGateway, VpcRefs};

fn nat_gateway(vpc: &VpcRefs, elastic_ip: &ElasticIpRefs) -> NatGateway {
    NatGateway { subnet: vpc.id(), elastic_ip: elastic_ip.allocation_id() }
}

fn main() {}
