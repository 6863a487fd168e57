use super::StateError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    env, fmt,
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    process,
};
use uuid::Uuid;

/// The right to change a stack. Released when dropped.
///
/// It has two parts. The operating system's lock on the folder of the stack ends with the process, however that
/// ends, so of the processes of one host at most one has it, and no clean-up is ever needed. `lock.json` tells the
/// others who that is, and stands between hosts that share the folder. Whoever has the first and finds a `lock.json`
/// of this host knows that its owner is dead.
#[derive(Debug)]
pub(super) struct Lock {
    stack: String,
    file: PathBuf,
    owner: Owner,
    taken_over: Option<Owner>,
    /// Locked for as long as it is open.
    _folder: File,
}

/// Who holds a lock: the content of `lock.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// A random name of this lock, for [`unlock`].
    pub id: String,
    /// The login name of the user.
    pub user: String,
    /// The name of the host.
    pub host: String,
    /// The number of the process on that host.
    pub pid: u32,
    /// The command, as the user typed it.
    pub command: String,
    /// When the lock was taken.
    pub since: Timestamp,
}

/// Removes the lock `id` of a stack by force, and tells whose it was.
///
/// # Errors
/// [`StateError::Locked`] when the owner is alive, as far as can be known: it runs on this host. Then it is the
/// process that must end, and its lock ends with it. [`StateError::NotLocked`] when there is no lock with that id.
pub fn unlock(directory: &Path, stack: &str, id: &str) -> Result<Owner, StateError> {
    let file = lock_file(directory);
    let owner = read(&file)?;
    match owner {
        Some(owner) if owner.id == id => {
            let _folder = lock_folder(directory, stack)?;
            fs::remove_file(&file).map_err(StateError::io(&file))?;
            Ok(owner)
        }
        owner => Err(StateError::NotLocked { stack: stack.to_owned(), id: id.to_owned(), owner: owner.map(Box::new) }),
    }
}

impl Lock {
    /// Takes the lock.
    ///
    /// # Errors
    /// [`StateError::Locked`] when another process has it.
    pub(super) fn acquire(directory: &Path, stack: &str, command: &str) -> Result<Self, StateError> {
        let folder = lock_folder(directory, stack)?;
        let file = lock_file(directory);
        let owner = Owner::this(command);
        let mut taken_over = None;
        while !publish(&file, &owner)? {
            match read(&file)? {
                // It was released this very moment.
                None => (),
                Some(dead) if dead.host == owner.host => {
                    fs::remove_file(&file).map_err(StateError::io(&file))?;
                    taken_over = Some(dead);
                }
                Some(other) => {
                    return Err(StateError::Locked {
                        stack: stack.to_owned(),
                        owner: Some(Box::new(other)),
                        alive: false,
                    });
                }
            }
        }
        Ok(Self { stack: stack.to_owned(), file, owner, taken_over, _folder: folder })
    }

    /// The dead process that had left its lock, if there was one.
    pub(super) fn taken_over(&self) -> Option<&Owner> {
        self.taken_over.as_ref()
    }

    /// Makes sure that nobody on another host has removed the lock by force. Called before each write.
    ///
    /// # Errors
    /// [`StateError::LockLost`].
    pub(super) fn verify(&self) -> Result<(), StateError> {
        match read(&self.file)? {
            Some(owner) if owner.id == self.owner.id => Ok(()),
            _ => Err(StateError::LockLost { stack: self.stack.clone() }),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A file that cannot be removed is a stale lock, which the next command on this host takes over with a
        // warning: there is nobody left here to tell.
        if self.verify().is_ok() {
            drop(fs::remove_file(&self.file));
        }
    }
}

impl Owner {
    pub(crate) fn this(command: &str) -> Self {
        let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| env::var(name).ok());
        Self {
            id: Uuid::new_v4().to_string(),
            user: user.unwrap_or_else(|| "unknown".to_owned()),
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            pid: process::id(),
            command: command.to_owned(),
            since: Timestamp::now(),
        }
    }
}

impl Owner {
    /// Who that is, as people write it: `user@host`.
    pub fn operator(&self) -> String {
        format!("{}@{}", self.user, self.host)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, user, host, pid, command, since } = self;
        write!(f, "by {user}@{host}, process {pid}, since {since:.0}, with the id {id}: {command}")
    }
}

fn lock_file(directory: &Path) -> PathBuf {
    directory.join("lock.json")
}

/// The operating system's lock on the folder, which no other process of this host then has.
fn lock_folder(directory: &Path, stack: &str) -> Result<File, StateError> {
    let folder = File::open(directory).map_err(StateError::io(directory))?;
    match folder.try_lock() {
        Ok(()) => Ok(folder),
        Err(TryLockError::Error(error)) => Err(StateError::io(directory)(error)),
        Err(TryLockError::WouldBlock) => {
            let owner = read(&lock_file(directory))?.map(Box::new);
            Err(StateError::Locked { stack: stack.to_owned(), owner, alive: true })
        }
    }
}

/// Makes `lock.json`, at once and whole; false when there is one.
fn publish(file: &Path, owner: &Owner) -> Result<bool, StateError> {
    let draft = file.with_added_extension(&owner.id);
    let json = serde_json::to_string_pretty(owner).expect("an owner is plain data");
    let mut open = File::create_new(&draft).map_err(StateError::io(&draft))?;
    let linked =
        open.write_all(json.as_bytes()).and_then(|()| open.sync_all()).and_then(|()| fs::hard_link(&draft, file));
    fs::remove_file(&draft).map_err(StateError::io(&draft))?;
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(StateError::io(file)(error)),
    }
}

fn read(file: &Path) -> Result<Option<Owner>, StateError> {
    match fs::read(file) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| StateError::corrupt(file, error.line(), error.to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StateError::io(file)(error)),
    }
}
