use super::{lock, recorded};
use crate::state::{Journal, Owner, StateError, Warning, fixture::*, unlock};
use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

const FOLDER: &str = "RUST_STACK_TEST_LOCKED_FOLDER";

/// Not a test of its own: what [`locked_by_another_process`] runs.
#[test]
fn another_process() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let journal = lock(Path::new(&folder)).expect("nobody else is here");
    writeln!(std::io::stdout(), "\nlocked").expect("the parent reads it");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("the parent holds it open");
    drop(journal);
}

/// Another process that has locked the folder. It has when this returns. Its output goes on for as long as the reader
/// is kept.
fn locked_by_another_process(folder: &Path) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(env::current_exe().expect("this is a program"))
        .args(["--exact", "state::tests::locking::another_process", "--nocapture"])
        .env(FOLDER, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program can run again");
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    let locked = output.by_ref().lines().map_while(Result::ok).any(|line| line == "locked");
    assert!(locked, "the other process has the lock");
    (child, output)
}

fn locked(result: Result<Journal, StateError>) -> (Box<Owner>, bool, String) {
    let error = result.expect_err("it is locked");
    let hint = error.hint().expect("there is something to do");
    let StateError::Locked { owner: Some(owner), alive, .. } = error else { panic!("{error}") };
    (owner, alive, hint)
}

#[tokio::test]
async fn the_lock_of_a_living_process_is_refused_with_its_owner() {
    let folder = recorded().await;
    let (mut other, _output) = locked_by_another_process(folder.path());
    let (owner, alive, hint) = locked(lock(folder.path()));
    assert_eq!((owner.pid, alive, owner.command.as_str()), (other.id(), true, "a test"));
    assert!(hint.contains(&format!("rust-stack unlock dev --id {}", owner.id)), "{hint}");
    assert!(matches!(unlock(folder.path(), "dev", &owner.id), Err(StateError::Locked { alive: true, .. })));

    drop(other.stdin.take());
    assert!(other.wait().expect("it ends").success());
    assert_eq!(lock(folder.path()).expect("it was released").warnings(), []);
    assert!(!folder.path().join("lock.json").exists());
}

#[tokio::test]
async fn the_lock_of_a_killed_process_is_taken_over_with_a_warning() {
    let folder = recorded().await;
    let (mut other, _output) = locked_by_another_process(folder.path());
    other.kill().expect("it runs");
    other.wait().expect("it ends");
    let journal = lock(folder.path()).expect("its owner is dead");
    let [Warning::StaleLock { owner }] = journal.warnings() else { panic!("{:?}", journal.warnings()) };
    assert_eq!(owner.pid, other.id());
    journal.record(finished()).await.expect("the lock is ours");
}

/// Puts down a lock as a process on another host would.
fn locked_elsewhere(folder: &Path) -> Owner {
    let owner = Owner {
        id: "6f1c".to_owned(),
        user: "ann".to_owned(),
        host: "another.host.invalid".to_owned(),
        pid: 1,
        command: "rust-stack apply dev".to_owned(),
        since: jiff::Timestamp::UNIX_EPOCH,
    };
    let json = serde_json::to_string(&owner).expect("it is plain data");
    fs::write(folder.join("lock.json"), json).expect("it can be written");
    owner
}

#[tokio::test]
async fn the_lock_of_another_host_stands_until_it_is_removed_by_its_id() {
    let folder = recorded().await;
    let owner = locked_elsewhere(folder.path());
    let (found, alive, hint) = locked(lock(folder.path()));
    assert_eq!((*found, alive), (owner.clone(), false));
    assert!(hint.contains("another.host.invalid"), "{hint}");

    let wrong = unlock(folder.path(), "dev", "7").expect_err("it has another id");
    assert!(matches!(&wrong, StateError::NotLocked { owner: Some(found), .. } if **found == owner), "{wrong}");
    assert_eq!(unlock(folder.path(), "dev", "6f1c").expect("it has that id"), owner);
    assert!(matches!(unlock(folder.path(), "dev", "6f1c"), Err(StateError::NotLocked { owner: None, .. })));
    assert!(lock(folder.path()).is_ok());
}

#[tokio::test]
async fn whoever_lost_the_lock_writes_nothing_more() {
    let folder = recorded().await;
    let journal = lock(folder.path()).expect("nobody else is here");
    let before = fs::read(folder.path().join("journal.jsonl")).expect("it exists");
    let other = locked_elsewhere(folder.path());
    assert!(matches!(journal.record(finished()).await, Err(StateError::LockLost { .. })));
    assert!(matches!(journal.compact().await, Err(StateError::LockLost { .. })));
    drop(journal);
    assert_eq!(fs::read(folder.path().join("journal.jsonl")).expect("it exists"), before);
    assert_eq!(*locked(lock(folder.path())).0, other, "the lock of the other stands");
}

#[test]
fn of_those_who_race_for_the_lock_one_has_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (inside, successes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    match lock(folder.path()) {
                        Ok(_journal) => {
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "nobody else has it");
                            successes.fetch_add(1, Ordering::SeqCst);
                            inside.fetch_sub(1, Ordering::SeqCst);
                        }
                        Err(error) => assert!(matches!(error, StateError::Locked { .. }), "{error}"),
                    }
                }
            });
        }
    });
    assert!(successes.into_inner() > 0);
    assert!(!folder.path().join("lock.json").exists());
}
