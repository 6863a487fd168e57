//! The load balancer would get its security groups as subnets, and its subnets as security groups.
use aws::{
    ec2::{SecurityGroupRefs, SubnetRefs},
    elbv2::{LoadBalancer, Scheme},
};

fn load_balancer(subnets: &[SubnetRefs], group: &SecurityGroupRefs) -> LoadBalancer {
    LoadBalancer::new(Scheme::InternetFacing, [group.id()], subnets.iter().map(SubnetRefs::id))
}

fn main() {}
