//! A conversation with an agent that is hosted at its provider, as a pure machine: no socket, no clock, no runtime.
//!
//! The agent detects turns, answers, and calls its tools on its own. No message takes an answer back, and none reports how much
//! of one was heard. So a line of the call is requested in words ([`asks`]), and sound that is not to be heard is dropped on this
//! side ([`voice`]). A [`Dialect`] defines the abilities and messages of its provider's protocol.
//!
//! | file | subject |
//! | --- | --- |
//! | `dialect.rs` | the parts that differ for each provider |
//! | `links.rs` | the connection: made, begun, lost; `links/`: left before its end, or silent |
//! | `asks.rs` | requests of the call for speech |
//! | `voice.rs`, `answer.rs` | the agent's words, and the part of them that was heard |
//! | `hearing.rs` | the caller's words |
//! | `tools.rs` | tools that the agent calls |
//! | `own_tools.rs` | tools that run at its provider |
//! | `plan.rs` | settings that never change on a call |
//! | `comfort.rs` | sound while the caller waits |
//! | `duplex.rs` | an agent that listens and speaks at the same time, in real time |

mod answer;
pub(in crate::assistant) mod asks;
mod comfort;
pub(in crate::assistant) mod dialect;
mod duplex;
mod hearing;
mod links;
mod own_tools;
pub(in crate::assistant) mod plan;
#[cfg(test)]
pub(in crate::assistant) mod tests;
mod tools;
mod voice;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use answer::Answer;
use asks::{Ask, PendingAsk, from_the_caller};
use cordboard_schema::fold::Role;
use cordboard_schema::ids::ItemId;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::time::UnixMs;
use dialect::{Abilities, Came, Dialect, Event};
use duplex::Pace;
use hearing::Hearing;
use links::Links;
use plan::Plan;
use tools::Tools;
use voice::Voice;

use super::act;
use super::comfort::Comfort;
use super::loss::LinkId;
use super::memory::Memory;
use super::service::Audible;
use crate::assistant::provider::ProviderFault;
use crate::messages::{AssistantOrder, Attention, Entrance};
use crate::tools::ToolDefinition;

/// Longest plausible round trip; a longer one does not measure a connection with a live conversation.
const ROUND_TRIP_MAX: Duration = Duration::from_secs(60);

/// Messages that may wait for the beginning of an answer.
const LATE_MESSAGES_MAX: usize = 32;

/// Longest silence of an agent, in ms, while the caller keeps speaking after words that it has understood. It reports more of
/// their words by then. The sound may be a television, or a caller who asks a dead line again and again whether anyone is there.
const CALLER_CONTINUES_MS_MAX: u64 = 30_000;

/// One thing that a session wants done.
pub(in crate::assistant) type Act<D> = act::Act<<D as Dialect>::Message>;

/// See the module's description.
pub(in crate::assistant) struct Session<D: Dialect> {
    dialect: D,
    can: Abilities,
    plan: Plan,
    /// The tools that the call offers now.
    offered: Arc<[ToolDefinition]>,
    now: UnixMs,
    acts: Vec<Act<D>>,
    attention: Attention,
    /// Another assistant serves the call until this one is ordered to take over.
    waits: bool,
    /// The assistant has put the caller on hold by its own tool: it goes on working, and nobody hears it.
    has_put_on_hold: bool,
    /// The call knows that the assistant is ready.
    is_ready: bool,
    /// The assistant has given up: nothing more is done.
    has_failed: bool,
    links: Links,
    /// The requests that wait, oldest first.
    asks: VecDeque<Ask>,
    asked: Option<PendingAsk>,
    /// The messages that the agent gets once its answer to the caller has begun, oldest first.
    postponed_messages: VecDeque<String>,
    /// The messages that the conversation being opened does not contain: they arrived after its opening, and are sent once it is
    /// confirmed.
    late_messages: VecDeque<String>,
    /// Whether the tools have changed since it was opened.
    offers_late: bool,
    /// No request is made until then.
    asks_held_until: Option<UnixMs>,
    /// Since when the next request is refused again and again while nobody speaks.
    refused_since: Option<UnixMs>,
    /// The answer that the agent gives now, or is about to give.
    answer: Option<Answer>,
    /// Since when the agent has to answer words of the caller that it has understood.
    answer_due_since: Option<UnixMs>,
    /// Since when output of the agent is due.
    awaits_since: Option<UnixMs>,
    voice: Voice,
    hearing: Hearing,
    tools: Tools,
    comfort: Comfort,
    memory: Memory,
    /// The caller's audio that was sent to a duplex agent.
    pace: Pace,
    /// The agent was informed that the conversation is over.
    said_goodbye: bool,
    /// The agent has begun to speak before the call wanted any words, as while a phone rings: its own words are dropped until the
    /// call wants some, or the caller speaks.
    speaks_to_nobody: bool,
}

