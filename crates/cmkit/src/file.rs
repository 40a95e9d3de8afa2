//! Files sealed and opened into other files, of any size in a few megabytes of memory.

use crate::stream::{OpenReader, SealWriter, read_head};
use crate::{Code, Error, NativeCipher, NewFile, Provider, Threads};
use cmkit_core::envelope::{Layout, OpenOptions, Opener, SealOptions, Sealer};
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What sealing or opening a file reports between batches of about 1 MiB: bytes of plaintext done, and in all where that
/// is known. An error ends the work and comes back as it is.
pub type FileProgress<'a> = &'a mut dyn FnMut(u64, Option<u64>) -> Result<(), Error>;

/// Seals a file into another one and returns the bytes of plaintext.
///
/// The target appears once it is whole, with the access that a present one has; on an error, even a killed process, what
/// was there stays. So it may be the source itself. A device or a pipe is written as it is.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// # use cmkit::envelope::{OpenKeys, OpenOptions, SealOptions};
/// # let folder = tempfile::tempdir()?;
/// # let [report, sealed, opened] = ["report.pdf", "report.cmk", "again.pdf"].map(|name| folder.path().join(name));
/// # std::fs::write(&report, "some data")?;
/// let key = Arc::new(cmkit::generate_service_key("default")?);
/// cmkit::seal_file(&report, &sealed, SealOptions::new([key.clone().into()]), &cmkit::NoVault, &mut |_, _| Ok(()))?;
///
/// let options = OpenOptions::new(OpenKeys { service: vec![key], ..OpenKeys::default() });
/// cmkit::open_file(&sealed, &opened, &options, &cmkit::NoVault, &mut |done, total| {
///     println!("{done} of {} bytes", total.unwrap_or(done));
///     Ok(())
/// })?;
/// assert_eq!(std::fs::read(&opened)?, b"some data");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`crate::seal`], `io` with a [`FileError`] as its source, and what `progress` returns.
pub fn seal_file(
    source: impl AsRef<Path>,
    target: impl AsRef<Path>,
    options: SealOptions,
    provider: &(impl Provider + ?Sized),
    progress: FileProgress<'_>,
) -> Result<u64, Error> {
    let source = SourceFile::open(source)?;
    let sealer = crate::begin_seal(options, provider)?;
    source.seal_to(target, sealer, Threads::All, progress)
}

/// Opens an attached envelope in a file into another file and returns the bytes of plaintext. There is no target unless
/// all of the envelope is authentic; else as [`seal_file`].
///
/// # Errors
/// As [`crate::open`], `io` with a [`FileError`] as its source, and what `progress` returns.
pub fn open_file(
    source: impl AsRef<Path>,
    target: impl AsRef<Path>,
    options: &OpenOptions,
    provider: &(impl Provider + ?Sized),
    progress: FileProgress<'_>,
) -> Result<u64, Error> {
    let mut source = SourceFile::open(source)?;
    let head = read_head(&mut source, Some(options.max_header))?;
    let opener = crate::begin_open(&head, options, provider)?;
    source.open_to(target, opener, Threads::All, progress)
}

/// A file that is going to be sealed or opened into another one: for whoever begins the message in a way of their own,
/// with a [`crate::DataKeyCache`] or a detached head. Its errors name it.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// # use cmkit::{SourceFile, Threads, envelope::SealOptions};
/// # let folder = tempfile::tempdir()?;
/// # let [report, sealed] = ["report.pdf", "report.cmk"].map(|name| folder.path().join(name));
/// # std::fs::write(&report, "some data")?;
/// # let options = SealOptions::new([Arc::new(cmkit::generate_service_key("default")?).into()]);
/// # let cache = cmkit::DataKeyCache::new(cmkit::NoVault, cmkit::CacheLimits::default());
/// let source = SourceFile::open(&report)?;
/// let sealer = cache.begin_seal(&options, source.size().unwrap_or(u64::MAX))?;
/// assert_eq!(source.seal_to(&sealed, sealer, Threads::All, &mut |_, _| Ok(()))?, 9);
/// # Ok(())
/// # }
/// ```
pub struct SourceFile {
    input: Named<File>,
    size: Option<u64>,
    read: u64,
}

