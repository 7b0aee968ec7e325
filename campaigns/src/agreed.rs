//! A time at which a callee wants to be called again: parsed as an assistant writes it, and shown in words. It is used for our own campaigns and for
//! those of a dialler.

use chrono::{DateTime, FixedOffset, MappedLocalTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use cordboard_schema::limits::CALL_BACK_NOTE_BYTES_MAX;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;

use crate::callee::Callee;
use crate::hours::CallingHours;

/// How far ahead such a time may be on our own campaigns, in days.
pub const AGREED_DAYS_MAX: u64 = 30;
/// The minimum time ahead.
const SOON_MS: u64 = 60_000;
const DAY_MS: u64 = 86_400_000;

/// The callee's clock, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalleeClock {
    /// It follows this time zone.
    Zone(Tz),
    /// It has this offset at the moment.
    Offset(FixedOffset),
    /// It is not known, or may be one of several.
    Unknown,
}

impl CalleeClock {
    /// Returns the clock of a callee by a campaign's hours: that of the contact's own zone, otherwise that of their number.
    pub fn of_callee(hours: &CallingHours, own: Option<Tz>, number: &E164) -> Self {
        Self::of_zones(&hours.zones(own, Callee::of(number).zones))
    }

    /// Returns the clock of a person who is in one of these zones.
    pub fn of_zones(zones: &[Tz]) -> Self {
        match zones {
            [zone] => Self::Zone(*zone),
            _ => Self::Unknown,
        }
    }

    /// Returns the moment at which the clock shows this time.
    fn moment(self, local: NaiveDateTime) -> Result<DateTime<Utc>, BadTime> {
        match self {
            Self::Zone(zone) => earliest(zone.from_local_datetime(&local)),
            Self::Offset(offset) => earliest(offset.from_local_datetime(&local)),
            Self::Unknown => Err(BadTime::NoZone),
        }
    }

    /// Returns a time in words, on the callee's clock if that is known.
    pub fn in_words(self, at: UnixMs) -> String {
        const FORM: &str = "%A, %-d %B %Y, %H:%M";
        match self {
            Self::Zone(zone) => {
                format!("{} ({})", at.to_utc().with_timezone(&zone).format(FORM), zone.name())
            }
            Self::Offset(offset) => {
                format!("{} ({offset})", at.to_utc().with_timezone(&offset).format(FORM))
            }
            Self::Unknown => at.to_rfc3339(),
        }
    }
}

fn earliest<Z: TimeZone>(found: MappedLocalTime<DateTime<Z>>) -> Result<DateTime<Utc>, BadTime> {
    found.earliest().map(|at| at.with_timezone(&Utc)).ok_or(BadTime::Skipped)
}

/// Why a time can't be agreed on, in words for an assistant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// It is not a time.
    #[error(
        "`when` must be a time as 2026-11-30T15:00 in the callee's own zone, or with an offset as 2026-11-30T15:00+01:00"
    )]
    Form,
    /// It has no offset, and the callee's clock is not known.
    #[error(
        "it is not known in which time zone the callee is: ask them, and give `when` with its offset, as 2026-11-30T15:00+01:00"
    )]
    NoZone,
    /// Clocks are set forward over this time.
    #[error(
        "there is no such time where the callee is, because clocks are set forward then: agree on another"
    )]
    Skipped,
    /// It is in the past, or too far ahead.
    #[error("`when` must be a minute ahead at least, and {days_max} days at most")]
    Range {
        /// The maximum number of days ahead.
        days_max: u64,
    },
}

/// Parses a time that is at most `days_max` days ahead. Without an offset it is on the callee's own clock.
///
/// # Errors
/// [`BadTime`].
pub fn agreed_at(text: &str, clock: CalleeClock, days_max: u64, now: UnixMs) -> Result<UnixMs, BadTime> {
    let text = text.trim();
    let with_offset =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%#z"));
    let at: UnixMs = match with_offset {
        Ok(at) => at.with_timezone(&Utc).into(),
        Err(_) => {
            let read = |form| NaiveDateTime::parse_from_str(text, form);
            let local = read("%Y-%m-%dT%H:%M:%S").or_else(|_| read("%Y-%m-%dT%H:%M"));
            clock.moment(local.map_err(|_| BadTime::Form)?)?.into()
        }
    };
    match now + SOON_MS <= at && at <= now + days_max * DAY_MS {
        true => Ok(at),
        false => Err(BadTime::Range { days_max }),
    }
}

