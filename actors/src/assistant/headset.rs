//! The headset: everything that a provider hears of its call, and everything that it can say to it.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::{ItemId, LegId, OutsideId};
use cordboard_schema::line::Line;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::usage::TokenUsage;
use tokio::sync::mpsc;

use super::memory::Memory;
use super::provider::ProviderFault;
use super::tap::{Tap, Tapped};
use crate::call::neighbours::{CallFacts, NewAssistant};
use crate::media::{Ear, EarCounters, Mouth, Port};
use crate::messages::{AssistantOrder, CallLine, Entrance};
use crate::meters::AssistantMeter;
use crate::tools::ToolDefinition;

/// A provider's end of a call.
///
/// It keeps the order that the call relies on: an utterance is reported before its first sample is heard, and is complete after
/// its last; later sound of an interrupted one is not heard.
///
/// Boxed: providers pass it on to each other, and the future of each reserves room for it for as long as the call lasts.
#[derive(Debug)]
pub struct Headset(Box<Parts>);

#[derive(Debug)]
struct Parts {
    leg: LegId,
    provider: &'static str,
    speaks_text: bool,
    profile: Arc<AgentProfile>,
    tools: Arc<[ToolDefinition]>,
    history: Vec<SpokenLine>,
    entrance: Entrance,
    waited_ms: u64,
    has_next: bool,
    on_ready: OnReady,
    rate: SampleRate,
    ear: Ear,
    mouth: Mouth,
    call: CallLine,
    orders: mpsc::Receiver<Box<AssistantOrder>>,
    next_item: ItemId,
    /// The newest interrupted utterance: nothing more of it, or of those before it, is heard.
    cut: Option<ItemId>,
    memory: RefCell<Memory>,
    meter: AssistantMeter,
    facts: CallFacts,
    /// Losses of the ear that were counted already.
    counted: EarCounters,
    /// A listener, if there is one.
    tap: Option<Tap>,
}

/// A provider's next input.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The call orders something.
    Order(AssistantOrder),
    /// The caller's audio, at [`Headset::hears_at`] (or G.711 octets, if the port accepts them); usually 20 ms.
    Caller(Frame),
}

/// An utterance that was begun and is not complete. Utterances follow one another: the next one begins after the last is
/// complete.
#[derive(Debug)]
#[must_use = "an utterance that is not completed never leaves the caller's ear"]
pub struct Utterance {
    item: ItemId,
    audio_us: u64,
}

impl Utterance {
    /// Returns its number, as [`AssistantOrder::Heard`] names it.
    pub fn item(&self) -> ItemId {
        self.item
    }

    /// Returns the milliseconds of audio that were sent for it, heard or not.
    pub fn audio_ms(&self) -> u64 {
        self.audio_us / 1000
    }
}

/// Action that runs once, when the assistant is ready.
#[derive(Default)]
struct OnReady(Cell<Option<Box<dyn FnOnce()>>>);

impl fmt::Debug for OnReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnReady")
    }
}

impl Headset {
    /// Returns the headset of an assistant, with the orders that the call gives it.
    pub(super) fn new(
        assistant: NewAssistant,
        provider: &'static str,
        speaks_text: bool,
        orders: mpsc::Receiver<Box<AssistantOrder>>,
    ) -> Self {
        let NewAssistant {
            leg,
            at,
            profile,
            tools,
            history,
            entrance,
            waited_ms,
            port: Port { mouth, ear },
            rate,
            first_item,
            call,
            meter,
            facts,
            ..
        } = assistant;
        Self(Box::new(Parts {
            leg,
            provider,
            speaks_text,
            profile,
            tools,
            history,
            entrance,
            waited_ms,
            has_next: at.has_next,
            on_ready: OnReady::default(),
            rate,
            ear,
            mouth,
            call,
            orders,
            next_item: first_item,
            cut: None,
            memory: RefCell::default(),
            meter,
            facts,
            counted: EarCounters::default(),
            tap: None,
        }))
    }

    /// Returns the agent profile that answers this call.
    pub fn profile(&self) -> &Arc<AgentProfile> {
        &self.0.profile
    }

    /// Returns the call's tools, as a model gets them.
    pub fn tools(&self) -> &Arc<[ToolDefinition]> {
        &self.0.tools
    }

