//! Time as the rules need it: seconds since 1970, dates as people write them, and ISO 8601 periods of rotation policies.
//!
//! There is no clock here; "now" comes in as a [`Timestamp`]. Leap seconds do not exist, as in POSIX.

use crate::error::{Code, Error};
use alloc::format;
use core::fmt;
use serde::{Serialize, Serializer};

const DAY: i64 = 86_400;

/// A point in time: seconds since 1970-01-01T00:00:00Z. Serialises as RFC 3339 text.
///
/// ```
/// use cmkit_core::policy::Timestamp;
/// let noon = Timestamp::parse("2027-03-01T12:00:00+02:00")?;
/// assert_eq!(noon.to_string(), "2027-03-01T10:00:00Z");
/// assert_eq!(Timestamp::parse("2027-03-01")?.to_string(), "2027-03-01T00:00:00Z");
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// A point in time from seconds since 1970; values outside the years 0 to 9999 are clamped, so that each prints.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        const FIRST: i64 = -62_167_219_200;
        const LAST: i64 = 253_402_300_799;
        Self(if seconds < FIRST {
            FIRST
        } else if seconds > LAST {
            LAST
        } else {
            seconds
        })
    }

    /// Seconds since 1970.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// This time and `days` more.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        Self::from_seconds(self.0.saturating_add(days.saturating_mul(DAY)))
    }

    /// Whole days from this time to `later`, rounded down.
    #[must_use]
    pub const fn days_until(self, later: Self) -> i64 {
        (later.0 - self.0).div_euclid(DAY)
    }

    /// Parses RFC 3339 (`2027-03-01T12:00:00Z`) or a date, which means its first second in UTC.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for other text and for days that do not exist.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse(text).ok_or_else(|| {
            let shown: alloc::string::String = text.chars().take(64).collect();
            Error::new(
                Code::InvalidArgument,
                format!("`{shown}` is not a time: write `2027-03-01` or `2027-03-01T12:00:00Z`"),
            )
        })
    }

    /// The date without the time of day: `2027-03-01`.
    #[must_use]
    pub fn date(self) -> alloc::string::String {
        let (year, month, day) = civil(self.0.div_euclid(DAY));
        format!("{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = self.0.rem_euclid(DAY);
        write!(f, "{}T{:02}:{:02}:{:02}Z", self.date(), second / 3600, second / 60 % 60, second % 60)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Splits the first `digits` digits off.
fn number(text: &str, digits: usize) -> Option<(i64, &str)> {
    let (head, rest) = text.split_at_checked(digits)?;
    let plain = head.bytes().all(|b| b.is_ascii_digit());
    Some((head.parse().ok().filter(|_| plain)?, rest))
}

fn parse(text: &str) -> Option<Timestamp> {
    let (year, rest) = number(text, 4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 2)?;
    let days = days_of(year, month, day);
    if civil(days) != (year, month, day) {
        return None; // the 30th of February and its like
    }
    if rest.is_empty() {
        return Some(Timestamp::from_seconds(days * DAY));
    }
    let (hour, rest) = number(rest.strip_prefix(['T', 't', ' '])?, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = number(rest.strip_prefix(':')?, 2)?;
    let rest = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            (zone.len() < fraction.len()).then_some(zone)?
        }
    };
    let offset = match rest.strip_prefix(['Z', 'z']) {
        Some(end) => end.is_empty().then_some(0)?,
        None => {
            let sign = if rest.starts_with('-') { -1 } else { 1 };
            let (hours, rest) = number(rest.strip_prefix(['+', '-'])?, 2)?;
            let (minutes, rest) = number(rest.strip_prefix(':')?, 2)?;
            (rest.is_empty() && hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))?
        }
    };
    let seconds = days * DAY + hour * 3600 + minute * 60 + second - offset * 60;
    (hour < 24 && minute < 60 && second < 61).then_some(Timestamp::from_seconds(seconds))
}

/// Days since 1970 of a date of the Gregorian calendar, counted in eras of 400 years that begin in March.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year * 365 + year / 4 - year / 100 + day_of_year - 719_468
}