impl SourceFile {
    /// Opens a file to be read.
    ///
    /// # Errors
    /// `io` with a [`FileError`] as its source.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let reading = |error| file_error("read", path, error);
        let mut file = File::open(path).map_err(reading)?;
        let metadata = file.metadata().map_err(reading)?;
        if metadata.is_dir() {
            // A folder can be opened and not read: that is the system's to say, before anything else is done.
            file.read(&mut [0]).map_err(reading)?;
        }
        let size = Some(metadata).filter(Metadata::is_file).map(|metadata| metadata.len());
        Ok(Self { input: Named { path: path.to_owned(), file }, size, read: 0 })
    }

    /// Bytes in the file; not known of a device or a pipe.
    #[must_use]
    pub const fn size(&self) -> Option<u64> {
        self.size
    }

    /// Seals all of it into `target`, head first.
    ///
    /// # Errors
    /// As [`seal_file`].
    pub fn seal_to(
        mut self,
        target: impl AsRef<Path>,
        sealer: Sealer<NativeCipher>,
        threads: Threads,
        progress: FileProgress<'_>,
    ) -> Result<u64, Error> {
        let total = self.size;
        let mut writer = SealWriter::new(sealer, Target::create(target.as_ref())?, threads);
        writer.write_head()?;
        while writer.fill_from(&mut self)? {
            progress(writer.plaintext_written(), total)?;
        }
        let written = writer.plaintext_written();
        let target = writer.finish()?;
        progress(written, total)?;
        target.commit()?;
        Ok(written)
    }

    /// Opens the body, which begins where it was read up to, into `target`.
    ///
    /// # Errors
    /// As [`open_file`].
    pub fn open_to(
        self,
        target: impl AsRef<Path>,
        opener: Opener<NativeCipher>,
        threads: Threads,
        progress: FileProgress<'_>,
    ) -> Result<u64, Error> {
        let body = self.size.map(|size| size.saturating_sub(self.read));
        let total = body.and_then(|body| Layout::of(opener.suite(), body).ok()).map(|layout| layout.plaintext);
        let mut target = Target::create(target.as_ref())?;
        let mut reader = OpenReader::new(opener, self, threads);
        let opened = reader.copy_to(&mut target, &mut |done| progress(done, total))?;
        target.commit()?;
        Ok(opened)
    }
}

impl Read for SourceFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.input.file.read(out).map_err(|error| self.input.says("read", error))?;
        self.read += count as u64;
        Ok(count)
    }
}

/// Where it goes to.
type Target = Named<NewFile>;

impl Target {
    fn create(path: &Path) -> Result<Self, Error> {
        let file = NewFile::create(path).map_err(|error| file_error("write", path, error))?;
        Ok(Self { path: path.to_owned(), file })
    }

    fn commit(self) -> Result<(), Error> {
        self.file.commit().map_err(|error| file_error("write", &self.path, error))
    }
}

impl Write for Target {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.file.write(data).map_err(|error| self.says("write", error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(|error| self.says("write", error))
    }
}

/// A file whose errors name it.
struct Named<F> {
    path: PathBuf,
    file: F,
}

impl<F> Named<F> {
    fn says(&self, verb: &str, error: io::Error) -> io::Error {
        match error.kind() {
            io::ErrorKind::Interrupted => error,
            kind => io::Error::new(kind, file_error(verb, &self.path, error)),
        }
    }
}

/// What the operating system says about a file, as the source of an [`Error`] with [`Code::Io`].
#[derive(Debug)]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// What the operating system says.
    pub error: io::Error,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

pub(crate) fn file_error(verb: &str, path: &Path, error: io::Error) -> Error {
    let message = format!("cannot {verb} `{}`", path.display());
    Error::new(Code::Io, message).with_source(FileError { path: path.to_owned(), error }.into())
}
