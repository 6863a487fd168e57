//! What the kinds need from each other.

use crate::conformance::world::World;
use aws::{
    Policy,
    ec2::{InternetGateway, Route, RouteTable, RouteTableAssociation, RouteTarget, SecurityGroup, Subnet, Vpc},
    ecs::{Container, PortMapping, TaskDefinition},
    elbv2::{HealthCheck, LoadBalancer, Scheme, TargetGroup},
    iam::{Role, RoleOutputs},
};
use engine::Fault;
use model::{
    AvailabilityZone, Cidr, FargateSize, In, InternetGatewayId, LoadBalancerArn, Port, RouteTableId, SecurityGroupId,
    SubnetId, TargetGroupArn, TaskDefinitionArn, VpcId,
};

/// The port on which targets serve.
pub(super) const PORT: Port = Port::new(8080);

pub(super) fn cidr(text: &str) -> Cidr {
    text.parse().expect("it is a block")
}

pub(super) async fn vpc(world: &mut World<'_>) -> Result<In<VpcId>, Fault> {
    let vpc = Vpc { cidr_block: cidr("10.0.0.0/16"), enable_dns_support: true, enable_dns_hostnames: true };
    Ok(world.make(vpc).await?.id.into())
}

/// How many Availability Zones the region has at least, everywhere.
const ZONES: u8 = 3;

/// The subnet number `index`, the zones taken in turn.
pub(super) async fn subnet(world: &mut World<'_>, vpc: &In<VpcId>, index: u8) -> Result<In<SubnetId>, Fault> {
    let subnet = Subnet {
        vpc: vpc.clone(),
        cidr_block: cidr(&format!("10.0.{index}.0/24")),
        availability_zone: zone(index),
        map_public_ip_on_launch: false,
    };
    Ok(world.make(subnet).await?.id.into())
}

pub(super) fn zone(index: u8) -> In<AvailabilityZone> {
    AvailabilityZone::new(format!("us-east-1{}", char::from(b'a' + index % ZONES))).into()
}

pub(super) async fn internet_gateway(world: &mut World<'_>, vpc: &In<VpcId>) -> Result<In<InternetGatewayId>, Fault> {
    Ok(world.make(InternetGateway { vpc: vpc.clone() }).await?.id.into())
}

pub(super) async fn route_table(world: &mut World<'_>, vpc: &In<VpcId>) -> Result<In<RouteTableId>, Fault> {
    Ok(world.make(RouteTable { vpc: vpc.clone() }).await?.id.into())
}

/// Three subnets with a route to the internet.
pub(super) async fn public_subnets(world: &mut World<'_>, vpc: &In<VpcId>) -> Result<[In<SubnetId>; 3], Fault> {
    let gateway = internet_gateway(world, vpc).await?;
    let table = route_table(world, vpc).await?;
    let target = RouteTarget::InternetGateway(gateway);
    world.make(Route { route_table: table.clone(), destination_cidr_block: Cidr::ANYWHERE, target }).await?;
    let subnets = [subnet(world, vpc, 0).await?, subnet(world, vpc, 1).await?, subnet(world, vpc, 2).await?];
    for subnet in subnets.clone() {
        world.make(RouteTableAssociation { subnet, route_table: table.clone() }).await?;
    }
    Ok(subnets)
}

pub(super) async fn security_group(world: &mut World<'_>, vpc: &In<VpcId>) -> Result<In<SecurityGroupId>, Fault> {
    let group = SecurityGroup { vpc: vpc.clone(), description: "conformance".to_owned(), default_egress: true };
    Ok(world.make(group).await?.id.into())
}

pub(super) async fn load_balancer(world: &mut World<'_>, vpc: &In<VpcId>) -> Result<In<LoadBalancerArn>, Fault> {
    let subnets = public_subnets(world, vpc).await?;
    let group = security_group(world, vpc).await?;
    Ok(world.make(LoadBalancer::new(Scheme::InternetFacing, subnets, [group])).await?.arn.into())
}

pub(super) async fn target_group(world: &mut World<'_>, vpc: &In<VpcId>) -> Result<In<TargetGroupArn>, Fault> {
    Ok(world.make(TargetGroup::new(vpc.clone(), PORT, HealthCheck::new("/health"))).await?.arn.into())
}

pub(super) fn trust() -> Policy {
    Policy::trust("ecs-tasks.amazonaws.com")
}

pub(super) async fn role(world: &mut World<'_>) -> Result<RoleOutputs, Fault> {
    world.make(Role::new(trust())).await
}

/// A task of one container, `web`, that serves on [`PORT`].
pub(super) async fn task_definition(world: &mut World<'_>) -> Result<In<TaskDefinitionArn>, Fault> {
    let container = Container { port_mappings: [PortMapping::tcp(PORT)].into(), ..Container::new("web:1") };
    let definition = TaskDefinition::new(FargateSize::CPU_256_MIB_512, "web", container);
    Ok(world.make(definition).await?.arn.into())
}
