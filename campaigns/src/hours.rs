//! When a contact may be called: their country's windows, narrowed by the campaign's, in every zone where they may be.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{Datelike, Days, LocalResult, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use serde::{Deserialize, Serialize};

use crate::callee::Callee;
use crate::countries::CountryRule;
use crate::zone_names::are_one;

/// How many days ahead an opening is searched, in addition to the campaign's own days off. Christmas to Epiphany with an adjacent weekend is shorter.
const DAYS_AHEAD: u64 = 21;
/// How often the zones of a number are checked in turn until all agree.
const ROUNDS_MAX: usize = 200;
/// Maximum windows of a campaign in a week.
pub const WINDOWS_MAX: usize = 28;
/// Maximum days off of a campaign.
pub const DAYS_OFF_MAX: usize = 200;
/// Maximum zones that a campaign assumes.
pub const ASSUMED_ZONES_MAX: usize = 20;
const DAY_MINUTES: u16 = 24 * 60;

/// A window of a campaign's week, in the callee's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WeekWindow {
    /// Day of the week: 1 Monday to 7 Sunday.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 7))]
    pub day: u8,
    /// From this minute of the day.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1439))]
    pub from_minute: u16,
    /// Until this minute of the day, exclusive.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1440))]
    pub to_minute: u16,
}

impl WeekWindow {
    /// Whether its values are valid.
    pub const fn is_valid(&self) -> bool {
        matches!(self.day, 1..=7) && self.from_minute < self.to_minute && self.to_minute <= DAY_MINUTES
    }
}

/// When a campaign calls. It narrows what the callee's country allows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CallingHours {
    /// Windows of the week; without any, the country's apply.
    pub windows: Vec<WeekWindow>,
    /// Days without calls, in addition to public holidays.
    pub days_off: BTreeSet<NaiveDate>,
    /// Zones where callees are assumed to be whose numbers may be in several, such as mobile numbers: if any of them is among the zones of a number,
    /// only these count. A contact's own zone has priority. Any name of a zone is accepted, also an old one such as `US/Eastern`.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>, max_items = 20))]
    pub assumed_zones: Vec<Tz>,
}

impl CallingHours {
    /// The zones that count for a callee: the given one, otherwise those of their number, reduced to the assumed ones if any match.
    pub fn zones(&self, said: Option<Tz>, of_number: &'static [Tz]) -> Cow<'static, [Tz]> {
        if let Some(zone) = said {
            return Cow::Owned(vec![zone]);
        }
        let is_assumed = |zone: &&Tz| self.assumed_zones.iter().any(|assumed| are_one(*assumed, **zone));
        let assumed: Vec<Tz> = of_number.iter().filter(is_assumed).copied().collect();
        if assumed.is_empty() { Cow::Borrowed(of_number) } else { Cow::Owned(assumed) }
    }

    /// The zone by whose clock calls to a number are counted and the best hour is chosen: the first of those that count; none if none is known.
    pub fn clock(&self, said: Option<Tz>, number: &E164) -> Option<Tz> {
        self.zones(said, Callee::of(number).zones).first().copied()
    }
}

/// Whether a contact may be called now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Yes.
    Open,
    /// Not before this time.
    At(UnixMs),
    /// Not within the next weeks, or their zone is unknown.
    Never,
}

/// The facts about a callee that determine their hours.
#[derive(Clone, Copy, Debug)]
pub struct Hours<'a> {
    /// Their country's rule.
    pub rule: &'static CountryRule,
    /// Zones where they may be.
    pub zones: &'a [Tz],
    /// The campaign's own hours.
    pub campaign: &'a CallingHours,
}

