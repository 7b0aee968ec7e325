//! Requests of the call for speech. An agent is asked for words, mostly by a message that counts as the caller's words.

use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::Session;
use super::dialect::{Dialect, Presence};
use super::plan::Plan;
use crate::assistant::remote::act::Act;
use crate::assistant::remote::words::{CONTINUE, exact_words, line_instructions};
use crate::messages::Attention;

/// Things to say that may wait.
const ASKS_MAX: usize = 32;
/// Time that the agent's own first words are waited for before it is asked for some, in ms.
const FIRST_WORDS_MS_MAX: u64 = 900;
/// Time that an answer to the caller has priority over the call's request, in ms.
const ANSWER_FIRST_MS_MAX: u64 = 2_500;
/// Pause after a request that the agent could not fulfil, in ms.
const REFUSED_MS: u64 = 400;
/// Time that a request is repeated while nobody speaks, in ms: the caller waits for the words. Then it is made in another way, which is not
/// refused.
const REFUSED_MS_MAX: u64 = 4_000;
/// Time that our own ear takes at most for speech by which the provider is interrupted at once, in ms.
const HEARD_LATE_MS_MAX: u64 = 400;
/// Prefix of messages to an agent in the caller's place, so that it knows who speaks.
pub(in crate::assistant) const FROM_THE_SYSTEM: &str = "[From the telephone system, not from the caller: ";

/// Something to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::assistant) enum Ask {
    /// A line of the call.
    Line(Line),
    /// These words.
    Text(String),
    /// An answer to what the caller has written: these words, as theirs.
    Caller(String),
    /// Going on after a lost connection, or another assistant.
    Continue,
}

impl Ask {
    /// Whether only a conversation needs it: nobody waits for it where the assistant just listens, and any other answer holds
    /// it too.
    pub(super) fn is_part_of_conversation(&self) -> bool {
        *self == Self::Continue
    }

    /// Whether an assistant that just listens says nothing to it.
    pub(super) fn needs_conversation(&self) -> bool {
        matches!(self, Self::Caller(_) | Self::Continue)
    }

    /// Message to the agent in the caller's place: their own words, or a request, in words that can't be theirs.
    pub(in crate::assistant) fn as_turn(&self, plan: &Plan) -> String {
        let task = match self {
            Self::Caller(words) => return words.clone(),
            Self::Line(line) => line_instructions(*line, &plan.profile),
            Self::Text(words) => exact_words(words),
            Self::Continue => CONTINUE.to_owned(),
        };
        format!("{FROM_THE_SYSTEM}{task}]")
    }

    /// The words, where every one of them is given.
    pub(in crate::assistant) fn exact<'a>(&'a self, plan: &'a Plan) -> Option<&'a str> {
        match self {
            Self::Line(Line::Notice) => plan.profile.notice.as_deref(),
            Self::Line(Line::Greeting) => plan.profile.greeting.as_deref(),
            Self::Text(words) => Some(words),
            Self::Line(_) | Self::Caller(_) | Self::Continue => None,
        }
    }

    /// The line that it is.
    pub(super) fn line(&self) -> Option<Line> {
        match self {
            Self::Line(line) => Some(*line),
            Self::Text(_) | Self::Caller(_) | Self::Continue => None,
        }
    }
}

/// Something that was asked for and has not begun.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PendingAsk {
    pub(super) ask: Ask,
    /// The caller began to speak behind it.
    is_spoken_into: bool,
    /// When the caller has interrupted it, or it has interrupted an answer before it.
    interrupted_at: Option<UnixMs>,
}

impl<D: Dialect> Session<D> {
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

    /// Until when the agent's answer to speech goes first whose words are on their way: it holds what going on would say.
    fn awaits_answer_to_speech(&self) -> Option<UnixMs> {
        let until = self.hearing.awaits_to_all_since()? + ANSWER_FIRST_MS_MAX;
        (until > self.now).then_some(until)
    }

    /// Until when more may come of an answer that is left out: a request meanwhile would take it for its answer.
    fn awaits_leftovers(&self) -> Option<UnixMs> {
        let answer = self.answer.as_ref().filter(|answer| self.can.tells_ends && answer.is_muted)?;
        answer.goes_on_until().filter(|until| *until >= self.now)
    }

    /// The last request can't be fulfilled now: it is made once more, unless nothing is to be said to it any more.
    pub(super) fn refused(&mut self) {
        if let Some(PendingAsk { ask, .. }) = self.asked.take() {
            if self.attention == Attention::Listen && ask.needs_conversation() {
                self.refused_since = None;
                return;
            }
            self.asks.push_front(ask);
            self.asks_held_until = Some(self.now + REFUSED_MS);
            let since = self.refused_since.unwrap_or(self.now);
            // Nobody is interrupted by what has to be said: a request waits for as long as they speak.
            self.refused_since = (!self.caller_is_heard()).then_some(since);
        }
    }

