use super::{fuse::Fuse, lock, open, recorded};
use crate::state::{
    Event, State, StateError, Store,
    disk::{Disk, Local, Output},
    fixture::*,
};
use futures::future::join_all;
use std::{
    io,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

fn replay(events: &[Event]) -> State {
    let mut state = State::new("dev", "l");
    for event in events {
        state.apply(event.clone()).expect("it fits");
    }
    state
}

#[tokio::test]
async fn what_was_recorded_is_read_back_before_and_after_compaction() {
    let directory = recorded().await;
    let stored = Store::open(directory.path(), "dev").expect("it is whole");
    assert_eq!(stored.warnings(), []);
    assert_eq!(*stored.state(), State { lineage: stored.state().lineage.clone(), ..sample() });

    let journal = lock(directory.path()).expect("nobody else is here");
    journal.compact().await.expect("the disk works");
    journal.compact().await.expect("nothing to do");
    journal.record(finished()).await.expect("it fits");
    drop(journal);
    let again = Store::open(directory.path(), "dev").expect("it is whole");
    assert_eq!(again.state().serial, 1);
    assert_eq!(again.state().resources, stored.state().resources);
    assert_eq!(again.state().outputs["url"], "http://a");
    assert_ne!(again.state().digest(), stored.state().digest());
}

#[tokio::test]
async fn a_wrong_event_is_refused_unwritten_and_the_next_one_goes_on() {
    let directory = recorded().await;
    let journal = lock(directory.path()).expect("nobody else is here");
    let before = std::fs::read(directory.path().join("journal.jsonl")).expect("it exists");
    let unsound = journal.record(created("vpc.c", "vpc-1")).await.expect_err("vpc.a has that id");
    assert!(matches!(unsound, StateError::Unsound(_)), "{unsound}");
    let unfit = journal.record(created("vpc.z", "vpc-1")).await.expect_err("it was never begun");
    assert!(matches!(unfit, StateError::Unfit(_)), "{unfit}");
    assert_eq!(std::fs::read(directory.path().join("journal.jsonl")).expect("it exists"), before);

    journal.record(created("vpc.c", "vpc-3")).await.expect("it fits");
    let state = journal.state();
    drop(journal);
    assert_eq!(*Store::open(directory.path(), "dev").expect("it is whole").state(), state);
}

#[tokio::test]
async fn a_full_disk_fails_every_waiter_and_every_later_event_and_loses_nothing_acknowledged() {
    let history = history();
    let line = 900;
    for bytes in (0..line * history.len()).step_by(211) {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let fuse = Fuse::endless();
        let journal = open(Arc::new(fuse.clone()), directory.path()).expect("there is room");
        fuse.allow(bytes);
        let waiting: Vec<_> = history.iter().map(|event| journal.record(event.clone())).collect();
        let results = join_all(waiting).await;
        let acknowledged = results.iter().take_while(|result| result.is_ok()).count();
        for result in &results[acknowledged..] {
            let error = result.as_ref().expect_err("nothing is acknowledged after a failure");
            assert!(matches!(error, StateError::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull));
            assert!(error.hint().expect("there is something to do").contains("space"));
        }
        if acknowledged < history.len() {
            fuse.allow(usize::MAX);
            assert!(journal.record(finished()).await.is_err(), "a failed journal stays failed");
            assert!(journal.compact().await.is_err());
        }
        drop(journal);

        let stored = Store::open(directory.path(), "dev").expect("the rest is whole").into_state();
        let kept = (acknowledged..=history.len()).find(|kept| replay(&history[..*kept]) == stored);
        let kept = kept.unwrap_or_else(|| panic!("{bytes} bytes: fewer than the {acknowledged} acknowledged events"));

        // The torn end is cut off before anything is added.
        let journal = lock(directory.path()).expect("the dead writer has left no lock");
        for event in &history[kept..] {
            journal.record(event.clone()).await.expect("there is room again");
        }
        drop(journal);
        let whole = Store::open(directory.path(), "dev").expect("it is whole");
        assert_eq!((whole.state(), whole.warnings()), (&sample(), &[][..]));
    }
}

#[tokio::test]
async fn a_compaction_that_stops_anywhere_loses_nothing() {
    for operations in 0.. {
        let directory = recorded().await;
        let before = Store::open(directory.path(), "dev").expect("it is whole").into_state();
        // One operation each to make the folder and to open the journal.
        let fuse = Fuse::new(2 + operations, usize::MAX);
        let journal = open(Arc::new(fuse.clone()), directory.path()).expect("opening is paid for");
        let result = journal.compact().await;
        drop(journal);

        let after = Store::open(directory.path(), "dev").expect("it is whole");
        assert_eq!(after.warnings(), []);
        assert_eq!(after.state().digest(), before.digest(), "stopped after {operations} operations");
        let journal = lock(directory.path()).expect("the dead writer has left no lock");
        journal.record(finished()).await.expect("it goes on");
        drop(journal);
        assert_eq!(Store::open(directory.path(), "dev").expect("it is whole").state().outputs.len(), 1);
        if result.is_ok() {
            assert_eq!(fuse.look().done - 2, operations);
            assert!(operations >= 11, "each of its steps was tried: {operations}");
            return;
        }
    }
}

/// A disk on which a sync of the journal takes until it is let go, by dropping the sender.
struct Slow {
    fuse: Fuse,
    /// Whether the next sync fails, and only that.
    fails: Arc<AtomicBool>,
    entered: mpsc::Sender<()>,
    go: Arc<Mutex<mpsc::Receiver<()>>>,
}

struct SlowFile {
    file: Box<dyn Output>,
    fails: Arc<AtomicBool>,
    entered: mpsc::Sender<()>,
    go: Arc<Mutex<mpsc::Receiver<()>>>,
}

impl Disk for Slow {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        Local.create_directory(path)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        Local.create(path)
    }
    fn append(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        let file = self.fuse.append(path)?;
        Ok(Box::new(SlowFile { file, fails: self.fails.clone(), entered: self.entered.clone(), go: self.go.clone() }))
    }
    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        Local.cut(path, length)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Local.rename(from, to)
    }
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        Local.sync_directory(path)
    }
}

