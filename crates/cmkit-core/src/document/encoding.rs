//! The text of a file: UTF-8, or UTF-16 with its mark, as PowerShell writes it.

use crate::error::{Code, Error};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The text that a file's bytes are: UTF-8, or UTF-16 where they begin with its byte order mark, as PowerShell writes files.
///
/// ```
/// use cmkit_core::document::decode;
/// let written_by_powershell = b"\xff\xfe{\0}\0".to_vec();
/// assert_eq!(decode("main.json", written_by_powershell)?, "{}");
/// assert!(decode("main.json", vec![0xff]).is_err());
/// # Ok::<(), cmkit_core::Error>(())
/// ```
///
/// # Errors
/// [`Code::Input`] for what is neither.
pub fn decode(name: &str, bytes: Vec<u8>) -> Result<String, Error> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks(2).map(|pair| pair.try_into().map_or(0xdfff, unit)); // half a unit is no character
        char::decode_utf16(units).collect::<Result<String, _>>().ok()
    };
    let text = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).ok(),
    };
    text.ok_or_else(|| Error::new(Code::Input, format!("{name}: this is not text: save it as UTF-8")))
}