    /// The last request has interrupted an answer before it, or the caller has interrupted the request: the caller has where they
    /// are heard to speak.
    pub(super) fn perhaps_refused(&mut self) {
        let now = self.now;
        if let Some(asked) = &mut self.asked {
            asked.interrupted_at = Some(now);
            if asked.is_spoken_into {
                self.refused();
            }
        }
    }

    /// Our own ear hears the caller begin to speak, and nothing has come of the last request.
    pub(super) fn spoken_into_request(&mut self) {
        let now = self.now;
        if let Some(asked) = &mut self.asked {
            asked.is_spoken_into = true;
            if asked.interrupted_at.is_some_and(|at| now.ms_since(at) <= HEARD_LATE_MS_MAX) {
                self.refused();
            }
        }
    }

    /// Whether the caller speaks, to judge by our own ear or the agent's.
    fn caller_is_heard(&self) -> bool {
        self.hearing.is_speaking() || self.hearing.is_loud()
    }

    /// Whether the next request was refused for so long that it is made in another way.
    fn insists(&self) -> bool {
        let is_long = |since: UnixMs| self.now.ms_since(since) >= REFUSED_MS_MAX;
        self.refused_since.is_some_and(is_long) && !self.caller_is_heard()
    }

    /// When what is wanted may be asked for, if that is later.
    pub(super) fn asks_deadline(&self) -> Option<UnixMs> {
        let activity = self.presence_deadline();
        let next = (!self.asks.is_empty())
            .then(|| {
                let playing = Some(self.voice.playout.until).filter(|until| *until > self.now);
                let held = self.asks_held_until.filter(|until| *until > self.now);
                let is_typed = matches!(self.asks.front(), Some(Ask::Caller(_)));
                // Leftovers may come at that very moment still.
                let leftovers = self.awaits_leftovers().map(|until| until + 1);
                let others = if is_typed { [None, None] } else { [self.awaits_answer(), leftovers] };
                // Anything else that is wanted does not wait for it.
                let is_going_on = self.asks.iter().all(Ask::is_part_of_conversation);
                let speech = self.awaits_answer_to_speech().filter(|_| is_going_on);
                let first = [self.awaits_first_words(), self.awaits_other_tools()].into_iter().chain(others);
                first.chain([playing, held, speech]).flatten().max()
            })
            .flatten();
        [activity, next].into_iter().flatten().min()
    }

    /// Asks for what is wanted next, if now is the time.
    pub(super) fn ask_next(&mut self) {
        self.be_present();
        let is_speaking = self.voice.is_open() || self.voice.playout.until > self.now;
        let is_busy = self.asked.is_some() || self.answer.as_ref().is_some_and(|answer| !answer.is_over());
        if !self.is_live() || is_speaking || is_busy || self.awaits_first_words().is_some() {
            return;
        }
        // The caller's typed words end the present answer: the rest of it is not waited for.
        let is_typed = matches!(self.asks.front(), Some(Ask::Caller(_)));
        if !is_typed && (self.awaits_answer().is_some() || self.awaits_leftovers().is_some()) {
            return;
        }
        if self.awaits_other_tools().is_some() {
            return;
        }
        if self.asks_held_until.is_some_and(|until| until > self.now) {
            return;
        }
        let is_answered_anyway = self.hearing.is_speaking() || self.awaits_answer_to_speech().is_some();
        let is_due = |ask: &Ask| !(is_answered_anyway && ask.is_part_of_conversation());
        let Some(at) = self.asks.iter().position(is_due) else { return };
        let Some(ask) = self.asks.remove(at) else { return };
        if is_typed
            && self.can.tells_ends
            && let Some(answer) = &mut self.answer
        {
            answer.is_cut = true;
        }
        self.answer_gives_way();
        self.tell_what_waited();
        let message = match self.insists() {
            true => self.dialect.insist(&ask, &self.plan),
            false => self.dialect.ask(&ask, &self.plan),
        };
        self.asked = Some(PendingAsk { ask, is_spoken_into: false, interrupted_at: None });
        self.links.somebody_spoke();
        self.send(message);
    }

    /// Time of the next sign to the agent that somebody is there.
    fn presence_deadline(&self) -> Option<UnixMs> {
        match self.dialect.presence()? {
            Presence::WhileNotHeard(..) if self.hears_caller() => None,
            Presence::WhileNotHeard(..) | Presence::WhileNothingIsSent(..) => self.links.present_at(),
        }
    }

    /// Tells the agent that somebody is there, where it would doubt that.
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

    /// The agent does not answer the request or the caller's words. The call does not wait for that.
    pub(super) fn says_nothing(&mut self) {
        self.server_owes = None;
        self.refused_since = None;
        self.hearing.owes_nothing();
        if let Some(PendingAsk { ask, .. }) = self.asked.take()
            && !ask.is_part_of_conversation()
        {
            self.say_nothing(ask.line());
        }
    }

    /// The connection is gone: its present answer is owed again.
    pub(super) fn asks_lost(&mut self, was_cut_off: bool) {
        self.refused_since = None;
        let asked = self.asked.take().map(|asked| asked.ask);
        let again = was_cut_off.then_some(Ask::Continue);
        // The next connection's opening brings the caller's typed words.
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
