use super::{Event, Object, Record, State, Superseded};
use model::Address;
use serde_json::Value;

impl State {
    /// Applies one event.
    ///
    /// # Errors
    /// When the event does not follow from the state: the text says how, and the state is unchanged.
    pub fn apply(&mut self, event: Event) -> Result<(), String> {
        self.apply_with(event, |state, address| {
            state.resources.values().flat_map(Record::dependencies).any(|dependencies| dependencies.contains(address))
        })
    }

    /// [`State::apply`] for one who knows without a search whether anything depends on a resource.
    pub(super) fn apply_with(
        &mut self,
        event: Event,
        is_needed: impl Fn(&Self, &Address) -> bool,
    ) -> Result<(), String> {
        match event {
            Event::Begun { home } => {
                self.claim(&home).map_err(|error| error.to_string())?;
                self.home = Some(home);
            }
            Event::CreateIntended { address, kind, pending, lifecycle, supersedes } => {
                if let Some(record) = self.resources.get(&address) {
                    if record.kind != kind {
                        return Err(format!("{address}: it is a {} and cannot become a {kind}", record.kind));
                    }
                    if record.pending.is_some() {
                        return Err(format!("{address}: a create is begun while another is pending"));
                    }
                    if record.current.is_some() && supersedes.is_none() {
                        return Err(format!("{address}: a create is begun without superseding"));
                    }
                }
                let record = self.resources.entry(address).or_insert_with(|| Record::new(kind));
                if let (Some(object), Some(reason)) = (record.current.take(), supersedes) {
                    record.superseded.push(Superseded { object, reason });
                }
                record.generation = pending.generation;
                record.pending = Some(pending);
                record.lifecycle = lifecycle;
            }
            Event::Created { address, id } => {
                let record = self.record(&address)?;
                let pending = record.pending.take().ok_or_else(|| format!("{address}: created without an intent"))?;
                record.current = Some(Object {
                    generation: pending.generation,
                    id,
                    identity: pending.identity,
                    inputs: pending.inputs,
                    outputs: Value::Null,
                    ready: false,
                    dependencies: pending.dependencies,
                });
            }
            Event::NotCreated { address } => {
                let pending = self.record(&address)?.pending.take();
                pending.ok_or_else(|| format!("{address}: not created without an intent"))?;
                // What was to take its place never came, so the old object is still the current one.
                let record = self.record(&address)?;
                if record.current.is_none() {
                    record.current = record.superseded.pop().map(|old| old.object);
                }
                self.forget_if_idle(&address, is_needed);
            }
            Event::Settled { address, object, lifecycle } => {
                let record = self.record(&address)?;
                match &record.current {
                    Some(current) if current.generation != object.generation => {
                        return Err(format!("{address}: generation {} is not the current one", object.generation));
                    }
                    Some(current) if current.id != object.id => {
                        return Err(format!("{address}: it is {} and cannot become {}", current.id, object.id));
                    }
                    Some(_) => {
                        record.current = Some(object);
                        record.lifecycle = lifecycle;
                    }
                    None => return Err(format!("{address}: it has no current object")),
                }
            }
            Event::Deleted { address, generation } => {
                let record = self.record(&address)?;
                if record.current.as_ref().is_some_and(|object| object.generation == generation) {
                    record.current = None;
                } else {
                    let old = record.superseded.iter().position(|old| old.object.generation == generation);
                    let old = old.ok_or_else(|| format!("{address}: generation {generation} is not recorded"))?;
                    record.superseded.remove(old);
                }
                self.forget_if_idle(&address, is_needed);
            }
            Event::Restored { address, generation, reason } => {
                let record = self.record(&address)?;
                if record.pending.is_some() {
                    return Err(format!("{address}: generation {generation} is restored while a create is pending"));
                }
                let old = record.superseded.iter().position(|old| old.object.generation == generation);
                let old = old.ok_or_else(|| format!("{address}: generation {generation} is not superseded"))?;
                let restored = record.superseded.remove(old).object;
                let present = record.current.replace(restored);
                record.superseded.extend(present.map(|object| Superseded { object, reason }));
            }
            Event::Moved { from, to } => {
                if self.resources.contains_key(&to) {
                    return Err(format!("{from} cannot become {to}, which exists"));
                }
                let record = self.resources.remove(&from).ok_or_else(|| format!("{from} is not recorded"))?;
                self.resources.insert(to.clone(), record);
                for dependencies in self.resources.values_mut().flat_map(Record::dependencies_mut) {
                    if dependencies.remove(&from) {
                        dependencies.insert(to.clone());
                    }
                }
            }
            Event::Finished { variables, outputs } => {
                self.variables = variables;
                self.outputs = outputs;
                let empty = self.resources.iter().filter(|(_, record)| record.is_empty());
                for address in empty.map(|(address, _)| address.clone()).collect::<Vec<_>>() {
                    self.forget_if_idle(&address, &is_needed);
                }
            }
        }
        Ok(())
    }