impl<D: Dialect> Session<D> {
    /// Returns a session that begins to connect.
    pub(in crate::assistant) fn new(dialect: D, plan: Plan, now: UnixMs) -> Self {
        let mut session = Self {
            can: dialect.abilities(),
            dialect,
            offered: Arc::clone(&plan.tools),
            now,
            acts: Vec::new(),
            attention: Attention::Converse,
            waits: plan.entrance == Entrance::WhenOrdered,
            has_put_on_hold: false,
            is_ready: false,
            has_failed: false,
            links: Links::new(plan.patience, now, plan.seed),
            asks: VecDeque::new(),
            asked: None,
            postponed_messages: VecDeque::new(),
            late_messages: VecDeque::new(),
            offers_late: false,
            asks_held_until: None,
            refused_since: None,
            answer: None,
            answer_due_since: None,
            awaits_since: None,
            voice: Voice::new(plan.first_item, now),
            hearing: Hearing::new(now),
            tools: Tools::default(),
            comfort: Comfort::new(plan.one_moment.clone()),
            memory: Memory::of(&plan.history),
            pace: Pace::from(now),
            said_goodbye: false,
            speaks_to_nobody: false,
            plan,
        };
        if session.continues_call() {
            session.comfort.taken_over(now, &mut session.voice.playout);
        } else if !session.waits {
            session.comfort.opens(now - session.plan.waited_ms, &mut session.voice.playout);
        }
        session.settle();
        session
    }

    /// Returns whether it takes over from another assistant in the middle of a call.
    fn continues_call(&self) -> bool {
        !self.waits && !self.plan.history.is_empty()
    }

    /// Takes the acts that wait to be carried out, in order. No act is returned twice.
    pub(in crate::assistant) fn take_acts(&mut self) -> Vec<Act<D>> {
        std::mem::take(&mut self.acts)
    }

