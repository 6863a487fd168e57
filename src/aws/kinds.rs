use crate::{ec2, ecr, ecs, elbv2, iam, live::Aws, logs};
use engine::provider::Entry;

/// Every kind the engine can own, in the order of the folders.
pub const KINDS: &[Entry<Aws>] = &[
    Entry::of::<ec2::ElasticIp>(),
    Entry::of::<ec2::InternetGateway>(),
    Entry::of::<ec2::NatGateway>(),
    Entry::of::<ec2::Route>(),
    Entry::of::<ec2::RouteTable>(),
    Entry::of::<ec2::RouteTableAssociation>(),
    Entry::of::<ec2::SecurityGroup>(),
    Entry::of::<ec2::SecurityGroupEgressRule>(),
    Entry::of::<ec2::SecurityGroupIngressRule>(),
    Entry::of::<ec2::Subnet>(),
    Entry::of::<ec2::Vpc>(),
    Entry::of::<ecr::Repository>(),
    Entry::of::<ecs::Cluster>(),
    Entry::of::<ecs::Service>(),
    Entry::of::<ecs::TaskDefinition>(),
    Entry::of::<elbv2::Listener>(),
    Entry::of::<elbv2::ListenerRule>(),
    Entry::of::<elbv2::LoadBalancer>(),
    Entry::of::<elbv2::TargetGroup>(),
    Entry::of::<iam::Role>(),
    Entry::of::<iam::RolePolicy>(),
    Entry::of::<iam::RolePolicyAttachment>(),
    Entry::of::<logs::LogGroup>(),
];
