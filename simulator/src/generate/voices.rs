//! More chains, second voices of other providers than Gemini in most of them, and first voices that are lost while callers are there, so that the
//! second voice is called.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::{Size, script};
use crate::plan::{Assistant, Happening, ModelScript, Plan, ProviderTrouble, SecondVoice, Timed};

/// Mixed into the seed, so that these draws don't change the other parts of a plan.
const CHANCE: u64 = 0x701C_0000_0000_0001;
/// The same for further chains.
const CHANCE_OF_CHAINS: u64 = 0x701C_0000_0000_0002;
/// The same for losses of first voices.
const CHANCE_OF_LOSSES: u64 = 0x701C_0000_0000_0003;
/// Share of the worlds with a model and without a chain that get a chain.
const CHAINS: f64 = 0.5;
/// Share of the chains whose second voice is not Gemini.
const OTHER_VOICES: f64 = 0.75;
/// Share of the chains whose first voice is lost early.
const LOST: f64 = 0.8;

/// Gives some worlds a chain and some chains another second voice, and has first voices be lost.
pub(super) fn add(plan: &mut Plan, size: Size) {
    const OTHERS: [SecondVoice; 3] = [SecondVoice::Deepgram, SecondVoice::Elevenlabs, SecondVoice::Cascade];
    further_chains(plan, size);
    if plan.second.is_none() {
        return;
    }
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE);
    if chance.random_bool(OTHER_VOICES) {
        plan.second_voice = OTHERS[chance.random_range(0..OTHERS.len())];
    }
    loses_first(plan, size);
}

fn further_chains(plan: &mut Plan, size: Size) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE_OF_CHAINS);
    if plan.assistant == Assistant::Openai && plan.second.is_none() && chance.random_bool(CHAINS) {
        plan.second = Some(ModelScript { doors: Vec::new(), ..script(&mut chance, size) });
    }
}

/// Has the first voice be lost for some seconds while most callers are there or arrive: the second voice answers them.
fn loses_first(plan: &mut Plan, size: Size) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE_OF_LOSSES);
    if !chance.random_bool(LOST) {
        return;
    }
    let at_ms = chance.random_range(size.arrivals_ms / 4..size.arrivals_ms);
    let trouble = ProviderTrouble::Leaves { ms: chance.random_range(2_500..7_000) };
    // Before anything else of the same moment, whenever that was drawn.
    plan.happenings.insert(0, Timed { at_ms, what: Happening::Provider { trouble } });
    plan.happenings.sort_by_key(|timed| timed.at_ms);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::plan;

    #[test]
    fn first_voices_are_lost_early_in_most_chains() {
        let is_early = |timed: &Timed| {
            let is_it = matches!(timed.what, Happening::Provider { trouble: ProviderTrouble::Leaves { ms } } if ms >= 2_500);
            is_it && timed.at_ms < Size::USUAL.arrivals_ms
        };
        let plans: Vec<Plan> = (0..400).map(|seed| plan(seed, Size::USUAL)).collect();
        assert!(plans.iter().all(|plan| plan.happenings.is_sorted_by_key(|timed| timed.at_ms)));
        for voice in SecondVoice::ALL {
            let with = plans.iter().filter(|plan| plan.second.is_some() && plan.second_voice == voice);
            let (lost, kept): (Vec<&Plan>, Vec<&Plan>) =
                with.partition(|plan| plan.happenings.iter().any(is_early));
            assert!(lost.len() > kept.len(), "{voice:?}: {} and {}", lost.len(), kept.len());
        }
    }

    #[test]
    fn every_second_voice_occurs_and_only_in_chains() {
        let plans: Vec<Plan> = (0..400).map(|seed| plan(seed, Size::USUAL)).collect();
        let (with, without): (Vec<&Plan>, Vec<&Plan>) = plans.iter().partition(|plan| plan.second.is_some());
        for voice in SecondVoice::ALL {
            let count = with.iter().filter(|plan| plan.second_voice == voice).count();
            assert!(count > 5, "{count} of {} chains with {voice:?}", with.len());
        }
        assert!(without.iter().all(|plan| plan.second_voice == SecondVoice::Gemini));
        for plan in with {
            let stored = serde_json::to_string(plan).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Plan>(&stored).ok().as_ref(), Some(plan));
        }
    }
}
