//! IAM takes the name of a role here.
use aws::{
    Policy,
    iam::{RolePolicy, RoleRefs},
};

fn policy(role: &RoleRefs) -> RolePolicy {
    RolePolicy { role: role.arn(), policy: Policy::allow(["s3:GetObject"]).on(["*"]) }
}

fn main() {}
