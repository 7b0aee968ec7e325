//! A time at which a callee wants to be called again: read as an assistant has written it down, and told in words.

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use cordboard_schema::time::UnixMs;

/// How far ahead such a time may be, in days.
pub const AGREED_DAYS_MAX: u64 = 30;
/// How far ahead it is at least.
const SOON_MS: u64 = 60_000;
const DAY_MS: u64 = 86_400_000;

/// Why a time can't be agreed on, in words for an assistant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// It is none.
    #[error(
        "`at` must be a time as 2026-11-30T15:00 in the callee's own zone, or with an offset as 2026-11-30T15:00+01:00"
    )]
    Form,
    /// It has no offset, and the callee may be in several zones.
    #[error(
        "it is not known in which time zone the callee is: ask them, and give `at` with its offset, as 2026-11-30T15:00+01:00"
    )]
    NoZone,
    /// Clocks are set forward over it.
    #[error(
        "there is no such time where the callee is, because clocks are set forward then: agree on another"
    )]
    Skipped,
    /// It is over, or far ahead.
    #[error("`at` must be a minute ahead at least, and {AGREED_DAYS_MAX} days at most")]
    Range,
}

/// Reads a time. Without an offset it is one of the callee's own zone, if there is one zone in which they can be.
///
/// # Errors
/// [`BadTime`].
pub fn agreed_at(text: &str, zones: &[Tz], now: UnixMs) -> Result<UnixMs, BadTime> {
    let text = text.trim();
    let with_offset =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%:z"));
    let at: UnixMs = match with_offset {
        Ok(at) => at.with_timezone(&Utc).into(),
        Err(_) => {
            let read = |form| NaiveDateTime::parse_from_str(text, form);
            let local = read("%Y-%m-%dT%H:%M:%S").or_else(|_| read("%Y-%m-%dT%H:%M"));
            let local = local.map_err(|_| BadTime::Form)?;
            let [zone] = zones else { return Err(BadTime::NoZone) };
            let at = zone.from_local_datetime(&local).earliest().ok_or(BadTime::Skipped)?;
            at.with_timezone(&Utc).into()
        }
    };
    match now + SOON_MS <= at && at <= now + AGREED_DAYS_MAX * DAY_MS {
        true => Ok(at),
        false => Err(BadTime::Range),
    }
}

/// A time in words: where the callee is, if that is known.
pub fn in_words(at: UnixMs, zones: &[Tz]) -> String {
    match zones {
        [zone] => {
            let local = at.to_utc().with_timezone(zone);
            format!("{} ({})", local.format("%A, %-d %B %Y, %H:%M"), zone.name())
        }
        _ => at.to_rfc3339(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> UnixMs {
        text.parse::<DateTime<Utc>>().unwrap().into()
    }

    #[test]
    fn a_time_is_one_of_the_callees_zone_or_has_its_offset() {
        let now = ms("2026-11-28T12:00:00Z");
        let berlin = &[Tz::Europe__Berlin][..];
        let both = &[Tz::America__Chicago, Tz::America__New_York][..];
        for (text, zones, expected) in [
            ("2026-11-30T15:00", berlin, Ok(ms("2026-11-30T14:00:00Z"))),
            (" 2026-11-30T15:00:30 ", berlin, Ok(ms("2026-11-30T14:00:30Z"))),
            ("2026-11-30T15:00+00:00", berlin, Ok(ms("2026-11-30T15:00:00Z"))),
            ("2026-11-30T15:00:00-05:00", both, Ok(ms("2026-11-30T20:00:00Z"))),
            ("2026-11-30T15:00", both, Err(BadTime::NoZone)),
            ("2026-11-30T15:00", &[][..], Err(BadTime::NoZone)),
            ("tomorrow at three", berlin, Err(BadTime::Form)),
            ("2026-11-31T15:00", berlin, Err(BadTime::Form)),
            ("2026-11-28T13:00", berlin, Err(BadTime::Range)),
            ("2027-01-30T15:00", berlin, Err(BadTime::Range)),
        ] {
            assert_eq!(agreed_at(text, zones, now), expected, "{text} {zones:?}");
        }
        let spring = ms("2027-03-27T12:00:00Z");
        assert_eq!(agreed_at("2027-03-28T02:30", berlin, spring), Err(BadTime::Skipped));
    }

    #[test]
    fn a_time_is_told_where_the_callee_is() {
        let at = ms("2026-11-30T14:00:00Z");
        assert_eq!(in_words(at, &[Tz::Europe__Berlin]), "Monday, 30 November 2026, 15:00 (Europe/Berlin)");
        assert_eq!(in_words(at, &[]), "2026-11-30T14:00:00.000Z");
    }
}
