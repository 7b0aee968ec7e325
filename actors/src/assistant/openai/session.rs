//! A conversation with OpenAI Realtime, as a pure machine: no socket, no clock, no runtime.
//!
//! Inputs are orders of the call, events of the server, established and lost connections, and the time; outputs are [`Act`]s. One
//! `Session` lasts for the whole call, over as many connections as it takes.
//!
//! | file | subject |
//! | --- | --- |
//! | `links.rs` | connections: made, set up, lost, replaced |
//! | `setup.rs` | settings of a session |
//! | `answers.rs` | requests for answers, and the end of each |
//! | `voice.rs` | the assistant's words, and the part of them that was heard |
//! | `hearing.rs` | the caller's words |
//! | `functions.rs` | function calls |
//! | `doubt.rs` | a provider that seems not to hear the caller |
//! | `comfort.rs` | sound while the caller waits |
//! | `memory.rs` | the conversation, for a session that continues it |

mod act;
mod answers;
mod comfort;
mod doubt;
mod failures;
mod functions;
mod hearing;
mod links;
mod memory;
mod setup;
mod voice;

use std::collections::VecDeque;

pub use act::{Act, LinkId, Loss, Retry};
use answers::{PendingAnswer, Running, Want};
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::usage::TokenUsage;
use cordboard_schema::wire::openai::{ClientEvent, ClientMessage, OutputItemKind, RateLimit, ServerEvent};
pub use failures::{failure_of, fault_of};
use functions::Batches;
use hearing::Hearing;
use links::Links;
pub use setup::Plan;
pub(super) use setup::{greeting_params, written_session};
use voice::Voice;

use super::super::provider::ProviderFault;
use crate::assistant::remote::asked_ids::AskedIds;
use crate::assistant::remote::comfort::Comfort;
use crate::assistant::remote::memory::Memory;
use crate::messages::{AssistantOrder, Attention, Entrance};

/// Share of a rate limit below which the operator gets a warning.
const RATE_LOW: f64 = 0.05;

/// See the module's description.
#[derive(Debug)]
pub struct Session {
    plan: Plan,
    now: UnixMs,
    acts: Vec<Act>,
    events_numbered: u64,
    /// Id of the newest event that changed the session while it was live.
    updated_by: String,
    attention: Attention,
    /// Another assistant serves the call until this one is ordered to take over.
    waits: bool,
    /// The call knows that the assistant is ready.
    is_ready: bool,
    /// The assistant has given up: nothing more is done.
    has_failed: bool,
    /// The call is over: nothing more is requested.
    is_over: bool,
    links: Links,
    /// The things that wait to be said, oldest first.
    wants: VecDeque<Want>,
    asked: Option<PendingAnswer>,
    running: Vec<Running>,
    /// Since when the server has to answer what the caller said.
    answer_due_since: Option<UnixMs>,
    /// Since when output of the server is due.
    awaits_since: Option<UnixMs>,
    /// Length in ms of the speech that the server did not report, until it answers the check whether it still hears the caller.
    doubted_ms: Option<u64>,
    /// Length in ms of the last speech that no session has heard and the call does not know of, until the caller has sound of an answer.
    unheard_ms: Option<u64>,
    /// Number of failed answers in a row.
    failures: usize,
    /// Since when answers fail; reported to the call.
    failing_since: Option<UnixMs>,
    /// Until when no answer is requested.
    held_until: Option<UnixMs>,
    /// The caller has cut something short that the call has to say: it waits until they are answered.
    gives_way: bool,
    /// The server refuses instructions for a single answer.
    instructions_refused: bool,
    /// The server names in each answer the request of ours that it belongs to.
    server_sends_tags: bool,
    rates_low: bool,
    voice: Voice,
    hearing: Hearing,
    batches: Batches,
    /// Ids under which the call knows the newest function calls.
    call_names: AskedIds,
    comfort: Comfort,
    memory: Memory,
}

