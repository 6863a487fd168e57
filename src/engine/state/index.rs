use super::{Record, State, Violation};
use crate::provider::Id;
use model::Address;
use std::collections::HashMap;

/// Which resource has which physical id.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Index(HashMap<(String, Id), Address>);

impl Index {
    /// The index of a state, and the ids that are not unique in it.
    pub(super) fn of(state: &State) -> (Self, Vec<Violation>) {
        let mut index = Self::default();
        let shared = state.resources.iter().flat_map(|(address, record)| index.insert(address, record)).collect();
        (index, shared)
    }

    /// Adds the ids of a record. An id that another object has stays with that one.
    pub(super) fn insert(&mut self, address: &Address, record: &Record) -> Vec<Violation> {
        let mut shared = Vec::new();
        for key in keys(record) {
            match self.0.get(&key) {
                Some(one) => {
                    let (one, other, (kind, id)) = (one.clone(), address.clone(), key);
                    shared.push(Violation::SharedId { kind, id, one, other });
                }
                None => drop(self.0.insert(key, address.clone())),
            }
        }
        shared
    }

    /// Takes out the ids of a record, so far as they are its own.
    pub(super) fn remove(&mut self, address: &Address, record: &Record) {
        for key in keys(record) {
            if self.0.get(&key) == Some(address) {
                self.0.remove(&key);
            }
        }
    }
}

fn keys(record: &Record) -> impl Iterator<Item = (String, Id)> {
    record.objects().map(|object| (record.kind.clone(), object.id.clone()))
}
