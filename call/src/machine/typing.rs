//! Actions of callers on the page from which they talk: they type something instead of saying it, or press the button that asks for a person.

use cordboard_schema::ids::LegId;
use cordboard_schema::time::UnixMs;

use super::conversation::PendingSpeech;
use super::{Effects, Machine, Phase};
use crate::AssistantOrder;

/// How long a caller who writes may take at least, in ms: nobody hears that they read the answer, look something up and type the next
/// message.
pub(crate) const WRITER_PATIENCE_MS: u64 = 120_000;
/// The button's name in reasons.
const BUTTON: &str = "the button for a person";
/// The words that stand for pressing it if nobody can be asked. The assistant answers it.
const REQUEST_TEXT: &str = "I would like to talk to a person.";

impl Machine {
    /// The caller has typed something: a turn, as if they had said it. If no assistant answers, it is in the transcript.
    pub(super) fn typed(&mut self, leg: LegId, text: &str, now: UnixMs, fx: &mut Effects) {
        if self.caller != Some(leg) {
            return;
        }
        self.conversation.caller_writes();
        self.unhold_by_caller(now, fx);
        if self.lifecycle.talks() {
            self.barge_in(fx);
        }
        self.conversation.transcript_mut().written_by_caller(text);
        self.write_transcript(fx);
        match self.lifecycle.phase() {
            Phase::Conversing => {}
            // The assistant reads it once it has the caller again.
            Phase::TakingMessage(_) => return self.conversation.keeps_unread(text.to_owned()),
            _ => return,
        }
        self.conversation.silence_is_broken();
        self.hand_over(text.to_owned(), fx);
        self.listen_for_person_request(text, now, fx);
        self.watch_silence(now);
    }

    /// The caller has pressed the button that asks for a person. This is like saying so, but never misunderstood.
    pub(super) fn person_asked(&mut self, leg: LegId, now: UnixMs, fx: &mut Effects) {
        if self.caller != Some(leg) || self.is_handing_off() {
            return;
        }
        self.unhold_by_caller(now, fx);
        self.leave_message(now, fx);
        if !self.lifecycle.converses() {
            return;
        }
        self.conversation.silence_is_broken();
        self.barge_in(fx);
        if !self.lead_to_person(BUTTON, now, fx) {
            self.hand_over(REQUEST_TEXT.to_owned(), fx);
        }
        self.watch_silence(now);
    }

    /// Whether only an assistant waits for a caller who writes. Phones put a page to sleep without a word when another app is used, for
    /// instance to look up a number. A page with an open microphone stays awake.
    pub(super) fn is_alone_with_writer(&self) -> bool {
        self.conversation.is_caller_writing() && !self.has_agents() && !self.is_handing_off()
    }

    /// Has the assistant answer this, now or once it may.
    fn hand_over(&mut self, text: String, fx: &mut Effects) {
        if self.may_read() {
            self.conversation.expect_speech(PendingSpeech::Answer);
            return self.order(AssistantOrder::CallerTyped(text), fx);
        }
        self.conversation.keeps_unread(text);
    }

    /// Whether an assistant is ready and may answer typed text.
    fn may_read(&self) -> bool {
        self.conversation.has_ready_assistant()
            && !self.is_giving_notice()
            && !self.is_left_to_supervisor()
            // The person who is being briefed would hear the answer.
            && !self.briefing.is_under_way()
    }

    /// The assistant can read what was typed before.
    pub(super) fn hand_over_unread(&mut self, fx: &mut Effects) {
        if !self.may_read() {
            return;
        }
        for text in self.conversation.take_unread() {
            self.order(AssistantOrder::CallerTyped(text), fx);
        }
    }

    /// Has the assistant answer what was typed while it did not have the caller, if it can read it now.
    pub(super) fn answer_unread(&mut self, fx: &mut Effects) {
        if self.conversation.has_unread() && self.may_read() {
            self.conversation.expect_answer();
            self.hand_over_unread(fx);
        }
    }
}
