//! A caller without audio here who waits in a room of their switch for a person: who is rung meanwhile, and the result. The caller is in
//! the room first and hears its music, and the person joins them.
//!
//! ```text
//! Asking ──a person is wanted──> waiting ──the person comes──> joined ──one of them leaves──> the end
//!   ▲                               └── nobody: fetched by the switch's next question ┐
//!   └─────────────────────────────────────────────────────────────────────────────────┘
//! ```

use cordboard_schema::call::Ending;
use cordboard_schema::dial::DialTarget;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::document::DocumentStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::documents::{DIALLED_MS_MAX, ReturnPath, ScriptedLine, ScriptedStep, not_connected};
use super::handoffs::HandoffRequester;
use super::{Effects, Machine, Phase, Step, note};
use crate::handoff::{Announcement, Handoff, HandoffEvent, HandoffRequest, PhoneCheck};
use crate::{ChannelAction, Phone};

/// A caller in a room.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RoomWait {
    /// The hand-off whose person is rung.
    handoff: EffectId,
    target: DialTarget,
    way_back: ReturnPath,
}

impl Machine {
    /// Sends the caller into a room, and rings a person who joins them there.
    pub(super) fn ring_into_room(
        &mut self,
        name: &str,
        target: DialTarget,
        way_back: ReturnPath,
        ending: Ending,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        self.leave_to_switch(now, fx);
        self.outgoing.dials_one_more();
        let handoff = self.number_effect();
        let phone = Phone::of(&target, self.channel.domain());
        let reason = "the caller has asked for a person".to_owned();
        fx.push(note(Decision::HandoffRequested {
            handoff,
            target: name.to_owned(),
            reason: reason.clone(),
        }));
        let step = DocumentStep::Room { handoff };
        let doing = ScriptedStep::RoomWait(RoomWait { handoff, target, way_back });
        let until = now + DIALLED_MS_MAX;
        self.step(Step::ServeByDocument(ScriptedLine { doing, ending, until, step: step.clone() }));
        self.participants.await_person(Some(handoff));
        self.let_audio_go(fx);
        self.answer_document(step, fx);
        let asked = HandoffRequest {
            name: name.to_owned(),
            callee: phone.into(),
            reason,
            ring_ms: self.ring_ms(),
            announcement: Announcement::Made,
        };
        let (begun, steps) = Handoff::begin(handoff, asked, PhoneCheck::Skipped, now);
        self.handoffs.begins(begun, HandoffRequester::Other, None);
        self.take_steps(steps, now, fx);
    }

    /// Whether the caller waits or talks in the room of this hand-off.
    pub(super) fn is_in_room_of(&self, id: EffectId) -> bool {
        self.in_room().is_some_and(|room| room.handoff == id)
    }

    pub(super) fn in_room(&self) -> Option<&RoomWait> {
        match self.lifecycle.phase() {
            Phase::ScriptedLine(ScriptedLine { doing: ScriptedStep::RoomWait(room), .. }) => Some(room),
            _ => None,
        }
    }

    /// Returns the hand-off whose person the caller waits for or talks with in a room, and whether that person is there.
    pub(super) fn in_room_by(&self) -> Option<(EffectId, bool)> {
        self.in_room().map(|room| (room.handoff, self.person_is_in_room()))
    }

    /// The person is with the caller.
    pub(super) fn joined_in_room(&mut self, id: EffectId, fx: &mut Effects) {
        if self.is_in_room_of(id) {
            self.participants.person_is_joined();
            fx.push(note(Decision::HandoffBridged { handoff: id }));
            self.handoffs.calling_back_mut().is_taken();
        }
    }

    /// Whether the person for whom the caller waits in a room has come.
    pub(super) fn person_is_in_room(&self) -> bool {
        self.in_room().is_some() && self.participants.person().is_some_and(|(_, is_joined)| is_joined)
    }

    /// Nobody comes. The caller is fetched, and goes back to where they were.
    pub(super) fn room_failed(
        &mut self,
        id: EffectId,
        failure: HandoffFailure,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let Some(room) = self.in_room().filter(|room| room.handoff == id) else { return };
        let RoomWait { target, way_back, .. } = room.clone();
        fx.push(note(Decision::HandoffAbandoned { handoff: id, failure }));
        if failure != HandoffFailure::CallerLeft {
            self.go_back(way_back, &not_connected(&target, failure), now, fx);
            self.act(ChannelAction::NextDocument, fx);
        }
    }

    /// The person has left the caller, whose request is done.
    pub(super) fn left_in_room(&mut self, id: EffectId, fx: &mut Effects) {
        if let Phase::ScriptedLine(ScriptedLine { ending, .. }) = self.lifecycle.phase().clone()
            && self.is_in_room_of(id)
        {
            self.end(ending, NextStep::Hangup, fx);
        }
    }

    /// The switch asks for the next step of a caller who has left the room.
    pub(super) fn out_of_room(&mut self, room: &RoomWait, ending: Ending, now: UnixMs, fx: &mut Effects) {
        if self.person_is_in_room() {
            return self.end_by_document(DocumentStep::HangUp, ending, fx);
        }
        // The call's status reports hang-ups, so this caller has not hung up and goes on.
        self.handoff_event(room.handoff, &HandoffEvent::CallerLeft, now, fx);
        let news = not_connected(&room.target, HandoffFailure::CallerLeft);
        let step = self.go_back(room.way_back, &news, now, fx);
        self.answer_document(step, fx);
    }
}
