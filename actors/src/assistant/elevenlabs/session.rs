//! A conversation with an agent at ElevenLabs, as a pure machine: no socket, no clock, no runtime.
//!
//! The agent is whole at ElevenLabs: it finds turns, answers, and asks for its tools by itself. It says what it says first
//! without being asked, and there is no message that asks for one certain answer, stops one or takes one back. So a line of the
//! call is asked for in words ([`asks`]), an answer's end is known by its sound ([`voice`]), and what is not to be heard is left
//! out on this side.
//!
//! | file | subject |
//! | --- | --- |
//! | `links.rs` | the connection: made, begun, lost, followed by another |
//! | `asks.rs` | what the call wants said |
//! | `voice.rs` | what the agent says, and what was heard of it |
//! | `hearing.rs` | what the caller says |
//! | `tools.rs` | tools that the agent asks for |
//! | `setup.rs` | what an agent is told at the beginning |
//! | `comfort.rs` | sound while the caller waits |

mod asks;
mod comfort;
mod hearing;
mod links;
mod setup;
mod tools;
mod voice;

use std::collections::VecDeque;
use std::time::Duration;

use asks::{Ask, Asked};
use cordboard_schema::ids::ItemId;
use cordboard_schema::said::Said;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::elevenlabs::{ClientMessage, ServerEvent};
use hearing::Hearing;
use links::Links;
pub use setup::Plan;
use tools::Tools;
use voice::{Answer, Voice};

use super::super::provider::ProviderFault;
use super::failures::loss_of;
use crate::assistant::remote;
use crate::assistant::remote::LinkId;
use crate::assistant::remote::comfort::Comfort;
use crate::assistant::remote::memory::Memory;
use crate::messages::{AssistantOrder, Attention, Entrance};

/// A way there and back that took longer is no measure of a connection on which somebody talks.
const ROUND_TRIP_MAX: Duration = Duration::from_secs(60);

/// One thing that a session wants done.
pub type Act = remote::Act<ClientMessage>;

/// See the module's description.
#[derive(Debug)]
pub struct Session {
    plan: Plan,
    now: UnixMs,
    acts: Vec<Act>,
    attention: Attention,
    /// Another assistant serves the call until this one is told to take over.
    waits: bool,
    /// The call knows that the assistant is there.
    is_ready: bool,
    /// The assistant has given up: nothing more is done.
    has_failed: bool,
    links: Links,
    /// The things that wait to be said, oldest first.
    asks: VecDeque<Ask>,
    asked: Option<Asked>,
    /// The answer that the agent gives now, or is about to give.
    answer: Option<Answer>,
    /// Since when the agent owes an answer to words of the caller that it has understood.
    server_owes: Option<UnixMs>,
    /// Since when the agent has something to say to us.
    awaits_since: Option<UnixMs>,
    voice: Voice,
    hearing: Hearing,
    tools: Tools,
    comfort: Comfort,
    memory: Memory,
}

impl Session {
    /// A session that begins to connect.
    pub fn new(plan: Plan, now: UnixMs) -> Self {
        let mut session = Self {
            now,
            acts: Vec::new(),
            attention: Attention::Converse,
            waits: plan.entrance == Entrance::WhenTold,
            is_ready: false,
            has_failed: false,
            links: Links::new(now, plan.seed),
            asks: VecDeque::new(),
            asked: None,
            answer: None,
            server_owes: None,
            awaits_since: None,
            voice: Voice::new(plan.first_item, now),
            hearing: Hearing::default(),
            tools: Tools::default(),
            comfort: Comfort::new(plan.one_moment.clone()),
            memory: Memory::of(&plan.history),
            plan,
        };
        session.settle();
        session
    }

    /// Takes the acts that wait to be done, in order. No act is given twice.
    pub fn take_acts(&mut self) -> Vec<Act> {
        std::mem::take(&mut self.acts)
    }

