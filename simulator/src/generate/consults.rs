//! Agents who ask a colleague, a queue or an external party about their caller, in some of the worlds that have agents. Callers are handed to these
//! agents on purpose: in other worlds hardly any agent has a caller for long enough.

use std::collections::BTreeMap;
use std::ops::Range;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::plan::{
    Command, ConsultDecision, ConsultPlan, Consulted, Happening, NetworkTrouble, PhonePlan, Plan,
    SupervisionAct, Timed,
};
use crate::stage::AGENTS;

/// Mixed into the seed, so that these draws don't change the other parts of a plan.
const CHANCE: u64 = 0xC025_0000_0000_0001;
/// The same for the callers of agents who ask, and for the colleagues who are asked.
const CHANCE_OF_CALLERS: u64 = 0xC025_0000_0000_0002;
/// Of the worlds with agents, the share that has consultations.
const WORLDS: f64 = 0.85;
/// Of the desks that take calls, the share whose agents ask.
const DESKS: f64 = 0.75;
/// Share of the consultations that ask for a telephone, in worlds that have telephones.
const PHONES: f64 = 0.6;
/// Share of the asked colleagues and telephones that answer. The others keep their drawn behaviour.
const WILLING: f64 = 0.7;
/// Time in which agents who ask, and those willing to answer, take a call, in ms.
const ANSWERS_MS: Range<u64> = 200..1_200;
/// Time from a call's beginning to its hand-off, in ms.
const HANDED_MS: Range<u64> = 1_500..3_000;
/// Time for which the caller stays after the hand-off, in ms: an agent takes them, asks, is answered and decides.
const STAYS_MS: u64 = 8_000;
/// Least time between two hand-offs of an organization, in ms, so that the asked colleague has no caller.
const APART_MS: u64 = 9_000;

/// Adds consultations to some worlds.
pub(super) fn add(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE);
    if !chance.random_bool(WORLDS) {
        return;
    }
    let phones = plan.switch.as_ref().map_or(0, |switch| switch.phones.len());
    for timed in &mut plan.happenings {
        if let Happening::DeskOpens { agent, manner } = &mut timed.what
            && manner.takes == Some(true)
            && chance.random_bool(DESKS)
        {
            manner.consult = Some(consult(&mut chance, *agent, phones));
        }
    }
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE_OF_CALLERS);
    parties_answer(&mut chance, plan);
    callers_come(&mut chance, plan);
}

/// Agents who ask take their callers soon, and most of the asked parties answer.
fn parties_answer(chance: &mut StdRng, plan: &mut Plan) {
    let mut asked = [false; AGENTS.len()];
    for timed in &plan.happenings {
        if let Happening::DeskOpens { manner, .. } = timed.what
            && let Some(ConsultPlan { whom: Consulted::Colleague { agent }, .. }) = manner.consult
        {
            asked[agent % AGENTS.len()] = true;
        }
    }
    let answers = |phone: &PhonePlan| matches!(phone, PhonePlan::Answers { .. });
    let answering = plan.switch.as_ref().and_then(|switch| switch.phones.iter().position(answers));
    for timed in &mut plan.happenings {
        let Happening::DeskOpens { agent, manner } = &mut timed.what else { continue };
        let is_willing = chance.random_bool(WILLING);
        let answers_after_ms = chance.random_range(ANSWERS_MS);
        if manner.consult.is_some() || asked[*agent % AGENTS.len()] && is_willing {
            manner.takes = Some(true);
            manner.answers_after_ms = answers_after_ms;
        }
        if let Some(ConsultPlan { whom: Consulted::Phone { phone }, .. }) = &mut manner.consult
            && is_willing
        {
            *phone = answering.unwrap_or(*phone);
        }
    }
}

