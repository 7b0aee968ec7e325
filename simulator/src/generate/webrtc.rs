//! Browsers that talk by WebRTC in the place of `/ws/audio`, in a share of the worlds.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::plan::{Happening, Plan, Timed};

/// Chance here is of its own, so that whatever else a seed has does not follow from it.
const CHANCE: u64 = 0x5EB2_7C00_0000_0025;
/// Share of the worlds that have such browsers.
const WORLDS: f64 = 0.35;
/// And of the browsers in them that do so.
const BROWSERS: f64 = 0.7;
/// Such browsers of a world, at most: all of them have one address, which may ask 60 times a minute.
const BROWSERS_MAX: usize = 8;
/// Of those whose connection is sound, the share whose page is closed.
const CLOSED: f64 = 0.25;

/// Has some of the plan's browsers talk by WebRTC.
pub(super) fn webrtc(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE);
    if !chance.random_bool(WORLDS) {
        return;
    }
    // With the time of each call.
    let mut callers: BTreeMap<u32, u64> = BTreeMap::new();
    for timed in &mut plan.happenings {
        if let Happening::Calls { caller, line, way, .. } = &mut timed.what
            && let Some(by_webrtc) = line.by_webrtc()
            && callers.len() < BROWSERS_MAX
            && chance.random_bool(BROWSERS)
        {
            *line = by_webrtc;
            // Datagrams have no bytes that could be cut.
            *way = None;
            callers.insert(*caller, timed.at_ms);
        }
    }
    for timed in &mut plan.happenings {
        let is_theirs = |caller: &u32| callers.contains_key(caller);
        let Some(caller) = timed.what.caller().filter(is_theirs) else { continue };
        if matches!(timed.what, Happening::Breaks { .. } | Happening::BreaksUnderTheWriter { .. }) {
            timed.what = Happening::PageCloses { caller };
        }
    }
    for (caller, began_ms) in callers {
        if is_sound(plan, caller) && chance.random_bool(CLOSED) {
            let at_ms = began_ms + chance.random_range(1_000..8_000);
            push(plan, at_ms, Happening::PageCloses { caller });
            if chance.random_bool(0.7) {
                push(plan, at_ms + chance.random_range(100..6_000), Happening::ComesBack { caller });
            }
        }
    }
    plan.happenings.sort_by_key(|timed| timed.at_ms);
}

/// Whether nothing happens to the connection of a caller so far.
fn is_sound(plan: &Plan, caller: u32) -> bool {
    let is_trouble = |timed: &Timed| {
        let is_it = matches!(
            timed.what,
            Happening::PageCloses { .. } | Happening::Stalls { .. } | Happening::ComesBack { .. }
        );
        is_it && timed.what.caller() == Some(caller)
    };
    !plan.happenings.iter().any(is_trouble)
}

fn push(plan: &mut Plan, at_ms: u64, what: Happening) {
    plan.happenings.push(Timed { at_ms: at_ms.min(plan.length_ms), what });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};
    use crate::plan::Line;

    /// The lines of a plan's calls.
    fn lines(plan: &Plan) -> Vec<(u32, Line, bool)> {
        let calls = plan.happenings.iter().filter_map(|timed| match timed.what {
            Happening::Calls { caller, line, way, .. } => Some((caller, line, way.is_some())),
            _ => None,
        });
        calls.collect()
    }

    #[test]
    fn a_share_of_the_worlds_has_browsers_by_webrtc_and_their_pages_close() {
        let plans: Vec<Plan> = (0..300).map(|seed| plan(seed, Size::USUAL)).collect();
        let with: Vec<&Plan> = plans.iter().filter(|plan| plan.has_webrtc()).collect();
        assert!((70..140).contains(&with.len()), "{} of 300 worlds", with.len());
        for plan in &with {
            let theirs: Vec<u32> = lines(plan)
                .into_iter()
                .filter(|(_, line, _)| line.is_webrtc())
                .map(|(caller, _, has_way)| {
                    assert!(!has_way, "seed {}: caller {caller} has a way of bytes", plan.seed);
                    caller
                })
                .collect();
            assert!(theirs.len() <= BROWSERS_MAX);
            let is_reset = |timed: &&Timed| {
                let is_it =
                    matches!(timed.what, Happening::Breaks { .. } | Happening::BreaksUnderTheWriter { .. });
                is_it && timed.what.caller().is_some_and(|caller| theirs.contains(&caller))
            };
            assert_eq!(plan.happenings.iter().find(is_reset), None, "seed {}", plan.seed);
            assert!(plan.happenings.is_sorted_by_key(|timed| timed.at_ms));
        }
        let closes = |plan: &&&Plan| {
            plan.happenings.iter().any(|timed| matches!(timed.what, Happening::PageCloses { .. }))
        };
        assert!(with.iter().filter(closes).count() > 20);
    }

    #[test]
    fn who_calls_by_telephone_does_so_still() {
        let call = |caller, line| Timed {
            at_ms: 100,
            what: Happening::Calls { caller, line, announced: false, way: None },
        };
        for seed in 0..100 {
            let mut plan = plan(seed, Size { calls: 0, arrivals_ms: 1_000, call_ms: 5_000 });
            plan.happenings =
                vec![call(0, Line::Audiosocket), call(1, Line::FirstBrowser), call(2, Line::Twilio)];
            webrtc(&mut plan);
            let lines: Vec<Line> = lines(&plan).into_iter().map(|(_, line, _)| line).collect();
            assert_eq!((lines[0], lines[2]), (Line::Audiosocket, Line::Twilio));
            assert!(matches!(lines[1], Line::FirstBrowser | Line::FirstWebrtc));
        }
    }
}