/// Returns a note for the person who takes the later call: one line, shortened to the stored length.
pub fn note_of(text: &str) -> String {
    let is_blank = |c: char| c.is_whitespace() || c.is_control();
    let words: Vec<&str> = text.split(is_blank).filter(|word| !word.is_empty()).collect();
    let mut note = words.join(" ");
    let ends = note.char_indices().map(|(at, c)| at + c.len_utf8());
    let kept = ends.take_while(|end| *end <= CALL_BACK_NOTE_BYTES_MAX).last().unwrap_or(0);
    note.truncate(kept);
    note
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: CalleeClock = CalleeClock::Zone(Tz::Europe__Berlin);

    fn ms(text: &str) -> UnixMs {
        text.parse::<DateTime<Utc>>().unwrap().into()
    }

    /// The offset of Newfoundland in winter.
    fn offset() -> CalleeClock {
        CalleeClock::Offset(FixedOffset::west_opt(3 * 3_600 + 1_800).unwrap())
    }

    #[test]
    fn times_without_an_offset_are_on_the_callees_clock() {
        let now = ms("2026-11-28T12:00:00Z");
        let unknown = CalleeClock::of_zones(&[Tz::America__Chicago, Tz::America__New_York]);
        assert_eq!((unknown, CalleeClock::of_zones(&[])), (CalleeClock::Unknown, CalleeClock::Unknown));
        assert_eq!(CalleeClock::of_zones(&[Tz::Europe__Berlin]), BERLIN);
        let range = BadTime::Range { days_max: AGREED_DAYS_MAX };
        for (text, clock, expected) in [
            ("2026-11-30T15:00", BERLIN, Ok(ms("2026-11-30T14:00:00Z"))),
            (" 2026-11-30T15:00:30 ", BERLIN, Ok(ms("2026-11-30T14:00:30Z"))),
            ("2026-11-30T15:00+00:00", BERLIN, Ok(ms("2026-11-30T15:00:00Z"))),
            ("2026-11-30T15:00Z", BERLIN, Ok(ms("2026-11-30T15:00:00Z"))),
            ("2026-11-30T15:00", offset(), Ok(ms("2026-11-30T18:30:00Z"))),
            ("2026-11-30T15:00:00-05:00", unknown, Ok(ms("2026-11-30T20:00:00Z"))),
            ("2026-11-30T15:00", unknown, Err(BadTime::NoZone)),
            ("tomorrow at three", BERLIN, Err(BadTime::Form)),
            ("2026-11-31T15:00", BERLIN, Err(BadTime::Form)),
            ("2026-11-28T13:00", BERLIN, Err(range)),
            ("2027-01-30T15:00", BERLIN, Err(range)),
        ] {
            assert_eq!(agreed_at(text, clock, AGREED_DAYS_MAX, now), expected, "{text} {clock:?}");
        }
        assert_eq!(agreed_at("2027-01-30T15:00", BERLIN, 365, now), Ok(ms("2027-01-30T14:00:00Z")));
        let spring = ms("2027-03-27T12:00:00Z");
        assert_eq!(agreed_at("2027-03-28T02:30", BERLIN, 30, spring), Err(BadTime::Skipped));
    }

    #[test]
    fn a_time_is_shown_on_the_callees_clock() {
        let at = ms("2026-11-30T14:00:00Z");
        assert_eq!(BERLIN.in_words(at), "Monday, 30 November 2026, 15:00 (Europe/Berlin)");
        assert_eq!(offset().in_words(at), "Monday, 30 November 2026, 10:30 (-03:30)");
        assert_eq!(CalleeClock::Unknown.in_words(at), "2026-11-30T14:00:00.000Z");
    }

    #[test]
    fn a_note_is_one_line_of_bounded_length() {
        assert_eq!(note_of(" the\r\n\tquote "), "the quote");
        let long = note_of(&"ä".repeat(300));
        assert_eq!((long.len(), long.chars().count()), (CALL_BACK_NOTE_BYTES_MAX - 1, 127));
        assert_eq!(note_of(" \n"), "");
    }
}
