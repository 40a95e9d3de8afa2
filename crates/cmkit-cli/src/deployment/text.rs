//! The text of an input file: whole, within the reader's limit, and as PowerShell wrote it where that was UTF-16.

use crate::failure::{Exit, Failure};
use crate::input::{name_of, open_file, read_small};
use cmkit::document::json::MAX_BYTES;
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
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks(2).map(|pair| pair.try_into().map_or(0xdfff, unit)); // half a unit is no character
        char::decode_utf16(units).collect::<Result<String, _>>().ok()
    };
    let text = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).ok(),
    };
    text.ok_or_else(|| Failure::new(Exit::Input, format!("{} is not text", name_of(path))).help("save it as UTF-8"))
}
