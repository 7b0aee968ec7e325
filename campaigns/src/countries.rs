//! The rules of countries, in one table: when people there may be called, how often, and on which days not.
//!
//! A row is the rule that Cordboard follows, not legal advice. If a country has no statute about hours, its row follows the industry's code. If
//! neither is known, the row's source says so. For the USA, [`states`] has the states that allow less than the row. On 2026-11-28 the rows' hours
//! were compared with what others write about their rules. These were read in the original: Cal. Pub. Util. Code 2872, SDCL 37-30-28, R.I. Gen. Laws
//! 5-61 and Spain's art. 96.2. All holidays from 2026 to 2033 were compared on that day with the calendars of the Python package `holidays` 0.109;
//! the laws that are named for them were not read. An owner may narrow a row for a campaign, never widen it. Numbers in countries without a row are
//! called by [`STRICTEST`], whose hours and counts every row contains.

pub mod states;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Serialize;

use crate::holidays::{Holidays, NO_HOLIDAYS, Substitute};

/// Minutes of a day in which people may be called: from, to (exclusive).
pub type Window = (u16, u16);

const fn h(hour: u16) -> u16 {
    hour * 60
}

/// Rules of a country for calls that nobody there has requested.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CountryRule {
    /// ISO 3166-1 alpha-2, or `*` for countries without a row.
    pub country: &'static str,
    /// Digits with which its numbers begin, after the `+`.
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
    /// Whether a person's consent is needed before the first call.
    pub needs_consent: bool,
    /// Source of these rules. If it names no hours, they are our choice.
    pub source: &'static str,
    /// The law that names its holidays.
    pub holidays_source: &'static str,
    #[serde(skip)]
    holidays: Holidays,
    /// Shorter working days.
    #[serde(skip)]
    short_days: ShortDays,
}

/// Days from Monday to Friday with shorter hours.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ShortDays {
    /// Days before a public holiday.
    eves: bool,
    /// Month and day of other shorter days.
    fixed: &'static [(u32, u32)],
    /// The windows, in minutes of the callee's day.
    windows: &'static [Window],
}

const NO_SHORT_DAYS: ShortDays = ShortDays { eves: false, fixed: &[], windows: &[] };

const EVENING: &[Window] = &[(h(9), h(20))];

/// For numbers in countries without a row. Its hours and counts are the tightest of all rows.
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
    holidays_source: "no row: ours",
    holidays: Holidays { fixed: &[(1, 1), (5, 1), (12, 25), (12, 26)], easter: &[-2, 0, 1], ..NO_HOLIDAYS },
    short_days: NO_SHORT_DAYS,
};

/// The USA. [`states::STATES`] are its states that allow less.
const US: CountryRule = CountryRule {
    country: "US",
    prefix: "1",
    // 47 CFR 64.1200(c)(1) has 8 to 21. Florida, Maryland, Oklahoma, Washington and Wyoming end at 20. California, Connecticut, Michigan, Minnesota,
    // Nevada, New Mexico and Texas begin at 9. Several states exclude Sundays and holidays.
    weekdays: EVENING,
    saturday: EVENING,
    sunday: &[],
    rests_on_holidays: true,
    per_day_max: 3,
    per_30_days_max: 12,
    needs_consent: true,
    source: "47 CFR 64.1200(c)(1) (8 to 21); Fla. Stat. 501.616 (until 20, 3 calls a day); Cal. Pub. Util. Code 2872 (automatic calls from 9 \
             on); calls by an artificial voice need consent (FCC 24-17)",
    holidays_source: "5 U.S.C. 6103; Executive Order 11582 (the day of rest for one on a weekend)",
    holidays: Holidays {
        fixed: &[(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)],
        first: &[
            (1, 15, Weekday::Mon),
            (2, 15, Weekday::Mon),
            (5, 25, Weekday::Mon),
            (9, 1, Weekday::Mon),
            (10, 8, Weekday::Mon),
            (11, 22, Weekday::Thu),
        ],
        substitute: Substitute::Nearest,
        ..NO_HOLIDAYS
    },
    short_days: NO_SHORT_DAYS,
};

