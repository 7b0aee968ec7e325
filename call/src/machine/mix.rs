//! The mix: the cords of a call, derived from its phase and its participants.

use std::collections::BTreeSet;

use cordboard_schema::ids::{CordId, LegId};
use cordboard_schema::supervision::SupervisionMode;

use super::holding::HoldOwner;
use super::participants::Participant;
use super::{Effect, Effects, Machine, Phase};
use crate::cords;
use crate::handoff::{Handoff, Stage};

/// The plugged cords, and the music for a waiting caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mix {
    /// The cords that are plugged in.
    plugged: BTreeSet<CordId>,
    /// The music that a caller hears while they wait for a person, or while agents hold them.
    music: Option<LegId>,
}

impl Mix {
    /// Returns the cords that are plugged in.
    pub(super) fn plugged(&self) -> &BTreeSet<CordId> {
        &self.plugged
    }

    /// The process died: nothing is plugged in, and nothing plays.
    pub(super) fn process_died(&mut self) {
        *self = Self::default();
    }
}

impl Machine {
    /// Plugs in the cords that are needed, and unplugs the others.
    pub(super) fn rewire(&mut self, fx: &mut Effects) {
        let wanted = self.with_supervisors(self.cords_of_phase());
        fx.extend(cords::rewire(&self.mix.plugged, &wanted));
        self.mix.plugged = wanted;
    }

    /// Returns the cords of the phase, without supervisors.
    fn cords_of_phase(&self) -> BTreeSet<CordId> {
        let assistant = self.conversation.assistant_leg();
        match self.lifecycle.phase() {
            Phase::OnHold => cords::held(self.caller, self.holding.music()),
            Phase::WithAgents { .. } => self.joined_cords(),
            Phase::Conversing => {
                let with_assistant = cords::conversing(self.caller, assistant, self.whisper_cord());
                with_assistant.into_iter().chain(self.waiting_cord()).chain(self.tone_cord()).collect()
            }
            // Nobody talks with a caller whose leg has not yet shown whose it is, or whom a person has.
            Phase::Dialling(_) => self.ring_back_cord().into_iter().collect(),
            Phase::AgentToAgentCall(_) => {
                self.joined_cords().into_iter().chain(self.ring_back_cord()).collect()
            }
            // People who wait for the caller to come back go on talking among themselves.
            Phase::Interrupted { .. } => self.cords_of_people(None),
            Phase::Waiting { .. } | Phase::WithPerson(_) | Phase::SentOn(_) | Phase::ScriptedLine(_) => {
                Default::default()
            }
            Phase::Voicemail(voicemail) => cords::with_listener(self.caller, assistant, voicemail.listener()),
            Phase::TakingMessage(_) | Phase::LiveAnswer(_) | Phase::Leaving(_) | Phase::Ended => {
                cords::wanted(self.caller, assistant)
            }
        }
    }

    /// Returns the cords of a caller who is joined with agents and external parties: everyone hears everyone else. On hold, or while none
    /// of them is connected, the caller hears music and none of them hears the caller. An assistant that is kept hears the caller.
    fn joined_cords(&self) -> BTreeSet<CordId> {
        let mut wanted = self.cords_of_people(self.caller.filter(|_| !self.holding.is(HoldOwner::Agents)));
        if self.wants_music() {
            wanted.extend(cords::held(self.caller, self.mix.music));
        }
        wanted
    }

    /// Returns the cords of agents and external parties, who all hear one another, and of this caller with them and with an assistant that
    /// listens.
    fn cords_of_people(&self, caller: Option<LegId>) -> BTreeSet<CordId> {
        let hears = |from: LegId, to: LegId| (from != to).then_some(CordId { from, to });
        let all = &self.participants;
        let between =
            all.mouths().flat_map(|from| all.ears().chain(caller).filter_map(move |to| hears(from, to)));
        let of_caller = caller.into_iter().flat_map(|from| {
            let listens = self.conversation.assistant_leg();
            all.ears().chain(listens).filter_map(move |to| hears(from, to))
        });
        between.chain(of_caller).collect()
    }

