use derive::{Outputs, Resource};
use model::{
    AvailabilityZone, Cidr, In, Problem, SubnetId, VpcId,
    serving::{self, Fact, Node},
};
use serde::{Deserialize, Serialize};

/// A range of a VPC's addresses in one Availability Zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "ec2.subnet", outputs = SubnetOutputs, check, serving)]
pub struct Subnet {
    /// The VPC it is a part of.
    #[on_change(replace)]
    #[unique]
    pub vpc: In<VpcId>,
    /// Its addresses: a /16 to a /28 within the VPC's block that overlaps no other subnet. AWS keeps the first four
    /// and the last address for itself.
    #[on_change(replace)]
    #[unique]
    pub cidr_block: Cidr,
    /// Where it lies.
    #[on_change(replace)]
    pub availability_zone: In<AvailabilityZone>,
    /// Whether what starts in it gets a public address unless it says otherwise.
    pub map_public_ip_on_launch: bool,
}

/// What EC2 tells about a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct SubnetOutputs {
    /// `subnet-..`
    pub id: SubnetId,
}

impl Subnet {
    fn facts(&self) -> Vec<Fact> {
        let zone = Node::from(&self.availability_zone).to_string();
        vec![Fact::Subnet(serving::Subnet { zone, cidr: self.cidr_block })]
    }

    /// AWS: EC2 API Reference, CreateSubnet.
    fn problems(&self) -> Vec<Problem> {
        let cidr = self.cidr_block;
        let wrong = !(16..=28).contains(&cidr.prefix());
        let problem = || Problem::new("cidr_block", format!("{cidr} is no size for a subnet: use a /16 to a /28"));
        wrong.then(problem).into_iter().collect()
    }
}

#[cfg(feature = "live")]
mod live {
    use super::{Subnet, SubnetOutputs};
    use crate::{
        ec2::live::{filter, from_tags, retag, tag_filter, tag_specifications},
        live::prelude::*,
    };
    use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, Subnet as Found, SubnetState};
    use model::{AvailabilityZone, SubnetId, VpcId};

    impl Provider<Aws> for Subnet {
        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            let call = aws.ec2.describe_subnets().filters(filter("subnet-id", ids));
            call.into_paginator().items().send().try_collect().await.or_fault()?.iter().map(live).collect()
        }

        async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let call =
                aws.ec2.create_subnet().vpc_id(self.vpc.known()?.as_str()).cidr_block(self.cidr_block.to_string());
            let call = call.availability_zone(self.availability_zone.known()?.as_str());
            let reply =
                call.set_tag_specifications(tag_specifications(ResourceType::Subnet, new)).send().await.or_fault()?;
            Ok(Id::new(reply.subnet().and_then(|subnet| subnet.subnet_id()).or_missing("SubnetId")?))
        }

        async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let reply = aws.ec2.describe_subnets().filters(tag_filter(new)).send().await.or_fault()?;
            only(reply.subnets().iter().filter_map(|subnet| subnet.subnet_id()).map(Id::new))
        }

        async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
            if self.map_public_ip_on_launch != live.inputs.map_public_ip_on_launch {
                let value = AttributeBooleanValue::builder().value(self.map_public_ip_on_launch).build();
                let call = aws.ec2.modify_subnet_attribute().subnet_id(live.id.as_str());
                call.map_public_ip_on_launch(value).send().await.or_fault()?;
            }
            Ok(())
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            aws.ec2.delete_subnet().subnet_id(id.as_str()).send().await.or_fault().map(drop)
        }

        async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
            retag(aws, id.as_str(), set, remove).await
        }
    }

    fn live(subnet: &Found) -> Result<Live<Subnet>> {
        let id = subnet.subnet_id().or_missing("SubnetId")?;
        Ok(Live {
            id: Id::new(id),
            inputs: Subnet {
                vpc: VpcId::new(subnet.vpc_id().or_missing("VpcId")?).into(),
                cidr_block: parsed("CidrBlock", subnet.cidr_block())?,
                availability_zone: AvailabilityZone::new(subnet.availability_zone().or_missing("AvailabilityZone")?)
                    .into(),
                map_public_ip_on_launch: subnet.map_public_ip_on_launch().or_missing("MapPublicIpOnLaunch")?,
            },
            outputs: SubnetOutputs { id: SubnetId::new(id) },
            tags: Some(from_tags(subnet.tags())),
            status: match subnet.state() {
                Some(SubnetState::Available) => Status::Ready,
                Some(state @ (SubnetState::Failed | SubnetState::FailedInsufficientCapacity)) => {
                    Status::Failed(text(Some(state)))
                }
                other => Status::Pending(text(other)),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Resource as _;

    #[test]
    fn a_subnet_is_a_16_to_a_28() {
        let problems = |cidr: &str| {
            let subnet = Subnet {
                vpc: VpcId::new("vpc-1").into(),
                cidr_block: cidr.parse().unwrap(),
                availability_zone: AvailabilityZone::new("us-east-1a").into(),
                map_public_ip_on_launch: false,
            };
            subnet.check().len()
        };
        assert_eq!(["10.0.0.0/15", "10.0.0.0/16", "10.0.0.0/28", "10.0.0.0/29"].map(problems), [1, 0, 0, 1]);
    }
}
