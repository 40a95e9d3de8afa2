//! A sealed object in a file, whose head is replaced by a rewrap: in a new file that takes the old one's place, or written
//! over the old head.

mod in_place;

use crate::file::file_error;
use crate::stream::read_head;
use crate::{Code, Error, NewFile, Provider};
use cmkit_core::envelope::{EnvelopeKind, HeadKeys, Pad, RewrapOptions};
use in_place::HeadJournal;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes that are copied between two reports of progress.
const BLOCK: u64 = 64 << 20;

/// What a rewrap of a file reports: bytes copied so far. An error ends the work, and the file stays as it was.
pub type CopyProgress<'a> = &'a mut dyn FnMut(u64) -> Result<(), Error>;

/// What a rewrap of a file did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RewrappedFile {
    /// Bytes of the new head.
    pub head: u64,
    /// Bytes of the whole file.
    pub size: u64,
    /// Whether an interrupted rewrap in place had to be mended first.
    pub mended: bool,
}

/// Rewraps the envelope or the key record in a file. The body is copied from file to file, as the system does it best, and
/// the new file takes the old one's place once it is whole. With [`Pad::InPlace`] the new head is written over the old one
/// instead; both stand in `FILE.head` until that is done, from where the next rewrap mends what a crash left.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// # use cmkit::envelope::{OpenKeys, OpenOptions, RewrapOptions, SealOptions};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("report.cmk");
/// # let [old, new] = [Arc::new(cmkit::generate_service_key("old")?), Arc::new(cmkit::generate_service_key("new")?)];
/// # std::fs::write(&path, cmkit::seal(b"data", SealOptions::new([old.clone().into()]), &cmkit::NoVault)?)?;
/// let keys = OpenKeys { service: vec![old], ..OpenKeys::default() };
/// let options = RewrapOptions::new(keys, [new.clone().into()]);
/// cmkit::rewrap_file(&path, &options, &cmkit::NoVault, &mut |_| Ok(()))?;
///
/// let keys = OpenKeys { service: vec![new], ..OpenKeys::default() };
/// assert_eq!(cmkit::open(&std::fs::read(&path)?, &OpenOptions::new(keys), &cmkit::NoVault)?, b"data");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`crate::rewrap`]; `io` with a [`crate::FileError`] as its source, also where another rewrap in place is at work on
/// the file; `malformed` where `FILE.head` is not what a rewrap left there; and what `progress` returns.
pub fn rewrap_file(
    path: impl AsRef<Path>,
    options: &RewrapOptions,
    provider: &(impl Provider + ?Sized),
    progress: CopyProgress<'_>,
) -> Result<RewrappedFile, Error> {
    let object = ObjectFile::open(path.as_ref(), options)?;
    let new = crate::rewrap(object.head(), options.clone(), provider)?;
    object.replace_head(&new, progress)
}

/// A file with its head read.
pub(crate) struct ObjectFile<'a> {
    path: &'a Path,
    file: File,
    head: Vec<u8>,
    in_place: Option<HeadJournal>,
    mended: bool,
}

impl<'a> ObjectFile<'a> {
    /// Opens a file, mends it where an interrupted rewrap in place left it torn, and reads its head.
    pub(crate) fn open(path: &'a Path, options: &RewrapOptions) -> Result<Self, Error> {
        let in_place = (options.pad == Pad::InPlace).then(|| HeadJournal::of(path));
        let opened = OpenOptions::new().read(true).write(in_place.is_some()).open(path);
        let mut file = opened.map_err(|error| file_error("read", path, error))?;
        let mut mended = false;
        if let Some(journal) = &in_place {
            lock(&file, path)?;
            mended = journal.mend(&mut file)?;
        }
        let head = read_head(&mut file, Some(options.max_header)).map_err(|error| named(error, path))?;
        let object = Self { path, file, head, in_place, mended };
        object.check_record()
    }

    fn check_record(mut self) -> Result<Self, Error> {
        let is_record = HeadKeys::parse(&self.head)?.kind == EnvelopeKind::KeyRecord;
        if is_record && self.file.read(&mut [0]).is_ok_and(|count| count > 0) {
            return Err(Error::new(Code::Malformed, "there are bytes after the key record"));
        }
        Ok(self)
    }

    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Puts another head of the same object in front of its body.
    pub(crate) fn replace_head(mut self, new: &[u8], progress: CopyProgress<'_>) -> Result<RewrappedFile, Error> {
        let head = new.len() as u64;
        let size = match self.in_place.take() {
            Some(journal) => {
                journal.overwrite(&mut self.file, &self.head, new)?;
                let data = self.file.metadata().map_err(|error| file_error("read", self.path, error))?;
                data.len()
            }
            None => head + self.copy_behind(new, progress)?,
        };
        Ok(RewrappedFile { head, size, mended: self.mended })
    }

    /// Writes a new file beside and renames it over the old one.
    fn copy_behind(&mut self, new: &[u8], progress: CopyProgress<'_>) -> Result<u64, Error> {
        let copying = |error: io::Error| file_error("copy", self.path, error);
        let mut output = NewFile::create(self.path).map_err(|error| file_error("write", self.path, error))?;
        output.write_all(new).map_err(copying)?;
        self.file.seek(SeekFrom::Start(self.head.len() as u64)).map_err(copying)?;
        let mut copied = 0;
        loop {
            // From file to file, so that the system copies, and shares the bytes where it can.
            match io::copy(&mut (&mut self.file).take(BLOCK), output.file()).map_err(copying)? {
                0 => break,
                count => copied += count,
            }
            progress(copied)?;
        }
        output.commit().map_err(|error| file_error("write", self.path, error))?;
        Ok(copied)
    }
}

/// Whether a file is what a rewrap of another one in place keeps beside it, or left there.
pub(crate) fn is_head_journal(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "head") && path.with_extension("").is_file() && {
        let journal = HeadJournal::of(&path.with_extension(""));
        journal.is_whole()
    }
}

/// Two rewraps in place of one file would tear each other's heads.
fn lock(file: &File, path: &Path) -> Result<(), Error> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let message = format!("another rewrap is at work on `{}`: try again when it is done", path.display());
            Err(Error::new(Code::Io, message))
        }
        // Where a file system has no locks, it goes without.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// An `io` error of a stream becomes one of its file.
fn named(error: Error, path: &Path) -> Error {
    if error.code() != Code::Io {
        return error;
    }
    match error.into_source() {
        Ok(source) => match source.downcast::<io::Error>() {
            Ok(system) => file_error("read", path, *system),
            Err(source) => Error::new(Code::Io, format!("cannot read `{}`", path.display())).with_source(source),
        },
        Err(error) => error,
    }
}

/// The path with an ending added.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}