    /// Returns these cords plus those of supervisors. Supervisors hear everything that is heard, and a caller whose agents' audio is lost
    /// for a moment. Who hears them depends on their mode.
    fn with_supervisors(&self, wanted: BTreeSet<CordId>) -> BTreeSet<CordId> {
        let is_with_agents = matches!(*self.lifecycle.phase(), Phase::WithAgents { .. });
        let is_left_alone = is_with_agents && !self.holding.is(HoldOwner::Agents);
        let unheard = self.caller.filter(|_| is_left_alone);
        let mouths: BTreeSet<LegId> = wanted.iter().map(|cord| cord.from).chain(unheard).collect();
        // Nobody speaks to a caller on hold.
        let caller = self.caller.filter(|caller| mouths.contains(caller));
        let talkers: Vec<LegId> = self.participants.ears().filter(|_| is_with_agents).collect();
        let agents: Vec<LegId> = self.participants.agents_ears().filter(|_| is_with_agents).collect();
        let ears = || self.participants.supervisors().filter_map(Participant::ear);
        let hear = ears().flat_map(|to| mouths.iter().map(move |from| CordId { from: *from, to }));
        let speak = self.participants.supervisors().filter_map(|one| {
            let (from, supervisor) = one.ear().zip(one.as_supervisor())?;
            let listeners: Vec<LegId> = match supervisor.mode {
                SupervisionMode::Listen => Vec::new(),
                SupervisionMode::Whisper => agents.clone(),
                SupervisionMode::Barge => {
                    let others = ears().filter(|ear| *ear != from);
                    talkers.iter().copied().chain(caller).chain(others).collect()
                }
            };
            Some(listeners.into_iter().map(move |to| CordId { from, to }))
        });
        let supervised: BTreeSet<CordId> = hear.chain(speak.flatten()).collect();
        wanted.into_iter().chain(supervised).collect()
    }

    /// Returns the cord of a caller who waits for a person: music, while nobody speaks to them.
    fn waiting_cord(&self) -> Option<CordId> {
        let (from, to) = self.mix.music.zip(self.caller)?;
        self.wants_music().then_some(CordId { from, to })
    }

    /// Returns the cord to the leg that still listens for a mailbox's tone although no mailbox was detected.
    fn tone_cord(&self) -> Option<CordId> {
        let (from, to) = self.caller.zip(self.outgoing.tone_listener())?;
        Some(CordId { from, to })
    }

    /// Whether the caller should hear our music.
    pub(super) fn wants_music(&self) -> bool {
        match *self.lifecycle.phase() {
            Phase::WithAgents { .. } => {
                self.holding.is(HoldOwner::Agents)
                    || !(self.participants.anybody_there() || self.is_barged_in())
            }
            // A supervisor who talks with them replaces the music.
            Phase::Conversing if self.is_barged_in() => false,
            Phase::Conversing => {
                self.waits_for_person() && (self.briefing.is_under_way() || !self.conversation.is_saying())
            }
            _ => false,
        }
    }

    /// Whether a phone rings for the caller, they are offered at a desk, or a person who has accepted will be joined with them in a moment.
    pub(super) fn waits_for_person(&self) -> bool {
        let is_asked =
            |handoff: &Handoff| matches!(handoff.stage(), Stage::Ringing { .. } | Stage::Accepted { .. });
        self.caller.is_some() && self.handoffs.newest().is_some_and(is_asked)
    }

    /// Starts and stops the music; runs after each step.
    pub(super) fn tend_music(&mut self, fx: &mut Effects) {
        let may_be_wanted = self.wants_music() || (self.lifecycle.converses() && self.waits_for_person());
        match (self.mix.music, may_be_wanted) {
            (None, true) => {
                let leg = self.number_leg();
                self.mix.music = Some(leg);
                fx.push(Effect::StartMusic(leg));
            }
            (Some(_), false) => self.stop_waiting_music(fx),
            _ => {}
        }
        if self.mix.music.is_some() {
            self.rewire(fx);
        }
    }

    /// Stops this music, because other music is about to play.
    pub(super) fn stop_waiting_music(&mut self, fx: &mut Effects) {
        if let Some(leg) = self.mix.music.take() {
            self.rewire(fx);
            fx.push(Effect::StopMusic(leg));
        }
    }
}
