use super::{Record, State, Violation};
use crate::provider::Id;
use model::Address;
use std::collections::{HashMap, hash_map::Entry};

/// What would otherwise be searched for in all records.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Index {
    /// Which resource has which physical id of a kind.
    owners: HashMap<(String, Id), Address>,
    /// How many objects and pending creates depend on a resource, where there are any.
    needs: HashMap<Address, usize>,
}

impl Index {
    /// The index of a state, and the ids that are not unique in it.
    pub(super) fn of(state: &State) -> (Self, Vec<Violation>) {
        let mut index = Self::default();
        let shared = state.resources.iter().flat_map(|(address, record)| index.insert(address, record)).collect();
        (index, shared)
    }

    /// Whether anything depends on a resource.
    pub(super) fn is_needed(&self, address: &Address) -> bool {
        self.needs.contains_key(address)
    }

    /// Follows the dependencies on a resource to its new address.
    pub(super) fn rename(&mut self, from: &Address, to: &Address) {
        if let Some(count) = self.needs.remove(from) {
            self.needs.insert(to.clone(), count);
        }
    }

    /// Adds a record, and returns the ids that are not unique then: they stay with the object that had them.
    pub(super) fn insert(&mut self, address: &Address, record: &Record) -> Vec<Violation> {
        for dependency in record.dependencies().flatten() {
            *self.needs.entry(dependency.clone()).or_default() += 1;
        }
        let mut shared = Vec::new();
        for key in keys(record) {
            match self.owners.get(&key) {
                Some(one) => {
                    let (one, other, (kind, id)) = (one.clone(), address.clone(), key);
                    shared.push(Violation::SharedId { kind, id, one, other });
                }
                None => drop(self.owners.insert(key, address.clone())),
            }
        }
        shared
    }

    /// Takes out a record.
    pub(super) fn remove(&mut self, address: &Address, record: &Record) {
        for dependency in record.dependencies().flatten() {
            if let Entry::Occupied(mut count) = self.needs.entry(dependency.clone()) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
        for key in keys(record) {
            if self.owners.get(&key) == Some(address) {
                self.owners.remove(&key);
            }
        }
    }
}

fn keys(record: &Record) -> impl Iterator<Item = (String, Id)> {
    record.objects().map(|object| (record.kind.clone(), object.id.clone()))
}
