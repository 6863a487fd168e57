use derive::{Outputs, Resource};
use model::{
    In, InternetGatewayId, VpcId,
    serving::{Fact, Gateway},
};
use serde::{Deserialize, Serialize};

/// An internet gateway and its attachment to a VPC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "ec2.internet_gateway", outputs = InternetGatewayOutputs, serving)]
pub struct InternetGateway {
    /// The VPC it connects to the internet. Reads back as an empty id while the gateway is attached to none.
    #[on_change(replace)]
    pub vpc: In<VpcId>,
}

impl InternetGateway {
    fn facts(&self) -> Vec<Fact> {
        vec![Fact::Gateway(Gateway { subnet: None, address: None })]
    }
}

/// What EC2 tells about an internet gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct InternetGatewayOutputs {
    /// `igw-..`
    pub id: InternetGatewayId,
}

#[cfg(feature = "live")]
mod live {
    use super::{InternetGateway, InternetGatewayOutputs};
    use crate::{
        ec2::live::{filter, from_tags, retag, tag_filter, tag_specifications},
        live::prelude::*,
    };
    use aws_sdk_ec2::types::{InternetGateway as Found, ResourceType};
    use model::{InternetGatewayId, VpcId};

    impl Provider<Aws> for InternetGateway {
        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            let call = aws.ec2.describe_internet_gateways().filters(filter("internet-gateway-id", ids));
            call.into_paginator().items().send().try_collect().await.or_fault()?.iter().map(live).collect()
        }

        async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let tags = tag_specifications(ResourceType::InternetGateway, new);
            let reply = aws.ec2.create_internet_gateway().set_tag_specifications(tags).send().await.or_fault()?;
            let id = reply.internet_gateway().and_then(|gateway| gateway.internet_gateway_id());
            Ok(Id::new(id.or_missing("InternetGatewayId")?))
        }

        async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let reply = aws.ec2.describe_internet_gateways().filters(tag_filter(new)).send().await.or_fault()?;
            only(reply.internet_gateways().iter().filter_map(|gateway| gateway.internet_gateway_id()).map(Id::new))
        }

        async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
            let vpc = self.vpc.known()?;
            if attachment(live)?.is_none() {
                let call = aws.ec2.attach_internet_gateway().internet_gateway_id(live.id.as_str());
                call.vpc_id(vpc.as_str()).send().await.or_fault()?;
            }
            Ok(())
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            // EC2 API Reference, DeleteInternetGateway: only a detached gateway can be deleted.
            let lives = Self::read(aws, std::slice::from_ref(id)).await?;
            if let Some(vpc) = attachment(lives.first().ok_or_else(|| Fault::not_found(id))?)? {
                let call = aws.ec2.detach_internet_gateway().internet_gateway_id(id.as_str()).vpc_id(vpc.as_str());
                match call.send().await.or_fault() {
                    Ok(_) | Err(Fault::NotFound(_)) => (),
                    Err(fault) => return Err(fault),
                }
            }
            aws.ec2.delete_internet_gateway().internet_gateway_id(id.as_str()).send().await.or_fault().map(drop)
        }

        async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
            retag(aws, id.as_str(), set, remove).await
        }
    }

    fn live(gateway: &Found) -> Result<Live<InternetGateway>> {
        let id = gateway.internet_gateway_id().or_missing("InternetGatewayId")?;
        let attachment = gateway.attachments().first();
        Ok(Live {
            id: Id::new(id),
            inputs: InternetGateway {
                vpc: VpcId::new(attachment.and_then(|attachment| attachment.vpc_id()).unwrap_or_default()).into(),
            },
            outputs: InternetGatewayOutputs { id: InternetGatewayId::new(id) },
            tags: Some(from_tags(gateway.tags())),
            // EC2 API Reference, InternetGatewayAttachment: `available`, a word the SDK's enum does not have.
            status: match attachment.and_then(|attachment| attachment.state()) {
                Some(state) if matches!(state.as_str(), "available" | "attached") => Status::Ready,
                Some(state) => Status::Pending(text(Some(state))),
                None => Status::Pending("detached".to_owned()),
            },
        })
    }

    /// The VPC a gateway is attached to now.
    fn attachment(live: &Live<InternetGateway>) -> Result<Option<&VpcId>> {
        let vpc = live.inputs.vpc.known()?;
        Ok(Some(vpc).filter(|vpc| !vpc.as_str().is_empty()))
    }
}
