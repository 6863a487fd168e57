use derive::{Outputs, Resource};
use model::{Cidr, VpcId};
use serde::{Deserialize, Serialize};

/// A virtual private cloud with one IPv4 block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "ec2.vpc", outputs = VpcOutputs)]
pub struct Vpc {
    /// Its addresses; a /16 to a /28.
    #[on_change(replace)]
    pub cidr_block: Cidr,
    /// Whether the Amazon-provided DNS server answers in the VPC.
    pub enable_dns_support: bool,
    /// Whether instances with public addresses get public host names.
    pub enable_dns_hostnames: bool,
}

/// What EC2 tells about a VPC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct VpcOutputs {
    /// `vpc-..`
    pub id: VpcId,
}

#[cfg(feature = "live")]
mod live {
    use super::{Vpc, VpcOutputs};
    use crate::{
        ec2::live::{filter, from_tags, retag, tag_filter, tag_specifications},
        live::prelude::*,
    };
    use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, VpcAttributeName, VpcState};
    use futures::future::try_join_all;
    use model::VpcId;

    impl Provider<Aws> for Vpc {
        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            let reply = aws.ec2.describe_vpcs().filters(filter("vpc-id", ids)).send().await.or_fault()?;
            try_join_all(reply.vpcs().iter().map(async |vpc| {
                let id = vpc.vpc_id().or_missing("VpcId")?;
                let (support, hostnames) = futures::try_join!(
                    attribute(aws, id, VpcAttributeName::EnableDnsSupport),
                    attribute(aws, id, VpcAttributeName::EnableDnsHostnames),
                )?;
                Ok(Live {
                    id: Id::new(id),
                    inputs: Self {
                        cidr_block: parsed("CidrBlock", vpc.cidr_block())?,
                        enable_dns_support: support,
                        enable_dns_hostnames: hostnames,
                    },
                    outputs: VpcOutputs { id: VpcId::new(id) },
                    tags: Some(from_tags(vpc.tags())),
                    status: match vpc.state() {
                        Some(VpcState::Available) => Status::Ready,
                        other => Status::Pending(text(other)),
                    },
                })
            }))
            .await
        }

        async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let call = aws.ec2.create_vpc().cidr_block(self.cidr_block.to_string());
            let reply =
                call.set_tag_specifications(tag_specifications(ResourceType::Vpc, new)).send().await.or_fault()?;
            Ok(Id::new(reply.vpc().and_then(|vpc| vpc.vpc_id()).or_missing("VpcId")?))
        }

        async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let reply = aws.ec2.describe_vpcs().filters(tag_filter(new)).send().await.or_fault()?;
            only(reply.vpcs().iter().filter_map(|vpc| vpc.vpc_id()).map(Id::new))
        }

        async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
            // EC2 API Reference, ModifyVpcAttribute: only one attribute a call, and DNS host names need DNS support.
            let call = || aws.ec2.modify_vpc_attribute().vpc_id(live.id.as_str());
            let value = |value| AttributeBooleanValue::builder().value(value).build();
            let support = self.enable_dns_support;
            let change_support = support != live.inputs.enable_dns_support;
            if change_support && support {
                call().enable_dns_support(value(support)).send().await.or_fault()?;
            }
            if self.enable_dns_hostnames != live.inputs.enable_dns_hostnames {
                call().enable_dns_hostnames(value(self.enable_dns_hostnames)).send().await.or_fault()?;
            }
            if change_support && !support {
                call().enable_dns_support(value(support)).send().await.or_fault()?;
            }
            Ok(())
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            aws.ec2.delete_vpc().vpc_id(id.as_str()).send().await.or_fault().map(drop)
        }

        async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
            retag(aws, id.as_str(), set, remove).await
        }
    }

    async fn attribute(aws: &Aws, id: &str, name: VpcAttributeName) -> Result<bool> {
        let reply = aws.ec2.describe_vpc_attribute().vpc_id(id).attribute(name.clone()).send().await.or_fault()?;
        let value = match name {
            VpcAttributeName::EnableDnsSupport => reply.enable_dns_support(),
            _ => reply.enable_dns_hostnames(),
        };
        value.and_then(|value| value.value()).or_missing("Value")
    }
}
