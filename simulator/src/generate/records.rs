//! Records that programs write over the HTTP API, in a share of the worlds. Half of them are written shortly before a server dies or while its
//! database has trouble: then answers are lost, and requests come again.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::plan::{Happening, Plan, Rebooking, RecordPlan, Timed};
use crate::services::{next_slot, service, slot};

/// Mixed into the seed, so that these draws don't change the other parts of a plan.
const CHANCE: u64 = 0x4EC0_4D00_0000_0001;
/// Share of the worlds that have such programs.
const WORLDS: f64 = 0.4;
/// Longest time from a record to the trouble that it is written before, in ms.
const BEFORE_MS: u64 = 2_000;

/// Adds records to some worlds.
pub(super) fn add(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE);
    if !chance.random_bool(WORLDS) {
        return;
    }
    let troubles: Vec<(u64, u64)> = plan.happenings.iter().filter_map(trouble).collect();
    for record in 0..chance.random_range(2..7) {
        let at_ms = match &troubles[..] {
            [] => chance.random_range(500..plan.length_ms),
            _ if chance.random_bool(0.5) => chance.random_range(500..plan.length_ms),
            troubles => {
                let (from_ms, until_ms) = troubles[chance.random_range(0..troubles.len())];
                chance.random_range(from_ms.saturating_sub(BEFORE_MS)..until_ms)
            }
        };
        let organization = usize::from(chance.random_bool(0.3));
        let written = record_of(&mut chance, plan.services.bookings);
        let again_ms = chance.random_range(50..4_000);
        let what = Happening::Writes { record, organization, written, again_ms };
        plan.happenings.push(Timed { at_ms, what });
    }
    plan.happenings.sort_by_key(|timed| timed.at_ms);
}

/// Returns when a trouble begins that answers may be lost in, and when no record is written for it any more, in ms.
fn trouble(timed: &Timed) -> Option<(u64, u64)> {
    match timed.what {
        Happening::Killed { .. } | Happening::Restarted { .. } => Some((timed.at_ms, timed.at_ms)),
        Happening::Database { ms, .. } => Some((timed.at_ms, timed.at_ms + ms)),
        _ => None,
    }
}

fn record_of(chance: &mut StdRng, has_bookings: bool) -> RecordPlan {
    match chance.random_range(0..4) {
        0 => RecordPlan::Lead,
        1 => RecordPlan::Task,
        _ if has_bookings => {
            let (service, slot) = (service(chance), slot(chance));
            let then = match chance.random_range(0..4) {
                0 => Some(Rebooking::Moves { slot: next_slot(slot) }),
                1 => Some(Rebooking::Cancels),
                _ => None,
            };
            RecordPlan::Appointment { service, slot, then }
        }
        _ => RecordPlan::Lead,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};

    fn is_record(timed: &Timed) -> bool {
        matches!(timed.what, Happening::Writes { .. })
    }

    #[test]
    fn programs_write_records_in_some_worlds_and_change_nothing_else() {
        let plans: Vec<Plan> = (0..200).map(|seed| plan(seed, Size::USUAL)).collect();
        let (with, without): (Vec<&Plan>, Vec<&Plan>) =
            plans.iter().partition(|plan| plan.happenings.iter().any(is_record));
        assert!(with.len() > 40 && without.len() > 40, "{} and {}", with.len(), without.len());
        let mut booked = 0;
        for plan in with {
            let stored = serde_json::to_string(plan).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Plan>(&stored).ok().as_ref(), Some(plan));
            let mut again = plan.without(|_, timed| is_record(timed));
            add(&mut again);
            assert_eq!(&again, plan, "records have draws of their own and change nothing else");
            for timed in plan.happenings.iter().filter(|timed| is_record(timed)) {
                assert!(timed.at_ms < plan.length_ms);
                let Happening::Writes { written: RecordPlan::Appointment { .. }, .. } = timed.what else {
                    continue;
                };
                assert!(plan.services.bookings, "there is no business that could be booked");
                booked += 1;
            }
        }
        assert!(booked > 10, "{booked} appointments");
    }
}
