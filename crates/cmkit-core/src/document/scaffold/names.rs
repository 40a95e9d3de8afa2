//! The grammars of names and regions.

use super::refuse;
use crate::error::Error;
use alloc::format;
use alloc::string::String;

/// 3 to 40 lower-case letters, digits and single hyphens between them.
pub(super) fn cluster(name: &str) -> Result<(), Error> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if (3..=40).contains(&name.len()) && hyphenated(name, fits) {
        return Ok(());
    }
    refuse(format!(
        "`{name}` is no name for a cluster: it takes 3 to 40 lower-case letters and digits, with single hyphens in between"
    ))
}

/// 3 to 24 letters, digits and single hyphens, from a letter to a letter or digit.
pub(super) fn vault(name: &str) -> Result<(), Error> {
    let letter = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if (3..=24).contains(&name.len()) && letter && hyphenated(name, |c| c.is_ascii_alphanumeric()) {
        return Ok(());
    }
    refuse(format!(
        "`{name}` is no name for a vault: it takes 3 to 24 letters and digits, a letter first, with single hyphens in between"
    ))
}

/// 1 to 127 letters, digits and hyphens.
pub(super) fn key(name: &str) -> Result<(), Error> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if (1..=127).contains(&name.len()) && name.chars().all(fits) {
        return Ok(());
    }
    refuse(format!("`{name}` is no name for a key: it takes 1 to 127 letters, digits and hyphens"))
}

/// 3 to 128 letters, digits, hyphens and underscores, from a letter or digit.
pub(super) fn identity(name: &str) -> Result<(), Error> {
    let first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if (3..=128).contains(&name.len()) && first && name.chars().all(fits) {
        return Ok(());
    }
    refuse(format!(
        "`{name}` is no name for an identity: it takes 3 to 128 letters, digits, hyphens and underscores, a letter or \
         digit first"
    ))
}

/// The short form of a region: `West US 3` is `westus3`.
pub(super) fn region(name: &str) -> Result<String, Error> {
    let short: String = name.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_lowercase()).collect();
    let letters = short.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if (4..=30).contains(&short.len()) && letters && short.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Ok(short);
    }
    refuse(format!("`{name}` is no region: write it as `westus3` or `West US 3`"))
}

/// Clouds name their regions, and their hosts, apart from each other.
pub(super) fn vault_suffix(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("china") => "vault.azure.cn",
        _ if region.starts_with("usgov") || region.starts_with("usdod") => "vault.usgovcloudapi.net",
        _ => "vault.azure.net",
    }
}

pub(super) fn management(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("china") => "https://management.chinacloudapi.cn",
        _ if region.starts_with("usgov") || region.starts_with("usdod") => "https://management.usgovcloudapi.net",
        _ => "https://management.azure.com",
    }
}

/// Groups of fitting characters with single hyphens between them.
fn hyphenated(name: &str, fits: impl Fn(char) -> bool) -> bool {
    name.split('-').all(|group| !group.is_empty() && group.chars().all(&fits))
}
