//! A FreeSWITCH in some worlds: the callers over it, and the telephones that it rings.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::SENTENCES;
use crate::plan::{
    Assistant, CALLED, Happening, Line, OrderRoute, PhonePlan, Place, Plan, SwitchAct, SwitchAudio,
    SwitchPlan, Timed,
};

/// Mixed into the seed, so that these draws don't change the other parts of a plan.
const CHANCE: u64 = 0xF5EE_5717_C400_0001;
/// The same for telephones that are rung for callers of AudioSocket.
const CHANCE_OF_OTHERS: u64 = 0xF5EE_5717_C400_0002;
/// The same for messages to mailboxes.
const CHANCE_OF_MESSAGES: u64 = 0xF5EE_5717_C400_0003;
/// The same for actors that panic.
const CHANCE_OF_PANICS: u64 = 0xF5EE_5717_C400_0004;
/// Share of the eligible worlds that have a switch.
const SHARE: f64 = 0.8;
/// The same for worlds in which processes or actors die, and for worlds whose database has trouble.
const WITH_DEATHS: f64 = 0.25;
const WITH_DATABASE_TROUBLE: f64 = 0.3;
/// Share of the telephone callers with a sound connection who call over the switch.
const CALLERS: f64 = 0.6;
/// Share of the worlds with a switch in which the switch has trouble.
const TROUBLED: f64 = 0.5;
/// Share of the worlds with a switch in which a program orders calls.
const ORDERING: f64 = 0.6;
/// Share of the worlds with a switch in which the switch's own actor and those of control connections panic.
const PANICKING: f64 = 0.2;
/// Number of telephones that it rings.
const PHONES: usize = 3;

/// Adds a switch to some worlds.
pub(super) fn add(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE);
    let has_deaths = plan.has_panics() || plan.happenings.iter().any(|timed| timed.what.ends_a_life());
    let share = match (has_deaths, plan.has_database_trouble()) {
        (true, _) => WITH_DEATHS,
        (false, true) => WITH_DATABASE_TROUBLE,
        (false, false) => SHARE,
    };
    if !chance.random_bool(share) {
        return;
    }
    let audio = if chance.random_bool(0.6) { SwitchAudio::Unicast } else { SwitchAudio::Websocket };
    let phones = (0..PHONES).map(|_| phone(&mut chance)).collect();
    let callers = callers(&mut chance, plan);
    if callers.is_empty() {
        return;
    }
    for &(at_ms, caller) in &callers {
        if chance.random_bool(0.4) {
            let at_ms = (at_ms + chance.random_range(2_000..9_000)).min(plan.length_ms);
            let act = SwitchAct::RingsPhone { caller, phone: chance.random_range(0..PHONES) };
            plan.happenings.push(Timed { at_ms, what: Happening::AtSwitch { act } });
        }
    }
    plan.switch = Some(SwitchPlan { audio, phones });
    if chance.random_bool(TROUBLED) {
        troubles(&mut chance, audio, &callers, plan);
    }
    if chance.random_bool(ORDERING) {
        orders(&mut chance, plan);
    }
    rings_for_others(plan);
    leaves_messages(plan);
    panics(plan);
    plan.happenings.sort_by_key(|timed| timed.at_ms);
}

/// Adds telephones that the switch rings for AudioSocket callers. The server joins the two.
fn rings_for_others(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE_OF_OTHERS);
    let begins = |timed: &Timed| match timed.what {
        Happening::Calls { caller, line: Line::Audiosocket, .. } => Some((timed.at_ms, caller)),
        _ => None,
    };
    let callers: Vec<(u64, u32)> = plan.happenings.iter().filter_map(begins).collect();
    for (at_ms, caller) in callers {
        if chance.random_bool(0.4) {
            let at_ms = (at_ms + chance.random_range(1_500..9_000)).min(plan.length_ms);
            let act = SwitchAct::RingsPhone { caller, phone: chance.random_range(0..PHONES) };
            plan.happenings.push(Timed { at_ms, what: Happening::AtSwitch { act } });
        }
    }
}

