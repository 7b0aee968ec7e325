//! What the call wants said. An agent can't be told what to say: it is asked to, by a message that counts as the caller's words.

use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::elevenlabs::ClientMessage;

use super::{Act, Session};
use crate::assistant::remote::words::{CONTINUE, exact_words, line_instructions};
use crate::messages::Attention;

/// Things to say that may wait.
const ASKS_MAX: usize = 32;
/// How long the agent's own first words are waited for before it is asked for some.
const FIRST_WORDS_MS_MAX: u64 = 900;
/// How long an answer to the caller is let go before what the call wants said.
const ANSWER_FIRST_MS_MAX: u64 = 2_500;
/// While it only listens, or waits, an agent is told so often that somebody is there.
const ACTIVITY_EVERY_MS: u64 = 5_000;

/// Something to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// A line of the call.
    Line(Line),
    /// These words.
    Text(String),
    /// Going on after a lost connection, or another assistant.
    Continue,
}

impl Ask {
    /// Whether only a conversation needs it: nobody waits for it where the assistant just listens, and any other answer holds
    /// it too.
    pub(super) fn is_part_of_conversation(&self) -> bool {
        *self == Self::Continue
    }

    /// The line that it is.
    pub(super) fn line(&self) -> Option<Line> {
        match self {
            Self::Line(line) => Some(*line),
            Self::Text(_) | Self::Continue => None,
        }
    }
}

/// Something that was asked for and has not begun.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) ask: Ask,
}

impl Session {
    /// The call wants something said.
    pub(super) fn want(&mut self, ask: Ask) {
        if self.links.has_agent_left() {
            // It has said its goodbye, and nobody is there to say another.
            return self.say_nothing(ask.line());
        }
        if self.asks.len() == ASKS_MAX {
            self.asks.pop_front();
        }
        self.asks.push_back(ask);
    }

    /// An utterance without sound: the call does not wait for what can't be said.
    fn say_nothing(&mut self, line: Option<Line>) {
        self.finish_open();
        self.cease_comfort();
        let item = self.voice.playout.number();
        self.acts.push(Act::Begin { item, line });
        self.acts.push(Act::Complete(String::new()));
    }

    /// Whether the agent's own first words are still to come.
    fn awaits_first_words(&self) -> Option<UnixMs> {
        let begun_at = self.links.first_words_due_since()?;
        let until = begun_at + FIRST_WORDS_MS_MAX;
        (until > self.now).then_some(until)
    }

    /// Until when an answer to the caller goes first.
    fn awaits_answer(&self) -> Option<UnixMs> {
        let until = self.server_owes? + ANSWER_FIRST_MS_MAX;
        (until > self.now).then_some(until)
    }

    /// When what is wanted may be asked for, where that is later.
    pub(super) fn asks_deadline(&self) -> Option<UnixMs> {
        let activity = self.links.activity_at().filter(|_| !self.hears_caller());
        let next = (!self.asks.is_empty())
            .then(|| {
                let playing = Some(self.voice.playout.until).filter(|until| *until > self.now);
                [self.awaits_first_words(), self.awaits_answer(), playing].into_iter().flatten().max()
            })
            .flatten();
        [activity, next].into_iter().flatten().min()
    }

    /// Asks for what is wanted next, if now is the time.
    pub(super) fn ask_next(&mut self) {
        self.be_active();
        let is_speaking = self.voice.is_open() || self.voice.playout.until > self.now;
        let is_busy = self.asked.is_some() || self.answer.as_ref().is_some_and(|answer| !answer.is_over());
        if !self.is_live() || is_speaking || is_busy || self.awaits_first_words().is_some() {
            return;
        }
        if self.awaits_answer().is_some() {
            return;
        }
        let caller_speaks = self.hearing.is_speaking();
        let is_due = |ask: &Ask| !(caller_speaks && ask.is_part_of_conversation());
        let Some(at) = self.asks.iter().position(is_due) else { return };
        let Some(ask) = self.asks.remove(at) else { return };
        let task = match &ask {
            Ask::Line(line) => line_instructions(*line, &self.plan.profile),
            Ask::Text(words) => exact_words(words),
            Ask::Continue => CONTINUE.to_owned(),
        };
        self.asked = Some(Asked { ask });
        self.links.somebody_spoke();
        let text = format!("[From the telephone system, not from the caller: {task}]");
        self.send(ClientMessage::UserMessage { text });
    }

    /// Keeps an agent quiet that hears nothing but silence.
    fn be_active(&mut self) {
        if self.hears_caller() || self.links.activity_at().is_none_or(|at| at > self.now) {
            return;
        }
        self.links.active_until(self.now + ACTIVITY_EVERY_MS);
        self.send(ClientMessage::UserActivity);
    }

    /// The connection is gone: what was being answered is owed again.
    pub(super) fn asks_lost(&mut self, was_cut_off: bool) {
        let asked = self.asked.take().map(|asked| asked.ask);
        let again = was_cut_off.then_some(Ask::Continue);
        for ask in asked.into_iter().chain(again) {
            if !self.asks.contains(&ask) {
                self.asks.push_front(ask);
            }
        }
        if self.attention == Attention::Listen {
            self.asks.retain(|ask| !ask.is_part_of_conversation());
        }
    }
}
