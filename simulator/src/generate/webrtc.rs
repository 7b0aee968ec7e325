//! Browsers that talk by WebRTC instead of `/ws/audio`, in a share of the worlds, and the trouble of their networks.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::plan::{Happening, NetworkTrouble, Plan, Timed, Weather};

/// Mixed into the seed, so that these draws don't change the other parts of a plan.
const CHANCE: u64 = 0x5EB2_7C00_0000_0025;
/// Share of the worlds that have such browsers.
const WORLDS: f64 = 0.35;
/// Share of the browsers in these worlds that talk by WebRTC.
const BROWSERS: f64 = 0.7;
/// Most of such browsers in a world: they share an address, which may send 60 requests a minute.
const BROWSERS_MAX: usize = 6;
/// Share of those with a sound connection whose page is closed.
const CLOSED: f64 = 0.25;
/// Share of these worlds whose networks have trouble.
const TROUBLED: f64 = 0.6;

/// Switches some of the plan's browsers to WebRTC.
pub(super) fn webrtc(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE);
    if !chance.random_bool(WORLDS) {
        return;
    }
    // By caller, the time of their call.
    let mut callers: BTreeMap<u32, u64> = BTreeMap::new();
    for timed in &mut plan.happenings {
        if let Happening::Calls { caller, line, way, .. } = &mut timed.what
            && let Some(by_webrtc) = line.by_webrtc()
            && callers.len() < BROWSERS_MAX
            && chance.random_bool(BROWSERS)
        {
            *line = by_webrtc;
            // Datagrams have no byte stream that could be cut.
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
    for (&caller, &began_ms) in &callers {
        if is_sound(plan, caller) && chance.random_bool(CLOSED) {
            let at_ms = began_ms + chance.random_range(1_000..8_000);
            push(plan, at_ms, Happening::PageCloses { caller });
            if chance.random_bool(0.7) {
                push(plan, at_ms + chance.random_range(100..6_000), Happening::ComesBack { caller });
            }
        }
    }
    if chance.random_bool(TROUBLED) {
        networks(&mut chance, &callers, plan);
    }
    plan.happenings.sort_by_key(|timed| timed.at_ms);
}

/// Datagrams are lost and late, or none gets through for a while; networks change, and browsers vanish.
fn networks(chance: &mut StdRng, callers: &BTreeMap<u32, u64>, plan: &mut Plan) {
    for timed in &mut plan.happenings {
        let is_theirs = |caller: &u32| callers.contains_key(caller);
        let Some(caller) = timed.what.caller().filter(is_theirs) else { continue };
        let trouble = match timed.what {
            Happening::Stalls { ms, .. } => NetworkTrouble::Away { ms },
            Happening::PageCloses { .. } if chance.random_bool(0.5) => NetworkTrouble::Vanishes,
            _ => continue,
        };
        timed.what = Happening::Network { caller, trouble };
    }
    for (&caller, &began_ms) in callers {
        if chance.random_bool(0.5) {
            let weather = Weather {
                chance: chance.random_range(0..1_000_000),
                lost_percent: chance.random_range(0..16),
                late_ms: chance.random_range(0..100),
                apart_ms: chance.random_range(0..100),
            };
            let at_ms = began_ms + chance.random_range(200..5_000);
            let trouble = NetworkTrouble::Weather { weather };
            push(plan, at_ms, Happening::Network { caller, trouble });
        }
        if !is_sound(plan, caller) || chance.random_bool(0.5) {
            continue;
        }
        let (trouble, over_ms) = match chance.random_range(0..3) {
            0 => {
                let ms = chance.random_range(200..7_000);
                (NetworkTrouble::Away { ms }, ms)
            }
            1 => {
                let after_ms = chance.random_range(0..3_000);
                (NetworkTrouble::Changes { after_ms }, after_ms)
            }
            _ => (NetworkTrouble::Vanishes, 0),
        };
        let at_ms = began_ms + chance.random_range(1_000..8_000);
        push(plan, at_ms, Happening::Network { caller, trouble });
        // A page that notices that its connection is broken comes back with a new one.
        if chance.random_bool(0.7) {
            let at_ms = at_ms + over_ms + chance.random_range(300..9_000);
            push(plan, at_ms, Happening::ComesBack { caller });
        }
    }
}

/// Whether nothing happens to a caller's connection so far.
fn is_sound(plan: &Plan, caller: u32) -> bool {
    let is_trouble = |timed: &Timed| {
        let is_it = matches!(
            timed.what,
            Happening::PageCloses { .. }
                | Happening::Stalls { .. }
                | Happening::ComesBack { .. }
                | Happening::Network { trouble: NetworkTrouble::Away { .. } | NetworkTrouble::Vanishes, .. }
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

    /// Returns the callers of a plan with their lines, and whether their bytes have a transport of their own.
    fn lines(plan: &Plan) -> Vec<(u32, Line, bool)> {
        let calls = plan.happenings.iter().filter_map(|timed| match timed.what {
            Happening::Calls { caller, line, way, .. } => Some((caller, line, way.is_some())),
            _ => None,
        });
        calls.collect()
    }

    #[test]
    fn a_share_of_worlds_has_webrtc_browsers_whose_pages_close() {
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
    fn only_networks_of_webrtc_callers_have_trouble() {
        let is_trouble = |wanted: &str, trouble: NetworkTrouble| match trouble {
            NetworkTrouble::Weather { .. } => wanted == "weather",
            NetworkTrouble::Away { .. } => wanted == "away",
            NetworkTrouble::Changes { .. } => wanted == "changes",
            NetworkTrouble::Vanishes => wanted == "vanishes",
        };
        let plans: Vec<Plan> = (0..300).map(|seed| plan(seed, Size::USUAL)).collect();
        for wanted in ["weather", "away", "changes", "vanishes"] {
            let with = plans.iter().filter(|plan| {
                plan.happenings.iter().any(|timed| match timed.what {
                    Happening::Network { trouble, .. } => is_trouble(wanted, trouble),
                    _ => false,
                })
            });
            assert!(with.count() > 5, "{wanted}");
        }
        for plan in &plans {
            let theirs = lines(plan);
            for timed in &plan.happenings {
                if let Happening::Network { caller, .. } = timed.what {
                    let line = theirs.iter().find(|(number, ..)| *number == caller).map(|(_, line, _)| *line);
                    assert!(line.is_some_and(Line::is_webrtc), "seed {}: caller {caller}", plan.seed);
                }
            }
        }
    }

    #[test]
    fn a_network_trouble_reads_back_as_it_was_written() {
        let weather = Weather { chance: 5, lost_percent: 3, late_ms: 20, apart_ms: 40 };
        for trouble in [
            NetworkTrouble::Weather { weather },
            NetworkTrouble::Away { ms: 300 },
            NetworkTrouble::Changes { after_ms: 0 },
            NetworkTrouble::Vanishes,
        ] {
            let timed = Timed { at_ms: 7, what: Happening::Network { caller: 1, trouble } };
            let text = serde_json::to_string(&timed).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Timed>(&text).ok(), Some(timed), "{text}");
        }
    }

    #[test]
    fn telephone_callers_stay_on_their_lines() {
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
