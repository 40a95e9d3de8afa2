//! Rotation policies: when a key gets its next version, and how long a version lives.
//!
//! Nothing here runs by itself: [`LocalVault::tick`](crate::LocalVault::tick) asks what is due at a time.

use cmkit::{Code, Error};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A period in calendar months and days, written as an ISO 8601 duration: `P90D`, `P18M`, `P2Y`.
///
/// ```
/// use cmkit_vault::Period;
/// let period: Period = "P1Y6M".parse()?;
/// assert_eq!(period.to_string(), "P18M");
/// // The last of January and one month is the last of February.
/// let january_31 = 1_769_817_600;
/// assert_eq!("P1M".parse::<Period>()?.after(january_31), january_31 + 28 * 86_400);
/// # Ok::<(), cmkit_vault::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    months: u32,
    days: u32,
}

impl Period {
    /// So many days.
    #[must_use]
    pub const fn days(days: u32) -> Self {
        Self { months: 0, days }
    }

    /// The time this long after another one; both in seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn after(self, time: u64) -> u64 {
        self.shift(time, 1).unwrap_or(u64::MAX)
    }

    /// The time this long before another one; both in seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn before(self, time: u64) -> u64 {
        self.shift(time, -1).unwrap_or(0)
    }

    /// Nothing where the result is outside of the calendar.
    fn shift(self, time: u64, sign: i64) -> Option<u64> {
        let span = Span::new()
            .try_months(sign * i64::from(self.months))
            .and_then(|span| span.try_days(sign * i64::from(self.days)))
            .ok()?;
        let time = Timestamp::from_second(i64::try_from(time).ok()?).ok()?.to_zoned_datetime(TimeZone::UTC);
        u64::try_from(time.checked_add(span).ok()?.timestamp().as_second()).ok()
    }

    /// The fewest days that this period can have.
    const fn least_days(self) -> u32 {
        self.months.saturating_mul(28).saturating_add(self.days)
    }
}

impl FromStr for Period {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fault = || {
            let message = format!("`{text}` is not a period in days, weeks, months or years such as `P90D` or `P2Y`");
            Error::new(Code::InvalidArgument, message)
        };
        let span: Span = text.parse().map_err(|_| fault())?;
        if span.is_negative() || has_time(&span) {
            return Err(fault());
        }
        let months = i64::from(span.get_years()) * 12 + i64::from(span.get_months());
        let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
        let (months, days) = (u32::try_from(months).map_err(|_| fault())?, u32::try_from(days).map_err(|_| fault())?);
        if months == 0 && days == 0 {
            return Err(fault());
        }
        Ok(Self { months, days })
    }
}

fn has_time(span: &Span) -> bool {
    span.get_hours() != 0
        || span.get_minutes() != 0
        || span.get_seconds() != 0
        || span.get_milliseconds() != 0
        || span.get_microseconds() != 0
        || span.get_nanoseconds() != 0
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P")?;
        match (self.months, self.days) {
            (0, days) => write!(f, "{days}D"),
            (months, 0) if months % 12 == 0 => write!(f, "{}Y", months / 12),
            (months, 0) => write!(f, "{months}M"),
            (months, days) => write!(f, "{months}M{days}D"),
        }
    }
}

impl Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// When a key rotates by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Trigger {
    /// This long after the newest version was made.
    TimeAfterCreate(Period),
    /// This long before the newest version expires.
    TimeBeforeExpiry(Period),
}

/// A key's rotation policy.
///
/// ```
/// use cmkit_vault::{RotationPolicy, Trigger};
/// let policy = RotationPolicy::new(Some(Trigger::TimeAfterCreate("P18M".parse()?)), Some("P2Y".parse()?))?;
/// assert_eq!(policy.to_string(), "rotates P18M after creation, versions expire after P2Y");
/// // Before expiry takes an expiry.
/// assert!(RotationPolicy::new(Some(Trigger::TimeBeforeExpiry("P30D".parse()?)), None).is_err());
/// # Ok::<(), cmkit_vault::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotationPolicy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rotate: Option<Trigger>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expiry_time: Option<Period>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notify: Option<Trigger>,
}

impl RotationPolicy {
    /// A policy: when to rotate, and how long after its creation a version expires. An expiry concerns later versions
    /// only, never those there are.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] outside of Key Vault's limits: at least 7 days after creation or before expiry, an
    /// expiry of at least 28 days, and `TimeBeforeExpiry` only with an expiry that is longer by at least 7 days.
    pub fn new(rotate: Option<Trigger>, expiry_time: Option<Period>) -> Result<Self, Error> {
        let refuse = |message: &'static str| Err(Error::new(Code::InvalidArgument, message));
        if expiry_time.is_some_and(|expiry| expiry.least_days() < 28) {
            return refuse("an expiry takes at least 28 days");
        }
        match rotate {
            Some(Trigger::TimeAfterCreate(period) | Trigger::TimeBeforeExpiry(period)) if period.least_days() < 7 => {
                return refuse("a rotation takes at least 7 days after creation or before expiry");
            }
            Some(Trigger::TimeBeforeExpiry(period)) => match expiry_time {
                None => return refuse("a rotation before expiry takes an expiry"),
                Some(expiry) if expiry.least_days() < period.least_days().saturating_add(7) => {
                    return refuse("a rotation before expiry must come at least 7 days after creation");
                }
                Some(_) => {}
            },
            _ => {}
        }
        Ok(Self { rotate, expiry_time, notify: None })
    }