/// Hands callers to agents who ask, one after the other in each organization. Callers who would leave too early stay longer.
fn callers_come(chance: &mut StdRng, plan: &mut Plan) {
    let calls = |timed: &Timed| match timed.what {
        Happening::Calls { caller, line, .. } => Some((timed.at_ms, caller, line.organization())),
        _ => None,
    };
    let callers: Vec<(u64, u32, usize)> = plan.happenings.iter().filter_map(calls).collect();
    let mut free_ms: BTreeMap<usize, u64> = BTreeMap::new();
    let mut all = Vec::new();
    for (began_ms, caller, organization) in callers {
        let not_before_ms = free_ms.get(&organization).copied().unwrap_or_default();
        let at_ms = not_before_ms.max(began_ms + chance.random_range(HANDED_MS));
        let agents = asking(plan, organization, at_ms);
        let until_ms = at_ms + STAYS_MS;
        if agents.is_empty() || until_ms > plan.length_ms || !is_there(plan, caller, (began_ms, at_ms)) {
            continue;
        }
        let command = Command::HandOffTo { agent: agents[chance.random_range(0..agents.len())] };
        all.push(Timed { at_ms, what: Happening::Commands { organization, caller, command } });
        for timed in plan.happenings.iter_mut().filter(|timed| timed.what == Happening::HangsUp { caller }) {
            timed.at_ms = timed.at_ms.max(until_ms);
        }
        free_ms.insert(organization, at_ms + APART_MS);
    }
    // Before anything else of the same moment, whenever that was drawn.
    all.append(&mut plan.happenings);
    plan.happenings = all;
    plan.happenings.sort_by_key(|timed| timed.at_ms);
}

/// Returns the agents of an organization who ask, and whose desks are open at a moment.
fn asking(plan: &Plan, organization: usize, at_ms: u64) -> Vec<usize> {
    let mut open: BTreeMap<usize, bool> = BTreeMap::new();
    for timed in plan.happenings.iter().filter(|timed| timed.at_ms <= at_ms) {
        match &timed.what {
            Happening::DeskOpens { agent, manner } => {
                open.insert(*agent, manner.consult.is_some());
            }
            Happening::DeskCloses { agent } => {
                open.remove(agent);
            }
            // The desks are lost with the life.
            what if what.ends_a_life() => open.clear(),
            _ => {}
        }
    }
    let is_it =
        |(agent, asks): &(usize, bool)| *asks && AGENTS.get(*agent).is_some_and(|of| of.1 == organization);
    open.into_iter().filter(is_it).map(|(agent, _)| agent).collect()
}

/// Whether a caller is with the assistant until the hand-off, and stays with the agent: nothing but their own plan ends the call.
fn is_there(plan: &Plan, caller: u32, (began_ms, at_ms): (u64, u64)) -> bool {
    let leaves = |timed: &Timed| match timed.what {
        Happening::HangsUp { .. } => timed.at_ms <= at_ms,
        Happening::PageCloses { .. }
        | Happening::Breaks { .. }
        | Happening::BreaksUnderTheWriter { .. }
        | Happening::Network { trouble: NetworkTrouble::Vanishes, .. }
        | Happening::AtSwitch { .. }
        | Happening::Supervision { act: SupervisionAct::TakesOver { .. } }
        | Happening::Commands {
            command: Command::Hangup | Command::Transfer | Command::HandOff | Command::Queue,
            ..
        } => (began_ms..at_ms + STAYS_MS).contains(&timed.at_ms),
        _ => false,
    };
    !plan.happenings.iter().any(|timed| timed.what.caller() == Some(caller) && leaves(timed))
}

