use crate::provider::{Id, Observed};
use model::Address;
use std::collections::{BTreeMap, HashMap};

/// What exists: the answer of the cloud to the question about everything that is recorded.
#[derive(Clone, Debug, Default)]
pub struct Observations {
    objects: HashMap<Id, Observed>,
    found: BTreeMap<Address, Id>,
}

impl Observations {
    /// Takes in an object that exists.
    pub fn insert(&mut self, observed: Observed) {
        self.objects.insert(observed.id.clone(), observed);
    }

    /// Takes in that the pending create of `address` made the object `id`.
    pub fn found(&mut self, address: Address, id: Id) {
        self.found.insert(address, id);
    }

    /// The object of that id; `None` when it does not exist.
    pub fn object(&self, id: &Id) -> Option<&Observed> {
        self.objects.get(id)
    }

    /// What the pending create of `address` made, if it made anything.
    pub fn pending(&self, address: &Address) -> Option<&Observed> {
        self.found.get(address).and_then(|id| self.object(id))
    }
}
