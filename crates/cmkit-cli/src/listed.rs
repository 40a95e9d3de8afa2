//! Paths as arguments and as a list on standard input, of any length.

use crate::failure::Failure;
use crate::input::Input;
use std::cell::RefCell;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// The paths of a command; `-` stands for a list on standard input, one a line.
pub(crate) struct Listed {
    arguments: Vec<PathBuf>,
    input: RefCell<Option<BufReader<Input>>>,
    failed: RefCell<Option<io::Error>>,
}

impl Listed {
    /// Refuses a path that is not there, before anything is done.
    pub(crate) fn new(arguments: &[PathBuf]) -> Result<Self, Failure> {
        let listed = Path::new("-");
        if let Some(path) = arguments.iter().find(|path| *path != listed && path.symlink_metadata().is_err()) {
            return Err(Failure::io("read", path, &io::ErrorKind::NotFound.into()));
        }
        let input = if arguments.iter().any(|path| path == listed) { Some(Input::open(None)?) } else { None };
        Ok(Self {
            arguments: arguments.to_vec(),
            input: RefCell::new(input.map(BufReader::new)),
            failed: RefCell::default(),
        })
    }

    /// The paths, read as they are asked for.
    pub(crate) fn paths(&self) -> impl Iterator<Item = PathBuf> {
        self.arguments.iter().flat_map(|argument| -> Box<dyn Iterator<Item = PathBuf>> {
            match self.input.borrow_mut().take_if(|_| argument == Path::new("-")) {
                Some(input) => Box::new(self.lines(input)),
                None => Box::new(std::iter::once(argument.clone()).filter(|path| path != Path::new("-"))),
            }
        })
    }

    /// Whether the list was read to its end: a part of it is not what the person asked for.
    pub(crate) fn whole(self) -> Result<(), Failure> {
        match self.failed.into_inner() {
            Some(error) => Err(crate::input::failure_of("read", Path::new("-"), error)),
            None => Ok(()),
        }
    }

    fn lines(&self, input: BufReader<Input>) -> impl Iterator<Item = PathBuf> {
        let lines = input.split(b'\n').map_while(|line| line.map_err(|error| self.failed.replace(Some(error))).ok());
        lines.map(|line| path_of(line.strip_suffix(b"\r").unwrap_or(&line))).filter(|path| path != Path::new(""))
    }
}

#[cfg(unix)]
fn path_of(line: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(line).into()
}

#[cfg(not(unix))]
fn path_of(line: &[u8]) -> PathBuf {
    String::from_utf8_lossy(line).into_owned().into()
}