    /// Returns when [`tick`](Self::tick) is due at the latest.
    pub(in crate::assistant) fn next_deadline(&self) -> Option<UnixMs> {
        if self.has_failed {
            return None;
        }
        let deadlines = [
            self.links_deadline(),
            self.stall_deadline(),
            self.comfort_deadline(),
            self.hearing_deadline(),
            self.voice_deadline(),
            self.asks_deadline(),
            self.tools_deadline(),
            self.duplex_deadline(),
            self.silent_for_caller_until(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Reports, at the end of the call, the caller's words that arrived in pieces and the usage that was not reported yet.
    pub(in crate::assistant) fn last_words(&mut self) {
        self.report_pieces();
        self.report_last_use();
    }

    /// Reports the remaining usage: no later conversation would.
    fn report_last_use(&mut self) {
        if let Some(Event::Used { model, source, usage }) = self.dialect.last_use() {
            self.acts.push(act::Act::Used { model, source, usage });
        }
    }

    /// Returns whether words of the caller, or the provider's usage report, are still due.
    pub(in crate::assistant) fn has_words_due(&self) -> bool {
        self.hearing.has_words_due() || (self.said_goodbye && self.links.live_id().is_some())
    }

    /// Sends the agent a goodbye at the end of the call.
    pub(in crate::assistant) fn goodbye(&mut self) {
        if self.links.live_id().is_some()
            && let Some(message) = self.dialect.goodbye()
        {
            self.send(message);
            self.said_goodbye = true;
        }
    }

    /// Advances the time.
    pub(in crate::assistant) fn tick(&mut self, now: UnixMs) {
        if self.advance(now) {
            self.settle();
        }
    }

    /// Sets the time. Returns whether anything is still to be done: nothing follows a failure.
    fn advance(&mut self, now: UnixMs) -> bool {
        self.now = self.now.max(now);
        !self.has_failed
    }

    /// Takes an order of the call. The order to stop is handled elsewhere.
    pub(in crate::assistant) fn order(&mut self, order: AssistantOrder, now: UnixMs) {
        if !self.advance(now) {
            return;
        }
        // A hold that is ended from elsewhere is followed by one of these.
        self.has_put_on_hold &=
            !matches!(order, AssistantOrder::Say(_) | AssistantOrder::GoOn | AssistantOrder::Attend(_));
        match order {
            AssistantOrder::Say(line) => self.want(Ask::Line(line)),
            AssistantOrder::SayText(words) => self.want(Ask::Text(words)),
            AssistantOrder::GoOn => self.want(Ask::Continue),
            AssistantOrder::Happened(what) => self.happened(&what),
            AssistantOrder::CallerTyped(words) => self.caller_typed(from_the_caller(&words)),
            AssistantOrder::Attend(attention) => self.attend(attention),
            AssistantOrder::Heard { item, heard_ms, end } => self.heard(item, heard_ms, end),
            AssistantOrder::ToolResult { tool_call, outcome } => self.tool_ended(&tool_call, &outcome),
            AssistantOrder::TakeOver { said, first_item } => self.take_over(&said, first_item),
            AssistantOrder::Tools(tools) => self.offer(tools),
            AssistantOrder::Resync | AssistantOrder::Stop => {}
        }
        self.settle();
    }

    /// Adds a fact for the model, without requesting an answer.
    fn happened(&mut self, what: &str) {
        self.notify_agent(what);
        self.memory.happened(what);
    }

    /// Takes a turn that the caller has typed: it replaces everything else that waits for an answer.
    fn caller_typed(&mut self, words: String) {
        self.memory.said(Role::Caller, &words);
        self.comfort.new_turn();
        self.cease_comfort();
        self.answer_gives_way();
        self.answer_due_since = None;
        self.hearing.stop_awaiting_answer();
        self.asks.retain(|ask| !ask.is_part_of_conversation());
        // No message stops an answer: the rest of it is dropped.
        if let Some(answer) = self.answer.as_mut().filter(|answer| answer.is_part_of_conversation()) {
            answer.is_muted = true;
        }
        // The opening of the next connection contains earlier words.
        let must_be_sent = self.is_live() || self.opening_misses(true, &words);
        self.want(if must_be_sent { Ask::Caller(words) } else { Ask::Continue });
    }

    /// Records something that happened without a conversation. Returns whether a conversation that is already opened misses it.
    fn opening_misses(&mut self, by_caller: bool, words: &str) -> bool {
        !self.dialect.missed(by_caller, words) && self.can.opens_with_conversation && self.links.is_opening()
    }

    /// Changes the tools that may be called. If a conversation can't change them, a call of a tool that is not offered is
    /// refused.
    fn offer(&mut self, tools: Arc<[ToolDefinition]>) {
        if self.is_live()
            && let Some(message) = self.dialect.offer(&tools)
        {
            self.send(message);
        }
        self.offers_late |= self.links.is_opening();
        self.offered = tools;
    }

    /// Sends the agent a fact that needs no answer; without a connection the next opening contains it.
    fn notify_agent(&mut self, what: &str) {
        if !self.is_live() {
            if self.opening_misses(false, what) {
                if self.late_messages.len() == LATE_MESSAGES_MAX {
                    self.late_messages.pop_front();
                }
                self.late_messages.push_back(what.to_owned());
            }
            return;
        }
        if self.can.words_interrupt && self.is_answer_due() {
            if self.postponed_messages.len() == LATE_MESSAGES_MAX {
                self.postponed_messages.pop_front();
            }
            return self.postponed_messages.push_back(what.to_owned());
        }
        self.dialect.tell(what).into_iter().for_each(|message| self.send(message));
    }

    /// Sends a conversation that has begun what happened after its opening.
    fn send_late(&mut self) {
        if std::mem::take(&mut self.offers_late)
            && let Some(message) = self.dialect.offer(&self.offered)
        {
            self.send(message);
        }
        for what in std::mem::take(&mut self.late_messages) {
            self.dialect.tell(&what).into_iter().for_each(|message| self.send(message));
        }
    }

    /// Sends the agent what has waited for its answer. Without a connection the dialect records it: the next opening contains it.
    fn send_postponed(&mut self) {
        for what in std::mem::take(&mut self.postponed_messages) {
            self.dialect.tell(&what).into_iter().for_each(|message| self.send(message));
        }
    }

    /// Changes how the caller's words are treated.
    fn attend(&mut self, attention: Attention) {
        let was_heard = self.hears_caller();
        self.attention = attention;
        let messages = match (was_heard, self.hears_caller()) {
            (true, false) => self.dialect.not_heard().into_iter().collect(),
            (false, true) => self.dialect.heard_again(),
            _ => Vec::new(),
        };
        messages.into_iter().for_each(|message| self.send(message));
        if attention == Attention::Listen {
            self.answer_gives_way();
            self.answer_due_since = None;
            self.hearing.stop_awaiting_answer();
            self.asks.retain(|ask| !ask.needs_conversation());
            // No message stops an answer: the rest of it is dropped. An answer that is played as it arrives is said to its end: a
            // tool that is called meanwhile waits for that.
            let is_being_said = self.speaks_on();
            let is_left_out = |answer: &&mut Answer| answer.needs_conversation() && !is_being_said;
            if let Some(answer) = self.answer.as_mut().filter(is_left_out) {
                answer.is_muted = true;
            }
        }
    }

    /// Takes over the call, in which this was said so far. A session that is not connected yet gets it when it is.
    fn take_over(&mut self, said: &[SpokenLine], first_item: ItemId) {
        self.waits = false;
        self.voice.playout.number_from(first_item);
        self.memory = Memory::of(said);
        self.send_conversation();
    }

    /// Handles a message of the server.
    ///
    /// # Errors
    /// It can't be understood; the reason in words.
    pub(in crate::assistant) fn received(
        &mut self,
        link: LinkId,
        came: Came<D>,
        now: UnixMs,
    ) -> Result<(), String> {
        if !self.advance(now) || !self.hears_from(link) {
            return Ok(());
        }
        for event in self.dialect.read(came)? {
            if self.has_failed || !self.links.is_known(link) {
                break;
            }
            self.event(link, event);
        }
        self.settle();
        Ok(())
    }

    fn event(&mut self, link: LinkId, event: Event<D::Message>) {
        match event {
            Event::Welcomed => self.open(link),
            Event::Began { session, name, input } => self.began(link, &session, (name, input)),
            Event::Reply(message) => self.send_to(link, message),
            Event::RoundTrip(took) => {
                self.acts.extend((took <= ROUND_TRIP_MAX).then_some(act::Act::RoundTrip(took)))
            }
            Event::Used { model, source, usage } => {
                self.acts.push(act::Act::Used { model, source, usage });
            }
            Event::Finding(finding) => self.acts.push(act::Act::Warn(finding)),
            Event::Leaves(in_ms) => self.links.leaves(link, self.now + in_ms),
            Event::ExpiresAt(at) => self.links.expires(link, at, self.now),
            Event::Failed { loss, is_remedied } => {
                self.links.cause_removed(is_remedied);
                self.acts.push(act::Act::Close(link));
                self.link_lost(link, loss);
            }
            event if self.links.live_id() == Some(link) => self.live_event(event),
            _ => {}
        }
    }

    fn live_event(&mut self, event: Event<D::Message>) {
        match event {
            Event::Sound { number, frame, words } => self.sound(number, frame, words),
            Event::Interrupted(number) => self.interrupted(number),
            Event::Says(text) => self.responds(text),
            Event::SaysMore(text) => self.says_more(&text),
            Event::SaidToo(text) => self.said_too(&text),
            Event::SaysNothing => self.says_nothing(),
            Event::AllSent => self.all_sent(),
            Event::Corrected(corrected) => self.corrected(&corrected),
            Event::CallerSaid(text) => self.transcribed(text),
            Event::CallerSaysMore { text, is_last } => self.caller_says_more(&text, is_last),
            Event::ModelToolRequest(asked) => self.tool_asked(asked),
            Event::ToolsWithdrawn(ids) => self.tools_withdrawn(&ids),
            Event::OwnToolBegan(id) => self.links.own_tool_began(id, self.now),
            Event::OwnToolEnded(id) => self.links.own_tool_ended(&id, self.now),
            Event::Ends => self.agent_ends(),
            Event::Refused => self.refused(),
            Event::PerhapsRefused => self.perhaps_refused(),
            Event::Welcomed
            | Event::Began { .. }
            | Event::Used { .. }
            | Event::RoundTrip(_)
            | Event::Reply(_)
            | Event::Finding(_)
            | Event::Leaves(_)
            | Event::ExpiresAt(_)
            | Event::Failed { .. } => {}
        }
    }

    /// Does what is due now. Called after each input.
    fn settle(&mut self) {
        if self.has_failed {
            return;
        }
        self.check_words();
        self.mind_silence();
        self.mind_voice();
        self.awaits_since = self.awaits_server().then_some(self.awaits_since.unwrap_or(self.now));
        self.mind_links();
        if self.has_failed {
            return;
        }
        self.release_tools();
        self.answer_long_tools();
        if self.is_live() && !self.is_answer_due() {
            self.send_postponed();
        }
        self.ask_next();
        self.awaits_since = self.awaits_server().then_some(self.awaits_since.unwrap_or(self.now));
        self.comfort_caller();
    }

    /// Ends the session: the present words end where they are.
    fn fail(&mut self, fault: ProviderFault) {
        if self.has_failed {
            return;
        }
        self.cease_comfort();
        self.finish_open();
        self.report_last_use();
        self.has_failed = true;
        self.acts.push(act::Act::Fail(fault));
    }

    /// Sends a message on the connection that carries the conversation; without one it is dropped.
    fn send(&mut self, message: D::Message) {
        if let Some(link) = self.links.live_id() {
            self.send_to(link, message);
        }
    }

    fn send_to(&mut self, link: LinkId, message: D::Message) {
        self.acts.push(act::Act::Send(link, Box::new(message)));
    }

    /// Returns whether the provider is to hear the caller: it would answer words that are not addressed to it.
    pub(in crate::assistant) fn hears_caller(&self) -> bool {
        self.attention == Attention::Converse && !self.waits
    }

    /// Returns which of the caller's audio is sent to the provider.
    pub(in crate::assistant) fn audible(&self) -> Audible {
        match (self.hears_caller(), self.can.ends_audio) {
            (true, _) => Audible::Caller,
            (false, true) => Audible::Nothing,
            (false, false) => Audible::Silence,
        }
    }

    /// Returns whether an answer to the caller is due of which nothing has arrived.
    fn is_answer_due(&self) -> bool {
        self.answer_due_since.is_some() || self.hearing.is_answer_awaited(self.now)
    }

    /// Drops a due answer in favour of the next request.
    fn answer_gives_way(&mut self) {
        if self.is_answer_due() {
            self.dialect.replace_due_answer();
        }
    }

    /// Returns until when the agent may be silent because the caller continues their words.
    fn silent_for_caller_until(&self) -> Option<UnixMs> {
        let due_since = self.answer_due_since.filter(|_| self.hearing.is_speaking())?;
        Some(due_since + CALLER_CONTINUES_MS_MAX).filter(|until| *until > self.now)
    }

    /// Returns whether output of the agent is due. None is due while the caller is still speaking.
    fn awaits_server(&self) -> bool {
        let is_due = |answer: &Answer| answer.is_due();
        let is_about_to_speak = self.answer.as_ref().is_some_and(is_due);
        let are_words_due =
            self.answer_due_since.is_some() && !self.can.duplex && self.silent_for_caller_until().is_none();
        self.asked.is_some() || are_words_due || is_about_to_speak || self.has_broken_off()
    }

    /// Returns whether the agent still has to report the end of its present answer. An answer that waits for a tool result
    /// continues once the agent has it.
    fn breaks_off(&self) -> bool {
        self.can.reports_ends && self.tools.is_empty() && self.answer.as_ref().is_some_and(Answer::has_no_end)
    }

    /// Returns whether all that has arrived of such an answer was heard, and nothing has followed for a moment.
    fn has_broken_off(&self) -> bool {
        self.breaks_off() && !self.voice.is_open()
    }

    /// Returns whether sound for the caller is due that has not begun.
    fn is_sound_due(&self) -> bool {
        self.has_pending_answer() || self.tools_run()
    }

    /// Returns whether the caller waits only for people whom tools are calling.
    fn waits_for_people(&self) -> bool {
        !self.has_pending_answer() && self.tools_run() && self.tools.ask_people_only()
    }

    fn tools_run(&self) -> bool {
        !self.tools.is_empty() && self.attention == Attention::Converse
    }

    fn has_pending_answer(&self) -> bool {
        let is_due = |answer: &Answer| answer.is_due();
        self.asked.is_some()
            || !self.asks.is_empty()
            || (self.answer_due_since.is_some() && self.attention == Attention::Converse)
            || self.answer.as_ref().is_some_and(is_due)
            || self.has_broken_off()
            || self.hearing.is_answer_awaited(self.now)
    }
}
