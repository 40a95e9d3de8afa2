//! Deterministic CBOR (RFC 8949, section 4.2.1), as far as the header needs it: reading refuses every other encoding of
//! the same value, so that one header has one form.

use crate::error::{Code, Error};
use alloc::vec::Vec;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
/// The one simple value of the grammar.
const TRUE: u8 = 0xf5;

/// Reads items from the front of a slice.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The bytes not read yet.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn array(&mut self) -> Result<usize, Error> {
        self.length(ARRAY)
    }

    pub(super) fn map(&mut self) -> Result<usize, Error> {
        self.length(MAP)
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Error> {
        let length = self.length(BYTES)?;
        self.take(length)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, Error> {
        let length = self.length(TEXT)?;
        core::str::from_utf8(self.take(length)?).map_err(|_| malformed("text is not valid UTF-8"))
    }

    pub(super) fn unsigned(&mut self) -> Result<u64, Error> {
        match self.head()? {
            (UNSIGNED, value) => Ok(value),
            _ => Err(malformed("an unsigned integer is due")),
        }
    }

    pub(super) fn integer(&mut self) -> Result<i64, Error> {
        let (major, value) = self.head()?;
        let value = i64::try_from(value).map_err(|_| malformed("an integer is too great"))?;
        match major {
            UNSIGNED => Ok(value),
            NEGATIVE => Ok(-1 - value),
            _ => Err(malformed("an integer is due")),
        }
    }

    pub(super) fn expect_true(&mut self) -> Result<(), Error> {
        if self.take(1)? == [TRUE] { Ok(()) } else { Err(malformed("only `true` may stand here")) }
    }

    fn length(&mut self, due: u8) -> Result<usize, Error> {
        let (major, value) = self.head()?;
        if major != due {
            return Err(malformed("a value of another type is due"));
        }
        // Every item has at least one byte, so no true length is over what is left.
        usize::try_from(value)
            .ok()
            .filter(|length| *length <= self.rest.len())
            .ok_or_else(|| malformed("a length runs over the end of the header"))
    }

    /// Major type and argument, in their shortest form only.
    fn head(&mut self) -> Result<(u8, u64), Error> {
        let (first, rest) = self.rest.split_first().ok_or_else(ends_early)?;
        self.rest = rest;
        let (major, info) = (first >> 5, first & 0x1f);
        if major > MAP {
            return Err(malformed("tags, floats and simple values have no place in a header"));
        }
        let (size, smallest) = match info {
            0..=23 => return Ok((major, u64::from(info))),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return Err(malformed("indefinite lengths have no place in a header")),
        };
        let value = self.take(size)?.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        if value < smallest {
            return Err(malformed("a number is not in its shortest form"));
        }
        Ok((major, value))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(ends_early)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn ends_early() -> Error {
    malformed("the header ends too early")
}

/// Appends items to a vector.
#[derive(Default)]
pub(super) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    pub(super) fn array(&mut self, length: usize) -> &mut Self {
        self.head(ARRAY, length as u64)
    }

    pub(super) fn map(&mut self, length: usize) -> &mut Self {
        self.head(MAP, length as u64)
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(BYTES, bytes.len() as u64).raw(bytes)
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.head(TEXT, text.len() as u64).raw(text.as_bytes())
    }

    pub(super) fn integer(&mut self, value: i64) -> &mut Self {
        match u64::try_from(value) {
            Ok(value) => self.head(UNSIGNED, value),
            Err(_) => self.head(NEGATIVE, (-1 - value).unsigned_abs()),
        }
    }

    pub(super) fn unsigned(&mut self, value: u64) -> &mut Self {
        self.head(UNSIGNED, value)
    }

    pub(super) fn true_value(&mut self) -> &mut Self {
        self.raw(&[TRUE])
    }

    /// Bytes that are an item already.
    pub(super) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.out.extend_from_slice(bytes);
        self
    }

    fn head(&mut self, major: u8, value: u64) -> &mut Self {
        let major = major << 5;
        let bytes = value.to_be_bytes();
        match value {
            0..=23 => self.raw(&[major | bytes[7]]),
            24..=0xff => self.raw(&[major | 24, bytes[7]]),
            0x100..=0xffff => self.raw(&[major | 25]).raw(&bytes[6..]),
            0x1_0000..=0xffff_ffff => self.raw(&[major | 26]).raw(&bytes[4..]),
            _ => self.raw(&[major | 27]).raw(&bytes),
        }
    }
}

/// The order of text keys: by their encoded bytes, so a shorter one comes first.
pub(super) fn text_order(a: &str, b: &str) -> core::cmp::Ordering {
    a.len().cmp(&b.len()).then_with(|| a.as_bytes().cmp(b.as_bytes()))
}

pub(super) fn malformed(message: &'static str) -> Error {
    Error::new(Code::Malformed, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip_in_their_shortest_form() {
        for value in [0, 1, 23, 24, 255, 256, 65535, 65536, u64::from(u32::MAX), 1 << 32, (1 << 53) - 1] {
            let mut writer = Writer::default();
            writer.unsigned(value);
            let bytes = writer.into_bytes();
            assert_eq!(Reader::new(&bytes).unsigned().ok(), Some(value));
        }
        let mut writer = Writer::default();
        writer.integer(-41).integer(-5);
        let bytes = writer.into_bytes();
        assert_eq!(bytes, [0x38, 0x28, 0x24]);
        let mut reader = Reader::new(&bytes);
        assert_eq!((reader.integer().ok(), reader.integer().ok()), (Some(-41), Some(-5)));
    }

    #[test]
    fn other_forms_of_the_same_number_are_refused() {
        for bytes in [&[0x18, 23][..], &[0x19, 0, 255], &[0x1a, 0, 0, 255, 255], &[0x1b, 0, 0, 0, 0, 1, 1, 1, 1]] {
            assert!(Reader::new(bytes).unsigned().is_err(), "{bytes:x?}");
        }
        for bytes in [&[0x1c][..], &[0x1f], &[0x9f], &[0xc0, 0], &[0xf9, 0, 0], &[0xf6], &[]] {
            assert!(Reader::new(bytes).unsigned().is_err(), "{bytes:x?}");
        }
        assert!(Reader::new(&[0x5f, 0x41, 0, 0xff]).bytes().is_err());
        assert!(Reader::new(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).array().is_err());
        assert!(Reader::new(&[0x62, 0xc3, 0x28]).text().is_err());
        assert!(Reader::new(&[0xf4]).expect_true().is_err());
    }
}
