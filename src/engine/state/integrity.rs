use super::{Record, State, index::Index};
use crate::provider::Id;
use model::Address;
use std::{collections::BTreeSet, fmt};

/// Whether a state can be true: nothing is read from or written to disk that fails this.
///
/// Addresses are unique by construction. Physical ids are unique among all objects of a kind, every recorded
/// dependency is another recorded resource, no two objects of a resource are of one generation and a pending one is newer
/// than all others, what is superseded has a reason, and what is pending can be found again by its token.
pub fn check(state: &State) -> Vec<Violation> {
    let (_, shared) = Index::of(state);
    let records = state.resources.iter().flat_map(|(address, record)| check_record(state, address, record));
    shared.into_iter().chain(records).collect()
}

/// One way in which a state cannot be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Two objects of one kind bear the same physical id.
    SharedId {
        /// The kind.
        kind: String,
        /// The id.
        id: Id,
        /// The resource that has it.
        one: Address,
        /// The resource that has it too; the same one, when two of its generations share the id.
        other: Address,
    },
    /// A resource depends on one that is not recorded.
    MissingDependency {
        /// The resource.
        address: Address,
        /// What it depends on.
        dependency: Address,
    },
    /// A resource depends on itself.
    OnItself {
        /// The resource.
        address: Address,
    },
    /// Two objects are of one generation, a pending one is not the newest, or one was never begun. (A superseded object may be
    /// newer than the current one: see [`Event::Restored`](super::Event::Restored).)
    Generations {
        /// The resource.
        address: Address,
        /// The generations of the superseded objects, the current one, the pending one, and the newest ever begun.
        generations: Vec<u32>,
    },
    /// A superseded object has no reason.
    NoReason {
        /// The resource.
        address: Address,
        /// The generation of the object.
        generation: u32,
    },
    /// A pending create has no token.
    NoToken {
        /// The resource.
        address: Address,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SharedId { kind, id, one, other } => write!(f, "{one} and {other} are both the {kind} {id}"),
            Self::MissingDependency { address, dependency } => {
                write!(f, "{address} depends on {dependency}, which is not recorded")
            }
            Self::OnItself { address } => write!(f, "{address} depends on itself"),
            Self::Generations { address, generations } => {
                write!(f, "the generations of {address} cannot be: {generations:?}")
            }
            Self::NoReason { address, generation } => {
                write!(f, "generation {generation} of {address} is superseded without a reason")
            }
            Self::NoToken { address } => write!(f, "the pending create of {address} has no token"),
        }
    }
}

/// All rules but that of unique ids, which [`Index`] holds. Costs what the record holds, not what the state holds.
pub(super) fn check_record(state: &State, address: &Address, record: &Record) -> Vec<Violation> {
    let mut violations = Vec::new();

    let missing = record.dependencies().flatten().filter(|dependency| !state.resources.contains_key(*dependency));
    violations.extend(
        missing.map(|dependency| Violation::MissingDependency {
            address: address.clone(),
            dependency: dependency.clone(),
        }),
    );

    if record.dependencies().any(|dependencies| dependencies.contains(address)) {
        violations.push(Violation::OnItself { address: address.clone() });
    }

    let existing: BTreeSet<u32> = record.objects().map(|object| object.generation).collect();
    let pending = record.pending.as_ref().map(|pending| pending.generation);
    let newest = existing.last().copied();
    let sound = existing.len() == record.objects().count()
        && existing.first().copied().or(pending).is_none_or(|first| first >= 1)
        && pending.zip(newest).is_none_or(|(pending, newest)| newest < pending)
        && pending.or(newest).is_none_or(|last| last <= record.generation);
    if !sound {
        let mut generations: Vec<u32> = record.objects().map(|object| object.generation).chain(pending).collect();
        generations.push(record.generation);
        violations.push(Violation::Generations { address: address.clone(), generations });
    }

    let unexplained = record.superseded.iter().filter(|old| old.reason.trim().is_empty());
    violations.extend(
        unexplained.map(|old| Violation::NoReason { address: address.clone(), generation: old.object.generation }),
    );

    if record.pending.as_ref().is_some_and(|pending| pending.identity.token.is_empty()) {
        violations.push(Violation::NoToken { address: address.clone() });
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::*;

    /// A state in which `change` was made by hand, and what is then wrong with it.
    fn violations(change: impl FnOnce(&mut State)) -> Vec<String> {
        let mut state = sample();
        assert_eq!(check(&state), []);
        change(&mut state);
        check(&state).iter().map(ToString::to_string).collect()
    }

    fn record<'a>(state: &'a mut State, address: &str) -> &'a mut Record {
        state.resources.get_mut(address).expect("it is in the sample")
    }

    #[test]
    fn each_rule_finds_its_breach() {
        assert_eq!(
            violations(|state| drop(state.resources.remove("vpc.a"))),
            ["subnet.a depends on vpc.a, which is not recorded", "subnet.a depends on vpc.a, which is not recorded",]
        );
        assert_eq!(
            violations(|state| record(state, "vpc.b").current.as_mut().expect("exists").id = Id::new("vpc-1")),
            ["vpc.a and vpc.b are both the ec2.vpc vpc-1"]
        );
        assert_eq!(
            violations(|state| {
                record(state, "vpc.b").current.as_mut().expect("exists").dependencies.insert(address("vpc.b"));
            }),
            ["vpc.b depends on itself"]
        );
        assert_eq!(
            violations(|state| record(state, "subnet.a").superseded[0].object.id = Id::new("subnet-2")),
            ["subnet.a and subnet.a are both the ec2.subnet subnet-2"]
        );
        assert_eq!(
            violations(|state| record(state, "subnet.a").superseded[0].reason = " ".to_owned()),
            ["generation 1 of subnet.a is superseded without a reason"]
        );
        assert_eq!(
            violations(|state| {
                record(state, "vpc.c").pending.as_mut().expect("exists").identity.token.clear();
            }),
            ["the pending create of vpc.c has no token"]
        );
    }

    #[test]
    fn each_generation_is_given_once_and_none_is_newer_than_the_newest() {
        let set = |superseded: u32, current: u32, newest: u32| {
            violations(|state| {
                let record = record(state, "subnet.a");
                record.superseded[0].object.generation = superseded;
                record.current.as_mut().expect("exists").generation = current;
                record.generation = newest;
            })
        };
        assert!(set(1, 2, 2).is_empty());
        assert!(set(1, 4, 7).is_empty());
        assert!(set(3, 2, 3).is_empty(), "an older one was restored");
        for (superseded, current, newest) in [(2, 2, 2), (0, 1, 1), (1, 0, 1), (1, 3, 2), (3, 1, 2)] {
            assert_eq!(
                set(superseded, current, newest),
                [format!("the generations of subnet.a cannot be: [{superseded}, {current}, {newest}]")]
            );
        }
        let pending = violations(|state| {
            let mut pending = record(state, "vpc.c").pending.clone().expect("exists");
            pending.generation = 2;
            record(state, "subnet.a").pending = Some(pending);
        });
        assert_eq!(pending, ["the generations of subnet.a cannot be: [1, 2, 2, 2]"]);
    }
}
