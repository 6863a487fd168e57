use crate::{ec2, ecr, ecs, elbv2, iam, live::Aws, logs};
use engine::{fake::FakeCloud, provider::Entry};

macro_rules! table {
    ($cloud:ty: $($kind:ty),+ $(,)?) => {
        &[$(Entry::<$cloud>::of::<$kind>()),+]
    };
}

macro_rules! kinds {
    ($cloud:ty) => {
        table![
            $cloud:
            ec2::ElasticIp,
            ec2::InternetGateway,
            ec2::NatGateway,
            ec2::Route,
            ec2::RouteTable,
            ec2::RouteTableAssociation,
            ec2::SecurityGroup,
            ec2::SecurityGroupEgressRule,
            ec2::SecurityGroupIngressRule,
            ec2::Subnet,
            ec2::Vpc,
            ecr::Repository,
            ecs::Cluster,
            ecs::Service,
            ecs::TaskDefinition,
            elbv2::Listener,
            elbv2::ListenerRule,
            elbv2::LoadBalancer,
            elbv2::TargetGroup,
            iam::Role,
            iam::RolePolicy,
            iam::RolePolicyAttachment,
            logs::LogGroup,
        ]
    };
}

/// Every kind the engine can own, in the order of the folders.
pub const KINDS: &[Entry<Aws>] = kinds!(Aws);

/// The same kinds on the cloud in memory, for rehearsals and tests.
pub const FAKE_KINDS: &[Entry<FakeCloud>] = kinds!(FakeCloud);
