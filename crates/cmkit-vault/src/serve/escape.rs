//! Percent-encoding (RFC 3986), in paths and in tokens that are names.

/// Text with its `%XX` resolved. Nothing where they are not complete, or the result is not UTF-8.
pub(super) fn unescape(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digits = str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn resolves_what_is_complete() {
        assert_eq!(unescape("orders%2Dkek").as_deref(), Some("orders-kek"));
        assert_eq!(unescape("caf%C3%A9%20app").as_deref(), Some("café app"));
        assert_eq!(unescape("").as_deref(), Some(""));
        for wrong in ["%", "%4", "%zz", "%+1", "%ff"] {
            assert_eq!(unescape(wrong), None, "{wrong}");
        }
    }
}
