use derive::{Outputs, Resource};
use model::AllocationId;
use serde::{Deserialize, Serialize};

/// A public IPv4 address that stays the account's until it is released.
///
/// Nothing about it can be chosen. Whoever lists it in a firewall of theirs relies on it, so a stack usually
/// declares it with `prevent_destroy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "ec2.elastic_ip", outputs = ElasticIpOutputs)]
pub struct ElasticIp {}

/// What EC2 tells about an Elastic IP address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct ElasticIpOutputs {
    /// `eipalloc-..`
    pub allocation_id: AllocationId,
    /// The address itself, such as `198.51.100.7`.
    pub public_ip: String,
}

#[cfg(feature = "live")]
mod live {
    use super::{ElasticIp, ElasticIpOutputs};
    use crate::{
        ec2::live::{filter, from_tags, retag, tag_filter, tag_specifications},
        live::prelude::*,
    };
    use aws_sdk_ec2::types::{Address, DomainType, ResourceType};
    use model::AllocationId;

    impl Provider<Aws> for ElasticIp {
        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            let reply = aws.ec2.describe_addresses().filters(filter("allocation-id", ids)).send().await.or_fault()?;
            reply.addresses().iter().map(live).collect()
        }

        async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let call = aws.ec2.allocate_address().domain(DomainType::Vpc);
            let reply = call
                .set_tag_specifications(tag_specifications(ResourceType::ElasticIp, new))
                .send()
                .await
                .or_fault()?;
            Ok(Id::new(reply.allocation_id().or_missing("AllocationId")?))
        }

        async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let reply = aws.ec2.describe_addresses().filters(tag_filter(new)).send().await.or_fault()?;
            only(reply.addresses().iter().filter_map(|address| address.allocation_id()).map(Id::new))
        }

        async fn update(&self, _: &Aws, _: &Live<Self>) -> Result<()> {
            Ok(())
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            aws.ec2.release_address().allocation_id(id.as_str()).send().await.or_fault().map(drop)
        }

        async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
            retag(aws, id.as_str(), set, remove).await
        }
    }

    fn live(address: &Address) -> Result<Live<ElasticIp>> {
        let id = address.allocation_id().or_missing("AllocationId")?;
        let public_ip = address.public_ip().or_missing("PublicIp")?.to_owned();
        let outputs = ElasticIpOutputs { allocation_id: AllocationId::new(id), public_ip };
        Ok(Live::ready(Id::new(id), ElasticIp {}, outputs, Some(from_tags(address.tags()))))
    }
}
