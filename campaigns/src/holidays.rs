//! The public holidays of a country.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// Holidays throughout a country.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Holidays {
    /// Month and day.
    pub(crate) fixed: &'static [(u32, u32)],
    /// Days after Easter Sunday.
    pub(crate) easter: &'static [i64],
    /// The first such weekday from a day of a month on: month, day, weekday.
    pub(crate) first: &'static [(u32, u32, Weekday)],
    /// Holidays that follow no such rule, for example those set by the moon: year, month, day.
    pub(crate) dates: &'static [(i32, u32, u32)],
    /// The substitute for one of `fixed` that falls on a weekend.
    pub(crate) substitute: Substitute,
}

/// No holidays.
pub(crate) const NO_HOLIDAYS: Holidays =
    Holidays { fixed: &[], easter: &[], first: &[], dates: &[], substitute: Substitute::None };

/// The substitute day of rest for a holiday on a weekend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Substitute {
    /// There is none.
    None,
    /// The Friday before a Saturday, the Monday after a Sunday.
    Nearest,
    /// The next working day that is neither a holiday nor a substitute for another one.
    Next,
}

impl Holidays {
    /// Whether a day is one of them, or a substitute for one.
    pub(crate) fn rests(&self, day: NaiveDate) -> bool {
        self.has(day) || self.is_substitute(day)
    }

    fn has(&self, day: NaiveDate) -> bool {
        let after_easter = || {
            let sunday = easter_sunday(day.year())?;
            Some(day.signed_duration_since(sunday).num_days())
        };
        self.is_fixed(day)
            || self.dates.contains(&(day.year(), day.month(), day.day()))
            || (!self.easter.is_empty() && after_easter().is_some_and(|days| self.easter.contains(&days)))
            || self.first.iter().any(|(month, from, weekday)| {
                day.month() == *month && day.weekday() == *weekday && (*from..*from + 7).contains(&day.day())
            })
    }

    fn is_fixed(&self, day: NaiveDate) -> bool {
        self.fixed.contains(&(day.month(), day.day()))
    }

    fn is_substitute(&self, day: NaiveDate) -> bool {
        match (self.substitute, day.weekday()) {
            (Substitute::Nearest, Weekday::Fri) => day.succ_opt().is_some_and(|next| self.is_fixed(next)),
            (Substitute::Nearest, Weekday::Mon) => day.pred_opt().is_some_and(|before| self.is_fixed(before)),
            (Substitute::Next, _) => self.is_next(day),
            _ => false,
        }
    }

    /// Whether a day is one of the first working days of its week, as a substitute for the weekend before.
    fn is_next(&self, day: NaiveDate) -> bool {
        let since_monday = u64::from(day.weekday().num_days_from_monday());
        let Some(monday) = day.checked_sub_days(Days::new(since_monday)) else { return false };
        let weekend = [1, 2].into_iter().filter_map(|days| monday.checked_sub_days(Days::new(days)));
        let due = weekend.filter(|day| self.is_fixed(*day)).count();
        let mut working = monday.iter_days().take(5).filter(|day| !self.has(*day)).take(due);
        working.any(|substitute| substitute == day)
    }
}

/// Easter Sunday of a Gregorian year (the method of Meeus, Jones and Butcher).
fn easter_sunday(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_falls_on_the_almanacs_day() {
        for (year, sunday) in [
            (1961, "1961-04-02"),
            (2000, "2000-04-23"),
            (2024, "2024-03-31"),
            (2026, "2026-04-05"),
            (2038, "2038-04-25"),
        ] {
            assert_eq!(easter_sunday(year), Some(day(sunday)), "{year}");
        }
    }

    #[test]
    fn a_holiday_on_a_weekend_has_its_day_of_rest() {
        // In 2027 both are on the weekend. In 2033 the first is a Sunday and the second a Monday. In 2026 the second is a Saturday.
        for (date, expected) in [
            ("2027-12-24", [false, true, false]),
            ("2027-12-27", [false, true, true]),
            ("2027-12-28", [false, false, true]),
            ("2027-12-29", [false, false, false]),
            ("2033-12-26", [true, true, true]),
            ("2033-12-27", [false, false, true]),
            ("2033-12-28", [false, false, false]),
            ("2026-12-28", [false, false, true]),
            ("2026-12-29", [false, false, false]),
        ] {
            let found = [Substitute::None, Substitute::Nearest, Substitute::Next].map(|substitute| {
                Holidays { fixed: &[(12, 25), (12, 26)], substitute, ..NO_HOLIDAYS }.rests(day(date))
            });
            assert_eq!(found, expected, "{date}");
        }
    }

    #[test]
    fn a_weekday_from_a_day_on_is_a_holiday_once() {
        let may = Holidays { first: &[(5, 18, Weekday::Mon)], ..NO_HOLIDAYS };
        let rests = |date| may.rests(day(date));
        assert_eq!(["2026-05-11", "2026-05-18", "2026-05-25"].map(rests), [false, true, false]);
        assert_eq!(["2027-05-17", "2027-05-24", "2027-05-31"].map(rests), [false, true, false]);
    }
}