    /// Returns the conversation on this call before this assistant joined, oldest first. Empty for the first one.
    pub fn history(&self) -> &[SpokenLine] {
        &self.0.history
    }

    /// Returns facts about the call itself.
    pub fn call_facts(&self) -> &CallFacts {
        &self.0.facts
    }

    /// Returns whether another voice can take over if this one fails: then a caller waits for this one only for a short,
    /// unnoticed time.
    pub fn has_next(&self) -> bool {
        self.0.has_next
    }

    /// Runs this once, when the assistant is ready.
    pub(crate) fn when_ready(&self, notify: impl FnOnce() + 'static) {
        self.0.on_ready.0.set(Some(Box::new(notify)));
    }

    /// Adds a listener from now on.
    pub(crate) fn tap(&mut self, tap: Tap) {
        self.0.tap = Some(tap);
    }

    /// Returns when it begins to serve the call.
    pub fn entrance(&self) -> Entrance {
        self.0.entrance
    }

    /// Returns how long the caller had been waiting for the first sound of the call when it was started, in ms.
    pub fn waited_ms(&self) -> u64 {
        self.0.waited_ms
    }

    /// Returns the sample rate of the caller's audio in [`Input::Caller`].
    pub fn hears_at(&self) -> SampleRate {
        self.0.ear.rate()
    }

    /// Returns the sample rate of the caller's own connection: sound at this rate needs no conversion.
    pub fn speaks_best_at(&self) -> SampleRate {
        self.0.rate
    }

    /// Returns whether anybody hears the assistant; otherwise it is not on the line at the moment.
    pub(crate) fn is_heard(&self) -> bool {
        self.0.mouth.listeners() > 0
    }

    /// Waits for an order or for the caller's audio; orders come first. Cancel safe. Once the call has released its assistant, it
    /// always returns [`AssistantOrder::Stop`].
    pub async fn next(&mut self) -> Input {
        loop {
            tokio::select! {
                biased;
                order = self.0.orders.recv() => {
                    let order = order.map_or(AssistantOrder::Stop, |order| *order);
                    match &order {
                        AssistantOrder::Heard { item, end: PlayedEnd::Cleared, .. } => {
                            self.0.cut = self.0.cut.max(Some(*item));
                        }
                        AssistantOrder::ToolResult { tool_call, .. } => {
                            self.0.memory.borrow_mut().answered(tool_call);
                        }
                        AssistantOrder::TakeOver { first_item, .. } => self.0.next_item = *first_item,
                        AssistantOrder::Tools(tools) => self.0.tools = Arc::clone(tools),
                        AssistantOrder::Resync => {
                            self.say_again();
                            continue;
                        }
                        _ => {}
                    }
                    if let Some(tap) = &self.0.tap {
                        tap.tell(Tapped::Order(order.clone()));
                    }
                    return Input::Order(order);
                }
                heard = self.0.ear.next_frame() => {
                    self.0.meter.ear(&mut self.0.counted, self.0.ear.counters());
                    if let Some(waited) = heard.waited {
                        self.0.meter.taken_after(waited);
                    }
                    if let Some(frame) = heard.frame {
                        if let Some(tap) = &self.0.tap {
                            tap.caller(&frame);
                        }
                        return Input::Caller(frame);
                    }
                }
            }
        }
    }

    /// Reports a fact to the call, and remembers it for a call that is restarted.
    fn tell(&self, fact: Fact) {
        self.0.memory.borrow_mut().keep(&fact);
        if let Some(tap) = &self.0.tap {
            tap.tell(Tapped::Fact(fact.clone()));
        }
        self.0.call.fact(fact);
    }

    fn say_again(&self) {
        let facts = self.0.memory.borrow().facts();
        facts.into_iter().for_each(|fact| self.0.call.fact(fact));
    }

    /// Reports to the call that the assistant is connected and can be asked to speak.
    pub fn ready(&self) {
        if let Some(notify) = self.0.on_ready.0.take() {
            notify();
        }
        self.tell(Fact::AssistantReady {
            leg: self.0.leg,
            provider: self.0.provider.to_owned(),
            speaks_text: self.0.speaks_text,
        });
    }

