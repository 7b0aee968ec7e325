//! Opening hours of a business: by weekday, holidays, and the open times of a day in its time zone.
//!
//! Hours are local times of the business. One rule gives their UTC times: an opening or closing time is the first moment of the
//! day at which local clocks show it or a later time. So a time that occurs twice, because clocks go back, counts at its first
//! occurrence. A time that is skipped, because clocks go forward, is the moment of the change. This rule keeps the order of
//! times, so that spans that do not overlap in local time do not overlap in UTC.

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, Days, Duration, MappedLocalTime, NaiveDate, NaiveDateTime, TimeZone, Utc, Weekday,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::limits::BUSINESS_OPENING_DAYS_MAX;

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// A local time of day, to the minute: `00:00` to `24:00`, the end of the day. In JSON it is that text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// The beginning of the day.
    pub const MIDNIGHT: Self = Self(0);
    /// The end of the day.
    pub const END: Self = Self(DAY_MINUTES);

    /// Returns the minutes since the beginning of the day, 0 to 1440.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// Returns this time on that date; `24:00` is the next day's midnight. None at the end of the calendar.
    fn on(self, date: NaiveDate) -> Option<NaiveDateTime> {
        date.and_hms_opt(0, 0, 0)?.checked_add_signed(Duration::minutes(i64::from(self.0)))
    }
}

/// The text is not a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time of day is `HH:MM`, from 00:00 to 24:00")]
pub struct BadTimeOfDay;

impl FromStr for TimeOfDay {
    type Err = BadTimeOfDay;

    fn from_str(text: &str) -> Result<Self, BadTimeOfDay> {
        let [tens, ones, b':', ten_minutes, minutes] = text.as_bytes() else { return Err(BadTimeOfDay) };
        let number = |high: &u8, low: &u8| match (high, low) {
            (b'0'..=b'9', b'0'..=b'9') => Ok(u16::from(high - b'0') * 10 + u16::from(low - b'0')),
            _ => Err(BadTimeOfDay),
        };
        let (hour, minute) = (number(tens, ones)?, number(ten_minutes, minutes)?);
        let time = hour * 60 + minute;
        if minute < 60 && time <= DAY_MINUTES { Ok(Self(time)) } else { Err(BadTimeOfDay) }
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = BadTimeOfDay;

    fn try_from(text: String) -> Result<Self, BadTimeOfDay> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeOfDay({self})")
    }
}

/// A period in which the business is open, in local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DaySpan {
    /// When it opens.
    pub from: TimeOfDay,
    /// When it closes. If it is not after `from`, it is a time of the next day, such as a bar's `18:00` to `02:00`.
    pub to: TimeOfDay,
}

impl DaySpan {
    /// Whether it ends on the next day.
    pub fn is_over_night(self) -> bool {
        self.to <= self.from
    }

    /// Returns the minutes from the beginning of the day to its end.
    fn end_minutes(self) -> u16 {
        self.to.0 + if self.is_over_night() { DAY_MINUTES } else { 0 }
    }
}

/// Opening hours of each weekday; a day without a span is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct WeekHours {
    /// Mondays.
    pub monday: Vec<DaySpan>,
    /// Tuesdays.
    pub tuesday: Vec<DaySpan>,
    /// Wednesdays.
    pub wednesday: Vec<DaySpan>,
    /// Thursdays.
    pub thursday: Vec<DaySpan>,
    /// Fridays.
    pub friday: Vec<DaySpan>,
    /// Saturdays.
    pub saturday: Vec<DaySpan>,
    /// Sundays.
    pub sunday: Vec<DaySpan>,
}

impl WeekHours {
    /// Returns the spans of that weekday.
    pub fn of(&self, day: Weekday) -> &[DaySpan] {
        match day {
            Weekday::Mon => &self.monday,
            Weekday::Tue => &self.tuesday,
            Weekday::Wed => &self.wednesday,
            Weekday::Thu => &self.thursday,
            Weekday::Fri => &self.friday,
            Weekday::Sat => &self.saturday,
            Weekday::Sun => &self.sunday,
        }
    }

    /// Returns all seven days with their names, beginning with Monday.
    pub fn days(&self) -> [(&'static str, &[DaySpan]); 7] {
        [
            ("monday", &self.monday),
            ("tuesday", &self.tuesday),
            ("wednesday", &self.wednesday),
            ("thursday", &self.thursday),
            ("friday", &self.friday),
            ("saturday", &self.saturday),
            ("sunday", &self.sunday),
        ]
    }
}

/// Days with hours that differ from the weekday's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// Name, such as `Christmas`.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub name: String,
    /// The first day.
    pub from: NaiveDate,
    /// The last day; if null, the first day is the only one.
    #[serde(default)]
    pub to: Option<NaiveDate>,
    /// Hours of each of these days; if empty, the business is closed.
    #[serde(default)]
    pub hours: Vec<DaySpan>,
}

impl Holiday {
    /// Returns the last day.
    pub fn last(&self) -> NaiveDate {
        self.to.unwrap_or(self.from)
    }

    /// Whether it includes this date.
    pub fn is_on(&self, date: NaiveDate) -> bool {
        (self.from..=self.last()).contains(&date)
    }
}

/// A period in which the business is open, in UTC: its beginning, and its end, which is exclusive.
pub type OpenSpan = (DateTime<Utc>, DateTime<Utc>);

