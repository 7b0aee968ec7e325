//! Free slots: when something can still be booked, given the open and the busy times.

use chrono::{DateTime, Utc};

use crate::appointment::SLOT_MS;

/// A period: its beginning, and its end, which is exclusive.
pub type Span = (DateTime<Utc>, DateTime<Utc>);

/// Request for a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotRequest {
    /// Duration, in minutes.
    pub minutes: u32,
    /// Minutes before it in which nothing else may be. They may be outside opening hours.
    pub before_minutes: u32,
    /// The same after it.
    pub after_minutes: u32,
    /// Minutes from one offered beginning to the next; rounded up to whole quarters of an hour.
    pub every_minutes: u32,
    /// Maximum number of slots.
    pub max: usize,
}

/// Returns when it can begin, in order: entirely within `open` and `within`, and not overlapping with `busy` even with the minutes before and
/// after it.
/// Beginnings are counted from when the business opens, on whole quarters of an hour, so `open` must have its opening times
/// uncut: the same beginnings are offered whenever somebody asks. Both lists may be in any order, and overlap.
pub fn free_slots(open: &[Span], busy: &[Span], request: SlotRequest, within: Span) -> Vec<Span> {
    let length = minutes_ms(request.minutes.max(1));
    let (before, after) = (minutes_ms(request.before_minutes), minutes_ms(request.after_minutes));
    let step = round_up(minutes_ms(request.every_minutes.max(1)));
    let (from, to) = (within.0.timestamp_millis(), within.1.timestamp_millis());
    let open = joined(open, |(from, to)| (from, to));
    // Busy time takes whole slots.
    let busy = joined(busy, |(from, to)| (round_down(from), round_up(to)));
    let mut found = Vec::new();
    for (opens, closes) in open {
        let closes = closes.min(to);
        let mut begin = round_up(opens);
        if begin < from {
            // Skips all beginnings that are too early in one step.
            begin += (from - begin).saturating_add(step - 1) / step * step;
        }
        while found.len() < request.max && begin.saturating_add(length) <= closes {
            let end = begin + length;
            let first_after = busy.partition_point(|(_, to)| *to <= begin - before);
            match busy.get(first_after).filter(|(from, _)| *from < end + after) {
                Some((_, free_again)) => begin += (free_again + before - begin + step - 1) / step * step,
                None => {
                    if let (Some(from), Some(to)) =
                        (DateTime::from_timestamp_millis(begin), DateTime::from_timestamp_millis(end))
                    {
                        found.push((from, to));
                    }
                    begin += step;
                }
            }
        }
    }
    found
}

/// Returns the spans in order, with adjacent ones merged and empty ones left out. In ms.
fn joined(spans: &[Span], rounded: impl Fn((i64, i64)) -> (i64, i64)) -> Vec<(i64, i64)> {
    let ms = |(from, to): &Span| rounded((from.timestamp_millis(), to.timestamp_millis()));
    let mut all: Vec<(i64, i64)> = spans.iter().filter(|(from, to)| from < to).map(ms).collect();
    all.sort_unstable();
    let mut one: Vec<(i64, i64)> = Vec::with_capacity(all.len());
    for (from, to) in all {
        match one.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => one.push((from, to)),
        }
    }
    one
}

fn minutes_ms(minutes: u32) -> i64 {
    i64::from(minutes) * 60_000
}

fn round_down(ms: i64) -> i64 {
    ms - ms.rem_euclid(SLOT_MS as i64)
}

fn round_up(ms: i64) -> i64 {
    round_down(ms.saturating_add(SLOT_MS as i64 - 1))
}

#[cfg(test)]
mod tests {
    use chrono::{Duration, NaiveDate, TimeZone};
    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::*;

    const HOUR: SlotRequest =
        SlotRequest { minutes: 60, before_minutes: 0, after_minutes: 0, every_minutes: 30, max: 100 };

