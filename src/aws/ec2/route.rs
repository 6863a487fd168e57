use derive::Resource;
use model::{
    Cidr, In, InternetGatewayId, NatGatewayId, NoOutputs, Problem, RouteTableId,
    serving::{self, Fact, Node},
};
use serde::{Deserialize, Serialize};

/// A route: where a route table sends what goes to a block of addresses.
///
/// EC2 gives it no id and lets it bear no tags; it is known as `rtb-..|0.0.0.0/0`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "ec2.route", outputs = NoOutputs, untaggable, check, serving)]
pub struct Route {
    /// The table it stands in.
    #[on_change(replace)]
    #[part_of]
    #[unique]
    pub route_table: In<RouteTableId>,
    /// The addresses it is for. Of several routes that fit, the one with the longest prefix counts.
    #[on_change(replace)]
    #[unique]
    pub destination_cidr_block: Cidr,
    /// Where it leads; EC2 exchanges it in one step, so that there is no moment without a route.
    /// AWS: EC2 API Reference, ReplaceRoute.
    pub target: RouteTarget,
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteTarget {
    /// To the internet and back, for what has a public address.
    InternetGateway(In<InternetGatewayId>),
    /// To the internet, for what has none.
    NatGateway(In<NatGatewayId>),
    /// The id of something else that somebody has put in its place: read, never declared.
    Other(String),
}

impl Route {
    fn facts(&self) -> Vec<Fact> {
        let target = match &self.target {
            RouteTarget::InternetGateway(gateway) => gateway.into(),
            RouteTarget::NatGateway(gateway) => gateway.into(),
            RouteTarget::Other(id) => Node::new(id),
        };
        let (table, destination) = ((&self.route_table).into(), self.destination_cidr_block);
        let direct = matches!(self.target, RouteTarget::InternetGateway(_));
        vec![Fact::Route(serving::Route { table, destination, target, direct })]
    }

    fn problems(&self) -> Vec<Problem> {
        let message = "a route leads to an internet gateway or a NAT gateway";
        let other = matches!(self.target, RouteTarget::Other(_));
        other.then(|| Problem::new("target", message)).into_iter().collect()
    }
}

#[cfg(feature = "live")]
mod live {
    use super::{Route, RouteTarget};
    use crate::{
        ec2::live::{route_tables, untaggable},
        live::prelude::*,
    };
    use aws_sdk_ec2::types::{Route as Found, RouteState, RouteTable};
    use model::{Cidr, InternetGatewayId, NatGatewayId, NoOutputs, RouteTableId};

    impl Provider<Aws> for Route {
        const BATCH: usize = usize::MAX;

        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            let mut lives = routes(aws).await?;
            lives.retain(|live| ids.contains(&live.id));
            Ok(lives)
        }

        async fn create(&self, aws: &Aws, _: &Identity) -> Result<Id> {
            let (gateway, nat_gateway) = target_ids(&self.target)?;
            let id = route_id(self.route_table.known()?.as_str(), &self.destination_cidr_block);
            let call = aws.ec2.create_route().route_table_id(self.route_table.known()?.as_str());
            let call = call.destination_cidr_block(self.destination_cidr_block.to_string());
            call.set_gateway_id(gateway).set_nat_gateway_id(nat_gateway).send().await.or_fault()?;
            Ok(id)
        }

        /// The route of that destination, if it leads where an earlier `create` would have led it.
        async fn find(&self, aws: &Aws, _: &Identity) -> Result<Id> {
            only(routes(aws).await?.into_iter().filter(|live| live.inputs == *self).map(|live| live.id))
        }

        async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
            if self.target != live.inputs.target {
                let (gateway, nat_gateway) = target_ids(&self.target)?;
                let call = aws.ec2.replace_route().route_table_id(self.route_table.known()?.as_str());
                let call = call.destination_cidr_block(self.destination_cidr_block.to_string());
                call.set_gateway_id(gateway).set_nat_gateway_id(nat_gateway).send().await.or_fault()?;
            }
            Ok(())
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            let (route_table, destination) = parts(id)?;
            let call = aws.ec2.delete_route().route_table_id(route_table);
            call.destination_cidr_block(destination.to_string()).send().await.or_fault().map(drop)
        }

