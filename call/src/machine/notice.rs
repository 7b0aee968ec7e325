//! The profile's notice, for example that the call is recorded. It is said before everything else, word for word, and journalled once it
//! was heard to the end.
//!
//! While it is said the assistant only listens: the caller's words do not cut it short, and the next line answers them. People who take
//! over, and transfers, wait for it (`after_notice.rs`). A notice that a fault, a hold or a stay elsewhere cuts short is said again, a few
//! times. An assistant that only has recordings can't say it, and begins with the next line.

use cordboard_schema::event::{Decision, PlayedEnd};
use cordboard_schema::line::Line;

use super::conversation::PendingSpeech;
use super::{Effects, Machine, note};
use crate::{AssistantOrder, Attention};

impl Machine {
    /// Whether the caller has still to hear it.
    pub(super) fn is_notice_due(&self) -> bool {
        self.profile.notice.is_some() && self.conversation.notice().is_due()
    }

    /// Whether it is being said. Nothing that the caller does cuts it short.
    pub(super) fn is_giving_notice(&self) -> bool {
        self.conversation.notice().is_on() && self.lifecycle.talks()
    }

    /// Returns the first line of an assistant that would otherwise begin with `line`.
    pub(super) fn opening(&mut self, line: Line, fx: &mut Effects) -> Line {
        self.conversation.notice_mut().stops();
        match self.conversation.assistant() {
            _ if !self.is_notice_due() => line,
            Some(assistant) if assistant.ready && !assistant.speaks_text => line,
            assistant => {
                self.conversation.notice_mut().follow_with(line);
                self.after_notice.notice_begins(self.last_fact_at);
                if assistant.is_some_and(|assistant| assistant.ready) {
                    self.begin_notice(fx);
                }
                Line::Notice
            }
        }
    }

    /// An assistant is ready. It says the notice before everything else, if it can.
    pub(super) fn put_notice_first(&mut self, fx: &mut Effects) {
        if !self.is_notice_due() {
            return;
        }
        let speaks_text = self.conversation.assistant().is_some_and(|assistant| assistant.speaks_text);
        if !speaks_text {
            // The notice that another assistant began is no longer being said.
            self.conversation.notice_mut().stops();
        }
        match self.conversation.pending_speech() {
            Some(PendingSpeech::Line(Line::Notice)) if !speaks_text => {
                self.conversation.expect_speech(PendingSpeech::Line(self.conversation.notice().next_line()));
            }
            _ if !speaks_text => {}
            pending => {
                if let Some(PendingSpeech::Line(line)) = pending
                    && line != Line::Notice
                {
                    self.conversation.notice_mut().follow_with(line);
                }
                self.conversation.expect_speech(PendingSpeech::Line(Line::Notice));
                self.begin_notice(fx);
            }
        }
    }

    /// The caller is with the assistant again, after a hold or a stay elsewhere that may have kept them from hearing the notice: has it said
    /// before everything else, followed by the line that was to follow it. Returns whether it does.
    pub(super) fn notice_after_absence(&mut self, fx: &mut Effects) -> bool {
        let opening = self.opening(self.conversation.notice().next_line(), fx);
        let is_said = opening == Line::Notice;
        if is_said {
            self.say(opening, fx);
        }
        is_said
    }

    /// Has this line said: after the notice, if it is being said, else at once.
    pub(super) fn say_after_notice(&mut self, line: Line, fx: &mut Effects) {
        if self.is_giving_notice() {
            self.conversation.notice_mut().follow_with(line);
        } else {
            self.say(line, fx);
        }
    }

    fn begin_notice(&mut self, fx: &mut Effects) {
        self.conversation.notice_mut().begins();
        self.after_notice.notice_begins(self.last_fact_at);
        self.attend(Attention::Listen, fx);
    }

    /// An utterance was played to its end, or cut short, while the notice is being said.
    pub(super) fn after_notice(&mut self, line: Option<Line>, end: PlayedEnd, fx: &mut Effects) {
        if line == Some(Line::Notice) && end == PlayedEnd::Finished {
            self.notice_is_given(fx);
        } else if self.is_notice_due() {
            self.conversation.expect_speech(PendingSpeech::Line(Line::Notice));
            if self.conversation.has_ready_assistant() {
                self.conversation.notice_mut().is_said_again();
                self.after_notice.notice_begins(self.last_fact_at);
                self.order(AssistantOrder::Say(Line::Notice), fx);
            }
            return;
        }
        self.conversation.notice_mut().stops();
        self.conversation.clear_pending_speech();
        self.go_on_after_notice(self.last_fact_at, fx);
        if !self.lifecycle.converses() || self.briefing.is_under_way() {
            // A person has the caller, or will in a moment.
            return;
        }
        self.attend(Attention::Converse, fx);
        // A caller who is about to be sent elsewhere hears that, or why not. A supervisor who talks with them would be talked over.
        if !self.is_checking_place() && !self.is_barged_in() {
            self.say(self.conversation.notice().next_line(), fx);
        }
        self.hand_over_unread(fx);
    }

    /// The notice was played to its end, or cut short, while a message is taken: the caller asked for that during the notice. If it was cut
    /// short, it is said after the message.
    pub(super) fn after_notice_in_message(&mut self, end: PlayedEnd, fx: &mut Effects) {
        if self.is_giving_notice() && end == PlayedEnd::Finished {
            self.notice_is_given(fx);
        }
        self.conversation.notice_mut().stops();
    }

    fn notice_is_given(&mut self, fx: &mut Effects) {
        self.conversation.notice_mut().is_given();
        if let Some(text) = self.profile.notice.clone() {
            fx.push(note(Decision::NoticeGiven { text, version: self.profile.version }));
        }
    }
}
