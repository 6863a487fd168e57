use crate::state::disk::{Disk, Local, Output};
use std::{
    io,
    path::Path,
    sync::{Arc, Mutex},
};

/// A disk that works for a while and then fails for good, as when it is full or the machine stops.
#[derive(Clone)]
pub(super) struct Fuse(Arc<Mutex<Burnt>>);

#[derive(Clone, Copy)]
pub(super) struct Burnt {
    /// How many more operations will work.
    pub(super) operations: usize,
    /// How many more bytes will be written. The write in which they run out leaves that many of its own.
    pub(super) bytes: usize,
    /// How many times a file was synced.
    pub(super) syncs: usize,
    /// How many operations have worked.
    pub(super) done: usize,
}

impl Fuse {
    pub(super) fn new(operations: usize, bytes: usize) -> Self {
        Self(Arc::new(Mutex::new(Burnt { operations, bytes, syncs: 0, done: 0 })))
    }

    pub(super) fn endless() -> Self {
        Self::new(usize::MAX, usize::MAX)
    }

    pub(super) fn look(&self) -> Burnt {
        *self.0.lock().expect("no test panics here")
    }

    /// How many bytes may still be written from now on.
    pub(super) fn allow(&self, bytes: usize) {
        self.0.lock().expect("no test panics here").bytes = bytes;
    }

    fn blow(&self) {
        self.0.lock().expect("no test panics here").operations = 0;
    }

    fn spend(&self, syncs: usize) -> io::Result<()> {
        let mut burnt = self.0.lock().expect("no test panics here");
        burnt.operations = burnt.operations.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
        burnt.done += 1;
        burnt.syncs += syncs;
        Ok(())
    }
}

impl Disk for Fuse {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.spend(0)?;
        Local.create_directory(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        self.spend(0)?;
        Ok(Box::new(Fused { file: Local.create(path)?, fuse: self.clone() }))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        self.spend(0)?;
        Ok(Box::new(Fused { file: Local.append(path)?, fuse: self.clone() }))
    }

    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        self.spend(0)?;
        Local.cut(path, length)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.spend(0)?;
        Local.rename(from, to)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.spend(0)?;
        Local.sync_directory(path)
    }
}

struct Fused {
    file: Box<dyn Output>,
    fuse: Fuse,
}

impl Output for Fused {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.fuse.spend(0)?;
        let left = self.fuse.look().bytes;
        if bytes.len() <= left {
            self.fuse.allow(left - bytes.len());
            return self.file.write(bytes);
        }
        self.fuse.blow();
        self.file.write(&bytes[..left])?;
        Err(io::ErrorKind::StorageFull.into())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.fuse.spend(1)?;
        self.file.sync()
    }
}