    /// Reports to the call that the connection to the provider is lost, and that it reconnects.
    pub fn interrupted(&self, fault: &ProviderFault) {
        let ProviderFault { failure, reason } = fault.clone();
        self.tell(Fact::AssistantInterrupted { leg: self.0.leg, failure, reason });
    }

    /// Reports to the call that the conversation goes on after [`interrupted`](Self::interrupted).
    pub fn restored(&self, attempts: u32, away_ms: u64) {
        self.tell(Fact::AssistantRestored { leg: self.0.leg, attempts, away_ms });
    }

    /// Reports the usage of an answer or a transcription; `source` is the provider's id of it.
    pub fn used(&self, model: &str, source: &str, usage: TokenUsage) {
        let (model, source) = (model.to_owned(), source.to_owned());
        self.tell(Fact::Usage { leg: self.0.leg, model, source, usage });
    }

    /// Returns the number that the next utterance will have.
    pub fn next_item(&self) -> ItemId {
        self.0.next_item
    }

    /// Begins an utterance; `line` is the order that it answers, if any.
    pub fn begin(&mut self, line: Option<Line>) -> Utterance {
        let item = self.0.next_item;
        self.0.next_item = ItemId(item.0 + 1);
        self.tell(Fact::ItemStarted { leg: self.0.leg, item, line });
        Utterance { item, audio_us: 0 }
    }

    /// Sends the next piece of an utterance, of any length, rate and law, as fast as it arrives: the listeners' lanes queue it
    /// for playout.
    pub fn speak(&self, utterance: &mut Utterance, frame: Frame) {
        utterance.audio_us += frame.sample_count() as u64 * 1_000_000 / u64::from(frame.rate().hz());
        if !self.is_cut(utterance.item) {
            self.0.mouth.speak(Some(utterance.item), frame);
        }
    }

    /// Reports that all audio of an utterance was sent, and its words: the whole text, or the part before the provider broke off.
    pub fn complete(&self, utterance: Utterance, text: impl Into<String>) {
        let item = utterance.item;
        let needs_end = !self.is_cut(item);
        if needs_end {
            self.0.mouth.end_item(item);
        }
        self.tell(Fact::ItemComplete { item, text: text.into(), audio_ms: utterance.audio_ms() });
        if needs_end && self.0.mouth.listeners() == 0 {
            // No ear will report its end, and the call would wait for that.
            self.tell(Fact::PlayedUntil { item, heard_ms: 0, end: PlayedEnd::Cleared });
        }
    }

    /// Reports that an utterance was interrupted, and how much of it was heard according to the provider: the call need not
    /// estimate it.
    pub fn complete_cut(&self, utterance: Utterance, text: impl Into<String>, heard_ms: u64) {
        // The part that was not heard does not belong to it.
        let audio_us = utterance.audio_us.min(heard_ms.saturating_mul(1_000));
        self.complete(Utterance { audio_us, ..utterance }, text);
    }

    /// Reports to the call the provider's name for it.
    pub fn known_as(&self, name: OutsideId) {
        self.tell(Fact::OutsideIdAdded { outside_id: name });
    }

    /// Records the round-trip time to the provider, as the provider measures it.
    pub fn round_trip(&self, took: Duration) {
        self.0.meter.round_trip(self.0.provider, took);
    }

    /// Reports that the caller begins to speak.
    pub fn speech_started(&self) {
        self.0.meter.speech_started();
        self.tell(Fact::SpeechStarted);
    }

    /// Reports that the caller has spoken for `speech_ms`.
    pub fn speech_stopped(&self, speech_ms: u64) {
        self.tell(Fact::SpeechStopped { speech_ms });
    }

    /// Reports the caller's words.
    pub fn transcript(&self, text: impl Into<String>) {
        self.tell(Fact::Transcript { text: text.into() });
    }

    /// Requests a tool. The answer is always an [`AssistantOrder::ToolResult`] with the same `tool_call`.
    pub fn call_tool(&self, tool_call: String, name: String, arguments: serde_json::Value) {
        self.tell(Fact::ToolCall { tool_call, name, arguments });
    }

    fn is_cut(&self, item: ItemId) -> bool {
        Some(item) <= self.0.cut
    }
}