fn consult(chance: &mut StdRng, agent: usize, phones: usize) -> ConsultPlan {
    let whom = if phones > 0 && chance.random_bool(PHONES) {
        Consulted::Phone { phone: chance.random_range(0..phones) }
    } else {
        match chance.random_range(0..10) {
            // The first two are colleagues. The third agent has no colleague, and asks for their own desk.
            0..8 => Consulted::Colleague { agent: [1, 0, 2][agent % 3] },
            8 => Consulted::Queue,
            _ => Consulted::Nobody,
        }
    };
    let end = match chance.random_range(0..10) {
        0..3 => ConsultDecision::Join,
        3..6 => ConsultDecision::Complete,
        6..8 => ConsultDecision::Cancel,
        _ => ConsultDecision::Wait,
    };
    let (after_ms, asks_ms) = (chance.random_range(300..1_800), chance.random_range(300..5_000));
    ConsultPlan { after_ms, whom, asks_ms, end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};

    fn consults(plan: &Plan) -> Vec<ConsultPlan> {
        let of_desk = |what: &Happening| match what {
            Happening::DeskOpens { manner, .. } => manner.consult,
            _ => None,
        };
        plan.happenings.iter().filter_map(|timed| of_desk(&timed.what)).collect()
    }

    #[test]
    fn callers_stay_with_agents_who_ask_one_after_another() {
        let size = Size { calls: 8, arrivals_ms: 8_000, call_ms: 12_000 };
        let (mut worlds, mut handed) = (0, 0);
        for plan in (0..200).map(|seed| plan(seed, size)) {
            assert!(plan.happenings.is_sorted_by_key(|timed| timed.at_ms), "seed {}", plan.seed);
            let mut last_ms = BTreeMap::new();
            let before = handed;
            for timed in &plan.happenings {
                let Happening::Commands { organization, caller, command: Command::HandOffTo { agent } } =
                    timed.what
                else {
                    continue;
                };
                handed += 1;
                assert_eq!(AGENTS[agent].1, organization, "seed {}", plan.seed);
                assert!(asking(&plan, organization, timed.at_ms).contains(&agent), "seed {}", plan.seed);
                let leaves = plan.happenings.iter().find(|other| other.what == Happening::HangsUp { caller });
                let until_ms = leaves.map_or(plan.length_ms, |other| other.at_ms);
                assert!(until_ms >= timed.at_ms + STAYS_MS, "seed {}: {timed:?}", plan.seed);
                let before_ms = last_ms.insert(organization, timed.at_ms);
                assert!(before_ms.is_none_or(|ms| ms + APART_MS <= timed.at_ms), "seed {}", plan.seed);
            }
            worlds += usize::from(handed > before);
        }
        assert!(worlds > 40 && handed > worlds, "{handed} callers in {worlds} of 200 worlds");
    }

    #[test]
    fn agents_of_some_worlds_ask_and_end_in_every_way() {
        let plans: Vec<Plan> = (0..300).map(|seed| plan(seed, Size::USUAL)).collect();
        let has_desks = |plan: &&Plan| {
            plan.happenings.iter().any(|timed| matches!(timed.what, Happening::DeskOpens { .. }))
        };
        let (with, without): (Vec<&Plan>, Vec<&Plan>) =
            plans.iter().filter(has_desks).partition(|plan| !consults(plan).is_empty());
        assert!(with.len() > 30 && without.len() > 15, "{} and {}", with.len(), without.len());
        let all: Vec<ConsultPlan> = with.iter().flat_map(|plan| consults(plan)).collect();
        for end in
            [ConsultDecision::Join, ConsultDecision::Complete, ConsultDecision::Cancel, ConsultDecision::Wait]
        {
            for is_phone in [false, true] {
                let is_it = |one: &&ConsultPlan| {
                    one.end == end && matches!(one.whom, Consulted::Phone { .. }) == is_phone
                };
                assert!(all.iter().filter(is_it).count() > 3, "{end:?}, by phone {is_phone}");
            }
        }
        for plan in with {
            let stored = serde_json::to_string(plan).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Plan>(&stored).ok().as_ref(), Some(plan));
            let asks_by_phone = consults(plan).iter().any(|one| matches!(one.whom, Consulted::Phone { .. }));
            assert!(!asks_by_phone || plan.switch.is_some(), "seed {}", plan.seed);
        }
    }
}
