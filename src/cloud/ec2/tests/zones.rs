//! Availability zones.

use super::*;
use crate::{Config, PlaneSettings};

#[test]
fn a_lost_zone_is_unavailable() {
    let mut cloud = Local::with(Config { plane: Some(PlaneSettings::new("app")), ..Config::default() });
    cloud.world.facts().lost_zones.insert("us-east-1b".to_owned());
    let form = [("Filter.1.Name", "state"), ("Filter.1.Value.1", "available")];
    assert_eq!(count(&ok(&mut cloud, "DescribeAvailabilityZones", &form)["availabilityZoneInfo"]), 2);
    let found = ok(&mut cloud, "DescribeAvailabilityZones", &[("ZoneName.1", "us-east-1b")]);
    let zone = &found["availabilityZoneInfo"][0];
    assert_eq!((&zone["zoneState"], count(&zone["messageSet"])), (&"unavailable".into(), 1));
}
