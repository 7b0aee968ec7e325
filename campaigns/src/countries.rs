//! The rules of countries, in one table: when their people may be called, how often, and on which days not.
//!
//! A row is what we hold to, not legal advice. Where a country has no statute about hours the row follows its industry's code; where it has several
//! (states of the USA) the row is the strictest of them. On 2026-11-28 the hours of AU, DE, FR, GB, IT, NL and NZ were compared with what others
//! write about their rules, and not with the rules themselves; the other rows, and all holidays, were written down from memory. An owner may
//! narrow a row for a campaign, never widen it. Numbers of countries without a row are called by [`STRICTEST`], which every row contains.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::Serialize;

/// Minutes of a day in which people may be called: from, to (exclusive).
pub type Window = (u16, u16);

const fn h(hour: u16) -> u16 {
    hour * 60
}

/// What of a country holds for calls that nobody there has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CountryRule {
    /// ISO 3166-1 alpha-2, or `*` for countries without a row.
    pub country: &'static str,
    /// Digits that its numbers begin with, behind the `+`.
    pub prefix: &'static str,
    /// Windows from Monday to Friday, in minutes of the callee's day.
    pub weekdays: &'static [Window],
    /// Windows on Saturdays.
    pub saturday: &'static [Window],
    /// Windows on Sundays.
    pub sunday: &'static [Window],
    /// Whether public holidays are days without calls.
    pub rests_on_holidays: bool,
    /// Calls to one number within 24 h.
    pub per_day_max: u32,
    /// Calls to one number within 30 days.
    pub per_30_days_max: u32,
    /// Whether a person's consent has to be there before the first call.
    pub needs_consent: bool,
    /// Source of that. Where none names hours, they are ours.
    pub source: &'static str,
    #[serde(skip)]
    holidays: Holidays,
    /// Working days that are shorter.
    #[serde(skip)]
    short_days: ShortDays,
}

/// Days from Monday to Friday on which people may be called for a shorter time.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ShortDays {
    /// Those before a public holiday.
    eves: bool,
    /// Month and day of others.
    fixed: &'static [(u32, u32)],
    /// The windows, in minutes of the callee's day.
    windows: &'static [Window],
}

const NO_SHORT_DAYS: ShortDays = ShortDays { eves: false, fixed: &[], windows: &[] };

/// Which days of a year are holidays throughout a country.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Holidays {
    /// Month and day.
    fixed: &'static [(u32, u32)],
    /// Days after Easter Sunday.
    easter: &'static [i64],
    /// Month, weekday and which of the month: 1 the first, -1 the last.
    nth: &'static [(u32, Weekday, i8)],
}

const EVENING: &[Window] = &[(h(9), h(20))];

/// For numbers of countries that have no row. Its hours are the tightest of all rows, and so are its counts.
pub const STRICTEST: CountryRule = CountryRule {
    country: "*",
    prefix: "",
    weekdays: &[(h(10), h(13)), (h(14), h(18))],
    saturday: &[],
    sunday: &[],
    rests_on_holidays: true,
    per_day_max: 1,
    per_30_days_max: 4,
    needs_consent: true,
    source: "no row: the tightest of all",
    holidays: Holidays { fixed: &[(1, 1), (5, 1), (12, 25), (12, 26)], easter: &[-2, 0, 1], nth: &[] },
    short_days: NO_SHORT_DAYS,
};

