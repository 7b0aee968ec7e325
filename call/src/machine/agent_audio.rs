//! What caller and agents hear: each other by cords, and music while the caller waits.

use std::collections::BTreeSet;

use cordboard_schema::ids::{CordId, LegId};

use super::holding::Whose;
use super::{Effect, Effects, Machine, Phase};
use crate::cords;
use crate::handoff::{Handoff, Stage};

impl Machine {
    /// The cords of a caller whom agents have: everybody hears all others. On hold, or while no agent is there, the caller hears
    /// music and nobody hears them. An assistant that is kept hears the caller.
    pub(super) fn agents_cords(&self) -> BTreeSet<CordId> {
        let caller = self.caller.filter(|_| !self.holding.is(Whose::Agents));
        let hears = |from: LegId, to: LegId| (from != to).then_some(CordId { from, to });
        let all = &self.agents;
        let between =
            all.mouths().flat_map(|from| all.ears().chain(caller).filter_map(move |to| hears(from, to)));
        let of_caller = caller.into_iter().flat_map(|from| {
            let listens = self.assistant.map(|assistant| assistant.leg);
            all.ears().chain(listens).filter_map(move |to| hears(from, to))
        });
        let mut wanted: BTreeSet<CordId> = between.chain(of_caller).collect();
        if self.wants_music() {
            wanted.extend(cords::held(self.caller, self.agents.music));
        }
        wanted
    }

    /// The cord of a caller who waits for somebody: music, while nobody speaks to them.
    pub(super) fn waiting_cord(&self) -> Option<CordId> {
        let (from, to) = self.agents.music.zip(self.caller)?;
        self.wants_music().then_some(CordId { from, to })
    }

    /// Whether the caller is to hear our music.
    fn wants_music(&self) -> bool {
        match *self.lifecycle.phase() {
            Phase::WithAgents { .. } => self.holding.is(Whose::Agents) || !self.agents.anybody_there(),
            Phase::Conversing => {
                self.waits_for_somebody() && (self.agents.whisper.is_some() || !self.assistant_speaking())
            }
            _ => false,
        }
    }

    /// Whether a phone rings for the caller, they are offered at a desk, or whoever has accepted is about to be joined with them.
    fn waits_for_somebody(&self) -> bool {
        let is_asked =
            |handoff: &Handoff| matches!(handoff.stage(), Stage::Ringing { .. } | Stage::Accepted { .. });
        self.caller.is_some() && self.handoff.as_ref().is_some_and(is_asked)
    }

    /// Starts and ends the music: behind each step.
    pub(super) fn tend_music(&mut self, fx: &mut Effects) {
        let may_be_wanted = self.wants_music() || (self.lifecycle.converses() && self.waits_for_somebody());
        match (self.agents.music, may_be_wanted) {
            (None, true) => {
                let leg = self.number_leg();
                self.agents.music = Some(leg);
                fx.push(Effect::StartMusic(leg));
            }
            (Some(_), false) => self.stop_waiting_music(fx),
            _ => {}
        }
        if self.agents.music.is_some() {
            self.rewire(fx);
        }
    }

    /// Another music is about to play.
    pub(super) fn stop_waiting_music(&mut self, fx: &mut Effects) {
        if let Some(leg) = self.agents.music.take() {
            self.rewire(fx);
            fx.push(Effect::StopMusic(leg));
        }
    }
}
