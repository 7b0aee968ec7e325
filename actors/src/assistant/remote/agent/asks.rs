//! Requests of the call for speech. An agent is usually asked for words by a message in the caller's place.

use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::Session;
use super::dialect::{Dialect, Presence};
use super::plan::Plan;
use crate::assistant::remote::act::Act;
use crate::assistant::remote::words::{CONTINUE, exact_words, line_instructions};
use crate::messages::Attention;

/// Things to say that may be queued.
const ASKS_MAX: usize = 32;
/// Time to wait for the agent's own first words before it is asked for some, in ms.
const FIRST_WORDS_MS_MAX: u64 = 900;
/// Time that an answer to the caller has priority over the call's request, in ms.
const ANSWER_FIRST_MS_MAX: u64 = 2_500;
/// Pause after a request that the agent could not fulfil, in ms.
const REFUSED_MS: u64 = 400;
/// Time that a request is repeated while nobody speaks, in ms: the caller waits for the words. After that the request is made in
/// another way, which is not refused.
const REFUSED_MS_MAX: u64 = 4_000;
/// Longest delay of our own speech detector for speech by which the provider is interrupted at once, in ms.
const HEARD_LATE_MS_MAX: u64 = 400;
/// Prefix of messages to an agent in the caller's place, so that it knows who speaks.
pub(in crate::assistant) const FROM_THE_SYSTEM: &str = "[From the telephone system, not from the caller: ";

/// Marks words as the telephone system's, for the model to know.
pub(in crate::assistant) fn from_the_system(what: &str) -> String {
    format!("{FROM_THE_SYSTEM}{what}]")
}

/// Returns a caller's words without the brackets that mark the telephone system's: a visitor can type anything.
pub(in crate::assistant) fn from_the_caller(words: &str) -> String {
    words.replace('[', "(").replace(']', ")")
}

/// Something to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::assistant) enum Ask {
    /// A line of the call.
    Line(Line),
    /// These words.
    Text(String),
    /// An answer to what the caller has written, with those words.
    Caller(String),
    /// Continuing after a lost connection, or after another assistant.
    Continue,
}

impl Ask {
    /// Returns whether only a conversation needs it: it is dropped while the assistant only listens, and any other answer covers
    /// it.
    pub(super) fn is_part_of_conversation(&self) -> bool {
        *self == Self::Continue
    }

    /// Returns whether an assistant that only listens says nothing to it.
    pub(super) fn needs_conversation(&self) -> bool {
        matches!(self, Self::Caller(_) | Self::Continue)
    }

    /// Returns the message to the agent in the caller's place: the caller's own words, or a request marked as not theirs.
    pub(in crate::assistant) fn as_turn(&self, plan: &Plan) -> String {
        let task = match self {
            Self::Caller(words) => return words.clone(),
            Self::Line(line) => line_instructions(*line, &plan.profile),
            Self::Text(words) => exact_words(words),
            Self::Continue => CONTINUE.to_owned(),
        };
        from_the_system(&task)
    }

    /// Returns the words, if they are given verbatim.
    pub(in crate::assistant) fn exact<'a>(&'a self, plan: &'a Plan) -> Option<&'a str> {
        match self {
            Self::Line(Line::Notice) => plan.profile.notice.as_deref(),
            Self::Line(Line::Greeting) => plan.profile.greeting.as_deref(),
            Self::Text(words) => Some(words),
            Self::Line(_) | Self::Caller(_) | Self::Continue => None,
        }
    }

    /// Returns the line that it is, if it is one.
    pub(super) fn line(&self) -> Option<Line> {
        match self {
            Self::Line(line) => Some(*line),
            Self::Text(_) | Self::Caller(_) | Self::Continue => None,
        }
    }
}

/// A request that has not begun to be answered.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PendingAsk {
    pub(super) ask: Ask,
    /// The caller began to speak after it.
    is_spoken_into: bool,
    /// When the caller interrupted it, or it interrupted an answer before it.
    interrupted_at: Option<UnixMs>,
}

impl<D: Dialect> Session<D> {
    /// Queues a request of the call.
    pub(super) fn want(&mut self, ask: Ask) {
        self.speaks_to_nobody = false;
        if self.links.has_agent_left() {
            // The agent has already said its goodbye and left.
            return self.say_nothing(ask.line());
        }
        if self.asks.len() == ASKS_MAX {
            self.asks.pop_front();
        }
        self.asks.push_back(ask);
    }

