use super::StateError;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// What the store asks of a file system. The tests put one in its place that fails at any step.
pub(crate) trait Disk: Send + Sync {
    /// Makes a folder, if it is missing, in a way that survives a power failure.
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    /// Opens a file to write it anew.
    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>>;
    /// Opens a file that exists, to add to its end.
    fn append(&self, path: &Path) -> io::Result<Box<dyn Output>>;
    /// Cuts a file to `length` bytes, in a way that survives a power failure.
    fn cut(&self, path: &Path, length: u64) -> io::Result<()>;
    /// Puts the file `from` in the place of `to`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes earlier renames in the folder survive a power failure.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
}

/// A file being written.
pub(crate) trait Output: Send {
    /// Writes all of `bytes`.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes what was written survive a power failure.
    fn sync(&mut self) -> io::Result<()>;
}

/// Replaces a file as a whole: whoever reads it, whenever the machine stops, finds the old or the new content.
pub(crate) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    let new = path.with_added_extension("new");
    let mut file = disk.create(&new).map_err(StateError::io(&new))?;
    file.write(bytes).and_then(|()| file.sync()).map_err(StateError::io(&new))?;
    disk.rename(&new, path).map_err(StateError::io(path))?;
    let folder = folder(path);
    disk.sync_directory(folder).map_err(StateError::io(folder))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The file system of this machine.
pub(crate) struct Local;

impl Disk for Local {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(path)?;
        self.sync_directory(folder(path))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        Ok(Box::new(File::create(path)?))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        Ok(Box::new(OpenOptions::new().append(true).open(path)?))
    }

    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len(length)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

impl Output for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}