impl Hours<'_> {
    /// Whether they may be called at a moment, or from when on.
    pub fn at(&self, now: UnixMs) -> Opening {
        if self.zones.is_empty() {
            return Opening::Never;
        }
        let ms_ahead = self.days_ahead(now.to_utc().date_naive()).saturating_mul(86_400_000);
        let mut at = now;
        for _ in 0..ROUNDS_MAX {
            let mut latest = at;
            for zone in self.zones {
                match self.next_in(*zone, at) {
                    Some(next) => latest = latest.max(next),
                    None => return Opening::Never,
                }
            }
            match (latest == at, at == now) {
                (true, true) => return Opening::Open,
                (true, false) => return Opening::At(at),
                (false, _) => at = latest,
            }
            if at.ms_since(now) > ms_ahead {
                return Opening::Never;
            }
        }
        Opening::Never
    }

    /// Returns the first moment from `at` on that is within a window of this zone.
    fn next_in(&self, zone: Tz, at: UnixMs) -> Option<UnixMs> {
        let today = at.to_utc().with_timezone(&zone).date_naive();
        for ahead in 0..=self.days_ahead(today) {
            let day = today.checked_add_days(Days::new(ahead))?;
            for (from, to) in self.windows(day) {
                let (Some(opens), Some(closes)) =
                    (moment(zone, day, from, Side::Opens), moment(zone, day, to, Side::Closes))
                else {
                    continue;
                };
                if at < closes {
                    return Some(at.max(opens));
                }
            }
        }
        None
    }

    /// How many days ahead an opening is searched. A campaign that pauses for a month calls people afterwards: each of its days off adds a day.
    fn days_ahead(&self, today: NaiveDate) -> u64 {
        let off = self.campaign.days_off.range(today..).count();
        DAYS_AHEAD.saturating_add(u64::try_from(off).unwrap_or(u64::MAX))
    }

    /// The windows of a day that both the country and the campaign allow.
    fn windows(&self, day: NaiveDate) -> Vec<(u16, u16)> {
        if self.campaign.days_off.contains(&day) {
            return Vec::new();
        }
        let of_country = self.rule.windows(day);
        if self.campaign.windows.is_empty() {
            return of_country.to_vec();
        }
        let weekday = day.weekday().number_from_monday();
        let own = self.campaign.windows.iter().filter(|window| u32::from(window.day) == weekday);
        let mut both: Vec<(u16, u16)> = own
            .flat_map(|window| {
                of_country.iter().map(|(from, to)| (window.from_minute.max(*from), window.to_minute.min(*to)))
            })
            .filter(|(from, to)| from < to)
            .collect();
        both.sort_unstable();
        both
    }
}

/// Which end of a window a moment is.
#[derive(Clone, Copy)]
enum Side {
    Opens,
    Closes,
}

