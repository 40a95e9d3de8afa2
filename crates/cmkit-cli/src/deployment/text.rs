//! The text of an input file: whole, within the reader's limit, and as PowerShell wrote it where that was UTF-16.

use crate::failure::{Exit, Failure};
use crate::input::{name_of, open_file, read_small};
use cmkit::document::{self, json::MAX_BYTES};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The name and the text of a file, `-` for standard input.
pub(super) fn read(path: &Path) -> Result<(String, String), Failure> {
    if path == Path::new("-") {
        let bytes = read_small(path, MAX_BYTES as u64)?;
        return Ok(("<stdin>".to_owned(), decode(path, bytes)?));
    }
    let mut file = open_file(path)?;
    let size = file.metadata().map_or(0, |data| data.len());
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0).min(MAX_BYTES) + 1);
    let read = Read::by_ref(&mut file).take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::io("read", path, &error))?;
    if bytes.len() > MAX_BYTES {
        return Err(Failure::new(Exit::Input, format!("{} has more than {MAX_BYTES} bytes", name_of(path))));
    }
    Ok((path.display().to_string(), decode(path, bytes)?))
}

/// The same, or nothing where no such file is.
pub(super) fn read_if_there(path: &Path) -> Result<Option<(String, String)>, Failure> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        _ => read(path).map(Some),
    }
}

fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, Failure> {
    let not_text = |_| Failure::new(Exit::Input, format!("{} is not text", name_of(path))).help("save it as UTF-8");
    document::decode("", bytes).map_err(not_text)
}