    fn record(&mut self, address: &Address) -> Result<&mut Record, String> {
        self.resources.get_mut(address).ok_or_else(|| format!("{address} is not recorded"))
    }

    /// An empty record stays for as long as something depends on it: an object may vanish under those that use it,
    /// and that must be recordable.
    fn forget_if_idle(&mut self, address: &Address, is_needed: impl Fn(&Self, &Address) -> bool) {
        if self.resources.get(address).is_some_and(Record::is_empty) && !is_needed(self, address) {
            self.resources.remove(address);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::state::fixture::*;
    use crate::state::{Event, State};

    fn state(events: impl IntoIterator<Item = Event>) -> State {
        let mut state = State::new("dev", "l");
        for event in events {
            state.apply(event).expect("the event fits");
        }
        state
    }

    #[test]
    fn what_does_not_follow_is_refused_and_changes_nothing() {
        let before = state([intended("vpc.a", 1, &[]), created("vpc.a", "vpc-1")]);
        let wrong = [
            (intended("vpc.a", 2, &[]), "without superseding"),
            (created("vpc.a", "vpc-2"), "without an intent"),
            (not_created("vpc.a"), "without an intent"),
            (deleted("vpc.a", 2), "generation 2 is not recorded"),
            (deleted("vpc.b", 1), "vpc.b is not recorded"),
            (moved("vpc.b", "vpc.c"), "vpc.b is not recorded"),
            (moved("vpc.a", "vpc.a"), "which exists"),
            (settled("vpc.a", 2, "vpc-1", &[]), "generation 2 is not the current one"),
            (settled("vpc.a", 1, "vpc-2", &[]), "cannot become vpc-2"),
            (restored("vpc.a", 1), "generation 1 is not superseded"),
            (restored("vpc.b", 1), "vpc.b is not recorded"),
        ];
        for (event, reason) in wrong {
            let mut after = before.clone();
            let refusal = after.apply(event.clone()).expect_err("it does not follow");
            assert!(refusal.contains(reason), "{event:?}: {refusal}");
            assert_eq!(after, before);
        }
    }

    #[test]
    fn an_object_that_vanished_under_others_leaves_an_empty_record_until_nothing_needs_it() {
        let mut state = state([
            intended("vpc.a", 1, &[]),
            created("vpc.a", "vpc-1"),
            intended("subnet.a", 1, &["vpc.a"]),
            created("subnet.a", "subnet-1"),
            deleted("vpc.a", 1),
        ]);
        assert!(state.resources["vpc.a"].is_empty());
        assert_eq!(state.resources["vpc.a"].generation, 1);
        state.apply(deleted("subnet.a", 1)).expect("it exists");
        state.apply(finished()).expect("always");
        assert!(state.resources.is_empty());
    }

    #[test]
    fn a_restored_object_and_the_present_one_change_places() {
        let mut state = sample();
        let generations = |state: &State| -> Vec<u32> {
            state.resources["subnet.a"].objects().map(|object| object.generation).collect()
        };
        assert_eq!(generations(&state), [1, 2]);
        state.apply(restored("subnet.a", 1)).expect("it is superseded");
        assert_eq!(generations(&state), [2, 1]);
        assert_eq!(state.resources["subnet.a"].superseded[0].reason, "generation 1 is wanted again");
        assert_eq!(state.resources["subnet.a"].generation, 2, "no generation is given twice");
        assert_eq!(crate::state::check(&state), []);

        // A new object supersedes the restored one, and when it never comes, the restored one is the current one still.
        state.apply(superseding("subnet.a", 3, "the CIDR changed")).expect("it follows");
        assert!(state.clone().apply(restored("subnet.a", 2)).expect_err("a create is pending").contains("pending"));
        state.apply(not_created("subnet.a")).expect("it was begun");
        assert_eq!(generations(&state), [2, 1]);
        state.apply(deleted("subnet.a", 2)).expect("it exists");
        assert_eq!(generations(&state), [1]);
    }

    #[test]
    fn what_has_vanished_leaves_its_place_to_a_restored_object() {
        let mut state = sample();
        state.apply(deleted("subnet.a", 2)).expect("it exists");
        state.apply(restored("subnet.a", 1)).expect("it is superseded");
        let record = &state.resources["subnet.a"];
        assert_eq!((record.current.as_ref().map(|it| it.generation), record.superseded.len()), (Some(1), 0));
    }

    #[test]
    fn those_that_depend_on_a_moved_resource_follow_it() {
        let state = state([
            intended("vpc.a", 1, &[]),
            created("vpc.a", "vpc-1"),
            intended("subnet.a", 1, &["vpc.a"]),
            moved("vpc.a", "vpc.b"),
        ]);
        let pending = state.resources["subnet.a"].pending.as_ref().expect("it was begun");
        assert_eq!(pending.dependencies, [address("vpc.b")].into());
    }
}