/// The rows.
pub const COUNTRIES: [CountryRule; 16] = [
    CountryRule {
        country: "US",
        prefix: "1",
        // 47 CFR 64.1200(c)(1) has 8 to 21; Florida, Oklahoma and Washington 8 to 20; several states no Sundays and holidays.
        weekdays: &[(h(8), h(20))],
        saturday: EVENING,
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 3,
        per_30_days_max: 12,
        needs_consent: true,
        source: "47 CFR 64.1200; Fla. Stat. 501.616 (hours, 3 calls a day); calls by an artificial voice need consent (FCC 24-17)",
        holidays: Holidays {
            fixed: &[(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)],
            easter: &[],
            nth: &[
                (1, Weekday::Mon, 3),
                (2, Weekday::Mon, 3),
                (5, Weekday::Mon, -1),
                (9, Weekday::Mon, 1),
                (10, Weekday::Mon, 2),
                (11, Weekday::Thu, 4),
            ],
        },
        short_days: NO_SHORT_DAYS,
    },
    CountryRule {
        country: "CA",
        prefix: "1",
        weekdays: &[(h(9), h(21) + 30)],
        saturday: &[(h(10), h(18))],
        sunday: &[(h(10), h(18))],
        rests_on_holidays: true,
        per_day_max: 2,
        per_30_days_max: 8,
        needs_consent: true,
        source: "CRTC Unsolicited Telecommunications Rules, part III, 23; part IV (automatic devices need consent)",
        holidays: Holidays {
            fixed: &[(1, 1), (7, 1), (9, 30), (11, 11), (12, 25), (12, 26)],
            easter: &[-2],
            nth: &[(9, Weekday::Mon, 1), (10, Weekday::Mon, 2)],
        },
        short_days: NO_SHORT_DAYS,
    },
    CountryRule {
        country: "GB",
        prefix: "44",
        weekdays: EVENING,
        saturday: &[(h(9), h(17))],
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 2,
        per_30_days_max: 8,
        needs_consent: true,
        source: "PECR 2003, reg. 19 (automated calls need consent); hours within the industry's code (DMA: 8 to 21, weekends from 9)",
        holidays: Holidays {
            fixed: &[(1, 1), (12, 25), (12, 26)],
            easter: &[-2, 1],
            nth: &[(5, Weekday::Mon, 1), (5, Weekday::Mon, -1), (8, Weekday::Mon, -1)],
        },
        short_days: NO_SHORT_DAYS,
    },
    CountryRule {
        country: "IE",
        prefix: "353",
        weekdays: EVENING,
        saturday: &[(h(10), h(17))],
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 2,
        per_30_days_max: 8,
        needs_consent: true,
        source: "S.I. 336/2011, reg. 13; no source for the hours",
        holidays: Holidays {
            fixed: &[(1, 1), (3, 17), (12, 25), (12, 26)],
            easter: &[1],
            nth: &[(5, Weekday::Mon, 1), (6, Weekday::Mon, 1), (8, Weekday::Mon, 1), (10, Weekday::Mon, -1)],
        },
        short_days: NO_SHORT_DAYS,
    },
    CountryRule {
        country: "DE",
        prefix: "49",
        weekdays: EVENING,
        saturday: &[(h(10), h(16))],
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 2,
        per_30_days_max: 8,
        needs_consent: true,
        source: "UWG section 7 and 7a (consent, kept for 5 years); hours and tries within the industry's code (CCV, DDV: 8 to 20, \
                 Saturdays 9 to 18, 3 a day, 30 in all)",
        holidays: Holidays {
            fixed: &[(1, 1), (5, 1), (10, 3), (12, 25), (12, 26)],
            easter: &[-2, 1, 39, 50],
            nth: &[],
        },
        short_days: NO_SHORT_DAYS,
    },
    CountryRule {
        country: "AT",
        prefix: "43",
        weekdays: EVENING,
        saturday: &[(h(10), h(16))],
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 2,
        per_30_days_max: 8,
        needs_consent: true,
        source: "TKG 2021, section 174; no source for the hours",
        holidays: Holidays {
            fixed: &[(1, 1), (1, 6), (5, 1), (8, 15), (10, 26), (11, 1), (12, 8), (12, 25), (12, 26)],
            easter: &[1, 39, 50, 60],
            nth: &[],
        },
        short_days: NO_SHORT_DAYS,
    },
    CountryRule {
        country: "CH",
        prefix: "41",
        weekdays: EVENING,
        saturday: &[(h(10), h(16))],
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 2,
        per_30_days_max: 8,
        needs_consent: true,
        source: "UWG art. 3 para. 1 lit. o, u; no source for the hours",
        holidays: Holidays { fixed: &[(1, 1), (8, 1), (12, 25)], easter: &[39], nth: &[] },
        short_days: NO_SHORT_DAYS,
    },
    CountryRule {
        country: "FR",
        prefix: "33",
        weekdays: &[(h(10), h(13)), (h(14), h(20))],
        saturday: &[],
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 1,
        per_30_days_max: 4,
        needs_consent: true,
        source: "decret 2022-1313 (hours, 4 calls in 30 days); loi 2025-594 (consent)",
        holidays: Holidays {
            fixed: &[(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)],
            easter: &[1, 39, 50],
            nth: &[],
        },
        short_days: NO_SHORT_DAYS,
    },
    CountryRule {
        country: "ES",
        prefix: "34",
        weekdays: EVENING,
        saturday: &[],
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 1,
        per_30_days_max: 4,
        needs_consent: true,
        source: "Ley 11/2022, art. 66; RDL 1/2007, art. 96 (9 to 21, no weekends and holidays)",
        holidays: Holidays {
            fixed: &[(1, 1), (1, 6), (5, 1), (8, 15), (10, 12), (11, 1), (12, 6), (12, 8), (12, 25)],
            easter: &[-2],
            nth: &[],
        },
        short_days: NO_SHORT_DAYS,
    },
    CountryRule {
        country: "IT",
        prefix: "39",
        weekdays: EVENING,
        saturday: &[(h(10), h(19))],
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 1,
        per_30_days_max: 4,
        needs_consent: true,
        source: "Garante, code of conduct on telemarketing of 7 March 2024 (9 to 20, Saturdays and days before holidays 10 to 19); DPR 26/2022",
        holidays: Holidays {
            fixed: &[(1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26)],
            easter: &[0, 1],
            nth: &[],
        },
        short_days: ShortDays { eves: true, fixed: &[], windows: &[(h(10), h(19))] },
    },
    CountryRule {
        country: "NL",
        prefix: "31",
        weekdays: EVENING,
        saturday: &[(h(10), h(16))],
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 1,
        per_30_days_max: 4,
        needs_consent: true,
        source: "Telecommunicatiewet art. 11.7 (consent); Code Telemarketing art. 9 (9 to 22, Saturdays 10 to 16, 4 May, 5 and 24 \
                 December until 18:30)",
        holidays: Holidays {
            fixed: &[(1, 1), (4, 27), (5, 5), (12, 25), (12, 26)],
            easter: &[-2, 1, 39, 50],
            nth: &[],
        },
        short_days: ShortDays {
            eves: false,
            fixed: &[(5, 4), (12, 5), (12, 24)],
            windows: &[(h(9), h(18) + 30)],
        },
    },
    CountryRule {
        country: "BE",
        prefix: "32",
        weekdays: EVENING,
        saturday: &[(h(10), h(16))],
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 1,
        per_30_days_max: 4,
        needs_consent: true,
        source: "Code de droit economique, art. VI.110 to VI.112; no source for the hours",
        holidays: Holidays {
            fixed: &[(1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25)],
            easter: &[1, 39, 50],
            nth: &[],
        },
        short_days: NO_SHORT_DAYS,
    },
    CountryRule {
        country: "PL",
        prefix: "48",
        weekdays: EVENING,
        saturday: &[(h(10), h(16))],
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 1,
        per_30_days_max: 4,
        needs_consent: true,
        source: "Prawo komunikacji elektronicznej 2024, art. 398; no source for the hours",
        holidays: Holidays {
            fixed: &[
                (1, 1),
                (1, 6),
                (5, 1),
                (5, 3),
                (8, 15),
                (11, 1),
                (11, 11),
                (12, 24),
                (12, 25),
                (12, 26),
            ],
            easter: &[1, 60],
            nth: &[],
        },
        short_days: NO_SHORT_DAYS,
    },
    CountryRule {
        country: "TR",
        prefix: "90",
        weekdays: EVENING,
        saturday: &[(h(10), h(18))],
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 1,
        per_30_days_max: 4,
        needs_consent: true,
        source: "Law 6563 (consent, kept in IYS); no source for the hours",
        holidays: Holidays {
            fixed: &[(1, 1), (4, 23), (5, 1), (5, 19), (7, 15), (8, 30), (10, 29)],
            easter: &[],
            nth: &[],
        },
        short_days: NO_SHORT_DAYS,
    },
    CountryRule {
        country: "AU",
        prefix: "61",
        weekdays: EVENING,
        saturday: &[(h(9), h(17))],
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 2,
        per_30_days_max: 8,
        needs_consent: true,
        source: "Telecommunications (Telemarketing and Research Calls) Industry Standard 2017 (9 to 20, Saturdays 9 to 17, no Sundays \
                 and national holidays)",
        holidays: Holidays {
            fixed: &[(1, 1), (1, 26), (4, 25), (12, 25), (12, 26)],
            easter: &[-2, 1],
            nth: &[],
        },
        short_days: NO_SHORT_DAYS,
    },
    CountryRule {
        country: "NZ",
        prefix: "64",
        weekdays: EVENING,
        saturday: &[(h(10), h(17))],
        sunday: &[],
        rests_on_holidays: true,
        per_day_max: 2,
        per_30_days_max: 8,
        needs_consent: true,
        source: "Marketing Association, code of practice (8 to 21, no Sundays and public holidays)",
        holidays: Holidays {
            fixed: &[(1, 1), (1, 2), (2, 6), (4, 25), (12, 25), (12, 26)],
            easter: &[-2, 1],
            nth: &[(6, Weekday::Mon, 1), (10, Weekday::Mon, 4)],
        },
        short_days: NO_SHORT_DAYS,
    },
];

