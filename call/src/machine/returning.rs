//! The return of the configured assistant while the standby replaces it.
//!
//! ```text
//! standby serves ──a pause, each longer──> tried: connects alongside the standby, and nobody hears it
//!       ▲                                     │ fails       │ connects
//!       ├─────────────────────────────────────┘             ▼
//!       └────── fails within 10 s of its return ───── at a pause of the talk it takes over, and is told what was said
//! ```
//!
//! It returns only while caller and standby are in conversation and neither has anything to say. It never interrupts a word, and does not
//! return while a message is left, a person is asked, a supervisor talks with the caller, or the caller is on hold: a change of voice would
//! disturb what the caller is doing, which needs no conversation. A caller who was greeted is not greeted again.
//!
//! In a chain of voices the best available one returns: an attempt tries one voice after another, from the first, until one connects.
//!
//! A voice is not tried again on this call if its failure is final, or if it has failed too often soon after its return.

use cordboard_schema::event::Decision;
use cordboard_schema::ids::LegId;
use cordboard_schema::line::Line;
use cordboard_schema::provider::{AssistantRole, ProviderFailure};
use cordboard_schema::time::UnixMs;

use super::conversation::{Assistant, BackAgain, PendingSpeech};
use super::{Effect, Effects, Machine, Phase, note};
use crate::AssistantOrder;

/// The report to an assistant that takes over, in addition to the conversation.
const AWAY_MESSAGE: &str = "You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told \
    that you could not be reached. You can help again: say so in a few words.";

impl Machine {
    /// The standby replaces the configured assistant, which failed for this reason. It is tried again if that may help.
    pub(super) fn await_assistant(&mut self, failure: ProviderFailure, now: UnixMs, fx: &mut Effects) {
        let pause_ms = self.conversation.returning_mut().is_lost(now);
        let Some(pause_ms) = pause_ms.filter(|_| self.place_to_try(0).is_some()) else {
            return self.give_up_return(failure, fx);
        };
        let pending = self.conversation.pending_speech();
        let is_greeting_due = matches!(pending, Some(PendingSpeech::Line(Line::Greeting | Line::Notice)));
        self.conversation.returning_mut().is_awaited(pause_ms, is_greeting_due, now);
    }

    fn give_up_return(&mut self, failure: ProviderFailure, fx: &mut Effects) {
        self.conversation.returning_mut().is_over();
        fx.push(note(Decision::AssistantGivenUp { failure }));
    }

    /// Returns when it is tried next. It is not tried while it could not take over anyway.
    pub(super) fn try_deadline(&self) -> Option<UnixMs> {
        let next_at = self.conversation.returning().next_at()?;
        let is_served = self.is_standby_serving() && self.conversation.has_ready_assistant();
        let is_with_people = self.is_handing_off() || self.is_barged_in();
        (is_served && self.lifecycle.converses() && !is_with_people).then_some(next_at)
    }

    /// Tries it again.
    pub(super) fn try_assistant(&mut self, now: UnixMs, fx: &mut Effects) {
        let (leg, tools) = (self.next_leg(), self.offered_tools());
        let from = self.conversation.returning().next_from();
        let place = self.place_to_try(from).unwrap_or_default();
        let tried = self.conversation.returning_mut().is_tried((leg, place), tools, now);
        let Some(attempt) = tried else { return };
        fx.push(note(Decision::AssistantTried { leg, attempt, place }));
        fx.push(Effect::TryAssistant { leg: self.number_leg(), place });
    }

    /// The assistant that is being tried has failed. Returns whether it is that one.
    pub(super) fn candidate_failed(
        &mut self,
        leg: LegId,
        failure: ProviderFailure,
        now: UnixMs,
        fx: &mut Effects,
    ) -> bool {
        let Some(place) = self.conversation.returning().place_of_candidate(leg) else { return false };
        self.conversation.chain_mut().failed(place, failure, now);
        fx.push(Effect::DismissCandidate);
        let (below, any) = (self.place_to_try(place + 1), self.place_to_try(0));
        match (below, any) {
            (Some(_), _) => self.conversation.returning_mut().continue_below(place, now),
            (None, Some(_)) => self.conversation.returning_mut().try_later(now),
            (None, None) => self.give_up_return(failure, fx),
        }
        true
    }

    /// Has it take over if it is connected and the conversation pauses. Dismisses it if the call has gone on without a standby. Runs at the
    /// end of each step.
    pub(super) fn tend_return(&mut self, now: UnixMs, fx: &mut Effects) {
        let is_standby_serving = self.is_standby_serving();
        let is_open =
            matches!(*self.lifecycle.phase(), Phase::Conversing | Phase::OnHold | Phase::TakingMessage(_));
        let can_take_over = self.is_pause();
        if !is_standby_serving || !is_open {
            if self.conversation.returning_mut().dismisses(now) {
                fx.push(Effect::DismissCandidate);
            }
            if !is_standby_serving {
                // The next assistant is the configured one.
                self.conversation.returning_mut().is_over();
            }
            return;
        }
        if can_take_over && let Some(back) = self.conversation.returning_mut().take_over(now) {
            self.take_over(back, now, fx);
        }
    }

    fn is_standby_serving(&self) -> bool {
        self.conversation.assistant().is_some_and(|assistant| assistant.role == AssistantRole::Standby)
    }

    /// Whether caller and assistant are in conversation, and neither is saying anything, about to, or waiting for anything.
    pub(super) fn is_pause(&self) -> bool {
        let talks = self.lifecycle.converses() && self.caller.is_some() && !self.conversation.has_menu();
        let is_quiet = !self.conversation.caller_speaks()
            && !self.conversation.is_saying()
            && self.conversation.pending_speech().is_none();
        let waits_for_nothing = self.tools.is_idle()
            && self.handoffs.request_until().is_none()
            && !self.handoffs.escalation().is_under_way()
            && self.holding.wanted().is_none()
            && self.conversation.keys().deadline().is_none();
        let expects_no_person = !self.is_handing_off() && !self.briefing.is_under_way() && !self.has_agents();
        talks && is_quiet && waits_for_nothing && expects_no_person && !self.is_barged_in()
    }

    fn take_over(&mut self, back: BackAgain, now: UnixMs, fx: &mut Effects) {
        let BackAgain { leg, place, speaks_text, tools, away_since, attempts, is_greeting_due } = back;
        self.conversation.remove_assistant();
        self.rewire(fx);
        fx.push(Effect::Assistant(AssistantOrder::Stop));
        self.hearing_stops();
        let away_ms = now.ms_since(away_since);
        fx.push(note(Decision::AssistantReturned { leg, attempts, away_ms, place }));
        fx.push(Effect::TakeOver(leg));
        self.conversation.chain_mut().serves(place);
        self.conversation.assistant_is(Assistant::returned(leg, place, speaks_text, now));
        self.rewire(fx);
        self.reported.assistant_knows(tools);
        self.report_errand(fx);
        self.report_earlier_tools(fx);
        self.report_missed_events(fx);
        self.order(AssistantOrder::Happened(AWAY_MESSAGE.to_owned()), fx);
        let greeting = PendingSpeech::Line(Line::Greeting);
        self.conversation.expect_speech(if is_greeting_due { greeting } else { PendingSpeech::Answer });
        self.put_notice_first(fx);
        self.say_pending_speech(fx);
        self.conversation.silence_is_broken();
        self.watch_silence(now);
    }
}
