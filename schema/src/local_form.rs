//! Days, times and numbers as people write them in the languages of the pages, for letters that the server writes.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::account::PageLanguage;
use crate::intent::primary;

impl PageLanguage {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::En, Self::De, Self::Es, Self::Pt];

    /// Returns the first language of these BCP 47 tags, such as `de-AT`, that the pages are written in.
    pub fn first_of<'t>(tags: impl IntoIterator<Item = &'t str>) -> Option<Self> {
        tags.into_iter().find_map(|tag| match primary(tag).as_str() {
            "en" => Some(Self::En),
            "de" => Some(Self::De),
            "es" => Some(Self::Es),
            "pt" => Some(Self::Pt),
            _ => None,
        })
    }

    /// Formats a day in digits, short enough for a column.
    pub fn day(self, day: NaiveDate) -> String {
        match self {
            Self::En => day.to_string(),
            Self::De => day.format("%d.%m.%Y").to_string(),
            Self::Es | Self::Pt => day.format("%d/%m/%Y").to_string(),
        }
    }

    /// Formats a day of a sentence, with its weekday.
    pub fn weekday_and_day(self, day: NaiveDate) -> String {
        format!("{}, {}", self.weekday(day), self.long_day(day))
    }

    fn long_day(self, day: NaiveDate) -> String {
        match self {
            Self::En => day.format("%-d %B %Y").to_string(),
            Self::De | Self::Es | Self::Pt => self.day(day),
        }
    }

    /// Formats a day of a text message, without its year.
    pub fn short_day(self, day: NaiveDate) -> String {
        let written = match self {
            Self::En => day.format("%-d %b"),
            Self::De => day.format("%d.%m."),
            Self::Es | Self::Pt => day.format("%d/%m"),
        };
        format!("{} {written}", self.short_weekday(day))
    }

    /// Formats a moment on the clocks of a zone, which it names.
    pub fn moment(self, at: DateTime<Utc>, zone: Tz) -> String {
        let local = at.with_timezone(&zone);
        format!("{}, {} ({})", self.long_day(local.date_naive()), local.format("%H:%M"), zone.name())
    }

    /// Formats a moment as [`Self::moment`] does, with its weekday.
    pub fn weekday_and_moment(self, at: DateTime<Utc>, zone: Tz) -> String {
        format!("{}, {}", self.weekday(at.with_timezone(&zone).date_naive()), self.moment(at, zone))
    }

    /// Formats a moment of a text message. The zone is the reader's own, so it is named only if it is UTC, which nobody's clocks show.
    pub fn short_moment(self, at: DateTime<Utc>, zone: Tz) -> String {
        let local = at.with_timezone(&zone);
        let named = if zone == Tz::UTC { " UTC" } else { "" };
        format!("{} {}{named}", self.short_day(local.date_naive()), local.format("%H:%M"))
    }

    /// Returns the mark between a whole number and its decimals.
    pub const fn decimal_mark(self) -> char {
        match self {
            Self::En => '.',
            Self::De | Self::Es | Self::Pt => ',',
        }
    }

    /// Formats a number with this many decimals.
    pub fn decimal(self, value: f64, decimals: usize) -> String {
        format!("{value:.decimals$}").replace('.', self.decimal_mark().encode_utf8(&mut [0; 4]))
    }

    fn weekday(self, day: NaiveDate) -> &'static str {
        let names = match self {
            Self::En => ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
            Self::De => ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
            Self::Es => ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
            Self::Pt => [
                "segunda-feira",
                "terça-feira",
                "quarta-feira",
                "quinta-feira",
                "sexta-feira",
                "sábado",
                "domingo",
            ],
        };
        of_weekday(names, day)
    }

    fn short_weekday(self, day: NaiveDate) -> &'static str {
        let names = match self {
            Self::En => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
            Self::De => ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"],
            Self::Es => ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
            Self::Pt => ["seg", "ter", "qua", "qui", "sex", "sáb", "dom"],
        };
        of_weekday(names, day)
    }
}

/// Returns the name of a day's weekday; `names` begin with Monday's.
fn of_weekday(names: [&'static str; 7], day: NaiveDate) -> &'static str {
    let number = usize::try_from(day.weekday().num_days_from_monday()).unwrap_or(0);
    names.get(number).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_writes_moments_days_and_decimals_its_way() {
        let at: DateTime<Utc> = "2026-11-30T23:05:00Z".parse().unwrap();
        let zone = Tz::Europe__Berlin;
        for (language, moment, short, decimal) in [
            (PageLanguage::En, "Tuesday, 1 December 2026, 00:05 (Europe/Berlin)", "Tue 1 Dec 00:05", "0.100"),
            (PageLanguage::De, "Dienstag, 01.12.2026, 00:05 (Europe/Berlin)", "Di 01.12. 00:05", "0,100"),
            (PageLanguage::Es, "martes, 01/12/2026, 00:05 (Europe/Berlin)", "mar 01/12 00:05", "0,100"),
            (PageLanguage::Pt, "terça-feira, 01/12/2026, 00:05 (Europe/Berlin)", "ter 01/12 00:05", "0,100"),
        ] {
            assert_eq!(language.weekday_and_moment(at, zone), moment);
            assert_eq!(language.short_moment(at, zone), short);
            assert_eq!(language.decimal(0.1, 3), decimal);
        }
        assert_eq!(PageLanguage::De.short_moment(at, Tz::UTC), "Mo 30.11. 23:05 UTC");
        let day = at.date_naive();
        assert_eq!(PageLanguage::En.weekday_and_day(day), "Monday, 30 November 2026");
        assert_eq!(PageLanguage::Es.weekday_and_day(day), "lunes, 30/11/2026");
    }

    #[test]
    fn the_first_known_language_of_a_list_counts() {
        for (tags, language) in [
            (&["de-AT", "en"][..], Some(PageLanguage::De)),
            (&["tr", "pt_BR", "en"][..], Some(PageLanguage::Pt)),
            (&["ES"][..], Some(PageLanguage::Es)),
            (&["fr"][..], None),
            (&[][..], None),
        ] {
            assert_eq!(PageLanguage::first_of(tags.iter().copied()), language, "{tags:?}");
        }
    }
}