impl Output for SlowFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write(bytes)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.entered.send(()).map_err(io::Error::other)?;
        assert!(self.go.lock().expect("no test panics here").recv().is_err(), "the sender is dropped to let go");
        if self.fails.swap(false, Ordering::SeqCst) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.sync()
    }
}

/// Records one event, and a hundred more while the sync of the first is under way, which then works or not.
async fn crowd(directory: &Path, first_fails: bool) -> (usize, Vec<Result<(), StateError>>) {
    let fuse = Fuse::endless();
    let (entered, has_entered) = mpsc::channel();
    let (let_go, go) = mpsc::channel();
    let fails = Arc::new(AtomicBool::new(first_fails));
    let disk = Slow { fuse: fuse.clone(), fails, entered, go: Arc::new(Mutex::new(go)) };
    let journal = open(Arc::new(disk), directory).expect("nobody else is here");

    let mut waiting = vec![journal.record(intended("vpc.a", 1, &[]))];
    has_entered.recv().expect("the first sync has begun");
    let names = (0..100).map(|n| format!("subnet.s{n}"));
    waiting.extend(names.map(|name| journal.record(intended(&name, 1, &["vpc.a"]))));
    drop(let_go);
    let results = join_all(waiting).await;
    (fuse.look().syncs, results)
}

#[tokio::test]
async fn events_that_wait_together_share_one_sync() {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let (syncs, results) = crowd(directory.path(), false).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(syncs, 2);
    assert_eq!(Store::open(directory.path(), "dev").expect("it is whole").state().resources.len(), 101);
}

#[tokio::test]
async fn what_waits_behind_a_failed_write_is_not_written_even_if_the_disk_works_again() {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let (syncs, results) = crowd(directory.path(), true).await;
    assert!(results.iter().all(Result::is_err), "{results:?}");
    assert_eq!(syncs, 0);
    let stored = Store::open(directory.path(), "dev").expect("it is whole");
    assert!(stored.state().resources.len() <= 1, "only the first may be there: its write came before the failed sync");
}
