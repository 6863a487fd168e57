use derive::Resource;
use model::{In, NoOutputs, RouteTableId, SubnetId, serving::Fact};
use serde::{Deserialize, Serialize};

/// Which route table a subnet uses, instead of the main one of its VPC.
///
/// EC2 does give an association an id, but another one each time the table is exchanged. A subnet has at most one
/// association, so it is known by its subnet: `subnet-..|route_table`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "ec2.route_table_association", outputs = NoOutputs, untaggable, serving)]
pub struct RouteTableAssociation {
    /// The subnet that uses the table.
    #[on_change(replace)]
    #[part_of]
    #[unique]
    pub subnet: In<SubnetId>,
    /// The table; EC2 exchanges it in one step, so that there is no moment with the main one.
    /// AWS: EC2 API Reference, ReplaceRouteTableAssociation.
    pub route_table: In<RouteTableId>,
}

impl RouteTableAssociation {
    fn facts(&self) -> Vec<Fact> {
        vec![Fact::Association { subnet: (&self.subnet).into(), table: (&self.route_table).into() }]
    }
}

#[cfg(feature = "live")]
mod live {
    use super::RouteTableAssociation;
    use crate::{
        ec2::live::{route_tables, untaggable},
        live::prelude::*,
    };
    use aws_sdk_ec2::types::{
        RouteTableAssociation as Found, RouteTableAssociationState, RouteTableAssociationStateCode as State,
    };
    use model::{NoOutputs, RouteTableId, SubnetId};

    impl Provider<Aws> for RouteTableAssociation {
        const BATCH: usize = usize::MAX;

        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            let mut lives: Vec<_> = associations(aws).await?.iter().map(live).collect::<Result<_>>()?;
            lives.retain(|live| ids.contains(&live.id));
            Ok(lives)
        }

        async fn create(&self, aws: &Aws, _: &Identity) -> Result<Id> {
            let subnet = self.subnet.known()?;
            let call = aws.ec2.associate_route_table().route_table_id(self.route_table.known()?.as_str());
            call.subnet_id(subnet.as_str()).send().await.or_fault()?;
            Ok(association_id(subnet.as_str()))
        }

        /// The association of that subnet, if it is with the table that an earlier `create` would have given it.
        async fn find(&self, aws: &Aws, _: &Identity) -> Result<Id> {
            let lives: Vec<_> = associations(aws).await?.iter().map(live).collect::<Result<_>>()?;
            only(lives.into_iter().filter(|live| live.inputs == *self).map(|live| live.id))
        }

        async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
            if self.route_table != live.inputs.route_table {
                let call = aws.ec2.replace_route_table_association().association_id(current(aws, &live.id).await?);
                call.route_table_id(self.route_table.known()?.as_str()).send().await.or_fault()?;
            }
            Ok(())
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            let call = aws.ec2.disassociate_route_table().association_id(current(aws, id).await?);
            call.send().await.or_fault().map(drop)
        }

        async fn tag(_: &Aws, _: &Id, _: &Tags, _: &[String]) -> Result<()> {
            untaggable::<Self>()
        }
    }

    /// The associations of subnets; there are others, of gateways and of main tables.
    async fn associations(aws: &Aws) -> Result<Vec<Found>> {
        let tables = route_tables(aws).await?;
        let all = tables.iter().flat_map(|table| table.associations()).filter(|it| it.subnet_id().is_some());
        Ok(all.filter(|it| state(it) != Some(&State::Disassociated)).cloned().collect())
    }

    /// EC2's own id of the association at this moment.
    async fn current(aws: &Aws, id: &Id) -> Result<String> {
        let associations = associations(aws).await?;
        let found = associations.iter().find(|it| it.subnet_id().map(association_id).as_ref() == Some(id));
        let found = found.ok_or_else(|| Fault::not_found(id))?;
        Ok(found.route_table_association_id().or_missing("RouteTableAssociationId")?.to_owned())
    }

    fn live(association: &Found) -> Result<Live<RouteTableAssociation>> {
        let subnet = association.subnet_id().or_missing("SubnetId")?;
        Ok(Live {
            id: association_id(subnet),
            inputs: RouteTableAssociation {
                subnet: SubnetId::new(subnet).into(),
                route_table: RouteTableId::new(association.route_table_id().or_missing("RouteTableId")?).into(),
            },
            outputs: NoOutputs {},
            tags: None,
            status: match state(association) {
                Some(State::Associated) => Status::Ready,
                Some(State::Disassociating) => Status::Deleting,
                Some(State::Failed) => {
                    let message = association.association_state().and_then(RouteTableAssociationState::status_message);
                    Status::Failed(message.unwrap_or("failed").to_owned())
                }
                other => Status::Pending(text(other)),
            },
        })
    }

    fn state(association: &Found) -> Option<&State> {
        association.association_state().and_then(RouteTableAssociationState::state)
    }

    fn association_id(subnet: &str) -> Id {
        Id::new(format!("{subnet}|route_table"))
    }
}
