//! Real days: clocks that change, nights, holidays.

use chrono_tz::Tz;

use super::*;

fn span(text: &str) -> DaySpan {
    let (from, to) = text.split_once('-').unwrap();
    DaySpan { from: from.parse().unwrap(), to: to.parse().unwrap() }
}

fn spans(text: &str) -> Vec<DaySpan> {
    text.split_whitespace().map(span).collect()
}

/// Returns the same spans for each day.
fn every_day(text: &str) -> WeekHours {
    let day = spans(text);
    WeekHours {
        monday: day.clone(),
        tuesday: day.clone(),
        wednesday: day.clone(),
        thursday: day.clone(),
        friday: day.clone(),
        saturday: day.clone(),
        sunday: day,
    }
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    format!("{text}:00Z").parse().unwrap()
}

/// Returns the day's spans as `from/to` in UTC.
fn day(hours: &WeekHours, zone: Tz, on: &str) -> Vec<String> {
    let shown = |moment: DateTime<Utc>| moment.format("%Y-%m-%dT%H:%M").to_string();
    open_spans(hours, &[], zone, date(on))
        .into_iter()
        .map(|(from, to)| format!("{}/{}", shown(from), shown(to)))
        .collect()
}

#[test]
fn a_usual_day_has_its_spans_in_the_zones_offset() {
    let hours = every_day("08:00-12:00 13:30-18:00");
    for (zone, morning, afternoon) in [
        (Tz::Europe__Berlin, "2026-07-01T06:00/2026-07-01T10:00", "2026-07-01T11:30/2026-07-01T16:00"),
        (Tz::America__New_York, "2026-07-01T12:00/2026-07-01T16:00", "2026-07-01T17:30/2026-07-01T22:00"),
        (Tz::Asia__Kolkata, "2026-07-01T02:30/2026-07-01T06:30", "2026-07-01T08:00/2026-07-01T12:30"),
        (Tz::Pacific__Auckland, "2026-06-30T20:00/2026-07-01T00:00", "2026-07-01T01:30/2026-07-01T06:00"),
    ] {
        assert_eq!(day(&hours, zone, "2026-07-01"), [morning, afternoon], "{zone}");
    }
}

#[test]
fn a_day_open_throughout_has_the_hours_of_its_clock() {
    let hours = every_day("00:00-24:00");
    for (zone, on, hours_long) in [
        (Tz::Europe__Berlin, "2026-03-29", 23),
        (Tz::Europe__Berlin, "2026-10-25", 25),
        (Tz::America__New_York, "2026-03-08", 23),
        (Tz::America__New_York, "2026-11-01", 25),
        (Tz::Asia__Kolkata, "2026-03-29", 24),
        (Tz::Pacific__Auckland, "2026-09-27", 23),
        (Tz::Pacific__Auckland, "2026-04-05", 25),
        // Clocks change at midnight in these zones.
        (Tz::America__Santiago, "2026-09-06", 23),
        (Tz::America__Santiago, "2026-04-04", 25),
        (Tz::America__Havana, "2026-03-08", 23),
        (Tz::America__Havana, "2026-11-01", 25),
        (Tz::Asia__Beirut, "2026-03-29", 23),
        (Tz::Africa__Cairo, "2026-04-24", 23),
        // The first skipped a whole day, and the second changes by half an hour.
        (Tz::Pacific__Apia, "2011-12-30", 0),
    ] {
        let length: Duration =
            open_spans(&hours, &[], zone, date(on)).iter().map(|open| open.1 - open.0).sum();
        assert_eq!(length, Duration::hours(hours_long), "{zone} {on}");
    }
    let lord_howe: Duration = open_spans(&hours, &[], Tz::Australia__Lord_Howe, date("2026-10-04"))
        .iter()
        .map(|open| open.1 - open.0)
        .sum();
    assert_eq!(lord_howe, Duration::minutes(23 * 60 + 30));
}

#[test]
fn a_skipped_time_is_the_moment_of_the_change() {
    // Berlin goes from 02:00 to 03:00, which is 01:00 UTC.
    assert_eq!(
        day(&every_day("02:15-06:00"), Tz::Europe__Berlin, "2026-03-29"),
        ["2026-03-29T01:00/2026-03-29T04:00"]
    );
    assert_eq!(
        day(&every_day("00:30-02:30"), Tz::Europe__Berlin, "2026-03-29"),
        ["2026-03-28T23:30/2026-03-29T01:00"]
    );
    assert!(
        day(&every_day("02:10-02:50"), Tz::Europe__Berlin, "2026-03-29").is_empty(),
        "an hour that was not"
    );
    // Santiago goes from 24:00 to 01:00: the day begins at 01:00.
    assert_eq!(
        day(&every_day("00:00-02:00"), Tz::America__Santiago, "2026-09-06"),
        ["2026-09-06T04:00/2026-09-06T05:00"]
    );
}

