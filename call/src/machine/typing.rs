//! What the caller does on the page where they talk: they write something in place of saying it, or press the button for a person.

use cordboard_schema::ids::LegId;
use cordboard_schema::time::UnixMs;

use super::assistants::OwedSpeech;
use super::speech::Silence;
use super::{Effects, Machine};
use crate::AssistantOrder;

/// Turns that wait for an assistant to read them; of more, the oldest are left to the transcript.
const UNREAD_MAX: usize = 8;
/// How the button is named where a reason is.
const BUTTON: &str = "the button for a person";
/// What is said in the caller's place who has pressed it, where nobody can be asked: the assistant tells them.
const WISH: &str = "I would like to talk to a person.";

impl Machine {
    /// The caller has written something: a turn, as if they had said it. Where no assistant answers, it stands in the transcript.
    pub(super) fn typed(&mut self, leg: LegId, text: &str, now: UnixMs, fx: &mut Effects) {
        if self.caller != Some(leg) {
            return;
        }
        if self.lifecycle.talks() {
            self.barge_in(fx);
        }
        self.conversation.transcript.written_by_caller(text);
        self.write_transcript(fx);
        if !self.lifecycle.converses() {
            return;
        }
        self.conversation.silence = Silence::default();
        self.hand_over(text.to_owned(), fx);
        self.listen_for_wish(text, now, fx);
        self.watch_silence(now);
    }

    /// The caller has pressed the button for a person: what saying so does, without a doubt about the words.
    pub(super) fn person_asked(&mut self, leg: LegId, now: UnixMs, fx: &mut Effects) {
        if self.caller != Some(leg) || !self.lifecycle.converses() || self.is_handing_off() {
            return;
        }
        self.conversation.silence = Silence::default();
        self.barge_in(fx);
        if !self.lead_to_person(BUTTON, now, fx) {
            self.hand_over(WISH.to_owned(), fx);
        }
        self.watch_silence(now);
    }

    /// Has the assistant answer this, now or once it is there.
    fn hand_over(&mut self, text: String, fx: &mut Effects) {
        let is_there =
            self.conversation.assistant.is_some_and(|assistant| assistant.ready) && !self.is_giving_notice();
        if is_there {
            self.conversation.owed = Some(OwedSpeech::Answer);
            return self.order(AssistantOrder::CallerTyped(text), fx);
        }
        if self.conversation.unread.len() == UNREAD_MAX {
            self.conversation.unread.remove(0);
        }
        self.conversation.unread.push(text);
    }

    /// The assistant can read what was written before.
    pub(super) fn hand_over_unread(&mut self, fx: &mut Effects) {
        if self.is_giving_notice() || !self.conversation.assistant.is_some_and(|assistant| assistant.ready) {
            return;
        }
        for text in std::mem::take(&mut self.conversation.unread) {
            self.order(AssistantOrder::CallerTyped(text), fx);
        }
    }
}
