//! Supervisors, in some of the worlds that have agents: they hear calls around hand-offs, and other calls, change between the modes, speak, leave,
//! and lose their right.

use cordboard_schema::supervision::SupervisionMode;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::plan::{Command, Happening, Line, Plan, SupervisionAct, Timed};
use crate::stage::SUPERVISORS;

/// Mixed into the seed, so that these draws don't change the other parts of a plan.
const CHANCE: u64 = 0x50FE_0000_0000_0001;
/// Of the worlds with agents, the share that has supervisors.
const WORLDS: f64 = 0.6;
/// Share of the calls with a hand-off, and of the other calls, that are supervised.
const HANDED_OFF: f64 = 0.7;
const OTHERS: f64 = 0.15;

/// Adds supervisors to some worlds.
pub(super) fn add(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE);
    let has_agents = plan.happenings.iter().any(|timed| matches!(timed.what, Happening::DeskOpens { .. }));
    if !has_agents || !chance.random_bool(WORLDS) {
        return;
    }
    let mut added = Vec::new();
    for Timed { at_ms, what } in &plan.happenings {
        let (caller, share) = match *what {
            Happening::Commands { caller, command: Command::HandOff | Command::Queue, .. } => {
                (caller, HANDED_OFF)
            }
            Happening::Calls { caller, .. } => (caller, OTHERS),
            _ => continue,
        };
        if chance.random_bool(share) {
            let begins = *at_ms + chance.random_range(300..2_500);
            takes_part(&mut chance, plan, caller, begins, &mut added);
        }
    }
    loses_right(&mut chance, plan, &mut added);
    added.retain(|timed| timed.at_ms < plan.length_ms);
    plan.happenings.extend(added);
    plan.happenings.sort_by_key(|timed| timed.at_ms);
}

/// Has a supervisor take part in a call for a while, mostly in one of their organization.
fn takes_part(chance: &mut StdRng, plan: &Plan, caller: u32, begins: u64, into: &mut Vec<Timed>) {
    let is_second = |timed: &Timed| matches!(timed.what, Happening::Calls { caller: other, line: Line::SecondBrowser | Line::SecondWebrtc, .. } if other == caller);
    let own = usize::from(plan.happenings.iter().any(is_second));
    let supervisor = if chance.random_bool(0.85) { own } else { chance.random_range(0..SUPERVISORS.len()) };
    let mut now = begins;
    let mut happens = |at_ms, act| into.push(Timed { at_ms, what: Happening::Supervision { act } });
    happens(now, SupervisionAct::Supervises { supervisor, caller, mode: SupervisionMode::Listen });
    for _ in 0..chance.random_range(2..6) {
        let mode = match chance.random_range(0..10) {
            0..5 => SupervisionMode::Whisper,
            5..8 => SupervisionMode::Barge,
            _ => SupervisionMode::Listen,
        };
        now += chance.random_range(500..2_000);
        happens(now, SupervisionAct::Supervises { supervisor, caller, mode });
        now += chance.random_range(250..1_200);
        let ms = chance.random_range(500..1_500);
        happens(now, SupervisionAct::Says { supervisor, caller, ms });
        // Sometimes the mode changes while they speak.
        now += if chance.random_bool(0.8) { ms + 300 } else { ms / 2 };
    }
    if chance.random_bool(0.6) {
        happens(now, SupervisionAct::Leaves { supervisor, caller });
    }
}

/// Closes the policy and opens it again, or makes a supervisor an agent.
fn loses_right(chance: &mut StdRng, plan: &Plan, into: &mut Vec<Timed>) {
    let mut happens = |at_ms, act| into.push(Timed { at_ms, what: Happening::Supervision { act } });
    if chance.random_bool(0.3) {
        let organization = chance.random_range(0..2);
        let closes = chance.random_range(3_000..plan.length_ms);
        happens(closes, SupervisionAct::Policy { organization, is_open: false });
        let opens = closes + chance.random_range(500..8_000);
        happens(opens, SupervisionAct::Policy { organization, is_open: true });
    }
    if chance.random_bool(0.3) {
        let supervisor = chance.random_range(0..2);
        let at_ms = chance.random_range(plan.length_ms / 2..plan.length_ms);
        happens(at_ms, SupervisionAct::IsDemoted { supervisor });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan, take_overs};

    #[test]
    fn adding_supervisors_changes_nothing_else_in_a_plan() {
        let plans: Vec<Plan> = (0..200).map(|seed| plan(seed, Size::USUAL)).collect();
        let has_agents = |plan: &&Plan| {
            plan.happenings.iter().any(|timed| matches!(timed.what, Happening::DeskOpens { .. }))
        };
        let (with, without): (Vec<&Plan>, Vec<&Plan>) =
            plans.iter().filter(has_agents).partition(|plan| plan.has_supervisors());
        assert!(with.len() > 10 && without.len() > 10, "{} and {}", with.len(), without.len());
        assert!(plans.iter().filter(|plan| !has_agents(plan)).all(|plan| !plan.has_supervisors()));
        for mode in SupervisionMode::ALL {
            let is_it = |timed: &Timed| matches!(timed.what, Happening::Supervision { act: SupervisionAct::Supervises { mode: other, .. } } if other == mode);
            assert!(with.iter().any(|plan| plan.happenings.iter().any(is_it)), "{mode:?}");
        }
        for plan in with {
            let stored = serde_json::to_string(plan).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Plan>(&stored).ok().as_ref(), Some(plan));
            // These are drawn after supervisors.
            let is_later =
                |timed: &Timed| matches!(timed.what, Happening::Writes { .. } | Happening::TextsStop { .. });
            let plan = &plan.without(|_, timed| is_later(timed));
            let mut again = plan.clone();
            again.happenings.retain(|timed| !matches!(timed.what, Happening::Supervision { .. }));
            let bare = again.clone();
            add(&mut again);
            take_overs::add(&mut again);
            assert_eq!(&again, plan, "supervisors have draws of their own");
            again.happenings.retain(|timed| !matches!(timed.what, Happening::Supervision { .. }));
            assert_eq!(again, bare);
        }
    }
}
