//! Faults on order: what is to go wrong, until it has or until it is cleared.
//!
//! Faults of calls are taken by the [endpoint](crate::endpoint); those of the data plane answer the questions in
//! [`plane::faults`](crate::plane::faults). All of them end with the process, and none depends on chance: what hits only
//! a share is decided by the fault's seed.

mod call;
mod document;
mod quantity;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::operation::Service;

pub(crate) use call::Effect;
pub(crate) use document::{Fault, Known};
pub(crate) use quantity::{Seconds, Share};

/// A fault that was ordered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Order {
    /// Counts the orders since the start.
    pub(crate) id: u64,
    pub(crate) ordered: Timestamp,
    /// When it ends by itself.
    pub(crate) ends: Option<Timestamp>,
    #[serde(flatten)]
    pub(crate) fault: Fault,
}

/// The faults that are still to happen, or that last.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pending: Mutex<Pending>,
    /// Whether there may be one, so that what asks for each request need not wait for the lock.
    any: AtomicBool,
}

/// See [`Faults`]; its clock is that of its callers.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    last_id: u64,
    orders: Vec<Order>,
}

impl Faults {
    /// Orders a fault.
    pub(crate) fn order(&self, fault: Fault) -> Order {
        let mut pending = self.lock();
        self.any.store(true, Ordering::Release);
        pending.order(fault, Timestamp::now())
    }

    /// Whether there is certainly none.
    pub(crate) fn none(&self) -> bool {
        !self.any.load(Ordering::Acquire)
    }

    /// The faults there are, in the order in which they were ordered.
    pub(crate) fn all(&self) -> Vec<Order> {
        self.lock().at(Timestamp::now()).to_vec()
    }

    /// Takes a fault back, if it is still there.
    pub(crate) fn clear(&self, id: u64) -> Option<Order> {
        let mut pending = self.lock();
        let position = pending.at(Timestamp::now()).iter().position(|order| order.id == id)?;
        let cleared = pending.orders.remove(position);
        self.any.store(!pending.orders.is_empty(), Ordering::Release);
        Some(cleared)
    }

    /// Takes all faults back that are still there.
    pub(crate) fn clear_all(&self) -> Vec<Order> {
        let mut pending = self.lock();
        self.any.store(false, Ordering::Release);
        std::mem::take(pending.at(Timestamp::now()))
    }

    /// What happens to this call, if anything does.
    pub(crate) fn take(&self, service: &Service, operation: &str) -> Option<Effect> {
        self.lock().take(service, operation)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Pending> {
        // Nothing is changed in more than one step while the lock is held.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    pub(crate) fn order(&mut self, fault: Fault, now: Timestamp) -> Order {
        self.last_id += 1;
        let ends = fault.lasts().map(|lasts| after(now, lasts));
        let order = Order { id: self.last_id, ordered: now, ends, fault };
        self.orders.push(order.clone());
        order
    }

    /// The orders that have not ended.
    pub(crate) fn at(&mut self, now: Timestamp) -> &mut Vec<Order> {
        self.orders.retain(|order| order.ends.is_none_or(|ends| now < ends));
        &mut self.orders
    }

    /// Each fault that matches counts the call; the first one that is due hits it.
    fn take(&mut self, service: &Service, operation: &str) -> Option<Effect> {
        let mut effect = None;
        for order in &mut self.orders {
            let kind = order.fault.effect(service.protocol);
            let (Some(calls), Some(kind)) = (order.fault.calls_mut(), kind) else { continue };
            if calls.matches(service.name, operation) && calls.count(effect.is_none()) {
                effect = Some(kind);
            }
        }
        self.orders.retain_mut(|order| order.fault.calls_mut().is_none_or(|calls| calls.times > 0));
        effect
    }
}

/// The time that is `seconds` after `start`.
pub(crate) fn after(start: Timestamp, seconds: Seconds) -> Timestamp {
    let duration = SignedDuration::try_from(seconds.duration()).unwrap_or(SignedDuration::MAX);
    start.saturating_add(duration).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::services::by_name;

    fn fault(value: Value) -> Fault {
        serde_json::from_value(value).expect("it is a fault")
    }

    fn take(faults: &Faults, service: &str, operation: &str) -> bool {
        faults.take(by_name(service).expect("it exists"), operation).is_some()
    }

    #[test]
    fn a_fault_skips_then_hits_and_is_gone() {
        let faults = Faults::default();
        let order =
            json!({"service": "sts", "operation": "GetCallerIdentity", "kind": "fail_before", "skip": 1, "times": 2});
        faults.order(fault(order));
        let hits: Vec<bool> = (0..4).map(|_| take(&faults, "sts", "GetCallerIdentity")).collect();
        assert_eq!(hits, [false, true, true, false]);
        assert_eq!(faults.all(), []);
    }

    #[test]
    fn other_operations_pass() {
        let faults = Faults::default();
        faults.order(fault(json!({"service": "sts", "operation": "AssumeRole", "kind": "throttle"})));
        assert!(!take(&faults, "sts", "GetCallerIdentity"));
        assert!(!take(&faults, "ec2", "AssumeRole"));
        assert_eq!(faults.all().len(), 1);
    }

    #[test]
    fn a_call_is_hit_once_and_counted_by_every_fault() {
        let faults = Faults::default();
        faults.order(fault(json!({"service": "sts", "kind": "throttle"})));
        faults.order(fault(json!({"service": "sts", "kind": "drop_connection", "skip": 1})));
        let effects: Vec<_> =
            (0..3).map(|_| faults.take(by_name("sts").expect("it exists"), "GetCallerIdentity")).collect();
        assert!(matches!(effects[..], [Some(Effect::FailBefore(_)), Some(Effect::DropConnection), None]));
    }

    #[test]
    fn one_is_cleared_by_its_id_and_ids_are_never_used_again() {
        let faults = Faults::default();
        let throttle = || fault(json!({"service": "sts", "kind": "throttle"}));
        let ids: Vec<u64> = (0..3).map(|_| faults.order(throttle()).id).collect();
        assert_eq!(ids, [1, 2, 3]);
        assert_eq!(faults.clear(2).map(|order| order.id), Some(2));
        assert_eq!(faults.clear(2), None);
        assert_eq!(faults.all().iter().map(|order| order.id).collect::<Vec<_>>(), [1, 3]);
        faults.clear_all();
        assert_eq!(faults.all(), []);
        assert_eq!(faults.order(throttle()).id, 4);
    }

    #[test]
    fn a_fault_ends_by_itself() {
        let mut pending = Pending::default();
        let start = Timestamp::from_second(1_800_000_000).expect("a valid time");
        pending.order(fault(json!({"kind": "zone_loss", "zone": "us-east-1a", "for_seconds": 1.5})), start);
        pending.order(fault(json!({"kind": "zone_loss", "zone": "us-east-1b"})), start);
        let left = |pending: &mut Pending, milliseconds| {
            pending
                .at(start + SignedDuration::from_millis(milliseconds))
                .iter()
                .map(|order| order.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(left(&mut pending, 1499), [1, 2]);
        assert_eq!(left(&mut pending, 1500), [2]);
    }

    #[test]
    fn an_order_reads_as_it_was_written_with_its_id() {
        let shown = serde_json::to_value(Faults::default().order(fault(json!({"service": "sts", "kind": "throttle"}))));
        let shown = shown.expect("it serialises");
        assert_eq!((&shown["id"], &shown["kind"], &shown["times"]), (&json!(1), &json!("throttle"), &json!(1)));
    }
}
