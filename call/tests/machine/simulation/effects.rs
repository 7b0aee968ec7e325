//! The effects of a call on the world: on legs, the caller's ear, the recording, the store.

use cordboard_call::effect::Effect;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::{LegEnd, LegKind};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{EffectId, ItemId, LegId};
use cordboard_schema::outbound::DialProgress;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::tool::ToolOutcome;
use rand::Rng;

use super::ear::{Ear, Heard};
use super::world::{Happening, Sender, World};
use crate::rehearsal::{START, outside_id};

impl World {
    /// Carries out an effect of the machine. Immediate results come back as facts, as in the actor.
    pub(super) fn carry_out(&mut self, effect: Effect) -> Vec<Fact> {
        match effect {
            Effect::StartLeg(leg) => self.leg_starts(leg),
            Effect::RefuseLeg(leg) => {
                self.caller.leg.take_if(|dialled| *dialled == leg);
                self.later(20, Happening::DialplanAsks);
            }
            Effect::StartRecording(_) => self.recording_starts(),
            Effect::StartAssistant { leg, .. } => self.assistant_starts(leg),
            Effect::TryAssistant { leg, .. } => self.candidate_starts(leg),
            Effect::DismissCandidate => self.candidate = None,
            Effect::TakeOver(_) => self.candidate_serves(),
            Effect::Assistant(order) => {
                let leg = self.call.assistant();
                let process = self.process;
                self.later(0, Happening::Ordered(process, leg, order));
            }
            Effect::Plug(cord) if Some(cord.to) == self.call.machine.caller() => {
                self.ear = Some(Ear::new(cord, self.call.now));
            }
            Effect::Unplug(cord) => {
                let ear = self.ear.take_if(|ear| ear.cord == cord);
                return ear.map(|mut ear| self.cleared(&mut ear)).unwrap_or_default();
            }
            Effect::Clear(cord) => {
                let Some(mut ear) = self.ear.take_if(|ear| ear.cord == cord) else { return Vec::new() };
                let facts = self.cleared(&mut ear);
                self.ear = Some(ear);
                return facts;
            }
            // Nobody in this world listens for tones or has missed anything.
            Effect::SendDtmf { .. } | Effect::Resync(_) => {}
            Effect::ReleaseLeg(leg) => self.leg_is_released(leg),
            Effect::SaveMessage(effect) => self.message_is_saved(effect),
            Effect::RecordAttempt => self.attempt_is_recorded(),
            Effect::Dial(_) => self.callee_is_called(),
            Effect::StopDialling(_) => self.caller.gone = true,
            Effect::AnswerNext(next) => {
                self.committed = self.call.entries.len();
                self.dialplan_is_answered(&next);
            }
            // The assistant's own ear needs no world, and no switch is under our control here; `channels/` has one.
            _ => {}
        }
        Vec::new()
    }

    /// Returns the words of an assistant that failed which were heard, if the fact reports such a failure.
    pub(super) fn heard_before(&mut self, fact: &Fact) -> Vec<Fact> {
        let failed = |leg| matches!(fact, Fact::AssistantFailed { leg: failed, .. } if *failed == leg);
        let Some(mut ear) = self.ear.take_if(|ear| failed(ear.cord.from)) else { return Vec::new() };
        let facts = self.cleared(&mut ear);
        self.ear = Some(ear);
        facts
    }

    pub(super) fn switch_dials(&mut self) {
        if self.caller.gone || self.caller.leg.is_some() {
            return;
        }
        if !self.is_up {
            return self.dialplan_redials();
        }
        let leg = self.call.machine.next_leg();
        self.caller.leg = Some(leg);
        let outside_id = outside_id();
        self.tell(Fact::LegArrived {
            leg,
            leg_kind: LegKind::Audiosocket,
            outside_id,
            confirmed: true,
            agent: None,
        });
    }

    /// Everything that the call has noted so far is on disk.
    pub(super) fn attempt_is_recorded(&mut self) {
        if !self.goes_wrong(self.faults.store_silent) {
            self.committed = self.call.entries.len();
            self.post(Sender::Store, Fact::AttemptRecorded);
        }
    }