    /// Reports an utterance without sound, so that the call does not wait for words that can't be said.
    fn say_nothing(&mut self, line: Option<Line>) {
        self.finish_open();
        self.cease_comfort();
        let item = self.voice.playout.number();
        self.acts.push(Act::Begin { item, line });
        self.acts.push(Act::Complete(String::new()));
    }

    /// Returns until when the agent's own first words are awaited.
    fn awaits_first_words(&self) -> Option<UnixMs> {
        let begun_at = self.links.first_words_due_since()?;
        let until = begun_at + FIRST_WORDS_MS_MAX;
        (until > self.now).then_some(until)
    }

    /// Returns until when an answer to the caller goes first.
    fn awaits_answer(&self) -> Option<UnixMs> {
        let until = self.answer_due_since? + ANSWER_FIRST_MS_MAX;
        (until > self.now).then_some(until)
    }

    /// Returns until when the agent's answer to speech goes first whose words are still due: it covers what continuing would say.
    fn awaits_answer_to_speech(&self) -> Option<UnixMs> {
        let until = self.hearing.awaits_to_all_since()? + ANSWER_FIRST_MS_MAX;
        (until > self.now).then_some(until)
    }

    /// Returns until when more may arrive of an answer that is dropped: a request meanwhile would mistake it for its answer.
    fn awaits_leftovers(&self) -> Option<UnixMs> {
        let answer = self.answer.as_ref().filter(|answer| self.can.reports_ends && answer.is_muted)?;
        answer.continues_until().filter(|until| *until >= self.now)
    }

    /// Handles a request that can't be fulfilled now: it is made again, unless it needs no answer any more.
    pub(super) fn refused(&mut self) {
        if let Some(PendingAsk { ask, .. }) = self.asked.take() {
            if self.attention == Attention::Listen && ask.needs_conversation() {
                self.refused_since = None;
                return;
            }
            self.asks.push_front(ask);
            self.asks_held_until = Some(self.now + REFUSED_MS);
            let since = self.refused_since.unwrap_or(self.now);
            // A request never interrupts the caller: it waits for as long as they speak.
            self.refused_since = (!self.caller_is_heard()).then_some(since);
        }
    }

    /// Handles a request that has interrupted an earlier answer, or was interrupted by the caller. It was the caller if they are
    /// heard to speak.
    pub(super) fn perhaps_refused(&mut self) {
        let now = self.now;
        if let Some(asked) = &mut self.asked {
            asked.interrupted_at = Some(now);
            if asked.is_spoken_into {
                self.refused();
            }
        }
    }

    /// Notes that our own detector hears the caller begin to speak before anything of the last request has arrived.
    pub(super) fn spoken_into_request(&mut self) {
        let now = self.now;
        if let Some(asked) = &mut self.asked {
            asked.is_spoken_into = true;
            if asked.interrupted_at.is_some_and(|at| now.ms_since(at) <= HEARD_LATE_MS_MAX) {
                self.refused();
            }
        }
    }

    /// Returns whether the caller speaks, judged by our own detector or the agent's.
    fn caller_is_heard(&self) -> bool {
        self.hearing.is_speaking() || self.hearing.is_loud()
    }

    /// Returns whether the next request was refused for so long that it is made in another way.
    fn insists(&self) -> bool {
        let is_long = |since: UnixMs| self.now.ms_since(since) >= REFUSED_MS_MAX;
        self.refused_since.is_some_and(is_long) && !self.caller_is_heard()
    }

    /// Returns when the next request may be made, if it has to wait.
    pub(super) fn asks_deadline(&self) -> Option<UnixMs> {
        let activity = self.presence_deadline();
        let next = (!self.asks.is_empty())
            .then(|| {
                let playing = Some(self.voice.playout.until).filter(|until| *until > self.now);
                let held = self.asks_held_until.filter(|until| *until > self.now);
                let is_typed = matches!(self.asks.front(), Some(Ask::Caller(_)));
                // Dropped sound may still arrive at exactly that moment.
                let leftovers = self.awaits_leftovers().map(|until| until + 1);
                let others = if is_typed { [None, None] } else { [self.awaits_answer(), leftovers] };
                // Any other request does not wait for it.
                let is_going_on = self.asks.iter().all(Ask::is_part_of_conversation);
                let speech = self.awaits_answer_to_speech().filter(|_| is_going_on);
                let first = [self.awaits_first_words(), self.awaits_other_tools()].into_iter().chain(others);
                first.chain([playing, held, speech]).flatten().max()
            })
            .flatten();
        [activity, next].into_iter().flatten().min()
    }

