use crate::conformance::{
    case::{Again, Case},
    cases::needed::{self, cidr},
    world::World,
};
use aws::ec2::{ElasticIp, InternetGateway, NatGateway, Subnet, Vpc};
use engine::Fault;

pub(in crate::conformance) async fn vpc(_: &mut World<'_>) -> Result<Case, Fault> {
    let vpc = Vpc { cidr_block: cidr("10.0.0.0/16"), enable_dns_support: true, enable_dns_hostnames: true };
    let changes = [
        Vpc { enable_dns_hostnames: false, ..vpc.clone() },
        Vpc { enable_dns_support: false, enable_dns_hostnames: false, ..vpc.clone() },
    ];
    Ok(Case::new(&vpc, Again::Another, changes).replace(&["cidr_block"]))
}

pub(in crate::conformance) async fn subnet(world: &mut World<'_>) -> Result<Case, Fault> {
    let subnet = Subnet {
        vpc: needed::vpc(world).await?,
        cidr_block: cidr("10.0.1.0/24"),
        availability_zone: needed::zone(1),
        map_public_ip_on_launch: false,
    };
    let changes = [Subnet { map_public_ip_on_launch: true, ..subnet.clone() }];
    Ok(Case::new(&subnet, Again::Another, changes).replace(&["vpc", "cidr_block", "availability_zone"]))
}

pub(in crate::conformance) async fn internet_gateway(world: &mut World<'_>) -> Result<Case, Fault> {
    let gateway = InternetGateway { vpc: needed::vpc(world).await? };
    Ok(Case::new(&gateway, Again::Another, []).replace(&["vpc"]))
}

pub(in crate::conformance) async fn elastic_ip(_: &mut World<'_>) -> Result<Case, Fault> {
    Ok(Case::new(&ElasticIp {}, Again::Another, []))
}

pub(in crate::conformance) async fn nat_gateway(world: &mut World<'_>) -> Result<Case, Fault> {
    let vpc = needed::vpc(world).await?;
    let [subnet, ..] = needed::public_subnets(world, &vpc).await?;
    let elastic_ip = world.make(ElasticIp {}).await?.allocation_id.into();
    Ok(Case::new(&NatGateway { subnet, elastic_ip }, Again::ByToken, []).replace(&["subnet", "elastic_ip"]))
}
