use crate::{NetworkRefs, TrafficRefs};
use aws::ec2::{IpProtocol, Peer, SecurityGroup, SecurityGroupEgressRule, SecurityGroupIngressRule, SecurityGroupRefs};
use model::{Port, Stack};

/// The security group of a service's tasks: only the load balancer gets in, and only HTTPS gets out, by which images
/// are pulled and logs are sent. (Security groups do not filter queries to the VPC's own DNS server.)
#[track_caller]
pub(super) fn build(
    stack: &mut Stack,
    service: &str,
    network: &NetworkRefs,
    traffic: &TrafficRefs,
) -> SecurityGroupRefs {
    let description = format!("The tasks of {service}");
    let tasks = stack.add(service, SecurityGroup { vpc: network.vpc.id(), description, default_egress: false });
    let serve = IpProtocol::tcp(traffic.port);
    let ingress = SecurityGroupIngressRule {
        security_group: tasks.id(),
        ip_protocol: serve.clone(),
        source: traffic.security_group.id().into(),
        description: Some("Requests from the load balancer".to_owned()),
    };
    stack.add(service, ingress);
    let forward = SecurityGroupEgressRule {
        security_group: traffic.security_group.id(),
        ip_protocol: serve,
        destination: tasks.id().into(),
        description: Some(format!("Requests to the tasks of {service}")),
    };
    stack.add(&format!("{service}-load-balancer"), forward);
    let egress = SecurityGroupEgressRule {
        security_group: tasks.id(),
        ip_protocol: IpProtocol::tcp(const { Port::new(443) }),
        destination: Peer::ANYWHERE,
        description: Some("Images, logs and other AWS APIs".to_owned()),
    };
    stack.add(service, egress);
    tasks
}
