//! A mailbox that has answered a call of ours, and gets a message: its greeting is heard out until the tone, then the
//! assistant says the words, and the call ends.

use cordboard_schema::event::PlayedEnd;
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::limits::{VOICEMAIL_MESSAGE_MS_MAX, VOICEMAIL_TONE_MS_MAX};
use cordboard_schema::time::UnixMs;

use super::holding::HoldEvent;
use super::{Effect, Effects, Machine, Phase, Step};
use crate::{AssistantOrder, Attention};

/// Time that the message may take to begin, in ms.
const BEGINS_MS_MAX: u64 = 10_000;

/// A message for a mailbox under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Voicemail {
    stage: Stage,
    pub(super) until: UnixMs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The mailbox greets; this leg listens for its tone.
    Greeting { listener: LegId },
    /// The assistant says the message: its first utterance behind this one.
    Saying { behind: ItemId },
}

impl Voicemail {
    /// The leg that listens for the tone.
    pub(super) fn listener(&self) -> Option<LegId> {
        match self.stage {
            Stage::Greeting { listener } => Some(listener),
            Stage::Saying { .. } => None,
        }
    }
}

impl Machine {
    /// Says nothing until the tone. Nobody is asked to take over a mailbox.
    pub(super) fn await_tone(&mut self, now: UnixMs, fx: &mut Effects) {
        self.cancel_handoff(now, fx);
        self.conversation_stops(now, fx);
        self.hush(fx);
        self.conversation.owes_nothing();
        self.holding.apply(HoldEvent::WantedNoMore, now, fx);
        self.attend(Attention::Listen, fx);
        let listener = self.number_leg();
        let until = now + VOICEMAIL_TONE_MS_MAX;
        self.step(Step::MeetMailbox(Voicemail { stage: Stage::Greeting { listener }, until }));
        fx.push(Effect::StartToneWatch(listener));
        self.rewire(fx);
    }

    /// The tone is over, or none comes: the assistant says the message, now or once it is ready.
    pub(super) fn tone_over(&mut self, now: UnixMs, fx: &mut Effects) {
        let Phase::Voicemail(voicemail) = *self.lifecycle.phase() else { return };
        let Some(listener) = voicemail.listener() else { return };
        let stage = Stage::Saying { behind: self.conversation.newest_item() };
        self.step(Step::MeetMailbox(Voicemail { stage, until: now + BEGINS_MS_MAX }));
        self.rewire(fx);
        fx.push(Effect::StopToneWatch(listener));
        if self.conversation.has_ready_assistant() {
            self.say_message(fx);
        }
    }

    /// The assistant is there.
    pub(super) fn voicemail_assistant_ready(&mut self, fx: &mut Effects) {
        self.attend(Attention::Listen, fx);
        if matches!(*self.lifecycle.phase(), Phase::Voicemail(voicemail) if voicemail.listener().is_none()) {
            self.say_message(fx);
        }
    }

    fn say_message(&mut self, fx: &mut Effects) {
        let text = self.message_for_mailbox().map(str::to_owned);
        match text.filter(|_| self.conversation.assistant().is_some_and(|assistant| assistant.speaks_text)) {
            Some(text) => self.order(AssistantOrder::SayText(text), fx),
            // An assistant that took the place of another has its recordings only.
            None => self.end_with_mailbox(fx),
        }
    }

    /// The message has begun.
    pub(super) fn message_begins(&mut self, item: ItemId, now: UnixMs) {
        if let Phase::Voicemail(Voicemail { stage: stage @ Stage::Saying { behind }, .. }) =
            *self.lifecycle.phase()
            && item > behind
        {
            let until = now + VOICEMAIL_MESSAGE_MS_MAX;
            self.step(Step::MeetMailbox(Voicemail { stage, until }));
        }
    }

    /// An utterance has ended: if it was the message, so does the call.
    pub(super) fn after_message(&mut self, item: ItemId, end: PlayedEnd, fx: &mut Effects) {
        if let Phase::Voicemail(Voicemail { stage: Stage::Saying { behind }, .. }) = *self.lifecycle.phase()
            && item > behind
            && end == PlayedEnd::Finished
            && !self.conversation.is_saying()
        {
            self.end_with_mailbox(fx);
        }
    }

    pub(super) fn voicemail_deadline(&mut self, now: UnixMs, fx: &mut Effects) {
        match *self.lifecycle.phase() {
            Phase::Voicemail(voicemail) if voicemail.listener().is_some() => self.tone_over(now, fx),
            Phase::Voicemail(_) => self.end_with_mailbox(fx),
            _ => {}
        }
    }

    /// Nobody listens for a tone any more, because of what comes next, which sees to the rest.
    pub(super) fn close_voicemail(&mut self, fx: &mut Effects) {
        if let Phase::Voicemail(voicemail) = *self.lifecycle.phase() {
            self.step(Step::Converse);
            self.rewire(fx);
            fx.extend(voicemail.listener().map(Effect::StopToneWatch));
        }
    }
}
