//! An inventory of heads that are kept elsewhere, in a database or in the metadata of blobs: one object a line.

use super::{Inventory, InventoryOptions, InventoryProgress};
use crate::stream::read_full;
use crate::{Code, Error};
use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding};
use cmkit_core::envelope::{FIXED_PREFIX, HARD_MAX_HEADER, head_size};
use rayon::prelude::*;
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::io::Read;

/// Bytes of lines that are read between two reports of progress.
const ROUND: usize = 8 << 20;
/// Bytes of a line at most.
const MAX_LINE: usize = 1 << 20;

/// One object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    id: Id<'a>,
    #[serde(borrow)]
    head: Text<'a>,
    #[serde(borrow, default)]
    dek_id: Option<Text<'a>>,
}

/// A string, without a copy where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// What an object is called: a string, or the number of a row.
struct Id<'a>(Cow<'a, str>);

impl Inventory {
    /// Takes the inventory of heads in JSON lines: `{"id": "orders/4711", "head": "iUNNSwEB..."}`, base64 in any alphabet. An
    /// `id` is a string or a whole number. A key record may have its `dek_id` in hexadecimal digits, as
    /// [`Inventory::link_record`].
    ///
    /// ```
    /// # fn main() -> Result<(), cmkit::Error> {
    /// use cmkit::inventory::{Inventory, InventoryOptions};
    /// let lines = "{\"id\": \"orders/4711\", \"head\": \"bm90IG9uZQ==\"}\n";
    /// let inventory = Inventory::of_json_lines(lines.as_bytes(), &InventoryOptions::default(), &mut |_| Ok(()))?;
    /// assert_eq!(inventory.report().unknown.names(), ["orders/4711"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `input` for a line that is something else, with its number; `too_large` for one over 1 MiB; `io`; and what `progress`
    /// returns.
    pub fn of_json_lines(
        mut input: impl Read,
        options: &InventoryOptions,
        progress: InventoryProgress<'_>,
    ) -> Result<Self, Error> {
        let mut inventory = Self::new(options);
        let mut block = Vec::new();
        let (mut done, mut before) = (0, 0);
        loop {
            let kept = block.len();
            block.resize(kept + ROUND, 0);
            let got = read_full(&mut input, &mut block[kept..])?;
            block.truncate(kept + got);
            let at_end = got < ROUND;
            let whole = match block.iter().rposition(|byte| *byte == b'\n') {
                _ if at_end => block.len(),
                Some(end) => end + 1,
                None => 0,
            };
            if block.len() - whole > MAX_LINE {
                return Err(too_long(before + block[..whole].split(|byte| *byte == b'\n').count()));
            }
            let lines: Vec<&[u8]> =
                block[..whole].strip_suffix(b"\n").unwrap_or(&block[..whole]).split(|byte| *byte == b'\n').collect();
            let part = inventory.read_lines(&lines, before)?;
            before += lines.len();
            done += part;
            progress(done)?;
            if at_end {
                return Ok(inventory);
            }
            block.drain(..whole);
        }
    }

    /// Reads lines in parallel and tells how many objects they were.
    fn read_lines(&mut self, lines: &[&[u8]], before: usize) -> Result<u64, Error> {
        const PART: usize = 256;
        let options = self.options;
        let read = |mut part: Self, (number, lines): (usize, &[&[u8]])| {
            for (index, line) in lines.iter().enumerate() {
                part.add_line(line, before + number * PART + index + 1)?;
            }
            Ok(part)
        };
        let parts = lines.par_chunks(PART).enumerate().try_fold(|| Self::new(&options), read);
        let parts: Vec<Result<Self, Error>> = parts.collect();
        for part in parts {
            self.merge(part?);
        }
        Ok(lines.iter().filter(|line| !line.trim_ascii().is_empty()).count() as u64)
    }

    fn add_line(&mut self, line: &[u8], number: usize) -> Result<(), Error> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        if line.len() > MAX_LINE {
            return Err(too_long(number));
        }
        let fault = |what: &dyn fmt::Display| {
            let message = format!("line {number} is not an object with `id` and `head`: {what}");
            Error::new(Code::Input, message)
        };
        let Line { id, head, dek_id } = serde_json::from_slice(line).map_err(|error| fault(&error))?;
        let dek_id = dek_id.map(|Text(digits)| {
            cmkit_core::key::KeyVersion::parse(&digits).map(|id| *id.as_bytes()).map_err(|_| {
                fault(&format_args!("`dek_id` has 32 hexadecimal digits, not `{}`", digits.escape_debug()))
            })
        });
        let dek_id = dek_id.transpose()?;
        match decode_front(head.0.as_bytes()) {
            Ok(head) => {
                if let Some(dek_id) = dek_id {
                    // A damaged one is counted as that.
                    let _ = self.link_record(&head, dek_id);
                }
                self.add(&id.0, &head);
            }
            Err(error) => self.damaged.add(&id.0, &error),
        }
        Ok(())
    }
}

/// Decodes base64 of any alphabet, padded or not, with line breaks or without: as much as a head takes, and a little more.
pub(super) fn decode_front(text: &[u8]) -> Result<Vec<u8>, Error> {
    let text: Cow<'_, [u8]> = match text.iter().any(u8::is_ascii_whitespace) {
        true => text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect(),
        false => text.into(),
    };
    let digits = text.split(|byte| *byte == b'=').next().unwrap_or_default();
    let start = decode(&digits[..digits.len().min(16)])?;
    let due = match start.get(..FIXED_PREFIX).map(|prefix| head_size(prefix, HARD_MAX_HEADER)) {
        // One byte more shows whether something follows the head.
        Some(Ok(size)) => (size + 1).div_ceil(3) * 4,
        _ => 16,
    };
    decode(&digits[..digits.len().min(due)])
}

fn decode(digits: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; digits.len() / 4 * 3 + 3];
    let decoded = match digits.iter().any(|digit| matches!(digit, b'-' | b'_')) {
        true => Base64UrlUnpadded::decode(digits, &mut out).map(<[u8]>::len),
        false => Base64Unpadded::decode(digits, &mut out).map(<[u8]>::len),
    };
    out.truncate(decoded.map_err(|_| Error::new(Code::Malformed, "it is not base64"))?);
    Ok(out)
}

fn too_long(line: usize) -> Error {
    Error::new(Code::TooLarge, format!("line {line} has more than {MAX_LINE} bytes"))
}

impl<'de: 'a, 'a> Deserialize<'de> for Id<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

impl<'de> Visitor<'de> for IdVisitor {
    type Value = Id<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a whole number")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Id<'de>, E> {
        Ok(Id(text.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Id<'de>, E> {
        Ok(Id(text.to_owned().into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Id<'de>, E> {
        Ok(Id(number.to_string().into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Id<'de>, E> {
        Ok(Id(number.to_string().into()))
    }
}
