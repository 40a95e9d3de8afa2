//! Files that appear whole or not at all: written beside, synced, then renamed over the target.
//!
//! On Linux the new file has no name until it is whole, so that even a killed process leaves nothing behind. What is no
//! plain file - a device, a pipe - is written as it is.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What names of files begin with that are about to take another one's place.
pub(crate) const NEW_FILE: &str = ".cmkit-";

/// A file being written, which takes its target's place once it is whole. Dropped before, it leaves no trace.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let folder = tempfile::tempdir()?;
/// # let target = folder.path().join("report");
/// use std::io::Write;
/// std::fs::write(&target, "old")?;
/// let mut file = cmkit::NewFile::create(&target)?;
/// file.write_all(b"new")?;
/// assert_eq!(std::fs::read(&target)?, b"old");
/// file.commit()?;
/// assert_eq!(std::fs::read(&target)?, b"new");
/// # Ok(())
/// # }
/// ```
pub struct NewFile {
    target: PathBuf,
    content: Content,
}

enum Content {
    /// A device or a pipe, which takes bytes as they come.
    Stream(File),
    /// A file without a name, in the target's folder.
    #[cfg(target_os = "linux")]
    Unnamed(File),
    /// A file with a name of its own, removed unless it is committed.
    Named(tempfile::NamedTempFile),
}

impl NewFile {
    /// Begins a file that takes the target's place, its owner and permissions too. A link stays one.
    ///
    /// # Errors
    /// Where the target's folder cannot be written to, or the target is a folder itself.
    pub fn create(target: impl AsRef<Path>) -> io::Result<Self> {
        let target = target.as_ref();
        let Ok(present) = target.metadata() else {
            return Ok(Self { target: target.to_owned(), content: Content::create_beside(target)? });
        };
        if !present.is_file() {
            // A folder is refused here, by the system itself.
            let stream = OpenOptions::new().write(true).open(target)?;
            return Ok(Self { target: target.to_owned(), content: Content::Stream(stream) });
        }
        let target = target.canonicalize()?;
        let mut content = Content::create_beside(&target)?;
        keep_access(content.file(), &present)?;
        Ok(Self { target, content })
    }

    /// The file itself.
    pub fn file(&mut self) -> &mut File {
        self.content.file()
    }

    /// Makes the file appear under its name. Before this nothing is there, and what was there stays.
    ///
    /// # Errors
    /// Where it cannot be made durable or given its name; what was there stays then too.
    pub fn commit(self) -> io::Result<()> {
        let Self { target, content } = self;
        content.commit(&target)
    }
}

impl Write for NewFile {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.file().write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

/// Makes durable what was renamed or removed in the folder that `path` is in.
///
/// # Errors
/// Where the folder cannot be opened or synced.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
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
    fn create_beside(target: &Path) -> io::Result<Self> {
        let folder = folder_of(target);
        #[cfg(target_os = "linux")]
        if let Ok(file) = unnamed::create_in(folder) {
            return Ok(Self::Unnamed(file));
        }
        // Opened here, so that the error is the system's own, and who may read it is the process's to say.
        let create = |path: &Path| OpenOptions::new().read(true).write(true).create_new(true).open(path);
        tempfile::Builder::new().prefix(NEW_FILE).make_in(folder, create).map(Self::Named)
    }

    fn file(&mut self) -> &mut File {
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => file,
            Self::Stream(file) => file,
            Self::Named(file) => file.as_file_mut(),
        }
    }

    fn commit(mut self, target: &Path) -> io::Result<()> {
        if let Self::Stream(_) = self {
            return Ok(());
        }
        self.file().sync_all()?;
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => unnamed::name(&file, target)?,
            Self::Stream(_) => {}
            Self::Named(file) => {
                file.persist(target)?;
            }
        }
        // A rename is durable once its folder is.
        sync_folder_of(target)
    }
}

#[cfg(target_os = "linux")]
mod unnamed {
    //! Files without a name (`O_TMPFILE`), given one by a link.

    use super::{NEW_FILE, folder_of};
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
        let between = between.prefix(NEW_FILE).make_in(folder_of(target), |name| Ok(link(name)?))?;
        Ok(between.into_temp_path().persist(target)?)
    }

    fn path_of(file: &File) -> PathBuf {
        format!("/proc/self/fd/{}", file.as_raw_fd()).into()
    }
}