    /// The same policy with a notification. Nobody is notified here: it is kept, and told to whoever asks.
    #[must_use]
    pub const fn notifying(self, notify: Option<Trigger>) -> Self {
        Self { notify, ..self }
    }

    /// When somebody is to be notified.
    #[must_use]
    pub const fn notify(&self) -> Option<Trigger> {
        self.notify
    }

    /// When a key rotates by itself.
    #[must_use]
    pub const fn rotate(&self) -> Option<Trigger> {
        self.rotate
    }

    /// How long after its creation a version expires.
    #[must_use]
    pub const fn expiry_time(&self) -> Option<Period> {
        self.expiry_time
    }

    /// When the next version is due, where the newest one was made and expires at these times.
    #[must_use]
    pub fn next_rotation(&self, created: u64, expires: Option<u64>) -> Option<u64> {
        match self.rotate? {
            Trigger::TimeAfterCreate(period) => Some(period.after(created)),
            Trigger::TimeBeforeExpiry(period) => Some(period.before(expires?)),
        }
    }
}

impl fmt::Display for RotationPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rotate {
            None => f.write_str("never rotates by itself")?,
            Some(Trigger::TimeAfterCreate(period)) => write!(f, "rotates {period} after creation")?,
            Some(Trigger::TimeBeforeExpiry(period)) => write!(f, "rotates {period} before expiry")?,
        }
        self.expiry_time.map_or(Ok(()), |period| write!(f, ", versions expire after {period}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> Period {
        text.parse().expect(text)
    }

    #[test]
    fn reads_periods_and_nothing_else() {
        assert_eq!(period("P2W"), Period::days(14));
        assert_eq!(period("P2Y").to_string(), "P2Y");
        assert_eq!(period("P1Y1M3D").to_string(), "P13M3D");
        for text in ["", "P", "P0D", "-P1D", "P1DT1H", "PT24H", "90", "2026-01-01", "P99999999999Y"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn counts_by_the_calendar() {
        let leap_day = 1_709_164_800; // 2024-02-29
        assert_eq!(period("P1Y").after(leap_day), 1_740_700_800); // 2025-02-28
        assert_eq!(period("P1D").before(leap_day), leap_day - 86_400);
        assert_eq!(period("P1D").before(5), 0);
        assert_eq!(period("P1D").after(u64::MAX), u64::MAX);
    }

    #[test]
    fn keeps_key_vaults_limits() {
        let after = |text| Some(Trigger::TimeAfterCreate(period(text)));
        let before = |text| Some(Trigger::TimeBeforeExpiry(period(text)));
        assert!(RotationPolicy::new(after("P7D"), None).is_ok());
        assert!(RotationPolicy::new(after("P6D"), None).is_err());
        assert!(RotationPolicy::new(before("P6D"), Some(period("P90D"))).is_err());
        assert!(RotationPolicy::new(before("P30D"), None).is_err());
        assert!(RotationPolicy::new(before("P30D"), Some(period("P36D"))).is_err());
        assert!(RotationPolicy::new(before("P30D"), Some(period("P37D"))).is_ok());
        assert!(RotationPolicy::new(None, Some(period("P27D"))).is_err());
    }

    #[test]
    fn is_due_when_its_trigger_says() {
        let day = 86_400;
        let policy = RotationPolicy::new(Some(Trigger::TimeAfterCreate(period("P10D"))), None).expect("a policy");
        assert_eq!(policy.next_rotation(100 * day, None), Some(110 * day));
        let policy = RotationPolicy::new(Some(Trigger::TimeBeforeExpiry(period("P10D"))), Some(period("P90D")));
        let policy = policy.expect("a policy");
        assert_eq!(policy.next_rotation(100 * day, Some(190 * day)), Some(180 * day));
        assert_eq!(policy.next_rotation(100 * day, None), None, "a version that never expires is never due");
        let text = serde_json::to_string(&policy).expect("json");
        assert_eq!(text, r#"{"rotate":{"timeBeforeExpiry":"P10D"},"expiryTime":"P90D"}"#);
        assert_eq!(serde_json::from_str::<RotationPolicy>(&text).expect("back"), policy);
    }
}