impl Session {
    /// Returns a session that begins to connect.
    pub fn new(plan: Plan, now: UnixMs) -> Self {
        let mut session = Self {
            now,
            acts: Vec::new(),
            events_numbered: 0,
            updated_by: String::new(),
            attention: Attention::Converse,
            waits: plan.entrance == Entrance::WhenOrdered,
            is_ready: false,
            has_failed: false,
            is_over: false,
            links: Links::new(plan.patience, now, plan.seed),
            wants: VecDeque::new(),
            asked: None,
            running: Vec::new(),
            answer_due_since: None,
            awaits_since: None,
            doubted_ms: None,
            unheard_ms: None,
            failures: 0,
            failing_since: None,
            held_until: None,
            gives_way: false,
            instructions_refused: false,
            server_sends_tags: false,
            rates_low: false,
            voice: Voice::new(plan.first_item, now),
            hearing: Hearing::default(),
            batches: VecDeque::new(),
            call_names: AskedIds::default(),
            comfort: Comfort::new(plan.one_moment.clone()),
            memory: Memory::of(&plan.history),
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
    pub fn take_acts(&mut self) -> impl Iterator<Item = Act> + use<> {
        std::mem::take(&mut self.acts).into_iter()
    }

    /// Returns when [`tick`](Self::tick) is due at the latest.
    pub fn next_deadline(&self) -> Option<UnixMs> {
        if self.has_failed {
            return None;
        }
        let deadlines =
            [self.links_deadline(), self.comfort_deadline(), self.hearing.next_deadline(), self.held_until()];
        deadlines.into_iter().flatten().min()
    }

    /// Returns whether the server hears the caller speak, as far as it has reported.
    pub fn hears_speech(&self) -> bool {
        self.hearing.is_speaking()
    }

    /// Returns whether words of the caller, or the usage of an answer that was ended with the call, are still due.
    pub fn has_words_due(&self) -> bool {
        self.hearing.has_words_due() || self.is_usage_due()
    }

    /// Advances the time.
    pub fn tick(&mut self, now: UnixMs) {
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
    pub fn order(&mut self, order: AssistantOrder, now: UnixMs) {
        if !self.advance(now) {
            return;
        }
        match order {
            AssistantOrder::Say(line) => self.want(Want::Line(line)),
            AssistantOrder::SayText(words) => self.want(Want::Text(words)),
            AssistantOrder::Happened(what) => self.happened(&what),
            AssistantOrder::CallerTyped(words) => self.caller_typed(&words),
            AssistantOrder::Attend(attention) => self.attend(attention),
            AssistantOrder::Heard { item, heard_ms, end } => self.heard(item, heard_ms, end),
            AssistantOrder::ToolResult { tool_call, outcome } => self.tool_ended(&tool_call, &outcome),
            AssistantOrder::TakeOver { said, first_item } => self.take_over(&said, first_item),
            AssistantOrder::GoOn => self.want(Want::Continue),
            AssistantOrder::Tools(tools) => self.plan.tools = tools,
            AssistantOrder::Resync | AssistantOrder::Stop => {}
        }
        self.settle();
    }

    /// Takes an event of the server.
    pub fn event(&mut self, link: LinkId, event: ServerEvent<'_>, now: UnixMs) {
        if !self.advance(now) || !self.hears_from(link) {
            return;
        }
        // A session that is over did not answer the check, and does not answer the caller.
        if self.is_live(link) && !is_end(&event) {
            self.doubted_ms = None;
        }
        match event {
            ServerEvent::SessionCreated(report) => self.session_created(link, &report),
            ServerEvent::SessionUpdated(report) => self.session_updated(link, &report),
            ServerEvent::Error(error) if !self.is_live(link) => self.setup_error(link, &error),
            event if self.is_live(link) => self.live_event(event),
            _ => {}
        }
        self.settle();
    }

    fn live_event(&mut self, event: ServerEvent<'_>) {
        if is_of_answer(&event) {
            self.answer_arrived();
        }
        match event {
            ServerEvent::AudioDelta { response_id, item_id, audio } => {
                self.unheard_ms = None;
                self.audio(&response_id, &item_id, &audio)
            }
            ServerEvent::TranscriptDelta { item_id, text } => self.words(&item_id, &text, false),
            ServerEvent::TranscriptDone { item_id, text } => self.words(&item_id, &text, true),
            ServerEvent::OutputItemDone { response_id, item } => {
                if let OutputItemKind::Message { text } = &item.kind {
                    self.message_done(&response_id, &item.id, text);
                }
            }
            ServerEvent::SpeechStarted { item_id, audio_start_ms } => {
                self.speech_started(item_id, audio_start_ms);
            }
            ServerEvent::SpeechStopped { audio_end_ms, .. } => self.speech_stopped(audio_end_ms),
            ServerEvent::Transcribed { item_id, text, usage } => self.transcribed(&item_id, text, usage),
            ServerEvent::NotTranscribed { item_id, .. } => self.not_transcribed(&item_id),
            ServerEvent::ResponseCreated(report) => self.response_created(&report),
            ServerEvent::ResponseDone(report) => self.response_done(report),
            ServerEvent::RateLimits(rates) => self.rate_limits_reported(&rates),
            ServerEvent::Error(error) => self.error(&error),
            ServerEvent::SessionCreated(_)
            | ServerEvent::SessionUpdated(_)
            | ServerEvent::ItemAdded { .. }
            | ServerEvent::OutputItemAdded { .. }
            | ServerEvent::Other { .. } => {}
        }
    }

    fn rate_limits_reported(&mut self, rates: &[RateLimit]) {
        let low = rates.iter().find(|rate| rate.limit > 0.0 && rate.remaining < rate.limit * RATE_LOW);
        if let (Some(RateLimit { name, limit, remaining, reset_seconds }), false) = (low, self.rates_low) {
            self.acts.push(Act::Warn(format!(
                "the provider's rate of {name} is nearly used up: {remaining} of {limit} are left, whole again in \
                 {reset_seconds} s"
            )));
        }
        self.rates_low = low.is_some();
    }

    /// Does what is due now. Called after each input.
    fn settle(&mut self) {
        if self.has_failed {
            return;
        }
        self.check_words();
        self.awaits_since = self.awaits_server().then_some(self.awaits_since.unwrap_or(self.now));
        self.mind_links();
        if self.has_failed {
            return;
        }
        self.send_tools();
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
        self.end_voice();
        self.report_unheard();
        self.has_failed = true;
        self.acts.push(Act::Fail(fault));
    }

    /// Reports usage under a unique name: each session of a server may number its answers alike. An answer without an id stays without one.
    fn used(&mut self, model: String, source: String, usage: TokenUsage) {
        let source = match self.links.live_id() {
            Some(LinkId(number @ 2..)) if !source.is_empty() => format!("{source}@{number}"),
            _ => source,
        };
        self.acts.push(Act::Used { model, source, usage });
    }

    fn next_event_id(&mut self) -> String {
        self.events_numbered += 1;
        format!("cb_{}", self.events_numbered)
    }

    /// Sends an event to the session that carries the conversation; without one it is dropped.
    fn send(&mut self, event: ClientEvent) {
        let event_id = self.next_event_id();
        if matches!(event, ClientEvent::SessionUpdate { .. }) {
            self.updated_by.clone_from(&event_id);
        }
        self.send_with(event_id, event);
    }

    fn send_with(&mut self, event_id: String, event: ClientEvent) {
        if let Some(link) = self.links.live_id() {
            self.send_to(link, event_id, event);
        }
    }

    fn send_to(&mut self, link: LinkId, event_id: String, event: ClientEvent) {
        self.acts.push(Act::Send(link, Box::new(ClientMessage { event_id, event })));
    }
}

/// Returns whether an event says that nothing more comes from the session: it has expired, or the account may not go on.
fn is_end(event: &ServerEvent<'_>) -> bool {
    let ServerEvent::Error(error) = event else { return false };
    let failure = failure_of(error);
    failure == ProviderFailure::SessionExpired || !failure.is_worth_a_retry()
}

/// Returns whether an event shows that the server makes an answer.
fn is_of_answer(event: &ServerEvent<'_>) -> bool {
    match event {
        ServerEvent::AudioDelta { .. }
        | ServerEvent::TranscriptDelta { .. }
        | ServerEvent::TranscriptDone { .. }
        | ServerEvent::OutputItemAdded { .. }
        | ServerEvent::OutputItemDone { .. }
        | ServerEvent::ResponseCreated(_)
        | ServerEvent::ResponseDone(_) => true,
        // For example chunks of a function's parameters.
        ServerEvent::Other { kind } => kind.starts_with("response."),
        _ => false,
    }
}
