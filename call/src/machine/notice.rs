//! The profile's notice, as that the call is recorded: said before all else, word for word, and journalled once it was
//! heard to its end.
//!
//! While it is said the assistant only listens: what the caller says does not cut it short, and is answered by what comes
//! behind it. One that a fault cuts short is said again, a few times. An assistant of recordings only can't say it, and
//! begins with what comes behind it.

use cordboard_schema::event::{Decision, PlayedEnd};
use cordboard_schema::line::Line;

use super::assistants::OwedSpeech;
use super::{Effects, Machine, note};
use crate::{AssistantOrder, Attention};

/// How often it is begun on a call, at most.
const TRIES_MAX: u8 = 3;

/// Where the call is with its notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Notice {
    /// It was heard to its end.
    given: bool,
    /// It is being said.
    on: bool,
    /// How often it was begun.
    tries: u8,
    /// What is said behind it.
    then: Option<Line>,
}

impl Machine {
    /// Whether the caller has yet to hear it.
    fn owes_notice(&self) -> bool {
        self.profile.notice.is_some()
            && !self.conversation.notice.given
            && self.conversation.notice.tries < TRIES_MAX
    }

    /// Whether it is being said: nothing that the caller does cuts it short.
    pub(super) fn is_giving_notice(&self) -> bool {
        self.conversation.notice.on && self.lifecycle.converses()
    }

    /// What an assistant says first that would begin with `line`.
    pub(super) fn opening(&mut self, line: Line, fx: &mut Effects) -> Line {
        self.conversation.notice.on = false;
        match self.conversation.assistant {
            _ if !self.owes_notice() => line,
            Some(assistant) if assistant.ready && !assistant.speaks_text => line,
            assistant => {
                self.conversation.notice.then = Some(line);
                if assistant.is_some_and(|assistant| assistant.ready) {
                    self.begin_notice(fx);
                }
                Line::Notice
            }
        }
    }

    /// An assistant is there: it owes the notice before all else, if it can say it.
    pub(super) fn owe_notice_first(&mut self, fx: &mut Effects) {
        if !self.owes_notice() {
            return;
        }
        let speaks_text = self.conversation.assistant.is_some_and(|assistant| assistant.speaks_text);
        if !speaks_text {
            // One that was begun by another is not being given any more.
            self.conversation.notice.on = false;
        }
        match self.conversation.owed {
            Some(OwedSpeech::Line(Line::Notice)) if !speaks_text => {
                self.conversation.owed =
                    Some(OwedSpeech::Line(self.conversation.notice.then.unwrap_or(Line::Greeting)));
            }
            _ if !speaks_text => {}
            owed => {
                if let Some(OwedSpeech::Line(line)) = owed
                    && line != Line::Notice
                {
                    self.conversation.notice.then = Some(line);
                }
                self.conversation.owed = Some(OwedSpeech::Line(Line::Notice));
                self.begin_notice(fx);
            }
        }
    }

    fn begin_notice(&mut self, fx: &mut Effects) {
        self.conversation.notice.on = true;
        self.conversation.notice.tries += 1;
        self.attend(Attention::Listen, fx);
    }

    /// Something was played to its end, or cut, while the notice is being given.
    pub(super) fn after_notice(&mut self, line: Option<Line>, end: PlayedEnd, fx: &mut Effects) {
        if line == Some(Line::Notice) && end == PlayedEnd::Finished {
            self.conversation.notice.given = true;
            if let Some(text) = self.profile.notice.clone() {
                fx.push(note(Decision::NoticeGiven { text, version: self.profile.version }));
            }
        } else if self.owes_notice() {
            self.conversation.owed = Some(OwedSpeech::Line(Line::Notice));
            if self.conversation.assistant.is_some_and(|assistant| assistant.ready) {
                self.conversation.notice.tries += 1;
                self.order(AssistantOrder::Say(Line::Notice), fx);
            }
            return;
        }
        self.conversation.notice.on = false;
        self.attend(Attention::Converse, fx);
        self.conversation.owed = None;
        self.say(self.conversation.notice.then.unwrap_or(Line::Greeting), fx);
        self.hand_over_unread(fx);
    }
}
