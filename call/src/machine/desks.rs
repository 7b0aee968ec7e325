//! The people whom a call can ask by phone and at desks, and the reports of desks about them.

use cordboard_schema::call::AtDesks;
use cordboard_schema::dial::DialTarget;
use cordboard_schema::document::DocumentStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{EffectId, UserId};
use cordboard_schema::line::Line;
use cordboard_schema::queue::Overflow;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::handoffs::{HandoffRequester, QueueOverflow};
use super::{Effect, Effects, Machine, note};
use crate::handoff::{Callee, Handoff, HandoffEvent, Route};
use crate::{AssistantOrder, DeskPlace};

impl Machine {
    /// Whether agents at desks can be asked. Their audio would join the caller's leg.
    pub(super) fn can_ask_desks(&self) -> bool {
        self.caller.is_some() && self.policy.has_desks()
    }

    /// Whether anyone can be asked to take over.
    pub(super) fn can_ask_people(&self) -> bool {
        self.can_reach_people() || self.can_meet_people()
    }

    /// Whether anyone can be joined with the caller here.
    pub(super) fn can_meet_people(&self) -> bool {
        self.can_join_people() || self.can_ask_desks()
    }

    /// Whether a switch that does not have the caller can ring a person who joins them here.
    pub(super) fn can_join_people(&self) -> bool {
        self.policy.rings_for_others && self.caller.is_some() && !self.line.is_controlled()
    }

    /// A caller without audio here is to talk with a person at a desk, so they get a stream.
    pub(super) fn lead_to_desks(&mut self, name: &str, now: UnixMs, fx: &mut Effects) {
        self.handoffs.leads_to_desks(name.to_owned());
        self.await_caller(now, fx);
        self.answer_document(DocumentStep::Stream, fx);
    }

    /// The caller has the stream. The assistant talks with them meanwhile, and also if nobody takes over.
    pub(super) fn led_to_desks(&mut self, name: &str, now: UnixMs, fx: &mut Effects) {
        let person = self.person_at(name);
        let opening = if person.is_some() { Line::OneMoment } else { Line::TransferRefused };
        self.bring_assistant(opening, now, fx);
        self.watch_silence(now);
        if let Some(person) = person {
            let id = self.number_effect();
            self.begin_handoff(id, person, "asked for by the caller", HandoffRequester::Other, now, fx);
        }
    }

    /// Returns the person of this name, with the routes by which they can be asked at the moment; `None` if there is no such person.
    pub(super) fn person_at(&self, target: &str) -> Option<(String, Callee)> {
        let desk = self.desk_at(target);
        // A person who can be asked at a desk is not dialled beyond the policy's limits.
        let is_rung = desk.is_none() || !self.has_dialled_enough();
        let found = DialTarget::find(target, &self.policy).ok().filter(|_| is_rung);
        let (phone, joined_here) = found.as_ref().map_or((None, None), |found| self.ways_to_ring(found));
        let listed = self.policy.person(target).map(str::to_owned);
        let name = listed.or_else(|| found.map(|found| found.to_string()))?;
        (phone.is_some() || desk.is_some()).then_some((name, Callee { phone, desk, joined_here }))
    }

    /// Whether the agent there talks on the phone at their extension, which then rings for offers to their desk.
    pub(super) fn talks_on_desk_phone(&self, callee: &Callee) -> bool {
        matches!(&callee.desk, Some(DeskPlace::Extension(name)) if self.policy.desk_phones.contains(name))
    }

    pub(super) fn desk_at(&self, target: &str) -> Option<DeskPlace> {
        let (name, kind) = self.policy.at_desks(target).filter(|_| self.can_ask_desks())?;
        Some(match kind {
            AtDesks::Queue => DeskPlace::Queue(name.to_owned()),
            AtDesks::Extension => DeskPlace::Extension(name.to_owned()),
        })
    }

    /// Journals that a person is asked. The dial policy counts phones only.
    pub(super) fn note_asked(
        &mut self,
        handoff: EffectId,
        (name, callee): (&str, &Callee),
        reason: &str,
        fx: &mut Effects,
    ) {
        let (target, reason) = (name.to_owned(), reason.to_owned());
        fx.push(note(match callee.phone {
            Some(_) => {
                self.outgoing.dials_one_more();
                Decision::HandoffRequested { handoff, target, reason }
            }
            None => Decision::AgentRequested { handoff, target, reason },
        }));
    }