/// The rows.
pub const COUNTRIES: [CountryRule; 16] = [
    US,
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
        source: "CRTC Unsolicited Telecommunications Rules, part III (9 to 21:30, weekends 10 to 18); part IV (automatic devices need \
                 consent)",
        holidays_source: "Canada Labour Code, R.S.C. 1985, c. L-2, s. 166 to 168 (those of federal work; provinces have fewer and others)",
        holidays: Holidays {
            fixed: &[(1, 1), (7, 1), (9, 30), (11, 11), (12, 25), (12, 26)],
            easter: &[-2],
            first: &[(5, 18, Weekday::Mon), (9, 1, Weekday::Mon), (10, 8, Weekday::Mon)],
            substitute: Substitute::Next,
            ..NO_HOLIDAYS
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
        holidays_source: "Banking and Financial Dealings Act 1971, sched. 1, and royal proclamations; those of England and Wales",
        holidays: Holidays {
            fixed: &[(1, 1), (12, 25), (12, 26)],
            easter: &[-2, 1],
            first: &[(5, 1, Weekday::Mon), (5, 25, Weekday::Mon), (8, 25, Weekday::Mon)],
            substitute: Substitute::Next,
            ..NO_HOLIDAYS
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
        source: "S.I. 336/2011, reg. 13 (consent); no rule about hours is known: ours are cautious",
        holidays_source: "Organisation of Working Time Act 1997, second schedule; the regulations of 2022 on Saint Brigid's Day",
        holidays: Holidays {
            fixed: &[(1, 1), (3, 17), (12, 25), (12, 26)],
            easter: &[1],
            first: &[
                (2, 1, Weekday::Mon),
                (5, 1, Weekday::Mon),
                (6, 1, Weekday::Mon),
                (8, 1, Weekday::Mon),
                (10, 25, Weekday::Mon),
            ],
            // The first of February if it is a Friday, instead of the following Monday, which we keep free as well.
            dates: &[(2030, 2, 1), (2036, 2, 1)],
            ..NO_HOLIDAYS
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
        holidays_source: "Einigungsvertrag art. 2 (3 October), and what the laws of all states have in common",
        holidays: Holidays {
            fixed: &[(1, 1), (5, 1), (10, 3), (12, 25), (12, 26)],
            easter: &[-2, 1, 39, 50],
            ..NO_HOLIDAYS
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
        source: "TKG 2021, section 174 (consent); no rule about hours is known: ours are cautious",
        holidays_source: "Arbeitsruhegesetz, section 7",
        holidays: Holidays {
            fixed: &[(1, 1), (1, 6), (5, 1), (8, 15), (10, 26), (11, 1), (12, 8), (12, 25), (12, 26)],
            easter: &[1, 39, 50, 60],
            ..NO_HOLIDAYS
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
        source: "UWG art. 3 para. 1 lit. o, u; hours within the industry's code (CallNet: 8 to 20:30, Saturdays 9 to 16, no \
                 Sundays and holidays)",
        holidays_source: "Bundesverfassung art. 110 para. 3 (1 August), and what most cantons have",
        holidays: Holidays { fixed: &[(1, 1), (8, 1), (12, 25)], easter: &[39], ..NO_HOLIDAYS },
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
        holidays_source: "Code du travail, art. L3133-1",
        holidays: Holidays {
            fixed: &[(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)],
            easter: &[1, 39, 50],
            ..NO_HOLIDAYS
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
        source: "RDL 1/2007, art. 96.2 (9 to 21, no weekends and holidays); Ley 11/2022, art. 66 (consent); Ley 10/2025 (consent anew after \
                 2 years)",
        holidays_source: "RD 2001/1983, art. 45; Estatuto de los Trabajadores, art. 37.2",
        holidays: Holidays {
            fixed: &[(1, 1), (1, 6), (5, 1), (8, 15), (10, 12), (11, 1), (12, 6), (12, 8), (12, 25)],
            easter: &[-2],
            ..NO_HOLIDAYS
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
        holidays_source: "Legge 260/1949; legge 151/2025 (4 October, from 2026 on)",
        holidays: Holidays {
            fixed: &[
                (1, 1),
                (1, 6),
                (4, 25),
                (5, 1),
                (6, 2),
                (8, 15),
                (10, 4),
                (11, 1),
                (12, 8),
                (12, 25),
                (12, 26),
            ],
            easter: &[0, 1],
            ..NO_HOLIDAYS
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
        holidays_source: "Algemene termijnenwet, art. 3",
        holidays: Holidays {
            fixed: &[(1, 1), (4, 27), (5, 5), (12, 25), (12, 26)],
            easter: &[-2, 1, 39, 50],
            // The King's birthday, if the 27th is a Sunday.
            dates: &[(2031, 4, 26), (2036, 4, 26)],
            ..NO_HOLIDAYS
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
        source: "Code de droit economique, art. VI.110 to VI.115 (consent for automatic calls, a list of those who want none); no rule about \
                 hours is known: ours are cautious",
        holidays_source: "Wet van 4 januari 1974; koninklijk besluit van 18 april 1974",
        holidays: Holidays {
            fixed: &[(1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25)],
            easter: &[1, 39, 50],
            ..NO_HOLIDAYS
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
        source: "Prawo komunikacji elektronicznej 2024, art. 398 (consent); no rule about hours is known: ours are cautious",
        holidays_source: "Ustawa z dnia 18 stycznia 1951 r. o dniach wolnych od pracy (24 December from 2025 on)",
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
            ..NO_HOLIDAYS
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
        source: "Law 6563 (consent, kept in IYS); no rule about hours is known: ours are cautious",
        holidays_source: "Law 2429; dates of the moon as reckoned ahead by others: Diyanet's calendar of the year decides",
        holidays: Holidays {
            fixed: &[(1, 1), (4, 23), (5, 1), (5, 19), (7, 15), (8, 30), (10, 29)],
            // Ramazan Bayrami and Kurban Bayrami, computed until 2032.
            dates: &[
                (2026, 3, 20),
                (2026, 3, 21),
                (2026, 3, 22),
                (2026, 5, 27),
                (2026, 5, 28),
                (2026, 5, 29),
                (2026, 5, 30),
                (2027, 3, 9),
                (2027, 3, 10),
                (2027, 3, 11),
                (2027, 5, 16),
                (2027, 5, 17),
                (2027, 5, 18),
                (2027, 5, 19),
                (2028, 2, 26),
                (2028, 2, 27),
                (2028, 2, 28),
                (2028, 5, 5),
                (2028, 5, 6),
                (2028, 5, 7),
                (2028, 5, 8),
                (2029, 2, 14),
                (2029, 2, 15),
                (2029, 2, 16),
                (2029, 4, 24),
                (2029, 4, 25),
                (2029, 4, 26),
                (2029, 4, 27),
                (2030, 2, 4),
                (2030, 2, 5),
                (2030, 2, 6),
                (2030, 4, 13),
                (2030, 4, 14),
                (2030, 4, 15),
                (2030, 4, 16),
                (2031, 1, 24),
                (2031, 1, 25),
                (2031, 1, 26),
                (2031, 4, 2),
                (2031, 4, 3),
                (2031, 4, 4),
                (2031, 4, 5),
                (2032, 1, 14),
                (2032, 1, 15),
                (2032, 1, 16),
                (2032, 3, 22),
                (2032, 3, 23),
                (2032, 3, 24),
                (2032, 3, 25),
            ],
            ..NO_HOLIDAYS
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
        holidays_source: "Fair Work Act 2009, s. 115; states move those of weekends differently: we rest on both days",
        holidays: Holidays {
            fixed: &[(1, 1), (1, 26), (4, 25), (12, 25), (12, 26)],
            easter: &[-2, 1],
            substitute: Substitute::Next,
            ..NO_HOLIDAYS
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
        holidays_source: "Holidays Act 2003, s. 44 to 45A; Te Kahui o Matariki Public Holiday Act 2022, schedule",
        holidays: Holidays {
            fixed: &[(1, 1), (1, 2), (2, 6), (4, 25), (12, 25), (12, 26)],
            easter: &[-2, 1],
            first: &[(6, 1, Weekday::Mon), (10, 22, Weekday::Mon)],
            // Matariki.
            dates: &[
                (2026, 7, 10),
                (2027, 6, 25),
                (2028, 7, 14),
                (2029, 7, 6),
                (2030, 6, 21),
                (2031, 7, 11),
                (2032, 7, 2),
                (2033, 6, 24),
                (2034, 7, 7),
                (2035, 6, 29),
                (2036, 7, 18),
            ],
            substitute: Substitute::Next,
        },
        short_days: NO_SHORT_DAYS,
    },
];

impl CountryRule {
    /// The windows of a day; none on holidays in countries that rest then.
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

    /// Whether this working day has shorter hours.
    fn is_short(&self, day: NaiveDate) -> bool {
        let ShortDays { eves, fixed, .. } = self.short_days;
        let is_eve = || day.succ_opt().is_some_and(|next| self.is_holiday(next));
        fixed.contains(&(day.month(), day.day())) || (eves && is_eve())
    }

    /// Whether a day is a holiday throughout the country, or the substitute day of rest for one. Regional holidays are not known: owners add them to
    /// the campaign.
    pub fn is_holiday(&self, day: NaiveDate) -> bool {
        self.holidays.rests(day)
    }
}

#[cfg(test)]
mod tests {
    use super::states::{STATES, StateRule};
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rule(country: &str) -> &'static CountryRule {
        COUNTRIES.iter().find(|rule| rule.country == country).unwrap()
    }

    /// Whether each minute of `inner` is in `outer`.
    fn contains(outer: &[Window], inner: &[Window]) -> bool {
        inner.iter().all(|(from, to)| outer.iter().any(|(start, end)| start <= from && to <= end))
    }

    #[test]
    fn holidays_fall_on_the_calendars_days() {
        for (country, date, is_holiday) in [
            ("US", "2026-11-26", true), // Thanksgiving
            ("US", "2026-11-27", false),
            ("US", "2026-05-25", true), // Memorial Day, the last Monday
            ("US", "2026-05-18", false),
            ("DE", "2026-04-03", true), // Good Friday
            ("DE", "2026-05-14", true), // Ascension
            ("DE", "2026-05-25", true), // Whit Monday
            ("DE", "2026-10-03", true),
            ("FR", "2026-04-03", false), // Good Friday is not a holiday there
            ("FR", "2026-07-14", true),
            ("GB", "2026-08-31", true),
            ("AT", "2026-06-04", true), // Corpus Christi
            ("GB", "2027-12-28", true), // for Boxing Day
            ("US", "2026-07-03", true), // for Independence Day, a Saturday
            ("US", "2027-12-31", true), // for the New Year's Day of 2028
            ("CA", "2026-05-18", true), // Victoria Day
            ("IE", "2026-02-02", true), // Saint Brigid's Day
            ("IE", "2030-02-01", true),
            ("IT", "2027-10-04", true), // Saint Francis
            ("NL", "2031-04-26", true), // the King's birthday, moved from a Sunday
            ("NZ", "2026-07-10", true), // Matariki
            ("NZ", "2026-04-27", true), // for Anzac Day, a Saturday
            ("TR", "2026-03-20", true), // Ramazan Bayrami
            ("TR", "2027-05-18", true), // Kurban Bayrami
            ("TR", "2026-03-24", false),
        ] {
            assert_eq!(rule(country).is_holiday(day(date)), is_holiday, "{country} {date}");
        }
    }

    #[test]
    fn some_working_days_are_shorter() {
        let (usual, eve, short) = (EVENING, &[(h(10), h(19))][..], &[(h(9), h(18) + 30)][..]);
        for (country, date, expected) in [
            ("IT", "2026-06-01", eve), // before Republic Day, a Monday
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
    fn a_country_without_a_row_gets_the_strictest_rules() {
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
    fn a_state_admits_less_than_its_country() {
        for StateRule { state, rule, .. } in STATES {
            assert_eq!((rule.country, rule.holidays), (US.country, US.holidays), "{state}");
            assert!(contains(US.weekdays, rule.weekdays), "{state}");
            assert!(contains(US.saturday, rule.saturday), "{state}");
            assert!(contains(US.sunday, rule.sunday), "{state}");
            assert!(rule.per_day_max <= US.per_day_max, "{state}");
            assert_ne!(rule.source, US.source, "{state} has a law of its own");
        }
    }

    #[test]
    fn the_documented_table_is_this_one() {
        let document = include_str!("../../docs/campaigns.md");
        let hours = |windows: &[Window]| {
            let clock = |minutes: u16| format!("{}:{:02}", minutes / 60, minutes % 60);
            let spans: Vec<String> =
                windows.iter().map(|(from, to)| format!("{}–{}", clock(*from), clock(*to))).collect();
            if spans.is_empty() { "none".to_owned() } else { spans.join(", ") }
        };
        for rule in COUNTRIES.iter().chain([&STRICTEST]) {
            assert!(rule.rests_on_holidays, "the document says so of all");
            let row = [
                rule.country.to_owned(),
                hours(rule.weekdays),
                hours(rule.saturday),
                hours(rule.sunday),
                rule.per_day_max.to_string(),
                rule.per_30_days_max.to_string(),
                if rule.needs_consent { "yes" } else { "no" }.to_owned(),
                rule.source.to_owned(),
                rule.holidays_source.to_owned(),
            ];
            let row = format!("\n| {} |\n", row.join(" | "));
            assert!(document.contains(&row), "docs/campaigns.md lacks{row}");
        }
        for StateRule { state, areas, rule } in STATES {
            let areas: Vec<String> = areas.iter().map(u16::to_string).collect();
            let row = [
                state.to_owned(),
                areas.join(", "),
                hours(rule.weekdays),
                hours(rule.saturday),
                rule.per_day_max.to_string(),
                rule.source.to_owned(),
            ];
            let row = format!("\n| {} |\n", row.join(" | "));
            assert!(document.contains(&row), "docs/campaigns.md lacks{row}");
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
