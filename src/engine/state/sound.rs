use super::{Event, Record, State, StateError, Violation, index::Index, integrity::check_record};
use model::Address;

/// A state that passes [`check`](super::check) and goes on doing so: an event that would break it is refused.
/// Checking an event costs what it touches, not what the state holds.
pub(super) struct Sound {
    state: State,
    index: Index,
}

impl Sound {
    pub(super) fn new(state: State) -> Result<Self, Vec<Violation>> {
        let violations = super::check(&state);
        if violations.is_empty() { Ok(Self { index: Index::of(&state).0, state }) } else { Err(violations) }
    }

    /// The state of a stack of which nothing exists yet.
    pub(super) fn empty(stack: &str, lineage: &str) -> Self {
        Self { state: State::new(stack, lineage), index: Index::default() }
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    pub(super) fn into_state(self) -> State {
        self.state
    }

    /// Names the next document; see [`State::serial`].
    pub(super) fn raise_serial(&mut self) {
        self.state.serial += 1;
    }

    /// Applies one event, whole or not at all.
    pub(super) fn apply(&mut self, event: Event) -> Result<(), StateError> {
        let touched = event.addresses();
        let before: Vec<_> = touched.iter().map(|address| self.state.resources.get(address).cloned()).collect();
        let moved = if let Event::Moved { from, to } = &event { Some((from.clone(), to.clone())) } else { None };
        let index = &self.index;
        self.state.apply_with(event, |_, address| index.is_needed(address)).map_err(StateError::Unfit)?;

        for (address, record) in touched.iter().zip(&before) {
            record.iter().for_each(|record| self.index.remove(address, record));
        }
        moved.iter().for_each(|(from, to)| self.index.rename(from, to));
        let mut violations = Vec::new();
        for address in &touched {
            if let Some(record) = self.state.resources.get(address) {
                violations.extend(self.index.insert(address, record));
                violations.extend(check_record(&self.state, address, record));
            }
        }
        if violations.is_empty() { Ok(()) } else { Err(self.restore(&touched, before, violations)) }
    }

    /// Undoes an event. (A move renames more than the records it touches, but breaks no rule: it is never undone.)
    fn restore(&mut self, touched: &[Address], before: Vec<Option<Record>>, violations: Vec<Violation>) -> StateError {
        for address in touched {
            if let Some(record) = self.state.resources.remove(address) {
                self.index.remove(address, &record);
            }
        }
        for (address, record) in touched.iter().zip(before) {
            if let Some(record) = record {
                self.index.insert(address, &record);
                self.state.resources.insert(address.clone(), record);
            }
        }
        StateError::Unsound(violations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::*;

    #[test]
    fn an_event_that_would_break_the_state_changes_nothing() {
        let mut state = Sound::new(sample()).unwrap_or_else(|violations| panic!("{violations:?}"));
        let wrong = [
            created("vpc.c", "vpc-1"),
            intended("vpc.d", 0, &[]),
            intended("vpc.d", 1, &["vpc.e"]),
            settled("vpc.a", 1, "vpc-1", &["vpc.e"]),
            superseding("vpc.a", 2, ""),
            superseding("subnet.a", 2, "it is the generation of the current one"),
        ];
        for event in wrong {
            let refusal = state.apply(event.clone()).expect_err("it breaks a rule");
            assert!(matches!(refusal, StateError::Unsound(_)), "{event:?}: {refusal}");
            assert_eq!(*state.state(), sample());
            assert_eq!(state.index, Index::of(&sample()).0);
        }
        assert!(matches!(state.apply(created("vpc.d", "vpc-9")), Err(StateError::Unfit(_))));
        assert_eq!(state.index, Index::of(&sample()).0);
    }

    #[test]
    fn an_id_is_free_again_when_its_object_is_deleted_or_has_moved() {
        let mut state = Sound::new(sample()).unwrap_or_else(|violations| panic!("{violations:?}"));
        for event in [
            deleted("vpc.b", 1),
            created("vpc.c", "vpc-2"),
            moved("vpc.c", "vpc.b"),
            moved("vpc.a", "vpc.x"),
            deleted("vpc.x", 1),
            deleted("subnet.a", 1),
            deleted("subnet.a", 2),
            finished(),
        ] {
            state.apply(event).expect("it breaks no rule");
            assert_eq!(state.index, Index::of(state.state()).0);
            assert_eq!(super::super::check(state.state()), []);
        }
    }
}