/// The date of a day since 1970, the inverse of [`days_of`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// A period of a rotation policy (`P90D`, `P18M`, `P2Y`) in days; parts of a day are dropped.
///
/// A year counts 365 days and twelve months count one year, so `P1Y` equals `P12M`.
///
/// ```
/// use cmkit_core::policy::period_days;
/// assert_eq!(period_days("P18M"), Some(547));
/// assert_eq!(period_days("18 months"), None);
/// ```
#[must_use]
pub fn period_days(text: &str) -> Option<i64> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return None,
        None => (text.strip_prefix('P')?, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let [years, months, weeks, days] = fields(date, ['Y', 'M', 'W', 'D'])?;
    let [hours, minutes, seconds, _] = fields(time, ['H', 'M', 'S', '\0'])?;
    let months = years * 12 + months;
    Some(months * 365 / 12 + weeks * 7 + days + (hours * 3600 + minutes * 60 + seconds) / DAY)
}

/// Reads numbers that are each followed by their unit, every unit at most once and in this order.
fn fields(mut text: &str, units: [char; 4]) -> Option<[i64; 4]> {
    let mut values = [0; 4];
    for (value, unit) in values.iter_mut().zip(units) {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (head, rest) = text.split_at(digits);
        if let Some(rest) = rest.strip_prefix(unit) {
            *value = head.parse::<u32>().ok()?.into();
            text = rest;
        }
    }
    text.is_empty().then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn every_day_of_eight_centuries_round_trips() {
        for day in days_of(1700, 1, 1)..days_of(2500, 1, 1) {
            let (year, month, date) = civil(day);
            assert_eq!(days_of(year, month, date), day);
        }
        assert_eq!(days_of(2000, 3, 1), 11_017);
    }

    #[test]
    fn reads_and_writes_rfc_3339() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2029-01-01", 1_861_920_000),
            ("2028-02-29T23:59:59Z", 1_835_481_599),
            ("2026-11-01T08:30:00.1234567Z", 1_793_521_800),
            ("2026-11-01T08:30:00-05:30", 1_793_541_600),
            ("1969-12-31T23:59:59Z", -1),
        ] {
            let time = Timestamp::parse(text).expect(text);
            assert_eq!(time.seconds(), seconds, "{text}");
            assert_eq!(Timestamp::parse(&time.to_string()).expect(text), time);
        }
    }

    #[test]
    fn refuses_what_is_not_a_time() {
        for text in [
            "",
            "2027",
            "2027-02-30",
            "2027-13-01",
            "2027-00-01",
            "27-01-01",
            "2027-1-1",
            "2027-01-01T",
            "2027-01-01T24:00:00Z",
            "2027-01-01T00:00:00",
            "2027-01-01T00:00Z",
            "2027-01-01T00:00:00.Z",
            "2027-01-01T00:00:00+1",
            "2027-01-01Z",
            "+027-01-01",
            "2027-01-01T00:00:00Zx",
            "é027-01-01",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn periods() {
        for (text, days) in [
            ("P90D", Some(90)),
            ("P1Y", Some(365)),
            ("P12M", Some(365)),
            ("P2Y", Some(730)),
            ("P1Y6M", Some(547)),
            ("P4W", Some(28)),
            ("PT48H", Some(2)),
            ("P1DT24H", Some(2)),
            ("P", None),
            ("PT", None),
            ("P1D1Y", None),
            ("90D", None),
            ("P-1D", None),
            ("PD", None),
            ("P1.5D", None),
            ("p90d", None),
            ("P99999999999Y", None),
        ] {
            assert_eq!(period_days(text), days, "{text}");
        }
    }

    #[test]
    fn clamps_rather_than_overflows() {
        assert_eq!(Timestamp::from_seconds(i64::MAX).to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(Timestamp::from_seconds(i64::MIN).plus_days(i64::MIN).to_string(), "0000-01-01T00:00:00Z");
    }
}
