//! Availability zones.

use serde::{Deserialize, Serialize};

use super::describe::{Described, Selection, View, select};
use super::filter::Filter;
use super::kind::{self, Kind};
use crate::context::Context;
use crate::wire::ApiError;

/// The zones of every region.
const LETTERS: [char; 3] = ['a', 'b', 'c'];

/// An availability zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone {
    /// As in `us-east-1a`.
    pub(crate) name: String,
    /// As in `use1-az1`.
    pub(crate) id: String,
}

/// The availability zones of a region.
pub(crate) fn zones(region: &str) -> Vec<Zone> {
    let short = short_name(region);
    let zone = |(letter, number)| Zone { name: format!("{region}{letter}"), id: format!("{short}-az{number}") };
    LETTERS.into_iter().zip(1..).map(zone).collect()
}

/// The zone that a name or an id stands for; without either, the first one.
pub(crate) fn choose(region: &str, name: Option<&str>, id: Option<&str>) -> Result<Zone, ApiError> {
    let all = zones(region);
    let (parameter, wanted) = match (name, id) {
        (Some(_), Some(_)) => {
            let message = "Only one of availabilityZone and availabilityZoneId can be specified.";
            return Err(ApiError::new("InvalidParameterCombination", message));
        }
        (Some(name), None) => ("availabilityZone", name),
        (None, Some(id)) => ("availabilityZoneId", id),
        (None, None) => ("availabilityZone", all[0].name.as_str()),
    };
    let found = all.iter().find(|zone| zone.name == wanted && id.is_none() || zone.id == wanted && name.is_none());
    found.cloned().ok_or_else(|| {
        let names: Vec<&str> =
            all.iter().map(|zone| if id.is_some() { zone.id.as_str() } else { &zone.name }).collect();
        let message = format!(
            "Value ({wanted}) for parameter {parameter} is invalid. Subnets can currently only be created in the \
             following availability zones: {}.",
            names.join(", ")
        );
        ApiError::new("InvalidParameterValue", message)
    })
}

/// The region as zone ids spell it: `us-east-1` is `use1`, `ap-southeast-2` is `apse2`, `us-gov-west-1` is `usgw1`.
///
/// AWS: Regions and Zones, "AWS Availability Zones".
fn short_name(region: &str) -> String {
    let mut words = region.split('-');
    let area = words.next().unwrap_or_default().to_owned();
    let short = |word: &str| match word {
        "northeast" => "ne".to_owned(),
        "northwest" => "nw".to_owned(),
        "southeast" => "se".to_owned(),
        "southwest" => "sw".to_owned(),
        other => other.chars().take(1).collect(),
    };
    area + &words.map(short).collect::<String>()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeAvailabilityZones {
    #[serde(default)]
    zone_name: Vec<String>,
    #[serde(default)]
    zone_id: Vec<String>,
    #[serde(default)]
    filter: Vec<Filter>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ZoneView {
    opt_in_status: &'static str,
    message_set: Vec<Message>,
    region_name: String,
    zone_name: String,
    zone_id: String,
    group_name: String,
    network_border_group: String,
    zone_type: &'static str,
    zone_state: &'static str,
}

/// What AWS says of a zone that has trouble.
#[derive(Serialize)]
pub(crate) struct Message {
    message: &'static str,
}

impl View for ZoneView {
    const KIND: Kind = kind::VPC; // Ids are checked below: zones have an error of their own.
    const SET: &'static str = "availabilityZoneInfo";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("group-long-name", "groupLongName"),
        ("group-name", "groupName"),
        ("message", "messageSet.message"),
        ("opt-in-status", "optInStatus"),
        ("parent-zone-id", "parentZoneId"),
        ("parent-zone-name", "parentZoneName"),
        ("region-name", "regionName"),
        ("state", "zoneState"),
        ("zone-id", "zoneId"),
        ("zone-name", "zoneName"),
        ("zone-type", "zoneType"),
    ];

    fn id(&self) -> &str {
        &self.zone_name
    }
}

/// Describes the zones; one that is lost by a fault on order is `unavailable`.
///
/// AWS: EC2 API Reference, AvailabilityZone.
pub(crate) fn describe_availability_zones(
    cx: &mut Context<'_>,
    input: DescribeAvailabilityZones,
) -> Result<Described<ZoneView>, ApiError> {
    let all = zones(cx.region);
    let unknown_name = input.zone_name.iter().find(|name| !all.iter().any(|zone| zone.name == **name));
    let unknown_id = input.zone_id.iter().find(|id| !all.iter().any(|zone| zone.id == **id));
    if let Some(unknown) = unknown_name.or(unknown_id) {
        return Err(ApiError::new("InvalidParameterValue", format!("Invalid availability zone: [{unknown}]")));
    }
    let mut wanted = all;
    wanted.retain(|zone| input.zone_name.is_empty() || input.zone_name.contains(&zone.name));
    wanted.retain(|zone| input.zone_id.is_empty() || input.zone_id.contains(&zone.id));
    let is_lost = |zone: &Zone| cx.facts.is_some_and(|facts| facts.lost_zones.contains(&zone.name));
    let views = wanted.into_iter().map(|zone| ZoneView {
        opt_in_status: "opt-in-not-required",
        message_set: is_lost(&zone)
            .then_some(Message { message: "The zone is lost, by a fault on order." })
            .into_iter()
            .collect(),
        zone_state: if is_lost(&zone) { "unavailable" } else { "available" },
        region_name: cx.region.to_owned(),
        zone_name: zone.name,
        zone_id: zone.id,
        group_name: format!("{}-zg-1", cx.region),
        network_border_group: cx.region.to_owned(),
        zone_type: "availability-zone",
    });
    select(views, Selection { ids: Vec::new(), filter: input.filter, max_results: None, next_token: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zone_ids_abbreviate_the_region() {
        let first = |region: &str| zones(region)[0].id.clone();
        assert_eq!(first("us-east-1"), "use1-az1");
        assert_eq!(first("eu-central-1"), "euc1-az1");
        assert_eq!(first("ap-southeast-2"), "apse2-az1");
        assert_eq!(first("us-gov-west-1"), "usgw1-az1");
    }

    #[test]
    fn a_zone_is_chosen_by_name_or_id_within_the_region() {
        let by_id = choose("us-east-1", None, Some("use1-az2")).expect("it exists");
        assert_eq!(by_id.name, "us-east-1b");
        assert!(choose("us-east-1", Some("us-west-2a"), None).is_err());
        assert!(choose("us-east-1", Some("use1-az1"), None).is_err());
    }
}
