use derive::{Outputs, Resource};
use model::{In, RouteTableId, VpcId};
use serde::{Deserialize, Serialize};

/// A table of routes. A new one holds only the route within the VPC; others are [`Route`](super::Route)s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "ec2.route_table", outputs = RouteTableOutputs)]
pub struct RouteTable {
    /// The VPC whose subnets can use it.
    #[on_change(replace)]
    pub vpc: In<VpcId>,
}

/// What EC2 tells about a route table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct RouteTableOutputs {
    /// `rtb-..`
    pub id: RouteTableId,
}

#[cfg(feature = "live")]
mod live {
    use super::{RouteTable, RouteTableOutputs};
    use crate::{
        ec2::live::{from_tags, retag, route_tables, tag_filter, tag_specifications},
        live::prelude::*,
    };
    use aws_sdk_ec2::types::{ResourceType, RouteTable as Found};
    use model::{RouteTableId, VpcId};

    impl Provider<Aws> for RouteTable {
        const BATCH: usize = usize::MAX;

        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            let tables = route_tables(aws).await?;
            let lives: Vec<_> = tables.iter().map(live).collect::<Result<_>>()?;
            Ok(lives.into_iter().filter(|live| ids.contains(&live.id)).collect())
        }

        async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let call = aws.ec2.create_route_table().vpc_id(self.vpc.known()?.as_str());
            let reply = call
                .set_tag_specifications(tag_specifications(ResourceType::RouteTable, new))
                .send()
                .await
                .or_fault()?;
            Ok(Id::new(reply.route_table().and_then(|it| it.route_table_id()).or_missing("RouteTableId")?))
        }

        async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let reply = aws.ec2.describe_route_tables().filters(tag_filter(new)).send().await.or_fault()?;
            only(reply.route_tables().iter().filter_map(|table| table.route_table_id()).map(Id::new))
        }

        async fn update(&self, _: &Aws, _: &Live<Self>) -> Result<()> {
            Ok(())
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            aws.ec2.delete_route_table().route_table_id(id.as_str()).send().await.or_fault().map(drop)
        }

        async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
            retag(aws, id.as_str(), set, remove).await
        }
    }

    fn live(table: &Found) -> Result<Live<RouteTable>> {
        let id = table.route_table_id().or_missing("RouteTableId")?;
        let inputs = RouteTable { vpc: VpcId::new(table.vpc_id().or_missing("VpcId")?).into() };
        let outputs = RouteTableOutputs { id: RouteTableId::new(id) };
        Ok(Live::ready(Id::new(id), inputs, outputs, Some(from_tags(table.tags()))))
    }
}
