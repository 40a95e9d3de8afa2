//! Output files that appear whole or not at all: written beside, synced, then renamed over the target.
//!
//! On Linux the new file has no name until it is whole, so that even a killed process leaves nothing behind.

use crate::failure::{Exit, Failure};
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where a command writes its data.
pub(crate) enum Output {
    /// Standard output, which takes bytes as they come.
    Stdout(io::StdoutLock<'static>),
    /// A file that is not there yet.
    File(NewFile),
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

impl Output {
    /// `-` and nothing are standard output.
    pub(crate) fn create(target: Option<&Path>) -> Result<Self, Failure> {
        match target {
            None => Ok(Self::Stdout(io::stdout().lock())),
            Some(path) if path == Path::new("-") => Ok(Self::Stdout(io::stdout().lock())),
            Some(path) => Ok(Self::File(NewFile::create(path)?)),
        }
    }

    /// Makes the file appear under its name. Before this nothing is there, and what was there stays.
    pub(crate) fn commit(self) -> Result<(), Failure> {
        match self {
            Self::Stdout(mut out) => out.flush().map_err(|error| Failure::io("write", Path::new("-"), &error)),
            Self::File(file) => file.commit(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(data),
            Self::File(file) => file.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::File(file) => file.flush(),
        }
    }
}

impl NewFile {
    pub(crate) fn create(target: &Path) -> Result<Self, Failure> {
        if target.is_dir() {
            let message = format!("`{}` is a folder", target.display());
            return Err(Failure::new(Exit::Input, message).help("name a file with `-o`"));
        }
        let content = Content::create_in(folder_of(target)).map_err(|error| {
            Failure::io("create", target, &error).help("the file's folder must exist and be writable")
        })?;
        Ok(Self { target: target.to_owned(), content })
    }

    pub(crate) fn set_permissions(&mut self, permissions: Permissions) -> io::Result<()> {
        self.content.file().set_permissions(permissions)
    }

    pub(crate) fn commit(self) -> Result<(), Failure> {
        let Self { target, content } = self;
        content.commit(&target).map_err(|error| Failure::io("write", &target, &error))
    }
}

impl Write for NewFile {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.content.file().write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.content.file().flush()
    }
}

impl Content {
    fn create_in(folder: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Ok(file) = unnamed::create_in(folder) {
            return Ok(Self::Unnamed(file));
        }
        tempfile::Builder::new().prefix(".cmkit-").tempfile_in(folder).map(Self::Named)
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
            Self::Unnamed(file) => unnamed::rename(&file, target)?,
            Self::Named(file) => {
                file.persist(target)?;
            }
        }
        sync_folder(folder_of(target))
    }
}

fn folder_of(path: &Path) -> &Path {
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
    use std::path::Path;

    pub(super) fn create_in(folder: &Path) -> io::Result<File> {
        let mode = Mode::from_raw_mode(0o666);
        Ok(open(folder, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, mode)?.into())
    }

    /// A link cannot replace a file, a rename can; the name in between is there for an instant only.
    pub(super) fn rename(file: &File, target: &Path) -> io::Result<()> {
        let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
        let between = tempfile::Builder::new()
            .prefix(".cmkit-")
            .make_in(folder_of(target), |name| Ok(linkat(CWD, &unnamed, CWD, name, AtFlags::SYMLINK_FOLLOW)?))?;
        Ok(between.into_temp_path().persist(target)?)
    }
}
