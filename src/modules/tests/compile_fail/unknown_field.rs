//! The field is called `enable_dns_hostnames`.
use aws::ec2::Vpc;
use model::Cidr;

fn vpc(cidr_block: Cidr) -> Vpc {
    Vpc { cidr_block, enable_dns_support: true, enable_dns_host_names: true }
}

fn main() {}
