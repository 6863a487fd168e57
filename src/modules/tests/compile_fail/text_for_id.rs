//! An id is not just any text.
use aws::ec2::InternetGateway;
use model::In;

fn gateway() -> InternetGateway {
    InternetGateway { vpc: In::Value("vpc-0a1b2c3d".to_owned()) }
}

fn main() {}