impl CountryRule {
    /// The windows of a day; none on holidays of countries that rest then.
    pub fn windows(&self, day: NaiveDate) -> &'static [Window] {
        if self.rests_on_holidays && self.is_holiday(day) {
            return &[];
        }
        match day.weekday() {
            Weekday::Sat => self.saturday,
            Weekday::Sun => self.sunday,
            _ if self.is_short(day) => self.short_days.windows,
            _ => self.weekdays,
        }
    }

    /// Whether people may be called on this working day for a shorter time.
    fn is_short(&self, day: NaiveDate) -> bool {
        let ShortDays { eves, fixed, .. } = self.short_days;
        let is_eve = || day.succ_opt().is_some_and(|next| self.is_holiday(next));
        fixed.contains(&(day.month(), day.day())) || (eves && is_eve())
    }

    /// Whether a day is a holiday throughout the country. Holidays that the moon sets, and those of regions, are not known: an owner
    /// names them in the campaign.
    pub fn is_holiday(&self, day: NaiveDate) -> bool {
        let Holidays { fixed, easter, nth } = self.holidays;
        let after_easter = || {
            let sunday = easter_sunday(day.year())?;
            Some(day.signed_duration_since(sunday).num_days())
        };
        fixed.contains(&(day.month(), day.day()))
            || (!easter.is_empty() && after_easter().is_some_and(|days| easter.contains(&days)))
            || nth.iter().any(|(month, weekday, nth)| {
                day.month() == *month && day.weekday() == *weekday && is_nth(day, *nth)
            })
    }
}

