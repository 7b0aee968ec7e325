//! Wall-clock time for the pure code: a number that is passed in, never read from a clock.

use std::fmt;
use std::ops::{Add, Sub};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMs(pub i64);

impl UnixMs {
    /// Returns the milliseconds from `earlier` to `self`; 0 if the clock went back.
    pub fn ms_since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// Returns `now`, or the next moment after `self` if `now` is not later, so that each change of an object has its own time.
    #[must_use]
    pub fn next_change(self, now: Self) -> Self {
        now.max(self + 1)
    }

    /// Returns the beginning of its day, in UTC.
    pub fn utc_day(self) -> Self {
        Self(self.0 - self.0.rem_euclid(DAY_MS))
    }

    /// Returns the end of its day, in UTC: the beginning of the next one.
    pub fn utc_day_end(self) -> Self {
        Self(self.utc_day().0.saturating_add(DAY_MS))
    }

    /// Returns the moment as a UTC date; the epoch if the number is outside chrono's range.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// Returns RFC 3339 in UTC with milliseconds, as the API writes times.
    pub fn to_rfc3339(self) -> String {
        self.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

impl From<DateTime<Utc>> for UnixMs {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_millis())
    }
}

impl Add<u64> for UnixMs {
    type Output = Self;

    /// Returns the time `ms` milliseconds later.
    fn add(self, ms: u64) -> Self {
        Self(self.0.saturating_add_unsigned(ms))
    }
}

impl Sub<u64> for UnixMs {
    type Output = Self;

    /// Returns the time `ms` milliseconds earlier.
    fn sub(self, ms: u64) -> Self {
        Self(self.0.saturating_sub_unsigned(ms))
    }
}

impl fmt::Debug for UnixMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// Serializes a [`UnixMs`] as RFC 3339 (`#[serde(with = "rfc3339")]`), for programs and people.
pub mod rfc3339 {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::UnixMs;

    /// Writes the time as RFC 3339 in UTC.
    pub fn serialize<S: Serializer>(at: &UnixMs, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&at.to_rfc3339())
    }

    /// Parses an RFC 3339 time.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UnixMs, D::Error> {
        Ok(chrono::DateTime::<chrono::Utc>::deserialize(deserializer)?.into())
    }

    /// The same for an optional time (`#[serde(with = "rfc3339::option")]`).
    pub mod option {
        use serde::{Deserialize, Deserializer, Serializer};

        use super::UnixMs;

        /// Writes the time as RFC 3339, or null.
        pub fn serialize<S: Serializer>(at: &Option<UnixMs>, serializer: S) -> Result<S::Ok, S::Error> {
            match at {
                Some(at) => serializer.serialize_some(&at.to_rfc3339()),
                None => serializer.serialize_none(),
            }
        }

        /// Parses an RFC 3339 time or null.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<UnixMs>, D::Error> {
            Ok(Option::<chrono::DateTime<chrono::Utc>>::deserialize(deserializer)?.map(Into::into))
        }
    }
}