    fn at(hour: u32, minute: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 23, hour, minute, 0).unwrap()
    }

    /// At any time.
    const ALWAYS: Span = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);

    fn begins(slots: &[Span]) -> Vec<String> {
        slots.iter().map(|(from, _)| from.format("%H:%M").to_string()).collect()
    }

    #[test]
    fn slots_are_between_busy_times() {
        let open = [(at(9, 0), at(13, 0))];
        let busy = [(at(10, 0), at(10, 30)), (at(12, 45), at(12, 50))];
        assert_eq!(begins(&free_slots(&open, &busy, HOUR, ALWAYS)), ["09:00", "10:30", "11:00", "11:30"]);
        assert_eq!(
            begins(&free_slots(&open, &[], HOUR, (at(10, 5), at(23, 0)))),
            ["10:30", "11:00", "11:30", "12:00"]
        );
        let one = SlotRequest { max: 1, ..HOUR };
        assert_eq!(free_slots(&open, &[], one, ALWAYS), [(at(9, 0), at(10, 0))]);
    }

    #[test]
    fn minutes_before_and_after_a_slot_stay_free() {
        let open = [(at(9, 0), at(14, 0))];
        let busy = [(at(11, 0), at(12, 0))];
        let free = |before_minutes, after_minutes| {
            let request = SlotRequest { before_minutes, after_minutes, ..HOUR };
            begins(&free_slots(&open, &busy, request, ALWAYS))
        };
        assert_eq!(free(0, 0), ["09:00", "09:30", "10:00", "12:00", "12:30", "13:00"]);
        assert_eq!(
            free(0, 10),
            ["09:00", "09:30", "12:00", "12:30", "13:00"],
            "none before opening, or at closing time"
        );
        assert_eq!(free(10, 0), ["09:00", "09:30", "10:00", "12:30", "13:00"]);
        assert_eq!(free(60, 60), ["09:00", "13:00"]);
        assert_eq!(free(61, 61), [""; 0]);
    }

    #[test]
    fn the_same_beginnings_are_offered_at_any_minute() {
        let open = [(at(9, 0), at(13, 0))];
        for minute in [1, 7, 16, 29, 30] {
            let asked = (at(9, minute), at(12, 50));
            assert_eq!(
                begins(&free_slots(&open, &[], HOUR, asked)),
                ["09:30", "10:00", "10:30", "11:00", "11:30"]
            );
        }
        let exactly = (at(9, 45), at(10, 45));
        assert!(free_slots(&open, &[], HOUR, exactly).is_empty(), "not a beginning that the business offers");
        let quarterly = SlotRequest { every_minutes: 15, ..HOUR };
        assert_eq!(free_slots(&open, &[], quarterly, exactly), [exactly]);
    }

    #[test]
    fn adjacent_open_times_are_merged_and_empty_ones_ignored() {
        let open = [(at(10, 0), at(11, 0)), (at(9, 0), at(10, 0)), (at(15, 0), at(14, 0))];
        let long = SlotRequest { minutes: 120, ..HOUR };
        assert_eq!(free_slots(&open, &[], long, ALWAYS), [(at(9, 0), at(11, 0))]);
    }

    #[test]
    fn slots_of_an_odd_opening_begin_at_the_next_quarter() {
        let open = [(at(9, 10), at(11, 0))];
        assert_eq!(begins(&free_slots(&open, &[], HOUR, ALWAYS)), ["09:15", "09:45"]);
    }

    /// Returns a moment by its local hour in a zone.
    fn wall(zone: Tz, date: NaiveDate, hour: u32) -> DateTime<Utc> {
        zone.from_local_datetime(&date.and_hms_opt(hour, 0, 0).unwrap()).earliest().unwrap().to_utc()
    }

    #[test]
    fn days_of_clock_changes_have_an_hour_less_or_more() {
        for (date, hours) in [((2026, 3, 28), 24), ((2026, 3, 29), 23), ((2026, 10, 25), 25)] {
            let date = NaiveDate::from_ymd_opt(date.0, date.1, date.2).unwrap();
            let zone = Tz::Europe__Berlin;
            let open = [(wall(zone, date, 0), wall(zone, date.succ_opt().unwrap(), 0))];
            let hourly = SlotRequest { every_minutes: 60, ..HOUR };
            assert_eq!(free_slots(&open, &[], hourly, ALWAYS).len(), hours, "{date}");
        }
    }

    fn spans() -> impl Strategy<Value = Vec<Span>> {
        let start = Utc.with_ymd_and_hms(2026, 10, 24, 0, 0, 0).unwrap();
        let span = (0_i64..4_000, 0_i64..600).prop_map(move |(from, length)| {
            (start + Duration::minutes(from), start + Duration::minutes(from + length))
        });
        proptest::collection::vec(span, 0..12)
    }

    proptest! {
        #[test]
        fn no_slot_is_closed_taken_too_early_or_offered_twice(
            open in spans(),
            busy in spans(),
            minutes in 1_u32..300,
            before_minutes in 0_u32..120,
            after_minutes in 0_u32..120,
            every_minutes in 0_u32..120,
            asked_minutes in -500_i64..4_500,
            asked_for_minutes in 0_i64..5_000,
            max in 0_usize..40,
        ) {
            let start = Utc.with_ymd_and_hms(2026, 10, 24, 0, 0, 0).unwrap();
            let asked = start + Duration::minutes(asked_minutes);
            let within = (asked, asked + Duration::minutes(asked_for_minutes));
            let request = SlotRequest { minutes, before_minutes, after_minutes, every_minutes, max };
            let slots = free_slots(&open, &busy, request, within);
            prop_assert!(slots.len() <= max);
            prop_assert!(slots.windows(2).all(|pair| pair[0].0 < pair[1].0));
            for (from, to) in slots {
                prop_assert_eq!(to - from, Duration::minutes(i64::from(minutes)));
                prop_assert!(within.0 <= from && to <= within.1);
                prop_assert_eq!(from.timestamp_millis() % SLOT_MS as i64, 0);
                let kept = (
                    from - Duration::minutes(i64::from(before_minutes)),
                    to + Duration::minutes(i64::from(after_minutes)),
                );
                let is_beside = |(taken, free): &Span| taken >= free || kept.1 <= *taken || kept.0 >= *free;
                prop_assert!(busy.iter().all(is_beside));
                // Each minute of it is open.
                let mut minute = from;
                while minute < to {
                    prop_assert!(open.iter().any(|(opens, closes)| *opens <= minute && minute < *closes));
                    minute += Duration::minutes(1);
                }
            }
        }
    }
}