#[test]
fn a_repeated_time_counts_at_its_first_occurrence() {
    // Berlin's 02:30 occurs at 00:30 UTC and at 01:30 UTC.
    let split = every_day("00:00-02:30 02:45-04:00");
    let found = day(&split, Tz::Europe__Berlin, "2026-10-25");
    assert_eq!(found, ["2026-10-24T22:00/2026-10-25T00:30", "2026-10-25T00:45/2026-10-25T03:00"]);
    // Havana's midnight occurs twice; the day begins with the first.
    assert_eq!(
        day(&every_day("00:00-01:00"), Tz::America__Havana, "2026-11-01"),
        ["2026-11-01T04:00/2026-11-01T06:00"]
    );
}

#[test]
fn no_two_open_times_overlap_on_any_day() {
    let hours = every_day("00:00-01:15 01:30-02:45 22:00-01:45");
    for zone in chrono_tz::TZ_VARIANTS {
        let mut end = DateTime::<Utc>::MIN_UTC;
        for date in date("2026-01-01").iter_days().take(366) {
            for (opens, closes) in open_spans(&hours, &[], zone, date) {
                assert!(end <= opens && opens < closes, "{zone} {date}: {end} {opens} {closes}");
                end = closes;
            }
        }
    }
}

#[test]
fn a_night_belongs_to_the_day_on_which_it_begins() {
    let hours = WeekHours { friday: spans("18:00-02:00"), ..WeekHours::default() };
    let zone = Tz::Europe__Berlin;
    assert!(!is_open(&hours, &[], zone, utc("2026-07-04T00:30")), "02:30 on Saturday");
    assert!(is_open(&hours, &[], zone, utc("2026-07-03T23:30")), "01:30 on Saturday");
    assert_eq!(closes_at(&hours, &[], zone, utc("2026-07-03T17:00")), Some(utc("2026-07-04T00:00")));
    assert_eq!(next_opening(&hours, &[], zone, utc("2026-07-03T17:00")), Some(utc("2026-07-10T16:00")));
    // The night ends when the next day's hours begin early.
    let early = WeekHours { saturday: spans("01:00-03:00"), ..hours };
    assert_eq!(day(&early, zone, "2026-07-03"), ["2026-07-03T16:00/2026-07-03T23:00"]);
}

#[test]
fn a_holiday_closes_and_the_shortest_one_counts() {
    let hours = every_day("09:00-17:00");
    let holiday = |name: &str, from: &str, to: Option<&str>, hours: &str| Holiday {
        name: name.to_owned(),
        from: date(from),
        to: to.map(date),
        hours: spans(hours),
    };
    let holidays = [
        holiday("Works holiday", "2026-12-21", Some("2027-01-03"), ""),
        holiday("Emergency day", "2026-12-28", None, "10:00-12:00"),
    ];
    let zone = Tz::Europe__Berlin;
    let closed = utc("2026-12-22T10:00");
    assert!(!is_open(&hours, &holidays, zone, closed));
    assert_eq!(next_opening(&hours, &holidays, zone, closed), Some(utc("2026-12-28T09:00")));
    assert_eq!(next_opening(&hours, &holidays, zone, utc("2026-12-28T09:30")), Some(utc("2027-01-04T08:00")));
    assert_eq!(closes_at(&hours, &holidays, zone, utc("2026-12-28T09:30")), Some(utc("2026-12-28T11:00")));
}

#[test]
fn never_or_always_open_means_no_next_opening() {
    let zone = Tz::America__New_York;
    assert_eq!(next_opening(&WeekHours::default(), &[], zone, utc("2026-07-01T00:00")), None);
    let always = every_day("00:00-24:00");
    assert!(is_open(&always, &[], zone, utc("2026-11-01T05:30")));
    assert_eq!(next_opening(&always, &[], zone, utc("2026-07-01T00:00")), None);
    assert!(closes_at(&always, &[], zone, utc("2026-07-01T00:00")) > Some(utc("2027-07-01T00:00")));
}

#[test]
fn the_ends_of_the_calendar_cause_no_panic() {
    let hours = every_day("00:00-24:00 23:00-04:00");
    for zone in [Tz::Pacific__Auckland, Tz::America__New_York] {
        for date in [NaiveDate::MIN, NaiveDate::MAX] {
            open_spans(&hours, &[], zone, date);
        }
    }
}

#[test]
fn a_time_of_day_is_read_strictly() {
    for good in ["00:00", "08:30", "23:59", "24:00"] {
        assert_eq!(good.parse::<TimeOfDay>().unwrap().to_string(), good);
    }
    for bad in
        ["", "8:30", "24:01", "25:00", "12:60", "-1:00", "12.00", "12:000", "１２:00", " 8:00", "08:3o"]
    {
        assert_eq!(bad.parse::<TimeOfDay>(), Err(BadTimeOfDay), "{bad}");
    }
}
