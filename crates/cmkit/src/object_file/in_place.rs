//! A new head written over the old one. A write can tear, so both heads stand in a journal until the new one is on disk;
//! what a crash leaves is mended from there by the next rewrap in place, without any key.

use super::with_ending;
use crate::file::file_error;
use crate::{Code, Error, NewFile, sync_folder_of};
use cmkit_core::envelope::{HARD_MAX_HEADER, HeadKeys};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The end of a head, which no rewrap changes: salt and commitment.
const UNCHANGED: usize = 24 + 32;
/// Bytes of two heads at most, and some more.
const MAX_JOURNAL: u64 = 4 * HARD_MAX_HEADER as u64;

/// The old head and the new one, which are of one length, in `FILE.head`.
pub(super) struct HeadJournal {
    file: PathBuf,
    path: PathBuf,
}

impl HeadJournal {
    pub(super) fn of(file: &Path) -> Self {
        Self { file: file.to_owned(), path: with_ending(file, ".head") }
    }

    pub(super) fn overwrite(&self, file: &mut File, old: &[u8], new: &[u8]) -> Result<(), Error> {
        self.write(old, new)?;
        overwrite(file, new).map_err(|error| file_error("write", &self.file, error))?;
        self.remove()
    }

    /// Makes the file whole again where a rewrap was interrupted, and tells whether it was: a new head that was written
    /// completely stays, anything else becomes the old one. Leaves the file at its begin.
    pub(super) fn mend(&self, file: &mut File) -> Result<bool, Error> {
        if !self.path.exists() {
            return Ok(false);
        }
        let kept = self.read()?;
        let (old, new) = kept.split_at(kept.len() / 2);
        let mut present = vec![0; old.len()];
        let writing = |error: io::Error| file_error("write", &self.file, error);
        let whole = file.read_exact(&mut present).is_ok();
        if !whole || !belong_together(old, new, &present) {
            let (file, journal) = (self.file.display(), self.path.display());
            let message = format!("`{journal}` is not what a rewrap of `{file}` in place left there: move it away");
            return Err(Error::new(Code::Malformed, message));
        }
        if present != new {
            overwrite(file, old).map_err(writing)?;
        }
        self.remove()?;
        file.seek(SeekFrom::Start(0)).map_err(writing)?;
        Ok(true)
    }

    /// Whether two heads of one object stand there.
    pub(super) fn is_whole(&self) -> bool {
        self.read().is_ok_and(|kept| {
            let (old, new) = kept.split_at(kept.len() / 2);
            belong_together(old, new, new)
        })
    }

    fn read(&self) -> Result<Vec<u8>, Error> {
        let reading = |error: io::Error| file_error("read", &self.path, error);
        let mut kept = Vec::new();
        File::open(&self.path).map_err(reading)?.take(MAX_JOURNAL).read_to_end(&mut kept).map_err(reading)?;
        Ok(kept)
    }

    fn write(&self, old: &[u8], new: &[u8]) -> Result<(), Error> {
        let write = || {
            let mut file = NewFile::create(&self.path)?;
            file.write_all(&[old, new].concat())?;
            file.commit()
        };
        write().map_err(|error| file_error("write", &self.path, error))
    }

    fn remove(&self) -> Result<(), Error> {
        std::fs::remove_file(&self.path)
            .and_then(|()| sync_folder_of(&self.path))
            .map_err(|error| file_error("remove", &self.path, error))
    }
}

/// Whether these are the heads of one message, and the bytes in the file, torn or not, are of it too.
fn belong_together(old: &[u8], new: &[u8], present: &[u8]) -> bool {
    let is_head = |head: &[u8]| HeadKeys::parse(head).is_ok_and(|found| found.head_size == head.len());
    let end = |head: &[u8]| head.len().checked_sub(UNCHANGED).map(|at| head[at..].to_vec());
    is_head(old) && is_head(new) && end(old) == end(new) && end(old) == end(present)
}

fn overwrite(file: &mut File, head: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(head)?;
    file.sync_all()
}
