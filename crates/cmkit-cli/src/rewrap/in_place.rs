//! A new head written over the old one. A write can tear, so both heads stand in a journal until the new one is on disk;
//! what a crash leaves is mended from there by the next rewrap in place, without any key.

use super::{report, rewrapped};
use crate::failure::{Exit, Failure};
use crate::input::read_small;
use crate::open::MAX_HEAD;
use crate::output::{new_file, note};
use crate::who::Holders;
use cmkit::Code;
use cmkit::envelope::RewrapOptions;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The end of a head, which no rewrap changes: salt and commitment.
const UNCHANGED: usize = 24 + 32;

pub(super) fn rewrap(path: &Path, options: &RewrapOptions, holders: &Holders) -> Result<(), Failure> {
    let journal = Journal::of(path);
    let writing = |error: io::Error| Failure::io("write", path, &error);
    let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(writing)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let message = format!("another rewrap is at work on `{}`", path.display());
            return Err(Failure::new(Exit::Input, message).help("try again when it is done"));
        }
        // Where a file system has no locks, it goes without.
        Ok(()) | Err(TryLockError::Error(_)) => {}
    }
    journal.mend(&mut file)?;
    let (old, new) = rewrapped(path, &mut file, options, holders).map_err(|failure| {
        failure.help_on(Code::TooLarge, "rewrap without --in-place, or with --pad to leave room for the next time")
    })?;
    journal.write(&old, &new)?;
    overwrite(&mut file, &new).map_err(writing)?;
    journal.remove()?;
    report(path, new.len(), file.metadata().map_err(writing)?.len())
}

/// The old head and the new one, which are of one length, in `FILE.head`.
struct Journal<'a> {
    file: &'a Path,
    path: PathBuf,
}

impl<'a> Journal<'a> {
    fn of(file: &'a Path) -> Self {
        let mut path = file.as_os_str().to_owned();
        path.push(".head");
        Self { file, path: path.into() }
    }

    fn write(&self, old: &[u8], new: &[u8]) -> Result<(), Failure> {
        let mut file = new_file(&self.path)?;
        let written = file.write_all(&[old, new].concat()).and_then(|()| file.commit());
        written.map_err(|error| Failure::io("write", &self.path, &error))
    }

    fn remove(&self) -> Result<(), Failure> {
        std::fs::remove_file(&self.path)
            .and_then(|()| cmkit::sync_folder_of(&self.path))
            .map_err(|error| Failure::io("remove", &self.path, &error))
    }

    /// Makes the file whole again where a rewrap was interrupted: a new head that was written completely stays, anything
    /// else becomes the old one. Leaves the file at its begin.
    fn mend(&self, file: &mut File) -> Result<(), Failure> {
        if !self.path.exists() {
            return Ok(());
        }
        let kept = read_small(&self.path, 2 * MAX_HEAD)?;
        let (old, new) = kept.split_at(kept.len() / 2);
        let mut present = vec![0; old.len()];
        let writing = |error: io::Error| Failure::io("write", self.file, &error);
        let whole = file.read_exact(&mut present).is_ok();
        if !whole || !belong_together(old, new, &present) {
            let (file, journal) = (self.file.display(), self.path.display());
            return Err(Failure::new(Exit::Input, format!("`{journal}` is not what a rewrap of `{file}` left there"))
                .help("move it away, or rewrap without --in-place"));
        }
        if present != new {
            overwrite(file, old).map_err(writing)?;
        }
        note(&format!("{}: mended after an interrupted rewrap", self.file.display()));
        self.remove()?;
        file.seek(SeekFrom::Start(0)).map_err(writing)?;
        Ok(())
    }
}

/// Whether these are the heads of one message, and the bytes in the file, torn or not, are of it too.
fn belong_together(old: &[u8], new: &[u8], present: &[u8]) -> bool {
    let is_head = |head: &[u8]| cmkit::envelope::inspect(head).is_ok_and(|found| found.head_size == head.len());
    let end = |head: &[u8]| head.len().checked_sub(UNCHANGED).map(|at| head[at..].to_vec());
    is_head(old) && is_head(new) && end(old) == end(new) && end(old) == end(present)
}

fn overwrite(file: &mut File, head: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(head)?;
    file.sync_all()
}
