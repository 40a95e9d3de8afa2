//! Times as people write them, through the core's calendar.

use cmkit::policy::Timestamp;

/// A date or an RFC 3339 time, as seconds since 1970-01-01 UTC.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let time = Timestamp::parse(text).map_err(|error| error.to_string())?;
    u64::try_from(time.seconds()).map_err(|_| "a time before 1970 is none of a key".into())
}

/// RFC 3339, in UTC.
pub(crate) fn print(seconds: u64) -> String {
    i64::try_from(seconds).map_or_else(|_| seconds.to_string(), |seconds| Timestamp::from_seconds(seconds).to_string())
}
