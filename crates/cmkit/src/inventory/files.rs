//! An inventory of files: the first kilobytes of each are read, in parallel.

use super::json_lines::decode_front;
use super::{Inventory, InventoryOptions, InventoryProgress};
use crate::new_file::NEW_FILE;
use crate::stream::read_full;
use crate::{Code, Error};
use cmkit_core::envelope::{HARD_MAX_HEADER, head_size};
use rayon::prelude::*;
use std::fs::File;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Files whose heads are read between two reports of progress.
const ROUND: usize = 8192;
/// Bytes read at once: more than nearly every head has.
const FRONT: usize = 4096;
/// The first characters of an envelope in text form, base64 of its magic bytes.
const TEXT_MAGIC: &[u8] = b"iUNNSw";

impl Inventory {
    /// Takes the inventory of files, and of all files in folders, also those that links lead to; folders that links lead to
    /// are not entered. The objects are named by their paths. A file may be an envelope, a detached head or a key record, in
    /// bytes or in base64.
    ///
    /// # Errors
    /// What `progress` returns. A file that cannot be read is counted.
    pub fn of_files<P: AsRef<Path>>(
        paths: impl IntoIterator<Item = P>,
        options: &InventoryOptions,
        progress: InventoryProgress<'_>,
    ) -> Result<Self, Error> {
        let mut inventory = Self::new(options);
        let mut files = paths.into_iter().flat_map(object_files).fuse();
        let mut done = 0;
        loop {
            let round: Vec<_> = files.by_ref().take(ROUND).collect();
            if round.is_empty() {
                return Ok(inventory);
            }
            done += round.len() as u64;
            let empty = || (Self::new(options), Vec::new());
            let read = round.par_chunks(64).fold(empty, |(mut part, mut buffer), files| {
                files.iter().for_each(|file| part.add_file(file, &mut buffer));
                (part, buffer)
            });
            let parts: Vec<_> = read.map(|(part, _)| part).collect();
            parts.into_iter().for_each(|part| inventory.merge(part));
            progress(done)?;
        }
    }

    fn add_file(&mut self, file: &Result<PathBuf, (PathBuf, Error)>, buffer: &mut Vec<u8>) {
        let (path, read) = match file {
            Ok(path) => (path, read_front(path, buffer).and_then(|()| decode_text(buffer))),
            Err((path, error)) => return self.unreadable.add(&path.to_string_lossy(), error),
        };
        match read {
            Ok(()) => self.add(&path.to_string_lossy(), buffer),
            Err(error) if error.code() == Code::Io => self.unreadable.add(&path.to_string_lossy(), &error),
            Err(error) => self.damaged.add(&path.to_string_lossy(), &error),
        }
    }
}

/// The files of a path: itself, or all that is in the folder, in order. What cannot be listed is an error with its path.
pub(crate) fn object_files(path: impl AsRef<Path>) -> impl Iterator<Item = Result<PathBuf, (PathBuf, Error)>> {
    let path = path.as_ref().to_owned();
    let entries = WalkDir::new(&path).sort_by_file_name().into_iter();
    entries.filter_map(move |entry| match entry {
        Ok(entry) if entry.file_type().is_dir() => None,
        // What a killed process was about to put in place of a file beside it.
        Ok(entry) if entry.file_name().to_string_lossy().starts_with(NEW_FILE) => None,
        // A pipe or a device among files holds no object, and reading it might never end.
        Ok(entry) if entry.depth() > 0 && !entry.file_type().is_file() && !entry.path_is_symlink() => None,
        // A link to a folder is no file, and might lead in a circle.
        Ok(entry) if entry.path_is_symlink() && entry.path().is_dir() => None,
        Ok(entry) => Some(Ok(entry.into_path())),
        Err(error) => {
            let at = error.path().map_or_else(|| path.clone(), Path::to_owned);
            Some(Err((at, read_error(error.into()))))
        }
    })
}

fn decode_text(buffer: &mut Vec<u8>) -> Result<(), Error> {
    if is_text_form(buffer) {
        *buffer = decode_front(buffer)?;
    }
    Ok(())
}

/// Whether this is the begin of an object in base64.
pub(crate) fn is_text_form(begin: &[u8]) -> bool {
    begin.starts_with(TEXT_MAGIC)
}

/// Reads as much of a file as its head takes, and a byte more where there is one.
pub(crate) fn read_front(path: &Path, buffer: &mut Vec<u8>) -> Result<(), Error> {
    let mut file = File::open(path).map_err(read_error)?;
    buffer.resize(FRONT, 0);
    let mut got = read_full(&mut file, buffer)?;
    let due = if is_text_form(buffer) {
        (HARD_MAX_HEADER + FRONT) / 3 * 4
    } else {
        head_size(&buffer[..got], HARD_MAX_HEADER).map_or(0, |size| size + 1)
    };
    if got == FRONT && due > FRONT {
        buffer.resize(due, 0);
        got += read_full(&mut file, &mut buffer[FRONT..])?;
    }
    buffer.truncate(got);
    Ok(())
}

fn read_error(error: std::io::Error) -> Error {
    Error::new(Code::Io, "it cannot be read").with_source(error.into())
}
