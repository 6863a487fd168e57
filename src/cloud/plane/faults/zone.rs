//! Zones that are lost.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::faults::{Fault, Faults, Seconds};

/// Nothing in a zone is reached any more, and nothing there reaches anything.
///
/// Connections that exist fall too: whoever holds one with an end in the zone closes it. Processes there go on until
/// ECS, which hears no more of them, replaces them in the other zones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ZoneLoss {
    /// The zone's name, as in `us-east-1a`.
    pub(crate) zone: String,
    /// How long; until it is cleared when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) for_seconds: Option<Seconds>,
}

impl Faults {
    /// Whether the zone with this name is lost now.
    pub(crate) fn zone_lost(&self, zone: &str) -> bool {
        if self.none() {
            return false;
        }
        let is_it = |fault: &Fault| matches!(fault, Fault::ZoneLoss(loss) if loss.zone == zone);
        self.lock().at(Timestamp::now()).iter().any(|order| is_it(&order.fault))
    }

    /// The names of the zones that are lost now.
    pub(crate) fn lost_zones(&self) -> BTreeSet<String> {
        if self.none() {
            return BTreeSet::new();
        }
        let zone = |fault: &Fault| match fault {
            Fault::ZoneLoss(loss) => Some(loss.zone.clone()),
            _ => None,
        };
        self.lock().at(Timestamp::now()).iter().filter_map(|order| zone(&order.fault)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_zone_is_lost_until_its_loss_is_cleared() {
        let faults = Faults::default();
        let order = json!({"kind": "zone_loss", "zone": "us-east-1a"});
        let id = faults.order(serde_json::from_value(order).expect("it is a fault")).id;
        assert_eq!((faults.zone_lost("us-east-1a"), faults.zone_lost("us-east-1b")), (true, false));
        assert_eq!(faults.lost_zones(), BTreeSet::from(["us-east-1a".to_owned()]));
        faults.clear(id);
        assert!(!faults.zone_lost("us-east-1a") && faults.lost_zones().is_empty());
    }
}
