//! Callers who ask for no more text messages, in most of the worlds that send some, and callers who ask not to be called again.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::plan::{Assistant, Happening, Line, Plan, Timed, ToolPlan};

/// Mixed into the seed, so that these draws don't change the other parts of a plan.
const CHANCE: u64 = 0x5709_0000_0000_0001;
const CALLS_CHANCE: u64 = 0x5709_CA11_0000_0001;
/// Share of the worlds with text messages.
const WORLDS: f64 = 0.7;
/// Share of the callers with a number.
const CALLERS: f64 = 0.4;
/// Share of the worlds with a model whose callers ask not to be called again.
const CALLS_WORLDS: f64 = 0.4;

/// Adds such callers to some worlds.
pub(super) fn add(plan: &mut Plan) {
    texts(plan);
    calls(plan);
}

/// Has a model run the tool for it instead of some of those that are refused.
fn calls(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CALLS_CHANCE);
    if plan.assistant != Assistant::Openai || !chance.random_bool(CALLS_WORLDS) {
        return;
    }
    let answers = plan.script.turns.iter_mut().chain(&mut plan.script.after_tools);
    for tool in answers.flat_map(|answer| answer.tools.iter_mut()) {
        let is_refused = matches!(tool, ToolPlan::CreateLead | ToolPlan::TransferNowhere | ToolPlan::Unknown);
        if is_refused && chance.random_bool(0.5) {
            *tool = ToolPlan::DoNotCall;
        }
    }
}

/// Has some callers whose number the server knows send STOP.
fn texts(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE);
    if !plan.services.texts || !chance.random_bool(WORLDS) {
        return;
    }
    let called: Vec<(u32, u64)> = plan.happenings.iter().filter_map(with_number).collect();
    for (caller, called_ms) in called {
        if chance.random_bool(CALLERS) {
            let at_ms = (called_ms + chance.random_range(500..8_000)).min(plan.length_ms);
            let is_repeated = chance.random_bool(0.3);
            plan.happenings.push(Timed { at_ms, what: Happening::TextsStop { caller, is_repeated } });
        }
    }
    plan.happenings.sort_by_key(|timed| timed.at_ms);
}

/// Returns a caller whose number the server knows, and when they call, in ms.
fn with_number(timed: &Timed) -> Option<(u32, u64)> {
    match timed.what {
        Happening::Calls { caller, line: Line::Twilio | Line::Freeswitch, .. }
        | Happening::Calls { caller, line: Line::Audiosocket, announced: true, .. } => {
            Some((caller, timed.at_ms))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};

    #[test]
    fn only_some_models_run_the_tool() {
        let has_it = |plan: &&Plan| {
            let answers = plan.script.turns.iter().chain(&plan.script.after_tools);
            answers.flat_map(|answer| &answer.tools).any(|tool| *tool == ToolPlan::DoNotCall)
        };
        let plans: Vec<Plan> = (0..200).map(|seed| plan(seed, Size::USUAL)).collect();
        let (with, without): (Vec<&Plan>, Vec<&Plan>) = plans.iter().partition(has_it);
        assert!(with.len() > 10 && without.len() > 10, "{} worlds have it", with.len());
        let stored = serde_json::to_string(with[0]).unwrap_or_default();
        assert_eq!(serde_json::from_str::<Plan>(&stored).ok().as_ref(), Some(with[0]));
    }

    #[test]
    fn only_worlds_with_text_messages_have_people_who_want_none() {
        let is_stop = |timed: &Timed| matches!(timed.what, Happening::TextsStop { .. });
        let plans: Vec<Plan> = (0..200).map(|seed| plan(seed, Size::USUAL)).collect();
        let (with, without): (Vec<&Plan>, Vec<&Plan>) =
            plans.iter().partition(|plan| plan.happenings.iter().any(is_stop));
        assert!(with.len() > 10 && without.len() > 10, "{} worlds have them", with.len());
        for plan in with {
            assert!(plan.services.texts);
            let is_record = |timed: &Timed| matches!(timed.what, Happening::Writes { .. });
            let mut again = plan.without(|_, timed| is_stop(timed) || is_record(timed));
            texts(&mut again);
            let before_records = plan.without(|_, timed| is_record(timed));
            assert_eq!(again, before_records, "they have draws of their own and change nothing else");
        }
    }
}
