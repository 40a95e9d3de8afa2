//! What people write for keys, versions and times.

use crate::failure::Failure;
use cmkit::Code;
use cmkit::key::KeyUri;
use cmkit_vault::{LocalVault, Period};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A key of the vault from `NAME`, `NAME/VERSION` or its full identifier.
pub(super) fn key(vault: &LocalVault, text: &str) -> Result<KeyUri, Failure> {
    vault.parse_key(text).map_err(|error| {
        Failure::from(error)
            .help_on(Code::InvalidArgument, "give the `--vault DIR` of that vault, or the key's name alone")
    })
}

/// A time in seconds since 1970-01-01 UTC, from a date (its beginning in UTC), a time with its offset, seconds, or a
/// period from now on.
pub(super) fn time(text: &str, now: u64) -> Result<u64, Failure> {
    let seconds = |timestamp: Timestamp| u64::try_from(timestamp.as_second()).ok();
    let read = || -> Option<u64> {
        if let Ok(seconds) = text.parse::<u64>() {
            return Timestamp::from_second(i64::try_from(seconds).ok()?).ok().and(Some(seconds));
        }
        if let Ok(period) = text.parse::<Period>() {
            return Some(period.after(now)).filter(|time| *time != u64::MAX);
        }
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            return seconds(timestamp);
        }
        // A date alone: of a time without its offset, jiff would read the date and drop the rest.
        let date: Date = Some(text).filter(|text| text.len() == "2027-01-31".len())?.parse().ok()?;
        seconds(date.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
    };
    read().ok_or_else(|| {
        Failure::usage(format!("`{text}` is not a time"))
            .help("write a date `2027-01-31`, a time `2027-01-31T08:00:00Z`, or a period from now on `P90D`")
    })
}

/// A time as people read it.
pub(super) fn show_time(seconds: u64) -> String {
    let timestamp = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    timestamp.map_or_else(|| seconds.to_string(), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_as_people_write_them() {
        let now = 1_800_000_000;
        let read = |text| time(text, now).ok();
        assert_eq!(read("2027-01-31"), Some(1_801_353_600));
        assert_eq!(read("2027-01-31T01:00:00+01:00"), Some(1_801_353_600));
        assert_eq!(read("1801353600"), Some(1_801_353_600));
        assert_eq!(read("P1D"), Some(now + 86_400));
        for text in ["", "soon", "2027-13-01", "-5", "1969-01-01", "99999999999999", "P99999Y", "2027-01-31T08:00:00"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(show_time(1_801_353_600), "2027-01-31 00:00 UTC");
        assert_eq!(show_time(u64::MAX), u64::MAX.to_string());
    }

    #[test]
    fn reads_keys_by_name_and_by_identifier() {
        let vault = LocalVault::in_memory("orders.vault.azure.net").expect("a vault");
        let version = "0123456789abcdef0123456789abcdef";
        let read = |text: &str| key(&vault, text).map(|key| key.to_string()).ok();
        let name = "https://orders.vault.azure.net/keys/kek";
        assert_eq!(read("KEK").as_deref(), Some(name));
        assert_eq!(read(name).as_deref(), Some(name));
        assert_eq!(read(&format!("kek/{version}")), Some(format!("{name}/{version}")));
        assert_eq!(read(&format!("{name}/{version}")), Some(format!("{name}/{version}")));
        for text in ["", "a_b", "kek/1", "kek/", "https://other.vault.azure.net/keys/kek", "https://example.com/keys/k"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
