//! The journal of a run: the versions it wraps under, then a line for each object whose new head is in place. It is only
//! ever appended to; a last line that a crash cut off is dropped.

use crate::file::file_error;
use crate::{Code, Error};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Lines that are made durable together, unless so much time goes by first.
const BATCH: usize = 256;
const BATCH_TIME: Duration = Duration::from_secs(1);

/// What a journal begins with; nothing else is ever written to.
const BEGIN: &[u8] = b"{\"rewrap\":{\"to\":[";

/// A journal that is being written.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    pending: Vec<u8>,
    lines: usize,
    synced: Instant,
    /// The versions that an earlier run wrapped under.
    pub(super) pinned: Option<Vec<String>>,
    /// Objects that earlier runs did.
    pub(super) earlier: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
enum Line {
    /// The first line.
    Rewrap { to: Vec<String> },
    /// An object is done.
    Done(String),
}

impl Journal {
    /// Opens a journal, a new one or that of an earlier run.
    ///
    /// # Errors
    /// `io`, also where another run is at work with it; `malformed` for a file that is no journal.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let writing = |error| file_error("write", path, error);
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = opened.map_err(writing)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            let message = format!("another rewrap keeps its journal in `{}`", path.display());
            return Err(Error::new(Code::Io, message));
        }
        let mut journal = Self {
            path: path.to_owned(),
            pending: Vec::new(),
            lines: 0,
            synced: Instant::now(),
            pinned: None,
            earlier: 0,
            file: file.try_clone().map_err(writing)?,
        };
        let end = journal.read(&file)?;
        file.set_len(end).and_then(|()| file.seek(SeekFrom::Start(end))).map_err(writing)?;
        Ok(journal)
    }

    /// Reads what earlier runs wrote and tells where the last whole line ends.
    fn read(&mut self, file: &File) -> Result<u64, Error> {
        let (mut end, mut line) = (0, Vec::new());
        let mut reader = BufReader::new(file);
        let begin = reader.fill_buf().map_err(|error| file_error("read", &self.path, error))?;
        if !begin.starts_with(&BEGIN[..begin.len().min(BEGIN.len())]) {
            return Err(self.no_journal());
        }
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(|error| file_error("read", &self.path, error))?;
            if line.last() != Some(&b'\n') {
                return Ok(end);
            }
            match (serde_json::from_slice(&line), end) {
                (Ok(Line::Rewrap { to }), 0) => self.pinned = Some(to),
                (Ok(Line::Done(_)), 1..) => self.earlier += 1,
                _ => return Err(self.no_journal()),
            }
            end += read as u64;
        }
    }

    fn no_journal(&self) -> Error {
        Error::new(Code::Malformed, format!("`{}` is not the journal of a rewrap", self.path.display()))
    }

    /// Writes down what is wrapped under, before anything is.
    pub(super) fn begin(&mut self, to: &[String]) -> Result<(), Error> {
        if self.pinned.is_none() {
            self.put(&Line::Rewrap { to: to.to_vec() });
            self.sync()?;
        }
        Ok(())
    }

    pub(super) fn done(&mut self, object: &Path) -> Result<(), Error> {
        self.put(&Line::Done(object.to_string_lossy().into_owned()));
        if self.lines < BATCH && self.synced.elapsed() < BATCH_TIME {
            return Ok(());
        }
        self.sync()
    }

    pub(super) fn sync(&mut self) -> Result<(), Error> {
        let written = self.file.write_all(&self.pending).and_then(|()| self.file.sync_data());
        written.map_err(|error| file_error("write", &self.path, error))?;
        self.pending.clear();
        (self.lines, self.synced) = (0, Instant::now());
        Ok(())
    }

    fn put(&mut self, line: &Line) {
        let json = serde_json::to_vec(line).expect("a line is plain text");
        self.pending.extend_from_slice(&json);
        self.pending.push(b'\n');
        self.lines += 1;
    }
}