/// Returns the moment of a minute of a day in a zone. If a clock is set back over it, the window opens at the later moment and closes at the earlier
/// one. If the clock is set forward over it, it is the moment that the clock shows as an hour later.
fn moment(zone: Tz, day: NaiveDate, minute: u16, side: Side) -> Option<UnixMs> {
    let local = day.and_hms_opt(0, 0, 0)? + TimeDelta::minutes(minute.into());
    let found = match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => at,
        LocalResult::Ambiguous(earlier, later) => match side {
            Side::Opens => later,
            Side::Closes => earlier,
        },
        LocalResult::None => zone.from_local_datetime(&(local + TimeDelta::hours(1))).latest()?,
    };
    Some(found.with_timezone(&Utc).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn ms(text: &str) -> UnixMs {
        text.parse::<DateTime<Utc>>().unwrap().into()
    }

    fn opening(number: &str, campaign: &CallingHours, at: &str) -> Opening {
        let Callee { rule, zones } = Callee::of(&number.parse().unwrap());
        Hours { rule, zones: &campaign.zones(None, zones), campaign }.at(ms(at))
    }

    #[test]
    fn people_are_called_in_their_own_day() {
        let always = CallingHours::default();
        for (number, at, expected) in [
            // A Friday. Berlin is UTC+1 in winter, and its window 9 to 20.
            ("+493012345678", "2026-11-27T07:59:59.999Z", Opening::At(ms("2026-11-27T08:00:00Z"))),
            ("+493012345678", "2026-11-27T08:00:00Z", Opening::Open),
            ("+493012345678", "2026-11-27T18:59:59.999Z", Opening::Open),
            ("+493012345678", "2026-11-27T19:00:00Z", Opening::At(ms("2026-11-28T09:00:00Z"))),
            // Over a Sunday, and in summer.
            ("+493012345678", "2026-08-01T14:00:00Z", Opening::At(ms("2026-08-03T07:00:00Z"))),
            // Thanksgiving, in New York and in Los Angeles.
            ("+12125550123", "2026-11-26T18:00:00Z", Opening::At(ms("2026-11-27T14:00:00Z"))),
            ("+13105550123", "2026-11-27T13:00:00Z", Opening::At(ms("2026-11-27T17:00:00Z"))),
            // In Rhode Island until six, and on Saturdays from ten on. In Maine on no Saturday.
            ("+14015550123", "2026-11-27T22:59:59.999Z", Opening::Open),
            ("+14015550123", "2026-11-27T23:00:00Z", Opening::At(ms("2026-11-28T15:00:00Z"))),
            ("+12075550123", "2026-11-27T22:00:00Z", Opening::At(ms("2026-11-30T14:00:00Z"))),
            // In two zones: it opens with the western one and closes with the eastern one.
            ("+18505550123", "2026-11-27T14:30:00Z", Opening::At(ms("2026-11-27T15:00:00Z"))),
            ("+18505550123", "2026-11-28T01:00:00Z", Opening::At(ms("2026-11-28T15:00:00Z"))),
            // A French lunch break.
            ("+33123456789", "2026-11-27T12:00:00Z", Opening::At(ms("2026-11-27T13:00:00Z"))),
            ("+8581234567", "2026-11-27T12:00:00Z", Opening::Never),
            // An Australian mobile number may be on the Cocos Islands (UTC+6:30), and a Russian one from Kaliningrad to Kamchatka.
            ("+61412345678", "2026-11-27T02:00:00Z", Opening::At(ms("2026-11-27T02:30:00Z"))),
            ("+61412345678", "2026-11-27T09:00:00Z", Opening::At(ms("2026-11-28T02:30:00Z"))),
            ("+79161234567", "2026-11-27T09:00:00Z", Opening::Never),
        ] {
            assert_eq!(opening(number, &always, at), expected, "{number} at {at}");
        }
    }

    #[test]
    fn a_number_of_several_possible_zones_takes_the_assumed_ones() {
        let assumed_zones = vec![Tz::Europe__Moscow, Tz::Australia__Sydney, Tz::Australia__Perth];
        let assumed = CallingHours { assumed_zones, ..CallingHours::default() };
        let in_novosibirsk = opening("+73831234567", &CallingHours::default(), "2026-11-27T16:00:00Z");
        for (number, at, expected) in [
            // A Russian mobile number: Moscow is UTC+3. A contact in Novosibirsk (UTC+7) stays there.
            ("+79161234567", "2026-11-27T09:00:00Z", Opening::Open),
            ("+73831234567", "2026-11-27T09:00:00Z", Opening::Open),
            ("+73831234567", "2026-11-27T16:00:00Z", in_novosibirsk),
            // An Australian one: from nine in Perth (UTC+8) until eight in Sydney (UTC+11).
            ("+61412345678", "2026-11-27T00:30:00Z", Opening::At(ms("2026-11-27T01:00:00Z"))),
            ("+61412345678", "2026-11-27T08:59:59.999Z", Opening::Open),
            ("+61412345678", "2026-11-27T09:00:00Z", Opening::At(ms("2026-11-28T01:00:00Z"))),
            // No number in Berlin is in Moscow.
            ("+493012345678", "2026-11-27T07:00:00Z", Opening::At(ms("2026-11-27T08:00:00Z"))),
        ] {
            assert_eq!(opening(number, &assumed, at), expected, "{number} at {at}");
        }
        let of_number = Callee::of(&"+79161234567".parse().unwrap()).zones;
        assert_eq!(
            *assumed.zones(Some(Tz::Asia__Omsk), of_number),
            [Tz::Asia__Omsk],
            "a given zone has priority"
        );
        assert!(assumed.zones(None, &[]).is_empty());
    }

    #[test]
    fn a_zone_is_assumed_by_each_of_its_names() {
        for (number, said, expected) in [
            ("+18505550123", Tz::US__Eastern, Tz::America__New_York),
            ("+18505550123", Tz::America__New_York, Tz::America__New_York),
            ("+79161234567", Tz::WSU, Tz::Europe__Moscow),
            ("+61412345678", Tz::Australia__West, Tz::Australia__Perth),
        ] {
            let assumed = CallingHours { assumed_zones: vec![said], ..CallingHours::default() };
            let of_number = Callee::of(&number.parse().unwrap()).zones;
            assert_eq!(*assumed.zones(None, of_number), [expected], "{number} {said}");
        }
    }

    #[test]
    fn a_campaign_narrows_the_hours_and_never_widens_them() {
        let friday = |from_minute, to_minute| WeekWindow { day: 5, from_minute, to_minute };
        let hours =
            CallingHours { windows: vec![friday(0, 600), friday(1140, 1440)], ..CallingHours::default() };
        let number = "+493012345678";
        assert_eq!(opening(number, &hours, "2026-11-27T07:00:00Z"), Opening::At(ms("2026-11-27T08:00:00Z")));
        assert_eq!(opening(number, &hours, "2026-11-27T09:00:00Z"), Opening::At(ms("2026-11-27T18:00:00Z")));
        assert_eq!(opening(number, &hours, "2026-11-27T19:00:00Z"), Opening::At(ms("2026-12-04T08:00:00Z")));
        let off = CallingHours { days_off: ["2026-12-04".parse().unwrap()].into(), ..hours };
        assert_eq!(opening(number, &off, "2026-11-27T19:00:00Z"), Opening::At(ms("2026-12-11T08:00:00Z")));
        let night = CallingHours { windows: vec![friday(0, 60)], ..CallingHours::default() };
        assert_eq!(opening(number, &night, "2026-11-27T09:00:00Z"), Opening::Never);
    }

    #[test]
    fn people_are_called_after_a_campaigns_long_holiday() {
        let august = (1..=31).filter_map(|day| NaiveDate::from_ymd_opt(2026, 8, day));
        let closed = CallingHours { days_off: august.collect(), ..CallingHours::default() };
        let number = "+493012345678";
        // From Friday evening to Tuesday, the 1st of September, nine o'clock in summer time.
        let back = Opening::At(ms("2026-09-01T07:00:00Z"));
        assert_eq!(opening(number, &closed, "2026-07-31T19:00:00Z"), back);
        assert_eq!(opening(number, &closed, "2026-08-12T10:00:00Z"), back);
        let never =
            CallingHours { windows: vec![WeekWindow { day: 7, from_minute: 600, to_minute: 900 }], ..closed };
        assert_eq!(opening(number, &never, "2026-07-31T19:00:00Z"), Opening::Never, "there are no Sundays");
    }

    #[test]
    fn clock_changes_shorten_windows_and_never_extend_them() {
        // Berlin sets its clock back at 1:00 UTC on 2026-10-25, so the minute 150 (2:30) occurs twice.
        let day = "2026-10-25".parse().unwrap();
        let zone = Tz::Europe__Berlin;
        assert_eq!(moment(zone, day, 150, Side::Opens), Some(ms("2026-10-25T01:30:00Z")));
        assert_eq!(moment(zone, day, 150, Side::Closes), Some(ms("2026-10-25T00:30:00Z")));
        // It sets it forward at 1:00 UTC on 2026-03-29, so the minute does not occur.
        let day = "2026-03-29".parse().unwrap();
        assert_eq!(moment(zone, day, 150, Side::Opens), Some(ms("2026-03-29T01:30:00Z")));
    }
}
