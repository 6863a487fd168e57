use derive::{Outputs, Resource};
use model::{
    AllocationId, In, NatGatewayId, SubnetId,
    serving::{Fact, Gateway},
};
use serde::{Deserialize, Serialize};

/// A public NAT gateway: lets what has no public address reach the internet under an Elastic IP address.
///
/// It works only once the internet gateway of its VPC is attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "ec2.nat_gateway", outputs = NatGatewayOutputs, serving)]
pub struct NatGateway {
    /// The subnet it stands in: one whose route table leads to an internet gateway.
    #[on_change(replace)]
    pub subnet: In<SubnetId>,
    /// The address under which it is seen.
    #[on_change(replace)]
    #[exclusive]
    pub elastic_ip: In<AllocationId>,
}

impl NatGateway {
    fn facts(&self) -> Vec<Fact> {
        let (subnet, address) = ((&self.subnet).into(), (&self.elastic_ip).into());
        vec![Fact::Gateway(Gateway { subnet: Some(subnet), address: Some(address) })]
    }
}

/// What EC2 tells about a NAT gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct NatGatewayOutputs {
    /// `nat-..`
    pub id: NatGatewayId,
}

#[cfg(feature = "live")]
mod live {
    use super::{NatGateway, NatGatewayOutputs};
    use crate::{
        ec2::live::{filter, from_tags, retag, tag_filter, tag_specifications},
        live::prelude::*,
    };
    use aws_sdk_ec2::types::{NatGateway as Found, NatGatewayState, ResourceType};
    use model::{AllocationId, NatGatewayId, SubnetId};

    impl Provider<Aws> for NatGateway {
        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            let call = aws.ec2.describe_nat_gateways().filter(filter("nat-gateway-id", ids));
            let found = call.into_paginator().items().send().try_collect().await.or_fault()?;
            found.iter().filter(exists).map(live).collect()
        }

        async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let call = aws.ec2.create_nat_gateway().client_token(&new.token).subnet_id(self.subnet.known()?.as_str());
            let call = call.allocation_id(self.elastic_ip.known()?.as_str());
            let reply = call
                .set_tag_specifications(tag_specifications(ResourceType::Natgateway, new))
                .send()
                .await
                .or_fault()?;
            Ok(Id::new(reply.nat_gateway().and_then(|it| it.nat_gateway_id()).or_missing("NatGatewayId")?))
        }

        async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let reply = aws.ec2.describe_nat_gateways().filter(tag_filter(new)).send().await.or_fault()?;
            only(reply.nat_gateways().iter().filter(exists).filter_map(|it| it.nat_gateway_id()).map(Id::new))
        }

        async fn update(&self, _: &Aws, _: &Live<Self>) -> Result<()> {
            Ok(())
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            aws.ec2.delete_nat_gateway().nat_gateway_id(id.as_str()).send().await.or_fault().map(drop)
        }

        async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
            retag(aws, id.as_str(), set, remove).await
        }
    }

    /// A deleted gateway stays visible for about an hour (VPC User Guide, "Work with NAT gateways").
    fn exists(gateway: &&Found) -> bool {
        gateway.state() != Some(&NatGatewayState::Deleted)
    }

    fn live(gateway: &Found) -> Result<Live<NatGateway>> {
        let id = gateway.nat_gateway_id().or_missing("NatGatewayId")?;
        // A gateway that has failed or is going away may hold no address any more.
        let allocation_id =
            gateway.nat_gateway_addresses().iter().find_map(|it| it.allocation_id()).unwrap_or_default();
        Ok(Live {
            id: Id::new(id),
            inputs: NatGateway {
                subnet: SubnetId::new(gateway.subnet_id().or_missing("SubnetId")?).into(),
                elastic_ip: AllocationId::new(allocation_id).into(),
            },
            outputs: NatGatewayOutputs { id: NatGatewayId::new(id) },
            tags: Some(from_tags(gateway.tags())),
            status: match gateway.state() {
                Some(NatGatewayState::Available) => Status::Ready,
                Some(NatGatewayState::Failed) => Status::Failed(failure(gateway)),
                Some(NatGatewayState::Deleting) => Status::Deleting,
                other => Status::Pending(text(other)),
            },
        })
    }

    fn failure(gateway: &Found) -> String {
        let words = [gateway.failure_code(), gateway.failure_message()];
        words.into_iter().flatten().collect::<Vec<_>>().join(": ")
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_failed_gateway_says_why() {
            let gateway = Found::builder().nat_gateway_id("nat-1").subnet_id("subnet-1").state(NatGatewayState::Failed);
            let gateway = gateway
                .failure_code("Gateway.NotAttached")
                .failure_message("Network vpc-1 has no Internet gateway attached");
            let status = live(&gateway.build()).unwrap().status;
            let message = "Gateway.NotAttached: Network vpc-1 has no Internet gateway attached";
            assert_eq!(status, Status::Failed(message.to_owned()));
        }
    }
}
