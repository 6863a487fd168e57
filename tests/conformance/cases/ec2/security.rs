use crate::conformance::{
    case::{Again, Case},
    cases::needed::{self, PORT, cidr},
    world::World,
};
use aws::ec2::{IpProtocol, SecurityGroup, SecurityGroupEgressRule, SecurityGroupIngressRule};
use engine::Fault;

pub(in crate::conformance) async fn security_group(world: &mut World<'_>) -> Result<Case, Fault> {
    let group =
        SecurityGroup { vpc: needed::vpc(world).await?, description: "conformance".to_owned(), default_egress: false };
    let changes = [SecurityGroup { default_egress: true, ..group.clone() }];
    Ok(Case::new(&group, Again::Only, changes).replace(&["vpc", "description"]))
}

pub(in crate::conformance) async fn security_group_ingress_rule(world: &mut World<'_>) -> Result<Case, Fault> {
    let vpc = needed::vpc(world).await?;
    let rule = SecurityGroupIngressRule {
        security_group: needed::security_group(world, &vpc).await?,
        ip_protocol: IpProtocol::tcp(PORT),
        source: needed::security_group(world, &vpc).await?.into(),
        description: Some("from there".to_owned()),
    };
    let changes = [SecurityGroupIngressRule { description: Some("from here".to_owned()), ..rule.clone() }];
    Ok(Case::new(&rule, Again::Only, changes).replace(&["security_group", "ip_protocol", "source"]))
}

pub(in crate::conformance) async fn security_group_egress_rule(world: &mut World<'_>) -> Result<Case, Fault> {
    let vpc = needed::vpc(world).await?;
    let rule = SecurityGroupEgressRule {
        security_group: needed::security_group(world, &vpc).await?,
        ip_protocol: IpProtocol::udp(PORT),
        destination: cidr("192.0.2.0/24").into(),
        description: Some("to there".to_owned()),
    };
    let changes = [SecurityGroupEgressRule { description: Some("to somewhere".to_owned()), ..rule.clone() }];
    Ok(Case::new(&rule, Again::Only, changes).replace(&["security_group", "ip_protocol", "destination"]))
}