    fn callee_is_called(&mut self) {
        self.dialled += 1;
        if self.goes_wrong(self.faults.breaks_early) {
            self.caller.gone = true;
            let failure = HandoffFailure::ALL[self.random.random_range(0..HandoffFailure::ALL.len())];
            return self.post(Sender::Switch, Fact::DialFailed { failure, cause: None });
        }
        self.post(Sender::Switch, Fact::DialProgress { progress: DialProgress::Ringing });
        let rings_ms = self.random.random_range(0..20_000);
        self.later(rings_ms, Happening::Answers);
    }

    /// The switch reports the answer to its listeners, and connects the audio.
    pub(super) fn callee_answers(&mut self) {
        if self.caller.gone {
            return;
        }
        if self.is_up {
            self.post(Sender::Switch, Fact::DialAnswered);
        }
        self.later(10, Happening::Dials);
        self.later(10, Happening::CallerActs);
    }

    fn leg_starts(&mut self, leg: LegId) {
        if self.goes_wrong(self.faults.breaks_early) {
            let how = if self.random.random_bool(0.8) { LegEnd::Broken } else { LegEnd::Closed };
            self.leg_ends(how);
        } else {
            let joins_after_ms = self.random.random_range(0..220);
            self.later(joins_after_ms, Happening::Joins(leg));
        }
    }

    pub(super) fn leg_joins(&mut self, leg: LegId) {
        if self.caller.leg == Some(leg) {
            self.caller.is_through = true;
            let rate = SampleRate::HZ_8000;
            self.post(Sender::Leg, Fact::LegJoined { leg, leg_kind: LegKind::Audiosocket, rate });
        }
    }

    fn leg_is_released(&mut self, leg: LegId) {
        if self.caller.leg == Some(leg) {
            self.leg_ends(LegEnd::Released);
        } else {
            self.post(Sender::Leg, Fact::LegLeft { leg, how: LegEnd::Released });
        }
    }

    fn recording_starts(&mut self) {
        if self.goes_wrong(self.faults.unrecorded) {
            self.post(Sender::Recorder, Fact::RecordingFailed { reason: "no space left".to_owned() });
        } else {
            let offset_ms = self.call.now.ms_since(START);
            self.post(Sender::Recorder, Fact::RecordingStarted { offset_ms });
        }
    }

    fn message_is_saved(&mut self, effect: EffectId) {
        if self.goes_wrong(self.faults.store_silent) {
            return;
        }
        let outcome = if self.goes_wrong(self.faults.store_refuses) {
            ToolOutcome::failed("the database refused".to_owned())
        } else {
            ToolOutcome::done("kept")
        };
        self.post(Sender::Store, Fact::ToolDone { effect, outcome, written: None });
    }

    /// Gives the caller's ear an utterance. Returns whether there is an ear.
    pub(crate) fn give_ear(&mut self, item: ItemId, audio_ms: u64) -> bool {
        self.ear_hears();
        let now = self.call.now;
        let Some(ear) = &mut self.ear else { return false };
        ear.give(item, audio_ms, now);
        self.wake_with_the_ear();
        true
    }

    pub(super) fn ear_hears(&mut self) {
        let now = self.call.now;
        let finished = self.ear.as_mut().map(|ear| ear.hear(now)).unwrap_or_default();
        for heard in finished {
            let fact = self.heard(heard);
            self.post(Sender::Leg, fact);
        }
        self.wake_with_the_ear();
    }

    fn wake_with_the_ear(&mut self) {
        if let Some(end) = self.ear.as_ref().and_then(Ear::next_end) {
            self.later(end.ms_since(self.call.now), Happening::EarFinishes);
        }
    }

    fn cleared(&mut self, ear: &mut Ear) -> Vec<Fact> {
        let now = self.call.now;
        for heard in ear.hear(now) {
            let fact = self.heard(heard);
            self.post(Sender::Leg, fact);
        }
        ear.clear().into_iter().map(|heard| self.heard(heard)).collect()
    }

    fn heard(&mut self, Heard { item, heard_ms, end }: Heard) -> Fact {
        self.items_heard.push((item, heard_ms));
        Fact::PlayedUntil { item, heard_ms, end }
    }
}