/// Whether a day is the nth of its weekday in its month; -1: the last.
fn is_nth(day: NaiveDate, nth: i8) -> bool {
    match u32::try_from(nth) {
        Ok(nth) => (day.day() - 1) / 7 + 1 == nth,
        Err(_) => day.checked_add_days(Days::new(7)).is_none_or(|later| later.month() != day.month()),
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

    fn rule(country: &str) -> &'static CountryRule {
        COUNTRIES.iter().find(|rule| rule.country == country).unwrap()
    }

    /// Whether each minute of `inner` is one of `outer`.
    fn contains(outer: &[Window], inner: &[Window]) -> bool {
        inner.iter().all(|(from, to)| outer.iter().any(|(start, end)| start <= from && to <= end))
    }

    #[test]
    fn easter_is_where_the_almanac_has_it() {
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
    fn holidays_are_where_the_calendar_has_them() {
        for (country, date, is_holiday) in [
            ("US", "2026-11-26", true), // Thanksgiving
            ("US", "2026-11-27", false),
            ("US", "2026-05-25", true), // Memorial Day, the last Monday
            ("US", "2026-05-18", false),
            ("DE", "2026-04-03", true), // Good Friday
            ("DE", "2026-05-14", true), // Ascension
            ("DE", "2026-05-25", true), // Whit Monday
            ("DE", "2026-10-03", true),
            ("FR", "2026-04-03", false), // Good Friday is none there
            ("FR", "2026-07-14", true),
            ("GB", "2026-08-31", true),
            ("AT", "2026-06-04", true), // Corpus Christi
        ] {
            assert_eq!(rule(country).is_holiday(day(date)), is_holiday, "{country} {date}");
        }
    }

    #[test]
    fn some_working_days_are_shorter() {
        let (usual, eve, short) = (EVENING, &[(h(10), h(19))][..], &[(h(9), h(18) + 30)][..]);
        for (country, date, expected) in [
            ("IT", "2026-06-01", eve), // before the Republic Day, a Monday
            ("IT", "2026-06-02", &[][..]),
            ("IT", "2026-06-03", usual),
            ("IT", "2026-12-24", eve),
            ("NL", "2026-05-04", short), // a Monday
            ("NL", "2026-12-24", short),
            ("NL", "2026-12-05", &[(h(10), h(16))][..]), // a Saturday
            ("NL", "2026-12-04", usual),
            ("DE", "2026-12-24", usual),
        ] {
            assert_eq!(rule(country).windows(day(date)), expected, "{country} {date}");
        }
    }

    #[test]
    fn a_country_without_a_row_is_called_by_what_every_row_admits() {
        for rule in COUNTRIES {
            assert!(contains(rule.weekdays, STRICTEST.weekdays), "{}", rule.country);
            assert!(contains(rule.saturday, STRICTEST.saturday), "{}", rule.country);
            assert!(contains(rule.sunday, STRICTEST.sunday), "{}", rule.country);
            let short =
                if rule.short_days == NO_SHORT_DAYS { rule.weekdays } else { rule.short_days.windows };
            assert!(
                contains(short, STRICTEST.weekdays) && contains(rule.weekdays, short),
                "{}",
                rule.country
            );
            assert!(STRICTEST.per_day_max <= rule.per_day_max, "{}", rule.country);
            assert!(STRICTEST.per_30_days_max <= rule.per_30_days_max, "{}", rule.country);
        }
    }

    #[test]
    fn windows_are_in_order_and_within_a_day() {
        for rule in COUNTRIES.iter().chain([&STRICTEST]) {
            for windows in [rule.weekdays, rule.saturday, rule.sunday, rule.short_days.windows] {
                let mut last = 0;
                for (from, to) in windows {
                    assert!(last <= *from && from < to && *to <= h(24), "{} {windows:?}", rule.country);
                    last = *to;
                }
            }
        }
    }
}