    /// When [`tick`](Self::tick) is due, at the latest.
    pub fn next_deadline(&self) -> Option<UnixMs> {
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
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Whether words of what the caller said last are on their way.
    pub fn words_owed(&self) -> bool {
        self.hearing.words_owed()
    }

    /// Time has passed.
    pub fn tick(&mut self, now: UnixMs) {
        if self.goes_on(now) {
            self.settle();
        }
    }

    /// It is now. Says whether anything is still to be done: nothing follows a failure.
    fn goes_on(&mut self, now: UnixMs) -> bool {
        self.now = self.now.max(now);
        !self.has_failed
    }

    /// The call wants something. Its wish to stop is none of the session's business.
    pub fn order(&mut self, order: AssistantOrder, now: UnixMs) {
        if !self.goes_on(now) {
            return;
        }
        match order {
            AssistantOrder::Say(line) => self.want(Ask::Line(line)),
            AssistantOrder::SayText(words) => self.want(Ask::Text(words)),
            AssistantOrder::GoOn => self.want(Ask::Continue),
            AssistantOrder::Happened(what) => self.happened(&what),
            AssistantOrder::Attend(attention) => self.attend(attention),
            AssistantOrder::Heard { item, heard_ms, end } => self.heard(item, heard_ms, end),
            AssistantOrder::ToolResult { tool_call, outcome } => self.tool_ended(&tool_call, &outcome),
            AssistantOrder::TakeOver { said, first_item } => self.take_over(&said, first_item),
            // Its tools are declared at ElevenLabs: one that the call does not offer now is refused when it is asked for.
            AssistantOrder::Tools(_) | AssistantOrder::Resync | AssistantOrder::Stop => {}
        }
        self.settle();
    }

    /// The model is to know of something, and asked for nothing.
    fn happened(&mut self, what: &str) {
        self.send(ClientMessage::ContextualUpdate { text: what.to_owned() });
        self.memory.happened(what);
    }

    /// From now on the caller's words are taken like this.
    fn attend(&mut self, attention: Attention) {
        self.attention = attention;
        if attention == Attention::Listen {
            self.server_owes = None;
            self.hearing.owes_nothing();
            self.asks.retain(|ask| !ask.is_part_of_conversation());
            // There is no message that stops an answer: it is left out from here on.
            if let Some(answer) = self.answer.as_mut().filter(|answer| answer.is_part_of_conversation()) {
                answer.is_muted = true;
            }
        }
    }

    /// From now on it serves the call, of which this was said so far. A session that does not stand at the moment is told when
    /// it does.
    fn take_over(&mut self, said: &[Said], first_item: ItemId) {
        self.waits = false;
        self.voice.playout.number_from(first_item);
        self.memory = Memory::of(said);
        self.tell_conversation();
    }

    /// A server's event.
    pub fn event(&mut self, link: LinkId, event: ServerEvent<'_>, now: UnixMs) {
        if !self.goes_on(now) || !self.hears_from(link) {
            return;
        }
        match event {
            ServerEvent::Started { conversation_id, output, input } => {
                self.started(link, conversation_id, &output, &input);
            }
            ServerEvent::Ping { event_id, ping_ms } => {
                self.send_to(link, ClientMessage::Pong { event_id });
                let took = ping_ms.map(Duration::from_millis).filter(|took| *took <= ROUND_TRIP_MAX);
                self.acts.extend(took.map(Act::RoundTrip));
            }
            ServerEvent::Error(error) => self.error(link, &error),
            event if self.is_live() => self.live_event(event),
            _ => {}
        }
        self.settle();
    }

    fn live_event(&mut self, event: ServerEvent<'_>) {
        match event {
            ServerEvent::Audio { event_id, audio, words } => self.audio(event_id, &audio, words),
            ServerEvent::Interruption { event_id } => self.interrupted(event_id),
            ServerEvent::AgentResponse { text } => self.responds(text),
            ServerEvent::Correction { corrected, .. } => self.corrected(&corrected),
            ServerEvent::UserTranscript { text } => self.transcribed(text),
            ServerEvent::ToolCall { tool_call_id, name, parameters } => {
                self.tool_asked(tool_call_id, name, parameters);
            }
            ServerEvent::AgentEnds => self.agent_ends(),
            ServerEvent::Started { .. }
            | ServerEvent::Ping { .. }
            | ServerEvent::Error(_)
            | ServerEvent::Tentative
            | ServerEvent::Other { .. } => {}
        }
    }

    fn error(&mut self, link: LinkId, error: &cordboard_schema::wire::elevenlabs::ErrorReport) {
        let mut loss = loss_of(error);
        if error.error_type.as_deref() == Some("override_error") && self.plan.sends_overrides() {
            // The agent goes on as it is at ElevenLabs.
            self.plan.overrides_refused = true;
            loss.retry = remote::Retry::Soon;
            self.acts.push(Act::Warn(format!(
                "the agent does not let its settings be overridden, and is used as it is: {}",
                loss.fault.reason
            )));
        }
        self.acts.push(Act::Close(link));
        self.link_lost(link, loss);
    }

    /// Does what is due now. Run after each input, whatever it was.
    fn settle(&mut self) {
        if self.has_failed {
            return;
        }
        self.check_words();
        self.mind_voice();
        self.awaits_since = self.awaits_server().then_some(self.awaits_since.unwrap_or(self.now));
        self.mind_links();
        if self.has_failed {
            return;
        }
        self.release_tools();
        self.ask_next();
        self.awaits_since = self.awaits_server().then_some(self.awaits_since.unwrap_or(self.now));
        self.comfort_caller();
    }

    /// The assistant can't go on: what it was saying ends where it is.
    fn fail(&mut self, fault: ProviderFault) {
        if self.has_failed {
            return;
        }
        self.cease_comfort();
        self.finish_open();
        self.has_failed = true;
        self.acts.push(Act::Fail(fault));
    }

    /// Sends a message on the connection that carries the conversation; without one it is lost.
    fn send(&mut self, message: ClientMessage) {
        if let Some(link) = self.links.live_id() {
            self.send_to(link, message);
        }
    }

    fn send_to(&mut self, link: LinkId, message: ClientMessage) {
        self.acts.push(Act::Send(link, Box::new(message)));
    }

    /// Whether the provider is to hear the caller, and not silence in their place: it would answer what is no part of a
    /// conversation with it.
    pub fn hears_caller(&self) -> bool {
        self.attention == Attention::Converse && !self.waits
    }

    /// Whether the agent has something to say to us.
    fn awaits_server(&self) -> bool {
        let is_due = |answer: &Answer| answer.is_about_to_speak() && !answer.is_muted;
        let is_about_to_speak = self.answer.as_ref().is_some_and(is_due);
        self.asked.is_some() || self.server_owes.is_some() || is_about_to_speak
    }

    /// Whether the caller has something to hear that has not begun.
    fn owes_sound(&self) -> bool {
        self.owes_answer() || self.tools_run()
    }

    /// Whether they wait for nothing but people whom tools have asked for.
    fn waits_for_people(&self) -> bool {
        !self.owes_answer() && self.tools_run() && self.tools.ask_people_only()
    }

    fn tools_run(&self) -> bool {
        !self.tools.is_empty() && self.attention == Attention::Converse
    }

    fn owes_answer(&self) -> bool {
        let is_due = |answer: &Answer| answer.is_about_to_speak() && !answer.is_muted;
        self.asked.is_some()
            || !self.asks.is_empty()
            || (self.server_owes.is_some() && self.attention == Attention::Converse)
            || self.answer.as_ref().is_some_and(is_due)
            || self.hearing.is_answer_awaited(self.now)
    }
}
