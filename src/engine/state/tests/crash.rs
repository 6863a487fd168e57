use super::{fuse::Fuse, lock, lock_when_free, open};
use crate::state::{Event, State, Store, check, fixture::*};
use futures::future::join_all;
use proptest::prelude::*;
use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

const ADDRESSES: [&str; 5] = ["vpc.a", "vpc.b", "subnet.a", "subnet.b", "subnet.c"];

/// The event that a choice of three numbers stands for in a state, which may or may not be valid.
fn event(state: &State, fresh: usize, (what, one, other): (u8, usize, usize)) -> Event {
    let (of, on) = (ADDRESSES[one], ADDRESSES[other]);
    let generation = state.resources.get(of).map_or(0, |record| record.generation);
    let id = format!("id-{fresh}");
    let current = state.resources.get(of).and_then(|record| record.current.as_ref());
    match what {
        0 => intended(of, generation + 1, &[on]),
        1 => intended(of, generation + 1, &[]),
        2 | 3 => created(of, &id),
        4 => not_created(of),
        5 => settled(of, generation, current.map_or(&id, |object| object.id.as_str()), &[on]),
        6 => superseding(of, generation + 1, "a test"),
        7 => deleted(of, generation),
        8 => deleted(of, generation.saturating_sub(1)),
        9 => moved(of, on),
        10 => restored(of, generation.saturating_sub(1)),
        _ => finished(),
    }
}

/// A history of valid events, and the state after each.
fn histories() -> impl Strategy<Value = (Vec<Event>, Vec<State>)> {
    let choice = (0..=11_u8, 0..ADDRESSES.len(), 0..ADDRESSES.len());
    prop::collection::vec(choice, 1..80).prop_map(|choices| {
        let (mut events, mut states) = (Vec::new(), vec![State::new("dev", "l")]);
        for (fresh, choice) in choices.into_iter().enumerate() {
            let mut next = states[states.len() - 1].clone();
            let event = event(&next, fresh, choice);
            if next.apply(event.clone()).is_ok() && check(&next).is_empty() {
                events.push(event);
                states.push(next);
            }
        }
        (events, states)
    })
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn record(directory: &Path, events: &[Event]) {
    let mut store = Store::open(directory, "dev").expect("it is whole");
    store.assume_lineage("l");
    let journal = lock_when_free(|| store.lock("a test"));
    let waiting: Vec<_> = events.iter().map(|event| journal.record(event.clone())).collect();
    for result in block_on(join_all(waiting)) {
        result.expect("a valid event is taken");
    }
}

fn compact(directory: &Path) {
    let journal = lock_when_free(|| lock(directory));
    block_on(journal.compact()).expect("the disk works");
}

#[test]
fn a_start_that_stops_anywhere_can_be_made_again() {
    for operations in 0.. {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let folder = directory.path().join("state/dev");
        let fuse = Fuse::new(operations, usize::MAX);
        if open(Arc::new(fuse.clone()), &folder).is_ok() {
            assert!(operations >= 7, "each of its steps was tried: {operations}");
            return;
        }
        record(&folder, &history());
        assert_eq!(*Store::open(&folder, "dev").expect("it is whole").state(), sample());
    }
}

#[test]
fn a_reader_without_the_lock_sees_the_history_in_order_through_compactions() {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let (path, done) = (directory.path(), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            let journal = lock_when_free(|| lock(path));
            for n in 0..200 {
                block_on(journal.record(intended(&format!("vpc.v{n}"), 1, &[]))).expect("it fits");
                if n % 3 == 0 {
                    block_on(journal.compact()).expect("the disk works");
                }
            }
            done.store(true, Ordering::SeqCst);
        });
        let mut last = 0;
        while !done.load(Ordering::SeqCst) {
            let state = Store::open(path, "dev").expect("it is readable at any time").into_state();
            assert!(state.resources.len() >= last, "nothing is seen to vanish");
            last = state.resources.len();
        }
        assert!(last > 0, "it was read while it was written");
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_crash_leaves_of_the_journal_is_a_prefix_of_the_history(
        (events, states) in histories(),
        compacted in any::<prop::sample::Index>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..5),
    ) {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let file = directory.path().join("journal.jsonl");
        let folded = compacted.index(events.len() + 1);
        record(directory.path(), &events[..folded]);
        compact(directory.path());
        record(directory.path(), &events[folded..]);
        let journal = fs::read(&file).expect("it exists");
        let header = journal.iter().position(|byte| *byte == b'\n').expect("it has a header") + 1;

        for cut in cuts {
            let length = header + cut.index(journal.len() - header + 1);
            fs::write(&file, &journal[..length]).expect("it can be written");
            let kept = folded + journal[header..length].iter().filter(|byte| **byte == b'\n').count();
            let serial = u64::from(folded > 0);

            let stored = Store::open(directory.path(), "dev").expect("a crash leaves nothing unreadable");
            prop_assert_eq!(stored.state(), &State { serial, ..states[kept].clone() });
            prop_assert_eq!(check(stored.state()), []);
            prop_assert_eq!(stored.warnings().len(), usize::from(journal[length - 1] != b'\n'));

            record(directory.path(), &events[kept..]);
            let whole = Store::open(directory.path(), "dev").expect("it is whole again");
            prop_assert_eq!(whole.state(), &State { serial, ..states[events.len()].clone() });
        }
    }
}
