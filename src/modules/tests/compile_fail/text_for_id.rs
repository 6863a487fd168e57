//! An id is not just any text.
use aws::ec2::InternetGateway;

fn gateway() -> InternetGateway {
    InternetGateway { vpc: "vpc-0a1b2c3d".into() }
}

fn main() {}