        async fn tag(_: &Aws, _: &Id, _: &Tags, _: &[String]) -> Result<()> {
            untaggable::<Self>()
        }
    }

    async fn routes(aws: &Aws) -> Result<Vec<Live<Route>>> {
        let tables = route_tables(aws).await?;
        let routes = tables.iter().flat_map(|table| table.routes().iter().map(move |route| (table, route)));
        routes.filter_map(|(table, route)| live(table, route).transpose()).collect()
    }

    /// `None` for a route to something else than a block of IPv4 addresses, which is never one of ours.
    fn live(table: &RouteTable, route: &Found) -> Result<Option<Live<Route>>> {
        let Some(destination) = route.destination_cidr_block() else { return Ok(None) };
        let destination: Cidr = parsed("DestinationCidrBlock", Some(destination))?;
        let route_table = table.route_table_id().or_missing("RouteTableId")?;
        Ok(Some(Live {
            id: route_id(route_table, &destination),
            inputs: Route {
                route_table: RouteTableId::new(route_table).into(),
                destination_cidr_block: destination,
                target: target(route),
            },
            outputs: NoOutputs {},
            tags: None,
            status: match route.state() {
                Some(RouteState::Active) => Status::Ready,
                other => Status::Pending(text(other)),
            },
        }))
    }

    fn route_id(route_table: &str, destination: &Cidr) -> Id {
        Id::new(format!("{route_table}|{destination}"))
    }

    fn parts(id: &Id) -> Result<(&str, Cidr)> {
        let (route_table, destination) = id.as_str().split_once('|').or_missing("the `|` in the id of a route")?;
        Ok((route_table, parsed("the destination in the id of a route", Some(destination))?))
    }

    fn target(route: &Found) -> RouteTarget {
        if let Some(id) = route.nat_gateway_id() {
            return RouteTarget::NatGateway(NatGatewayId::new(id).into());
        }
        let others = [
            route.gateway_id(),
            route.transit_gateway_id(),
            route.vpc_peering_connection_id(),
            route.local_gateway_id(),
            route.carrier_gateway_id(),
            route.core_network_arn(),
            // An instance is reported together with its network interface.
            route.network_interface_id(),
        ];
        match others.into_iter().flatten().next() {
            Some(id) if id.starts_with("igw-") => RouteTarget::InternetGateway(InternetGatewayId::new(id).into()),
            other => RouteTarget::Other(other.unwrap_or("unknown").to_owned()),
        }
    }

    /// `GatewayId` and `NatGatewayId`, one of which is given.
    fn target_ids(target: &RouteTarget) -> Result<(Option<String>, Option<String>)> {
        match target {
            RouteTarget::InternetGateway(id) => Ok((Some(id.known()?.to_string()), None)),
            RouteTarget::NatGateway(id) => Ok((None, Some(id.known()?.to_string()))),
            RouteTarget::Other(id) => Err(Fault::Inputs(format!("a route cannot be led to `{id}`"))),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_id_of_a_route_has_its_parts() {
            let id = route_id("rtb-1", &Cidr::ANYWHERE);
            assert_eq!(id.as_str(), "rtb-1|0.0.0.0/0");
            assert_eq!(parts(&id).unwrap(), ("rtb-1", Cidr::ANYWHERE));
            for wrong in ["rtb-1", "rtb-1|", "rtb-1|10.0.0.1/8"] {
                assert!(parts(&Id::new(wrong)).is_err(), "{wrong}");
            }
        }

        #[test]
        fn a_target_is_read_as_it_is_written() {
            let route = Found::builder().gateway_id("igw-1").build();
            assert_eq!(target_ids(&target(&route)).unwrap(), (Some("igw-1".to_owned()), None));
            let route = Found::builder().nat_gateway_id("nat-1").build();
            assert_eq!(target_ids(&target(&route)).unwrap(), (None, Some("nat-1".to_owned())));
            let route = Found::builder().instance_id("i-1").network_interface_id("eni-1").build();
            assert_eq!(target(&route), RouteTarget::Other("eni-1".to_owned()));
            assert!(target_ids(&target(&route)).is_err());
        }
    }
}
