//! Supervisors who take calls over, in some of the worlds that have supervisors: they take the caller, speak, and end the conversation.

use cordboard_schema::supervision::SupervisionMode;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::plan::{Happening, Plan, SupervisionAct, TakenOverEnd, Timed};

/// Mixed into the seed, so that these draws don't change the other parts of a plan.
const CHANCE: u64 = 0x7A4E_0000_0000_0001;
/// Of the worlds with supervisors, the share that has take-overs.
const WORLDS: f64 = 0.7;
/// Share of the moments at which a supervisor begins to listen, or listens again.
const TAKEN: f64 = 0.4;

/// Adds take-overs to some worlds.
pub(super) fn add(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE);
    if !plan.has_supervisors() || !chance.random_bool(WORLDS) {
        return;
    }
    let mut added = Vec::new();
    for Timed { at_ms, what } in &plan.happenings {
        let Happening::Supervision {
            act: SupervisionAct::Supervises { supervisor, caller, mode: SupervisionMode::Listen },
        } = *what
        else {
            continue;
        };
        if chance.random_bool(TAKEN) {
            takes_over(&mut chance, (supervisor, caller), *at_ms, &mut added);
        }
    }
    added.retain(|timed| timed.at_ms < plan.length_ms);
    plan.happenings.extend(added);
    plan.happenings.sort_by_key(|timed| timed.at_ms);
}

/// Has a supervisor take a call over, speak with its caller, and end the conversation. Sometimes they do not hear the call yet.
fn takes_over(chance: &mut StdRng, (supervisor, caller): (usize, u32), since_ms: u64, into: &mut Vec<Timed>) {
    let mut now = since_ms + chance.random_range(0..2_500);
    let mut happens = |at_ms, act| into.push(Timed { at_ms, what: Happening::Supervision { act } });
    happens(now, SupervisionAct::TakesOver { supervisor, caller });
    for _ in 0..chance.random_range(1..3) {
        now += chance.random_range(600..1_200);
        let ms = chance.random_range(500..1_500);
        happens(now, SupervisionAct::Says { supervisor, caller, ms });
        now += ms;
    }
    now += chance.random_range(0..1_500);
    let how = match chance.random_range(0..10) {
        0..4 => TakenOverEnd::HandsBack,
        4..7 => TakenOverEnd::HangsUp,
        _ => TakenOverEnd::LosesSound,
    };
    if chance.random_bool(0.8) {
        happens(now, SupervisionAct::IsDone { supervisor, caller, how });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};

    fn is_of_take_over(timed: &Timed) -> bool {
        matches!(
            timed.what,
            Happening::Supervision { act: SupervisionAct::TakesOver { .. } | SupervisionAct::IsDone { .. } }
        )
    }

    #[test]
    fn some_worlds_with_supervisors_have_calls_taken_over() {
        let plans: Vec<Plan> = (0..300).map(|seed| plan(seed, Size::USUAL)).collect();
        let has_it = |plan: &&Plan| plan.happenings.iter().any(is_of_take_over);
        let (with, without): (Vec<&Plan>, Vec<&Plan>) =
            plans.iter().filter(|plan| plan.has_supervisors()).partition(has_it);
        assert!(with.len() > 15 && without.len() > 5, "{} and {}", with.len(), without.len());
        assert!(!plans.iter().filter(|plan| !plan.has_supervisors()).any(|plan| has_it(&plan)));
        for how in [TakenOverEnd::HandsBack, TakenOverEnd::HangsUp, TakenOverEnd::LosesSound] {
            let is_it = |timed: &Timed| matches!(timed.what, Happening::Supervision { act: SupervisionAct::IsDone { how: other, .. } } if other == how);
            assert!(with.iter().any(|plan| plan.happenings.iter().any(is_it)), "{how:?}");
        }
        for plan in with {
            let stored = serde_json::to_string(plan).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Plan>(&stored).ok().as_ref(), Some(plan));
        }
    }
}