    /// An agent has accepted the call at their desk.
    pub(super) fn desk_accepted(
        &mut self,
        handoff: EffectId,
        user: UserId,
        extension: Option<&str>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if self.colleague_accepted(handoff, user, now) {
            return;
        }
        if self.has_agent(user) {
            // A person who is already in the call counts as busy for this hand-off. A hand-off that they have accepted earlier is not
            // affected.
            let busy = HandoffEvent::Failed(Route::Desk, HandoffFailure::Busy);
            return self.handoff_event(handoff, &busy, now, fx);
        }
        self.handoff_event(handoff, &HandoffEvent::AcceptedAtDesk(user), now, fx);
        if !self.has_agent(user) {
            // Too late: another person has the caller, or the caller is gone.
            return fx.push(Effect::AgentLeft { user_id: user, has_talked: false });
        }
        if let Some(failure) = self.handoffs.take_pass_at_phone(handoff, user, now) {
            // They put their handset down just as desks gave them the call.
            return self.never_talks(user, failure, now, fx);
        }
        self.phone_is_accepted(user, now, fx);
        // An agent who was reached through a queue can find the caller's profile under their own name from now on.
        let extensions: Vec<String> = extension.into_iter().map(str::to_owned).collect();
        if !extensions.is_empty() {
            fx.push(Effect::CacheProfile { handoff: None, extensions });
        }
    }

    /// A switch reports about a phone that it rings to join a person with the caller. This excludes colleagues whom an agent consults, and
    /// people who are joined with the caller here.
    pub(super) fn person_rung(
        &mut self,
        handoff: EffectId,
        event: &HandoffEvent<'_>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let is_joined_there = |known: &Handoff| known.id == handoff && known.callee.joined_here.is_none();
        if self.handoffs.newest().is_some_and(is_joined_there) {
            self.handoff_event(handoff, event, now, fx);
        }
    }

    /// No agent accepts the call at a desk.
    pub(super) fn desk_failed(
        &mut self,
        handoff: EffectId,
        failure: HandoffFailure,
        given_up: Option<QueueOverflow>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if self.colleague_failed(handoff, failure, fx) {
            return;
        }
        if self.handoffs.newest().is_some_and(|known| known.id == handoff && known.is_offered()) {
            // A phone that still rings may fail later.
            self.handoffs.given_up_at_desks(given_up);
        }
        self.handoff_event(handoff, &HandoffEvent::Failed(Route::Desk, failure), now, fx);
    }

    /// The caller's place in their queue has changed. The assistant announces it in its own words, or by a recording unless the caller is
    /// speaking.
    pub(super) fn placed_in_queue(
        &mut self,
        handoff: EffectId,
        position: u32,
        wait_s: u32,
        fx: &mut Effects,
    ) {
        if !self.waits_at_desk(handoff) {
            return;
        }
        self.handoffs.placed(handoff, position);
        // The assistant does not talk over a supervisor.
        if self.is_left_to_supervisor() {
            return;
        }
        let has_recordings =
            self.conversation.assistant().is_some_and(|assistant| assistant.ready && !assistant.speaks_text);
        // The words that it is saying are heard to their end first.
        let may_say = !self.conversation.caller_speaks() && !self.is_giving_notice();
        if has_recordings && may_say && self.lifecycle.converses() {
            self.order(AssistantOrder::Say(Line::of_position(position)), fx);
            return self.order(AssistantOrder::Say(Line::of_wait(wait_s)), fx);
        }
        let minutes = wait_s.div_ceil(60);
        self.has_said(
            format!(
                "the caller is number {position} of those who wait, and will wait for about {minutes} min: tell them"
            ),
            fx,
        );
    }

    /// Whether the call is offered at desks by this hand-off.
    fn waits_at_desk(&self, handoff: EffectId) -> bool {
        let waits = |known: &Handoff| known.id == handoff && known.waits_at_desk();
        self.handoffs.newest().is_some_and(waits)
    }

    /// Has an assistant that can say any text tell the caller this, at once if nobody is speaking.
    pub(super) fn has_said(&self, message: String, fx: &mut Effects) {
        let finds_words = self.conversation.finds_words();
        if !self.lifecycle.converses() || !finds_words {
            return;
        }
        self.order(AssistantOrder::Happened(message), fx);
        let is_quiet = !self.conversation.caller_speaks() && !self.conversation.is_saying();
        // The person who is being briefed would hear it.
        if is_quiet && !self.is_left_to_supervisor() && !self.briefing.is_under_way() {
            self.order(AssistantOrder::GoOn, fx);
        }
    }

    /// Returns the person whom the queue names for callers it could not serve.
    pub(super) fn person_instead(&self, handoff: EffectId) -> Option<(String, Callee)> {
        match self.handoffs.overflow_of(handoff) {
            Some(Overflow::Extension { name }) => self.person_at(name),
            _ => None,
        }
    }

    /// Returns what the queue offers a caller it could not serve, in words for the assistant.
    pub(super) fn offered_instead(&self, handoff: EffectId) -> Option<String> {
        match self.handoffs.overflow_of(handoff) {
            Some(Overflow::Callback) => Some(self.callback_in_words()),
            _ if self.handoffs.calls_back(handoff).is_some() => Some(self.callback_in_words()),
            Some(Overflow::Message) => Some("offer to take a message".to_owned()),
            Some(Overflow::Queue { .. } | Overflow::Extension { .. }) | None => None,
        }
    }
}
