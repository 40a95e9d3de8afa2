//! File names as URI references (RFC 3986): what the person named stays relative, so that a repository's viewer finds it.

use alloc::format;
use alloc::string::String;
use core::fmt::Write;

/// The URI reference of a file name as any system spells it.
pub(super) fn of(file: &str) -> String {
    let path = file.replace('\\', "/");
    match path.as_bytes() {
        [drive, b':', b'/', ..] if drive.is_ascii_alphabetic() => {
            format!("file:///{}:{}", char::from(*drive), encoded(&path[2..]))
        }
        [b'/', b'/', ..] => format!("file:{}", encoded(&path)), // a share of Windows
        [b'/', ..] => format!("file://{}", encoded(&path)),
        [b'.', b'/', ..] => encoded(path[1..].trim_start_matches('/')),
        _ => encoded(&path),
    }
}

fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => _ = write!(out, "%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn any_name_is_a_uri_reference() {
        for (file, uri) in [
            ("infra/main.json", "infra/main.json"),
            ("./main.json", "main.json"),
            ("../other dir/ü.json", "../other%20dir/%C3%BC.json"),
            ("/srv/main.json", "file:///srv/main.json"),
            (r"infra\main.json", "infra/main.json"),
            (r"C:\src\main.json", "file:///C:/src/main.json"),
            (r"\\build\share\main.json", "file://build/share/main.json"),
            ("<stdin>", "%3Cstdin%3E"),
            ("a:b?c#d%.json", "a%3Ab%3Fc%23d%25.json"),
        ] {
            assert_eq!(of(file), uri);
        }
    }
}
