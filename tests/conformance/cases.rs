mod ec2;
mod ecr;
mod ecs;
mod elbv2;
mod iam;
mod logs;
mod needed;

use super::{case::Case, world::World};
use engine::Fault;
use futures::{FutureExt as _, future::BoxFuture};
use model::{Resource, Schema};

/// Makes what an object needs and says what is made and changed.
pub(super) type Prepare = for<'w, 'k> fn(&'w mut World<'k>) -> BoxFuture<'w, Result<Case, Fault>>;

macro_rules! cases {
    ($($kind:ty: $case:path),+ $(,)?) => {
        /// The case of each kind.
        pub(super) const CASES: &[(&Schema, Prepare)] =
            &[$((<$kind as Resource>::SCHEMA, |world| $case(world).boxed())),+];
    };
}

cases! {
    aws::ec2::ElasticIp: ec2::elastic_ip,
    aws::ec2::InternetGateway: ec2::internet_gateway,
    aws::ec2::NatGateway: ec2::nat_gateway,
    aws::ec2::Route: ec2::route,
    aws::ec2::RouteTable: ec2::route_table,
    aws::ec2::RouteTableAssociation: ec2::route_table_association,
    aws::ec2::SecurityGroup: ec2::security_group,
    aws::ec2::SecurityGroupEgressRule: ec2::security_group_egress_rule,
    aws::ec2::SecurityGroupIngressRule: ec2::security_group_ingress_rule,
    aws::ec2::Subnet: ec2::subnet,
    aws::ec2::Vpc: ec2::vpc,
    aws::ecr::Repository: ecr::repository,
    aws::ecs::Cluster: ecs::cluster,
    aws::ecs::Service: ecs::service,
    aws::ecs::TaskDefinition: ecs::task_definition,
    aws::elbv2::Listener: elbv2::listener,
    aws::elbv2::ListenerRule: elbv2::listener_rule,
    aws::elbv2::LoadBalancer: elbv2::load_balancer,
    aws::elbv2::TargetGroup: elbv2::target_group,
    aws::iam::Role: iam::role,
    aws::iam::RolePolicy: iam::role_policy,
    aws::iam::RolePolicyAttachment: iam::role_policy_attachment,
    aws::logs::LogGroup: logs::log_group,
}
