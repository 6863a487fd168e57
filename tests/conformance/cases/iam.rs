use super::needed::{role as needed_role, trust};
use crate::conformance::{
    case::{Again, Case},
    world::World,
};
use aws::{
    Policy,
    iam::{Role, RolePolicy, RolePolicyAttachment},
};
use engine::Fault;
use model::{PolicyArn, Seconds};

/// A managed policy of AWS.
const POLICY: &str = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

pub(super) async fn role(_: &mut World<'_>) -> Result<Case, Fault> {
    let role = Role {
        description: Some("runs tasks".to_owned()),
        path: "/conformance/".to_owned(),
        max_session_duration: Some(Seconds::new(3600)),
        ..Role::new(trust())
    };
    let source = trust().when("StringEquals", "aws:SourceAccount", ["123456789012"]);
    let changes = [
        Role { assume_role_policy: source, ..role.clone() },
        Role { description: Some("runs other tasks".to_owned()), ..role.clone() },
        Role { max_session_duration: Some(Seconds::new(7200)), ..role.clone() },
        Role { permissions_boundary: Some(PolicyArn::new(POLICY).into()), ..role.clone() },
    ];
    Ok(Case::new(&role, Again::Only, changes).replace(&["path"]))
}

pub(super) async fn role_policy(world: &mut World<'_>) -> Result<Case, Fault> {
    let role = needed_role(world).await?.name.into();
    let policy = RolePolicy { role, policy: Policy::allow(["logs:PutLogEvents"]).on(["*"]) };
    let other = Policy::allow(["logs:CreateLogStream", "logs:PutLogEvents"]).on(["arn:aws:logs:*:*:*"]);
    let other = other.and(Policy::deny(["s3:*"]).on(["*"]));
    let changes = [RolePolicy { policy: other, ..policy.clone() }];
    Ok(Case::new(&policy, Again::Only, changes).replace(&["role"]))
}

pub(super) async fn role_policy_attachment(world: &mut World<'_>) -> Result<Case, Fault> {
    let role = needed_role(world).await?.name.into();
    let attachment = RolePolicyAttachment { role, policy: PolicyArn::new(POLICY).into() };
    Ok(Case::new(&attachment, Again::Only, []).replace(&["role", "policy"]))
}
