//! Failures on request: a vault that throttles, is out of service, slow, or not there at all.

use cmkit::{Code, Error, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Fault {
    /// Too many requests (429), to be tried again after some seconds if that is said.
    Throttled {
        /// Seconds.
        retry_after: Option<u32>,
    },
    /// Out of service (503), to be tried again after some seconds if that is said.
    Unavailable {
        /// Seconds.
        retry_after: Option<u32>,
    },
    /// No answer: over HTTPS the connection is reset.
    Reset,
    /// An answer that takes so much longer.
    Slow {
        /// Milliseconds, of up to a minute.
        milliseconds: u32,
    },
}

/// Which requests a [`Fault`] strikes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", untagged)]
pub enum Strikes {
    /// The next ones, so many.
    Next {
        /// How many.
        next: u32,
    },
    /// This part of all requests. The same seed strikes the same ones in a row of requests.
    Rate {
        /// From 0 to 1, which is each one.
        rate: f64,
        /// Where the row of draws begins.
        #[serde(default)]
        seed: u64,
    },
}

impl Strikes {
    /// Every request.
    pub const ALL: Self = Self::Rate { rate: 1.0, seed: 0 };

    fn check(self) -> Result<(), Error> {
        match self {
            Self::Rate { rate, .. } if !(0.0..=1.0).contains(&rate) => {
                Err(Error::new(Code::InvalidArgument, format!("`{rate}` is not a rate: it is from 0 to 1")))
            }
            _ => Ok(()),
        }
    }

    fn draw(&mut self) -> bool {
        match self {
            Self::Next { next: 0 } => false,
            Self::Next { next } => {
                *next -= 1;
                true
            }
            Self::Rate { rate, seed } => {
                *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
                #[expect(clippy::cast_precision_loss, reason = "53 bits are what the shift leaves")]
                let drawn = (mixed(*seed) >> 11) as f64 / (1_u64 << 53) as f64;
                drawn < *rate
            }
        }
    }
}

/// The finish of `SplitMix64`: even draws from a counter.
const fn mixed(seed: u64) -> u64 {
    let z = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The failures that a vault is to have.
#[derive(Default)]
pub(crate) struct Faults {
    pub(crate) unreachable: bool,
    injected: Vec<(Fault, Strikes)>,
}

impl Faults {
    /// The longest that one fault may hold a request up.
    const SLOWEST: u32 = 60_000;

    pub(crate) fn inject(&mut self, fault: Fault, strikes: Strikes) -> Result<(), Error> {
        strikes.check()?;
        if matches!(fault, Fault::Slow { milliseconds } if milliseconds > Self::SLOWEST) {
            return Err(Error::new(Code::InvalidArgument, "a slow answer takes up to a minute longer"));
        }
        self.injected.push((fault, strikes));
        Ok(())
    }

    /// Replaces every throttling by this one.
    pub(crate) fn throttle_next(&mut self, next: u32, retry_after: u32) {
        self.injected.retain(|(fault, _)| !matches!(fault, Fault::Throttled { .. }));
        self.injected.push((Fault::Throttled { retry_after: Some(retry_after) }, Strikes::Next { next }));
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// What meets a request on its way: how long it takes, and whether it arrives.
    pub(crate) fn on_the_way(&mut self, host: &str) -> (Duration, Result<(), Refusal>) {
        let (mut delay, mut lost) = (0, self.unreachable);
        for (fault, strikes) in &mut self.injected {
            match fault {
                Fault::Slow { milliseconds } if strikes.draw() => delay += u64::from(*milliseconds),
                Fault::Reset if strikes.draw() => lost = true,
                _ => {}
            }
        }
        let message = || format!("no connection to `{host}`");
        let arrives = if lost { Err(Refusal::new(RefusalKind::Unavailable, "Unreachable", message())) } else { Ok(()) };
        (Duration::from_millis(delay), arrives)
    }

    /// Whether the vault takes the request on.
    pub(crate) fn on_arrival(&mut self) -> Result<(), Refusal> {
        for (fault, strikes) in &mut self.injected {
            let (reason, message, after) = match fault {
                Fault::Throttled { retry_after } => {
                    ("Throttled", "too many requests to this vault in the last seconds", retry_after)
                }
                Fault::Unavailable { retry_after } => {
                    ("ServiceUnavailable", "the vault is temporarily out of service", retry_after)
                }
                Fault::Reset | Fault::Slow { .. } => continue,
            };
            if strikes.draw() {
                let mut refusal = Refusal::new(RefusalKind::Unavailable, reason, message);
                refusal.retry_after = *after;
                return Err(refusal);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(mut strikes: Strikes, requests: usize) -> Vec<bool> {
        (0..requests).map(|_| strikes.draw()).collect()
    }

    #[test]
    fn a_rate_strikes_its_part_and_the_same_for_the_same_seed() {
        let rate = |rate, seed| struck(Strikes::Rate { rate, seed }, 10_000);
        let count = rate(0.1, 7).into_iter().filter(|struck| *struck).count();
        assert!((900..1100).contains(&count), "{count}");
        assert_eq!(rate(0.1, 7), rate(0.1, 7));
        assert_ne!(rate(0.1, 7), rate(0.1, 8));
        assert!(struck(Strikes::ALL, 100).into_iter().all(|struck| struck));
        assert!(!rate(0.0, 7).contains(&true));
    }

    #[test]
    fn the_next_requests_are_counted() {
        assert_eq!(struck(Strikes::Next { next: 2 }, 4), [true, true, false, false]);
    }

    #[test]
    fn faults_strike_one_by_one() {
        let mut faults = Faults::default();
        let slow = Fault::Slow { milliseconds: 40 };
        faults.inject(slow, Strikes::Next { next: 1 }).expect("a fault");
        faults.inject(slow, Strikes::ALL).expect("a fault");
        faults.inject(Fault::Reset, Strikes::Next { next: 1 }).expect("a fault");
        faults.inject(Fault::Unavailable { retry_after: Some(3) }, Strikes::Next { next: 1 }).expect("a fault");
        faults.inject(Fault::Throttled { retry_after: None }, Strikes::Next { next: 1 }).expect("a fault");
        let (delay, lost) = faults.on_the_way("h");
        assert_eq!((delay, lost.unwrap_err().reason.as_ref()), (Duration::from_millis(80), "Unreachable"));
        let (delay, arrives) = faults.on_the_way("h");
        assert_eq!((delay, arrives), (Duration::from_millis(40), Ok(())));
        let refused =
            |faults: &mut Faults| faults.on_arrival().map_err(|refusal| (refusal.reason, refusal.retry_after));
        assert_eq!(refused(&mut faults), Err(("ServiceUnavailable".into(), Some(3))));
        assert_eq!(refused(&mut faults), Err(("Throttled".into(), None)));
        assert_eq!(refused(&mut faults), Ok(()));
        for rate in [-0.1, 1.1, f64::NAN] {
            assert!(faults.inject(Fault::Reset, Strikes::Rate { rate, seed: 0 }).is_err(), "{rate}");
        }
        assert!(faults.inject(Fault::Slow { milliseconds: 60_001 }, Strikes::ALL).is_err());
    }
}
