//! Which files are meant: those named, those in folders, and those that fit a pattern, in the order of their names.
//!
//! Patterns are for shells that expand none (PowerShell, pipelines, quotes).

use crate::failure::{Exit, Failure};
use globset::{GlobBuilder, GlobMatcher};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Folders of tools, in which nothing is deployed from.
const PASSED_OVER: &[&str] = &["node_modules", ".git", ".terraform"];

/// An input file.
pub(super) struct Found {
    /// Its path, `-` for standard input.
    pub(super) path: PathBuf,
    /// The person named this very file.
    pub(super) named: bool,
}

/// Finds the files, each once.
pub(super) fn search(arguments: &[PathBuf]) -> Result<Vec<Found>, Failure> {
    let mut found: Vec<Found> = Vec::new();
    let mut seen: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for argument in arguments {
        let (paths, named) = paths_of(argument)?;
        for path in paths {
            if path == Path::new("-") && seen.contains_key(&path) {
                return Err(Failure::usage("standard input can only be read once"));
            }
            match seen.get(&path) {
                Some(at) => found[*at].named |= named,
                None => {
                    seen.insert(path.clone(), found.len());
                    found.push(Found { path, named });
                }
            }
        }
    }
    Ok(found)
}

/// The files of one argument, and whether it names one.
fn paths_of(argument: &Path) -> Result<(Vec<PathBuf>, bool), Failure> {
    let shown = argument.display();
    let mut paths = Vec::new();
    if argument.is_dir() {
        walk(argument, &mut paths, &|path| {
            path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("json") || kind.eq_ignore_ascii_case("jsonc"))
        })?;
        return match paths.is_empty() {
            true => Err(Failure::new(Exit::Input, format!("`{shown}` has no .json or .jsonc file in it"))),
            false => Ok((paths, false)),
        };
    }
    let is_pattern = argument.to_str().is_some_and(|text| text.contains(['*', '?', '[', '{']));
    if !is_pattern || argument.exists() {
        return Ok((vec![argument.to_owned()], true));
    }
    let matcher = matcher(argument)?;
    let base = base(argument);
    if base.as_os_str().is_empty() || base.is_dir() {
        walk(&base, &mut paths, &|path| matcher.is_match(path))?;
    }
    match paths.is_empty() {
        true => Err(Failure::new(Exit::Input, format!("no file fits `{shown}`"))),
        false => Ok((paths, false)),
    }
}

fn matcher(pattern: &Path) -> Result<GlobMatcher, Failure> {
    let text = pattern.to_string_lossy();
    let text = text.strip_prefix("./").unwrap_or(&text);
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    let glob = glob.map_err(|error| Failure::usage(format!("`{text}` is no pattern: {}", error.kind())))?;
    Ok(glob.compile_matcher())
}

/// The folder that a pattern starts from: what stands before the first step with a wildcard.
fn base(pattern: &Path) -> PathBuf {
    let plain = |step: &Component<'_>| !step.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']);
    pattern.components().skip_while(|step| *step == Component::CurDir).take_while(plain).collect()
}

/// Adds the files below a folder that are wanted, in the order of their names. Links to folders are not followed.
fn walk(folder: &Path, paths: &mut Vec<PathBuf>, wanted: &dyn Fn(&Path) -> bool) -> Result<(), Failure> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let failing = |error: std::io::Error| Failure::io("read", here, &error);
    let mut entries = fs::read_dir(here).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failing)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (kind, path) = (entry.file_type().map_err(failing)?, folder.join(entry.file_name()));
        if kind.is_dir() {
            if !PASSED_OVER.iter().any(|name| entry.file_name() == *name) {
                walk(&path, paths, wanted)?;
            }
        } else if entry.file_name() != crate::config::NAME && wanted(&path) && (kind.is_file() || path.is_file()) {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{base, matcher};
    use std::path::Path;

    #[test]
    fn patterns_begin_at_their_last_plain_folder() {
        for (pattern, folder) in [("infra/**/*.json", "infra"), ("*.json", ""), ("./a/b*/c.json", "a"), ("/a/*", "/a")]
        {
            assert_eq!(base(Path::new(pattern)), Path::new(folder), "{pattern}");
        }
    }

    #[test]
    fn a_star_stays_in_its_folder() {
        for (pattern, path, fits) in [
            ("infra/*.json", "infra/main.json", true),
            ("infra/*.json", "infra/eu/main.json", false),
            ("infra/**/*.json", "infra/main.json", true),
            ("infra/**/*.json", "infra/eu/west/main.json", true),
            ("{a,b}/[m-n]ain.json", "b/main.json", true),
            ("./*.json", "main.json", true),
        ] {
            let matcher = matcher(Path::new(pattern)).expect("a pattern");
            assert_eq!(matcher.is_match(path), fits, "{pattern} {path}");
        }
        assert!(matcher(Path::new("[")).is_err());
    }
}
