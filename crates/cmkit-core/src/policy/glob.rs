//! Patterns of file names: `*` and `?` inside a name, `**` for any number of folders.

use alloc::vec::Vec;

/// Whether the end of a path is as the pattern says, from the start of a name: `infra/*.json` fits
/// `/home/me/infra/main.json`.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.trim_start_matches("./").trim_start_matches('/').split('/').collect();
    let path = path.replace('\\', "/");
    let path: Vec<&str> = path.split('/').collect();
    let whole = Vec::from_iter([&["**"], pattern.as_slice()].concat());
    wild(&whole, &path, |step| *step == "**", |step, name| name_fits(step, name))
}

fn name_fits(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    wild(&pattern, &name, |c| *c == '*', |wanted, c| *wanted == '?' || wanted == c)
}

/// Matches with a wildcard for any number of elements. It goes back to the last wildcard only, which is enough, and
/// takes at most the product of both lengths.
fn wild<P, T>(pattern: &[P], text: &[T], any: impl Fn(&P) -> bool, fits: impl Fn(&P, &T) -> bool) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(step) if any(step) => {
                back = Some((at, read));
                at += 1;
            }
            Some(step) if fits(step, &text[read]) => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((wildcard, from)) = back else { return false };
                back = Some((wildcard, from + 1));
                at = wildcard + 1;
                read = from + 1;
            }
        }
    }
    pattern[at..].iter().all(any)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns() {
        for (pattern, path, expected) in [
            ("main.json", "main.json", true),
            ("main.json", "infra/main.json", true),
            ("main.json", "/abs/infra/main.json", true),
            ("main.json", "domain.json", false),
            ("main.json", "main.json/x", false),
            ("*.json", "infra/main.json", true),
            ("*.json", "main.jsonc", false),
            ("./infra/*.json", "infra/main.json", true),
            ("infra/*.json", "c:\\work\\infra\\main.json", true),
            ("infra/*.json", "infra/eu/main.json", false),
            ("infra/**", "infra/eu/main.json", true),
            ("infra/**/main.json", "infra/main.json", true),
            ("infra/**/main.json", "infra/a/b/main.json", true),
            ("infra/**/main.json", "infra/a/b/other.json", false),
            ("ma?n.*", "main.json", true),
            ("ma?n.*", "man.json", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("**", "anything/at/all", true),
            ("é*", "été.json", true),
            ("", "main.json", false),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} on {path}");
        }
    }
}