/// Returns the holiday on that date. If there are several, the shortest counts: a special day within a week of holidays.
pub fn holiday(holidays: &[Holiday], date: NaiveDate) -> Option<&Holiday> {
    holidays.iter().filter(|holiday| holiday.is_on(date)).min_by_key(|holiday| holiday.last() - holiday.from)
}

/// Returns the local spans that begin on that date.
pub fn day_hours<'a>(hours: &'a WeekHours, holidays: &'a [Holiday], date: NaiveDate) -> &'a [DaySpan] {
    holiday(holidays, date).map_or_else(|| hours.of(date.weekday()), |holiday| &holiday.hours)
}

/// Returns the open periods that begin on `date` in the business's zone: in order, not empty, and without overlaps. A span that
/// goes past midnight ends at the latest when the next day's first span begins. Days on which clocks change have their true
/// length.
pub fn open_spans(hours: &WeekHours, holidays: &[Holiday], zone: Tz, date: NaiveDate) -> Vec<OpenSpan> {
    let mut day: Vec<DaySpan> = day_hours(hours, holidays, date).to_vec();
    day.sort_by_key(|span| (span.from, span.end_minutes()));
    let next = date.succ_opt();
    let next_opens = next.and_then(|next| {
        let first = day_hours(hours, holidays, next).iter().map(|span| span.from).min()?;
        first_moment(zone, first.on(next)?)
    });
    let mut spans: Vec<OpenSpan> = Vec::with_capacity(day.len());
    for span in day {
        let ends_on = if span.is_over_night() { next } else { Some(date) };
        let moment = |time: TimeOfDay, date: NaiveDate| first_moment(zone, time.on(date)?);
        let (Some(opens), Some(closes)) =
            (moment(span.from, date), ends_on.and_then(|date| moment(span.to, date)))
        else {
            continue;
        };
        let closes = next_opens.map_or(closes, |next| closes.min(next));
        match spans.last_mut() {
            Some(last) if opens <= last.1 => last.1 = last.1.max(closes),
            _ if opens < closes => spans.push((opens, closes)),
            _ => {}
        }
    }
    spans
}

/// Returns when the business, open at that time, next closes; none if it is closed. Adjacent open periods count as one. For a
/// business that never closes it is the end of the searched period, [`BUSINESS_OPENING_DAYS_MAX`] days.
pub fn closes_at(
    hours: &WeekHours,
    holidays: &[Holiday],
    zone: Tz,
    at: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let mut closes = None;
    for (opens, ends) in spans_around(hours, holidays, zone, at) {
        match closes {
            None if at < opens => return None,
            None if at < ends => closes = Some(ends),
            None => {}
            Some(end) if opens <= end => closes = Some(ends.max(end)),
            Some(_) => break,
        }
    }
    closes
}

/// Whether the business is open at that time.
pub fn is_open(hours: &WeekHours, holidays: &[Holiday], zone: Tz, at: DateTime<Utc>) -> bool {
    spans_around(hours, holidays, zone, at).take_while(|open| open.0 <= at).any(|open| at < open.1)
}

/// Returns when the business next opens after `at`. If it is open now, it is the opening after the next closing. None if it does
/// not open within [`BUSINESS_OPENING_DAYS_MAX`] days.
pub fn next_opening(
    hours: &WeekHours,
    holidays: &[Holiday],
    zone: Tz,
    at: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let after = closes_at(hours, holidays, zone, at).unwrap_or(at);
    spans_around(hours, holidays, zone, at).map(|open| open.0).find(|opens| *opens > after)
}

/// Returns the open periods in order, beginning with those that may include `at`.
fn spans_around(
    hours: &WeekHours,
    holidays: &[Holiday],
    zone: Tz,
    at: DateTime<Utc>,
) -> impl Iterator<Item = OpenSpan> {
    let today = at.with_timezone(&zone).date_naive();
    // Spans that began the day before may still be open; if midnight occurs twice, that day is one further back.
    let first = today.checked_sub_days(Days::new(2)).unwrap_or(today);
    first
        .iter_days()
        .take_while(move |date| (*date - today).num_days() <= BUSINESS_OPENING_DAYS_MAX)
        .flat_map(move |date| open_spans(hours, holidays, zone, date))
}

/// Returns the first moment at which local clocks show `wall` or a later time. None at the ends of the calendar.
pub(crate) fn first_moment(zone: Tz, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(moment) | MappedLocalTime::Ambiguous(moment, _) => Some(moment.to_utc()),
        MappedLocalTime::None => change_over(zone, wall),
    }
}

/// Returns the moment at which clocks went forward past `wall`, to the second. No zone is more than 26 hours from UTC.
fn change_over(zone: Tz, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    let as_utc = wall.and_utc();
    let mut before = as_utc.checked_sub_signed(Duration::hours(26))?;
    let mut after = as_utc.checked_add_signed(Duration::hours(26))?;
    while after - before > Duration::seconds(1) {
        let middle = before + (after - before) / 2;
        // Whole seconds, because clocks change at whole seconds.
        let middle = DateTime::from_timestamp(middle.timestamp(), 0)?;
        if middle <= before {
            break;
        }
        if zone.from_utc_datetime(&middle.naive_utc()).naive_local() >= wall {
            after = middle;
        } else {
            before = middle;
        }
    }
    Some(after)
}

#[cfg(test)]
mod tests;
