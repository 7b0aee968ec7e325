//! A person who has answered a call that we make for agents. Nobody greets them. The call is offered to a queue at once, and accepted
//! automatically for a free agent.
//!
//! ```text
//! answered ──> Awaiting ──an agent's audio joins──> with the agent, like any caller
//!                 │ not in time, or nobody works in the queue
//!                 ▼
//!              Saying: why nobody is there ──heard──> Ended, `nobody_free`
//! ```
//! Until an agent has them they hear nothing, and the assistant only listens. If the call ends before that, no agent was free, whoever
//! ended it.

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::ids::ItemId;
use cordboard_schema::limits::VOICEMAIL_MESSAGE_MS_MAX;
use cordboard_schema::outbound::ToQueue;
use cordboard_schema::time::UnixMs;

use super::handoffs::HandoffRequester;
use super::{Effects, Machine, Phase, Step};
use crate::handoff::{Announcement, Callee, Handoff, HandoffRequest};
use crate::{AssistantOrder, Attention, DeskPlace};

/// How long the message may take to begin, in ms.
const BEGINS_MS_MAX: u64 = 5_000;
/// The reason that an agent's desk shows for the call.
const REASON: &str = "they were called, and have answered";

/// A person who has answered, and whom no agent has yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LiveAnswer {
    /// An agent is awaited. The hand-off has the deadline.
    Awaiting,
    /// The assistant says why nobody is there. Its message is the first utterance after this one.
    Saying {
        after: ItemId,
        /// When the message is given up.
        until: UnixMs,
    },
}

impl LiveAnswer {
    pub(super) fn deadline(self) -> Option<UnixMs> {
        match self {
            Self::Awaiting => None,
            Self::Saying { until, .. } => Some(until),
        }
    }
}

impl Machine {
    /// Whether this call is made for agents, and no person has talked with the callee yet.
    pub(super) fn is_for_agents(&self) -> bool {
        self.outgoing.on_answer().is_some()
    }

    /// A person has answered, or is back after the server died. An agent is to talk with them.
    pub(super) fn live_answer(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(ToQueue { queue, within_ms, .. }) = self.outgoing.on_answer().cloned() else { return };
        // A callee who was first listened to by a detector has not waited for an agent during that time.
        let since = self.answered_at.max(self.outgoing.detected_at());
        let until = since.unwrap_or(now) + within_ms;
        // An earlier offer died with its process.
        self.cancel_handoff(now, fx);
        self.bring_assistant_unheard(now, fx);
        self.attend(Attention::Listen, fx);
        self.step(Step::AnswerLive(LiveAnswer::Awaiting));
        self.rewire(fx);
        // A call that an agent has begun belongs to that agent. If they have gone, nobody else is asked.
        let was_begun_at_desk = self.outgoing.agent_call().is_some();
        if until <= now || was_begun_at_desk || !self.can_ask_desks() {
            return self.no_agent_is_free(now, fx);
        }
        let id = self.number_effect();
        let callee = Callee { phone: None, desk: Some(DeskPlace::Queue(queue.clone())), joined_here: None };
        self.note_asked(id, (&queue, &callee), REASON, fx);
        let (reason, ring_ms) = (REASON.to_owned(), self.ring_ms());
        let asked = HandoffRequest { name: queue, callee, reason, ring_ms, announcement: Announcement::Made };
        let (handoff, steps) = Handoff::begin_at_once(id, asked, until, now);
        self.handoffs.begins(handoff, HandoffRequester::Other, None);
        self.take_steps(steps, now, fx);
    }

    /// Whether a person who has answered waits for an agent.
    pub(super) fn awaits_agent_for_answer(&self) -> bool {
        matches!(*self.lifecycle.phase(), Phase::LiveAnswer(LiveAnswer::Awaiting))
    }

    /// No agent could take them in time. They are told why, now or once the assistant is ready.
    pub(super) fn no_agent_is_free(&mut self, now: UnixMs, fx: &mut Effects) {
        let after = self.conversation.newest_item();
        self.step(Step::AnswerLive(LiveAnswer::Saying { after, until: now + BEGINS_MS_MAX }));
        self.rewire(fx);
        if self.conversation.has_ready_assistant() {
            self.say_no_agent_is_free(fx);
        }
    }

    /// The assistant is ready.
    pub(super) fn live_answer_assistant_ready(&mut self, fx: &mut Effects) {
        self.attend(Attention::Listen, fx);
        if !self.awaits_agent_for_answer() {
            self.say_no_agent_is_free(fx);
        }
    }

    fn say_no_agent_is_free(&mut self, fx: &mut Effects) {
        let text = self.outgoing.on_answer().map(|to| to.message.clone());
        match text.filter(|_| self.conversation.assistant().is_some_and(|assistant| assistant.speaks_text)) {
            Some(text) => self.order(AssistantOrder::SayText(text), fx),
            // An assistant that replaced another one has recordings only.
            None => self.end_without_agent(fx),
        }
    }

    /// The message has begun.
    pub(super) fn excuse_begins(&mut self, item: ItemId, now: UnixMs) {
        if let Phase::LiveAnswer(LiveAnswer::Saying { after, .. }) = *self.lifecycle.phase()
            && item > after
        {
            let until = now + VOICEMAIL_MESSAGE_MS_MAX;
            self.step(Step::AnswerLive(LiveAnswer::Saying { after, until }));
        }
    }

    /// An utterance has ended. If it was the message, the call ends.
    pub(super) fn after_excuse(&mut self, item: ItemId, end: PlayedEnd, fx: &mut Effects) {
        if let Phase::LiveAnswer(LiveAnswer::Saying { after, .. }) = *self.lifecycle.phase()
            && item > after
            && end == PlayedEnd::Finished
            && !self.conversation.is_saying()
        {
            self.end_without_agent(fx);
        }
    }

    /// Ends the call without an agent.
    pub(super) fn end_without_agent(&mut self, fx: &mut Effects) {
        let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Server };
        self.end(ending, NextStep::Hangup, fx);
    }
}
