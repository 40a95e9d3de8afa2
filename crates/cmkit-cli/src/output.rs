//! Output files that appear whole or not at all: written beside, synced, then renamed over the target.
//!
//! On Linux the new file has no name until it is whole, so that even a killed process leaves nothing behind. What is no
//! plain file - a device, a pipe - is written as it is.

use crate::failure::{Exit, Failure, io_error};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where a command writes its data; its errors name it.
pub(crate) struct Output {
    path: PathBuf,
    sink: Sink,
}

enum Sink {
    /// Standard output, which takes bytes as they come.
    Stdout(io::StdoutLock<'static>),
    /// A device or a pipe, which does so too.
    Stream(File),
    /// A file that is not there yet.
    File(NewFile),
}

impl Output {
    /// `-` and nothing are standard output.
    pub(crate) fn create(target: Option<&Path>) -> Result<Self, Failure> {
        let path = target.unwrap_or(Path::new("-"));
        let sink = if path == Path::new("-") {
            Sink::Stdout(io::stdout().lock())
        } else if path.metadata().is_ok_and(|data| !data.is_file() && !data.is_dir()) {
            let file = OpenOptions::new().write(true).open(path);
            Sink::Stream(file.map_err(|error| Failure::io("write", path, &error))?)
        } else {
            Sink::File(NewFile::create(path)?)
        };
        Ok(Self { path: path.to_owned(), sink })
    }

    /// Writes all of it.
    pub(crate) fn put(&mut self, data: &[u8]) -> Result<(), Failure> {
        self.write_all(data).map_err(|error| crate::input::failure_of("write", &self.path, error))
    }

    /// Makes the file appear under its name. Before this nothing is there, and what was there stays.
    pub(crate) fn commit(mut self) -> Result<(), Failure> {
        match self.sink {
            Sink::Stdout(ref mut out) => out.flush().map_err(|error| Failure::io("write", &self.path, &error)),
            Sink::Stream(_) => Ok(()),
            Sink::File(file) => file.commit(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = match &mut self.sink {
            Sink::Stdout(out) => out.write(data),
            Sink::Stream(file) => file.write(data),
            Sink::File(file) => file.content.file().write(data),
        };
        written.map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            kind => io::Error::new(kind, io_error("write", &self.path, error)),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Stdout(out) => out.flush(),
            Sink::Stream(_) | Sink::File(_) => Ok(()),
        }
    }
}

/// Prints text to standard output, in colour where that is wanted. A reader who has seen enough is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_to(anstream::stdout().lock(), text)
}

/// Prints what a machine reads to standard output, byte by byte as it is.
pub(crate) fn print_as_is(text: &str) -> Result<(), Failure> {
    print_to(io::stdout().lock(), text)
}

fn print_to(mut out: impl Write, text: &str) -> Result<(), Failure> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::io("write", Path::new("-"), &error)),
        _ => Ok(()),
    }
}

/// One JSON document, for scripts.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(value);
    json.map(|json| json + "\n").map_err(|error| Failure::new(Exit::Internal, format!("cannot print JSON: {error}")))
}

/// Says something beside the output.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// A file being written.
pub(crate) struct NewFile {
    target: PathBuf,
    content: Content,
}

enum Content {
    /// A file without a name, in the target's folder.
    #[cfg(target_os = "linux")]
    Unnamed(File),
    /// A file with a name of its own, removed unless it is committed.
    Named(tempfile::NamedTempFile),
}

impl NewFile {
    /// Begins a file that takes the target's place, its owner and permissions too. A link stays one.
    pub(crate) fn create(target: &Path) -> Result<Self, Failure> {
        let creating = |error: io::Error| {
            Failure::io("create", target, &error).help("the file's folder must exist and be writable")
        };
        let present = target.metadata().ok();
        if present.as_ref().is_some_and(Metadata::is_dir) {
            let error = io::ErrorKind::IsADirectory.into();
            return Err(Failure::io("write", target, &error).help("name a file in it"));
        }
        let resolved = if present.is_some() { target.canonicalize().map_err(creating)? } else { target.to_owned() };
        let mut content = Content::create_in(folder_of(&resolved)).map_err(creating)?;
        if let Some(present) = present {
            keep_access(content.file(), &present).map_err(creating)?;
        }
        Ok(Self { target: resolved, content })
    }

    pub(crate) fn file(&mut self) -> &mut File {
        self.content.file()
    }

    pub(crate) fn commit(self) -> Result<(), Failure> {
        let Self { target, content } = self;
        content.commit(&target).map_err(|error| Failure::io("write", &target, &error))
    }
}

/// What replaces a file is for the same people.
fn keep_access(file: &File, present: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        // Only root may give a file away; for everybody else it is theirs as it is.
        let _ = fchown(file, Some(present.uid()), Some(present.gid()));
    }
    file.set_permissions(present.permissions())
}

impl Content {
    fn create_in(folder: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Ok(file) = unnamed::create_in(folder) {
            return Ok(Self::Unnamed(file));
        }
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.prefix(".cmkit-").tempfile_in(folder).map(Self::Named)
    }

    fn file(&mut self) -> &mut File {
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => file,
            Self::Named(file) => file.as_file_mut(),
        }
    }

    fn commit(mut self, target: &Path) -> io::Result<()> {
        self.file().sync_all()?;
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => unnamed::name(&file, target)?,
            Self::Named(file) => {
                file.persist(target)?;
            }
        }
        sync_folder(folder_of(target))
    }
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// A rename is durable once its folder is.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(target_os = "linux")]
mod unnamed {
    //! Files without a name (`O_TMPFILE`), given one by a link.

    use super::folder_of;
    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::path::{Path, PathBuf};

    pub(super) fn create_in(folder: &Path) -> io::Result<File> {
        let mode = Mode::from_raw_mode(0o666);
        let file = File::from(open(folder, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, mode)?);
        path_of(&file).metadata()?; // without /proc it could never be named
        Ok(file)
    }

    /// A link cannot replace a file, a rename can; the name in between is there for an instant only.
    pub(super) fn name(file: &File, target: &Path) -> io::Result<()> {
        let link = |name: &Path| linkat(CWD, path_of(file), CWD, name, AtFlags::SYMLINK_FOLLOW);
        if !target.exists() && link(target).is_ok() {
            return Ok(());
        }
        let mut between = tempfile::Builder::new();
        let between = between.prefix(".cmkit-").make_in(folder_of(target), |name| Ok(link(name)?))?;
        Ok(between.into_temp_path().persist(target)?)
    }

    fn path_of(file: &File) -> PathBuf {
        format!("/proc/self/fd/{}", file.as_raw_fd()).into()
    }
}