    /// Returns whether a request may be made now, which may be words that the caller has typed.
    fn may_ask(&self, is_typed: bool) -> bool {
        let is_speaking = self.voice.is_open() || self.voice.playout.until > self.now;
        let is_busy = self.asked.is_some() || self.answer.as_ref().is_some_and(|answer| !answer.is_over());
        // The caller's typed words end the present answer: the rest of it is not awaited.
        let awaits_rest = !is_typed && (self.awaits_answer().is_some() || self.awaits_leftovers().is_some());
        let is_held = self.asks_held_until.is_some_and(|until| until > self.now);
        let awaits_others = self.awaits_first_words().is_some() || self.awaits_other_tools().is_some();
        self.is_live() && !is_speaking && !is_busy && !awaits_rest && !awaits_others && !is_held
    }

    /// Takes the first request that the agent does not fulfil anyway with its answer to the caller.
    fn take_due_ask(&mut self) -> Option<Ask> {
        let is_answered_anyway = self.hearing.is_speaking() || self.awaits_answer_to_speech().is_some();
        let is_due = |ask: &Ask| !(is_answered_anyway && ask.is_part_of_conversation());
        let at = self.asks.iter().position(is_due)?;
        self.asks.remove(at)
    }

    /// Makes the next request, if it is time.
    pub(super) fn ask_next(&mut self) {
        self.be_present();
        let is_typed = matches!(self.asks.front(), Some(Ask::Caller(_)));
        if !self.may_ask(is_typed) {
            return;
        }
        let Some(ask) = self.take_due_ask() else { return };
        if is_typed
            && self.can.reports_ends
            && let Some(answer) = &mut self.answer
        {
            answer.is_cut = true;
        }
        self.answer_gives_way();
        self.send_postponed();
        let messages = match self.insists() {
            true => self.dialect.insist(&ask, &self.plan),
            false => self.dialect.ask(&ask, &self.plan),
        };
        self.asked = Some(PendingAsk { ask, is_spoken_into: false, interrupted_at: None });
        self.links.note_speech();
        messages.into_iter().for_each(|message| self.send(message));
    }

    /// Returns when the next keep-alive is due.
    fn presence_deadline(&self) -> Option<UnixMs> {
        match self.dialect.presence()? {
            Presence::WhileNotHeard(..) if self.hears_caller() => None,
            Presence::WhileNotHeard(..) | Presence::WhileNothingIsSent(..) => self.links.present_at(),
        }
    }

    /// Sends the agent a keep-alive, when it would take the caller for gone.
    fn be_present(&mut self) {
        if self.presence_deadline().is_none_or(|at| at > self.now) {
            return;
        }
        let (every_ms, message) = match self.dialect.presence() {
            None => return,
            Some(Presence::WhileNotHeard(every_ms, message)) => (every_ms, message),
            Some(Presence::WhileNothingIsSent(every_ms, message)) => {
                let due = self.links.sent_at() + every_ms;
                if due > self.now {
                    // Audio was sent since.
                    return self.links.present_until(due);
                }
                (every_ms, message)
            }
        };
        self.links.present_until(self.now + every_ms);
        self.pace.sends(every_ms);
        self.send(message);
    }

    /// Handles an agent that does not answer the request or the caller's words. The call does not wait for an answer.
    pub(super) fn says_nothing(&mut self) {
        self.answer_due_since = None;
        self.refused_since = None;
        self.hearing.stop_awaiting_answer();
        if let Some(PendingAsk { ask, .. }) = self.asked.take()
            && !ask.is_part_of_conversation()
        {
            self.say_nothing(ask.line());
        }
    }

    /// Queues the present answer again after the connection was lost.
    pub(super) fn asks_lost(&mut self, was_cut_off: bool) {
        self.refused_since = None;
        let asked = self.asked.take().map(|asked| asked.ask);
        let again = was_cut_off.then_some(Ask::Continue);
        // The next connection's opening contains the caller's typed words.
        let waited = self.asks.len();
        let Self { asks, dialect, .. } = self;
        asks.retain(|ask| match ask {
            Ask::Caller(words) => {
                dialect.missed(true, words);
                false
            }
            Ask::Line(_) | Ask::Text(_) | Ask::Continue => true,
        });
        let had_read = waited > self.asks.len() || matches!(asked, Some(Ask::Caller(_)));
        let again = again.or(had_read.then_some(Ask::Continue));
        for ask in asked.filter(|ask| !matches!(ask, Ask::Caller(_))).into_iter().chain(again) {
            if !self.asks.contains(&ask) {
                self.asks.push_front(ask);
            }
        }
        if self.attention == Attention::Listen {
            self.asks.retain(|ask| !ask.is_part_of_conversation());
        }
    }
}