/// Has messages left at some mailboxes, in worlds with a model that can speak them.
fn leaves_messages(plan: &mut Plan) {
    if plan.assistant != Assistant::Openai {
        return;
    }
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE_OF_MESSAGES);
    for timed in &mut plan.happenings {
        if let Happening::AtSwitch { act: SwitchAct::Orders { is_mailbox: true, leaves_message, .. } } =
            &mut timed.what
        {
            *leaves_message = chance.random_bool(0.6);
        }
    }
}

/// Has the actors that control the switch panic. Not in worlds with callers at Twilio: nothing dies there.
fn panics(plan: &mut Plan) {
    const PLACES: [Place; 3] = [Place::Switch, Place::Control, Place::ControlReading];
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE_OF_PANICS);
    if plan.has_line(Line::Twilio) || !chance.random_bool(PANICKING) {
        return;
    }
    for _ in 0..chance.random_range(1..4) {
        let at_ms = chance.random_range(1_000..plan.length_ms.max(1_001));
        let place = PLACES[chance.random_range(0..PLACES.len())];
        let after = chance.random_range(0..6);
        plan.happenings.push(Timed { at_ms, what: Happening::Panics { place, after } });
    }
}

/// Adds calls that a program orders, and what the people who answer say.
fn orders(chance: &mut StdRng, plan: &mut Plan) {
    let last_ms = plan.length_ms.saturating_sub(8_000).max(2_001);
    for order in 0..chance.random_range(1..5) {
        let at_ms = chance.random_range(2_000..last_ms);
        let over = if chance.random_bool(0.5) { OrderRoute::Http } else { OrderRoute::ControlSocket };
        let is_repeated = chance.random_bool(0.3);
        let (phone, is_mailbox) = match phone(chance) {
            // A mailbox stays until the server hangs up.
            PhonePlan::Answers { after_ms, .. } if chance.random_bool(0.25) => {
                (PhonePlan::Answers { after_ms, leaves_after_ms: None }, true)
            }
            phone => (phone, false),
        };
        let leaves_message = false;
        let act = SwitchAct::Orders { order, over, is_repeated, phone, is_mailbox, leaves_message };
        plan.happenings.push(Timed { at_ms, what: Happening::AtSwitch { act } });
        for _ in 0..chance.random_range(0..3) {
            let at_ms = (at_ms + chance.random_range(2_000..8_000)).min(plan.length_ms);
            let sentence = chance.random_range(0..SENTENCES);
            plan.happenings.push(Timed { at_ms, what: Happening::Says { caller: CALLED + order, sentence } });
        }
    }
}

/// Its connections break and stall, it answers late, and in some worlds it is killed and comes back.
fn troubles(chance: &mut StdRng, audio: SwitchAudio, callers: &[(u64, u32)], plan: &mut Plan) {
    for &(at_ms, caller) in callers {
        if chance.random_bool(0.35) {
            let at_ms = (at_ms + chance.random_range(500..8_000)).min(plan.length_ms);
            let ms = chance.random_range(100..6_000);
            let act = match (chance.random_range(0..4), audio) {
                (0, SwitchAudio::Websocket) => SwitchAct::AudioBreaks { caller },
                (1, SwitchAudio::Websocket) => SwitchAct::AudioStalls { caller, ms },
                (0 | 2, _) => SwitchAct::ControlBreaks { caller },
                _ => SwitchAct::ControlStalls { caller, ms },
            };
            plan.happenings.push(Timed { at_ms, what: Happening::AtSwitch { act } });
        }
    }
    for _ in 0..chance.random_range(1..3) {
        let at_ms = chance.random_range(1_000..plan.length_ms.max(1_001));
        let ms = chance.random_range(500..8_000);
        let act = match chance.random_range(0..10) {
            0..5 => SwitchAct::LinkBreaks,
            5 => SwitchAct::LinkStalls { ms },
            6 | 7 => SwitchAct::RepliesLate { by_ms: chance.random_range(50..1_500), ms },
            8 => SwitchAct::Leaves { ms },
            _ => SwitchAct::IsRestarted,
        };
        plan.happenings.push(Timed { at_ms, what: Happening::AtSwitch { act } });
    }
}

/// Has some telephone callers call the switch, and returns them with the times of their calls. Leaves out callers whose bytes are cut or whose
/// connections are doubled. No caller of the switch comes back: the switch keeps them while the server is away, and a switch that was away itself
/// knows no earlier calls.
fn callers(chance: &mut StdRng, plan: &mut Plan) -> Vec<(u64, u32)> {
    let is_doubled = |timed: &Timed| match timed.what {
        Happening::IsDoubled { caller } => Some(caller),
        _ => None,
    };
    let left_out: BTreeSet<u32> = plan.happenings.iter().filter_map(is_doubled).collect();
    let mut callers = Vec::new();
    for timed in &mut plan.happenings {
        if let Happening::Calls { caller, line, announced, way } = &mut timed.what
            && *line == Line::Audiosocket
            && way.is_none()
            && !left_out.contains(&*caller)
            && chance.random_bool(CALLERS)
        {
            *line = Line::Freeswitch;
            *announced = false;
            callers.push((timed.at_ms, *caller));
        }
    }
    let is_theirs = |number: u32| callers.iter().any(|(_, caller)| *caller == number);
    plan.happenings
        .retain(|timed| !matches!(timed.what, Happening::ComesBack { caller } if is_theirs(caller)));
    callers
}

fn phone(chance: &mut StdRng) -> PhonePlan {
    match chance.random_range(0..10) {
        0..6 => PhonePlan::Answers {
            after_ms: chance.random_range(100..3_000),
            leaves_after_ms: chance.random_bool(0.8).then(|| chance.random_range(500..8_000)),
        },
        6 => PhonePlan::Busy,
        7 => PhonePlan::Declines,
        8 => PhonePlan::Rings,
        _ => PhonePlan::Dead,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};

    /// Returns the plans with a switch, of the first seeds.
    fn with_switch() -> Vec<Plan> {
        let plans: Vec<Plan> =
            (0..300).map(|seed| plan(seed, Size::USUAL)).filter(|plan| plan.switch.is_some()).collect();
        assert!(plans.len() >= 5, "{} of 300 worlds have one", plans.len());
        plans
    }

    #[test]
    fn callers_over_a_switch_call_once_in_some_worlds() {
        for plan in with_switch() {
            assert!(plan.has_line(Line::Freeswitch), "seed {}", plan.seed);
            let is_over_switch = |timed: &Timed| match timed.what {
                Happening::Calls { caller, line: Line::Freeswitch, .. } => Some(caller),
                _ => None,
            };
            let callers: Vec<u32> = plan.happenings.iter().filter_map(is_over_switch).collect();
            for timed in &plan.happenings {
                if let Happening::ComesBack { caller } = timed.what {
                    assert!(!callers.contains(&caller), "seed {}", plan.seed);
                }
            }
            assert!(plan.happenings.is_sorted_by_key(|timed| timed.at_ms), "seed {}", plan.seed);
        }
    }

    #[test]
    fn telephones_ring_for_callers_over_the_switch_and_audiosocket() {
        let (mut rung, mut for_others) = (0, 0);
        for plan in with_switch() {
            let phones = plan.switch.as_ref().map_or(0, |switch| switch.phones.len());
            for timed in &plan.happenings {
                let Happening::AtSwitch { act: SwitchAct::RingsPhone { caller, phone } } = timed.what else {
                    continue;
                };
                let begun = plan.happenings.iter().find_map(|other| match other.what {
                    Happening::Calls { caller: number, line, .. } if number == caller => {
                        Some((other.at_ms, line))
                    }
                    _ => None,
                });
                assert!(
                    begun.is_some_and(|(at_ms, _)| at_ms <= timed.at_ms),
                    "seed {}: {timed:?}",
                    plan.seed
                );
                assert!(phone < phones);
                let line = begun.map(|(_, line)| line);
                let is_other = line == Some(Line::Audiosocket);
                assert!(is_other || line == Some(Line::Freeswitch), "seed {}: {timed:?}", plan.seed);
                *if is_other { &mut for_others } else { &mut rung } += 1;
            }
        }
        assert!(rung > 0 && for_others > 0, "{rung}, and {for_others} for others");
    }

    #[test]
    fn the_switch_has_trouble_in_some_worlds_only() {
        let plans = with_switch();
        let troubled = plans.iter().filter(|plan| plan.has_switch_trouble()).count();
        assert!(troubled > 0 && troubled < plans.len(), "{troubled} of {}", plans.len());
        let breaks_a_stream = |timed: &Timed| {
            matches!(
                timed.what,
                Happening::AtSwitch { act: SwitchAct::AudioBreaks { .. } | SwitchAct::AudioStalls { .. } }
            )
        };
        for plan in plans {
            let has_stream =
                plan.switch.as_ref().is_some_and(|switch| switch.audio == SwitchAudio::Websocket);
            assert!(has_stream || !plan.happenings.iter().any(breaks_a_stream), "seed {}", plan.seed);
        }
    }

    #[test]
    fn switch_actors_only_panic_in_worlds_without_twilio_callers() {
        let is_it =
            |timed: &Timed| timed.what.panics_in(&[Place::Switch, Place::Control, Place::ControlReading]);
        let all = (0..1_500).map(|seed| plan(seed, Size::USUAL));
        let plans: Vec<Plan> = all.filter(|plan| plan.switch.is_some()).collect();
        let (with, without): (Vec<&Plan>, Vec<&Plan>) =
            plans.iter().partition(|plan| plan.happenings.iter().any(is_it));
        assert!(!with.is_empty() && !without.is_empty(), "{} and {}", with.len(), without.len());
        assert!(!with.iter().any(|plan| plan.has_line(Line::Twilio)));
    }

    #[test]
    fn each_ordered_call_has_its_own_number() {
        let mut all = 0;
        for plan in with_switch() {
            let numbers: Vec<u32> = plan
                .happenings
                .iter()
                .filter_map(|timed| match timed.what {
                    Happening::AtSwitch { act: SwitchAct::Orders { order, .. } } => Some(order),
                    _ => None,
                })
                .collect();
            all += numbers.len();
            assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len(), "seed {}", plan.seed);
        }
        assert!(all > 0);
    }

    #[test]
    fn a_model_leaves_messages_at_some_mailboxes() {
        let mut left = 0;
        for plan in (0..1_500).map(|seed| plan(seed, Size::USUAL)) {
            let is_left = |timed: &&Timed| {
                matches!(
                    timed.what,
                    Happening::AtSwitch { act: SwitchAct::Orders { leaves_message: true, .. } }
                )
            };
            let count = plan.happenings.iter().filter(is_left).count();
            assert!(count == 0 || plan.assistant == Assistant::Openai, "seed {}", plan.seed);
            left += count;
        }
        assert!(left > 0);
    }

    #[test]
    fn only_some_worlds_with_database_trouble_have_a_switch() {
        let plans: Vec<Plan> =
            (0..300).map(|seed| plan(seed, Size::USUAL)).filter(Plan::has_database_trouble).collect();
        let with = plans.iter().filter(|plan| plan.switch.is_some()).count();
        assert!(with > 0 && with < plans.len(), "{with} of {}", plans.len());
    }

    #[test]
    fn a_stored_plan_with_a_switch_reads_back_the_same() {
        for plan in with_switch() {
            let stored = serde_json::to_string(&plan).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Plan>(&stored).ok(), Some(plan));
        }
    }
}
