//! A session's knowledge of its provider: its abilities, its messages, and what they mean.

use std::time::Duration;

use cordboard_schema::audio::{Frame, WireFormat};
use cordboard_schema::ids::OutsideId;
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;
use cordboard_schema::usage::TokenUsage;
use serde_json::Value;

use super::asks::Ask;
use super::plan::Plan;
use crate::assistant::provider::ProviderFault;
use crate::assistant::remote::Loss;
use crate::assistant::remote::link::Link;
use crate::assistant::remote::memory::Memory;
use crate::tools::ToolDefinition;

/// Abilities of a provider's protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::assistant) struct Abilities {
    /// The server speaks first, and nothing is sent before.
    pub(in crate::assistant) welcomes: bool,
    /// The opening contains what was said so far.
    pub(in crate::assistant) opens_with_conversation: bool,
    /// It reports when all sound of an answer was sent ([`Event::AllSent`]).
    pub(in crate::assistant) reports_ends: bool,
    /// It reports the heard words of an interrupted answer ([`Event::Corrected`]).
    pub(in crate::assistant) corrects: bool,
    /// It sends keep-alives while nothing else happens. A server that does so and falls silent is dead; the silence of another
    /// one means nothing.
    pub(in crate::assistant) shows_life: bool,
    /// It doesn't answer tool results before it has all of them.
    pub(in crate::assistant) awaits_all_tools: bool,
    /// Time that it waits for the result of a tool, in ms, after which it ignores the result; `None` if it waits for any time.
    pub(in crate::assistant) tool_wait_ms: Option<u64>,
    /// When no audio follows for a while it gets a message ([`Dialect::not_heard`]), and no audio after that. Other servers get
    /// silence while the caller is not to be heard.
    pub(in crate::assistant) ends_audio: bool,
    /// It listens and speaks at the same time, in real time. It is sent audio without gaps ([`Dialect::presence`]) and never
    /// ahead of time. Its sound arrives in real time, including silence. It detects interruptions on its own, and does not report
    /// them; it assumes that all sound it has sent was heard. It may leave the caller's words unanswered.
    pub(in crate::assistant) duplex: bool,
    /// Messages to it cancel an answer that it is about to give: it is sent none before that answer has begun.
    pub(in crate::assistant) words_interrupt: bool,
    /// It answers once the profile's reply delay is over: the caller waits for nothing before that.
    pub(in crate::assistant) keeps_reply_delay: bool,
}

/// Message that keeps a server from assuming that the caller has gone.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) enum Presence<M> {
    /// This message, at this interval in ms, while the server gets silence instead of the caller.
    WhileNotHeard(u64, M),
    /// This message, at this interval in ms, while no audio is sent.
    WhileNothingIsSent(u64, M),
}

/// Opening of a conversation.
#[derive(Debug)]
pub(in crate::assistant) struct Opening<'a> {
    /// Settings that never change on the call.
    pub(in crate::assistant) plan: &'a Plan,
    /// The currently available tools.
    pub(in crate::assistant) tools: &'a [ToolDefinition],
    /// The conversation so far.
    pub(in crate::assistant) memory: &'a Memory,
    /// Words that the caller is going to hear, oldest first.
    pub(in crate::assistant) unheard: Vec<&'a str>,
    /// It is the first conversation of an assistant that serves at once, and nothing was said before.
    pub(in crate::assistant) is_first: bool,
}

/// The answer to a tool call.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) struct ToolAnswer {
    /// The provider's id of the request.
    pub(in crate::assistant) id: String,
    /// The tool.
    pub(in crate::assistant) name: String,
    /// A JSON object.
    pub(in crate::assistant) output: Value,
    /// The tool failed.
    pub(in crate::assistant) is_error: bool,
}

/// A tool call.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) struct ModelToolRequest {
    /// The provider's id.
    pub(in crate::assistant) id: String,
    /// The tool's name as the model wrote it.
    pub(in crate::assistant) name: String,
    /// The arguments: an object, or what the model wrote instead.
    pub(in crate::assistant) arguments: Value,
}

/// The meaning of a server's message for the call.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) enum Event<M> {
    /// The server has sent its first message: it gets its instructions.
    Welcomed,
    /// The conversation has begun.
    Began {
        /// Its id, or a substitute for one.
        session: String,
        /// The provider's name for the call from now on.
        name: Option<OutsideId>,
        /// Audio format that it accepts.
        input: WireFormat,
    },
    /// A piece of the agent's sound.
    Sound {
        /// Its number, which increases.
        number: u64,
        /// The samples.
        frame: Frame,
        /// The words spoken in it, if they are reported.
        words: Option<String>,
    },
    /// The words of the next answer, complete.
    Says(String),
    /// Further words of the answer that is arriving or has arrived.
    SaysMore(String),
    /// Further words of the answer that was sent completely, or was interrupted.
    SaidToo(String),
    /// The request, or the caller's words, get no answer.
    SaysNothing,
    /// All sound of the answer was sent.
    AllSent,
    /// The caller interrupted the agent: sound up to this number is not to be heard.
    Interrupted(u64),
    /// The heard part of the answer, as the agent estimates it.
    Corrected(String),
    /// The caller's words; empty if there were none.
    CallerSaid(String),
    /// Further words of the caller's present or last turn.
    CallerSaysMore {
        /// The words.
        text: String,
        /// No more words of this turn follow.
        is_last: bool,
    },
    /// The agent calls one of our tools.
    ModelToolRequest(ModelToolRequest),
    /// Tool calls with these ids are not wanted any more, and not to be answered.
    ToolsWithdrawn(Vec<String>),
    /// The agent has started a tool of its own with this id, which runs at its provider: it may be silent until that ends.
    OwnToolBegan(String),
    /// A tool with this id has ended, which may be one of the agent's own.
    OwnToolEnded(String),
    /// The agent has ended the conversation: it hangs up after its present words.
    Ends,
    /// The last request can't be fulfilled now.
    Refused,
    /// The last request has interrupted an answer that had not begun to arrive, or the caller has interrupted the request.
    PerhapsRefused,
    /// Usage on top of the minutes of the conversation.
    Used {
        /// The model.
        model: String,
        /// Id of the usage's source.
        source: String,
        /// The tokens used.
        usage: TokenUsage,
    },
    /// Round-trip time.
    RoundTrip(Duration),
    /// A message to send at once.
    Reply(M),
    /// A finding for the operator.
    Finding(String),
    /// The server ends the connection in this many ms: the conversation goes on over another.
    Leaves(u64),
    /// The conversation ends at this time: it goes on in another one, from a pause shortly before.
    ExpiresAt(UnixMs),
    /// The connection has failed.
    Failed {
        /// Why, and whether a retry is worthwhile.
        loss: Loss,
        /// The cause is removed: the next attempt counts as the first.
        is_remedied: bool,
    },
}

/// Outgoing messages of a dialect.
pub(in crate::assistant) type Sent<D> = <<D as Dialect>::Link as Link>::Sent;
/// Incoming messages of a dialect.
pub(in crate::assistant) type Came<D> = <<D as Dialect>::Link as Link>::Came;

/// See the module's description. One dialect serves a whole call.
pub(in crate::assistant) trait Dialect {
    /// A message of the wire.
    type Message: Clone + std::fmt::Debug + PartialEq;
    /// Link to the agent.
    type Link: Link;

    /// Returns the abilities of the protocol.
    fn abilities(&self) -> Abilities;

    /// Returns the name of its minutes in the price list; `None` if it reports its own usage, which is billed instead.
    fn paid_by_minute(&self) -> Option<&str>;

    /// Returns the message that begins a conversation.
    fn open(&mut self, opening: &Opening<'_>) -> Self::Message;

    /// Returns whether the agent speaks first, unasked, in the conversation that was opened last.
    fn speaks_first(&self) -> bool;

    /// Returns the line of the call that its first words are; `None` if they are to be dropped.
    fn first_line(&self, plan: &Plan) -> Option<Line>;

    /// Returns the messages for a fact that needs no answer; empty if it has to wait, and then follows as [`Event::Reply`].
    fn tell(&mut self, what: &str) -> Vec<Self::Message>;

    /// Records what happened while no conversation could be informed: words that the caller has written, or a fact. Returns
    /// whether the dialect delivers it. If it does not, the next opening contains it, because an opening contains the whole
    /// conversation.
    fn missed(&mut self, _by_caller: bool, _words: &str) -> bool {
        false
    }

    /// Returns the messages that ask for words: several if the request is too long for one.
    fn ask(&mut self, ask: &Ask, plan: &Plan) -> Vec<Self::Message>;

    /// Returns the messages that ask for words that were refused for long ([`Event::Refused`]), in a way that is not refused if
    /// there is one.
    fn insist(&mut self, ask: &Ask, plan: &Plan) -> Vec<Self::Message> {
        self.ask(ask, plan)
    }

    /// Notes that the next request may replace a due answer to the caller that has not begun to arrive.
    fn replace_due_answer(&mut self) {}

    /// Returns the messages that answer a tool call.
    fn answer_tool(&mut self, answer: ToolAnswer) -> Vec<Self::Message>;

    /// Returns the message about the heard part of its words after an interruption: `heard` is the beginning of `said`. `None` if
    /// there is no such message.
    fn heard(&mut self, _said: &str, _heard: &str) -> Option<Self::Message> {
        None
    }

    /// Returns the message with the tools from now on; `None` if a conversation can't change them.
    fn offer(&mut self, _tools: &[ToolDefinition]) -> Option<Self::Message> {
        None
    }

    /// Returns the message that the caller is not to be heard from now on.
    fn not_heard(&mut self) -> Option<Self::Message> {
        None
    }

    /// Returns the messages that the caller is to be heard again, and that what waited for that continues.
    fn heard_again(&mut self) -> Vec<Self::Message> {
        Vec::new()
    }

    /// Returns the message that the conversation is over; `None` if closing the connection is enough.
    fn goodbye(&self) -> Option<Self::Message> {
        None
    }

    /// Takes usage that the server has reported and that was not passed on yet: this is the last chance.
    fn last_use(&mut self) -> Option<Event<Self::Message>> {
        None
    }

    /// Handles an opening that was refused for this reason. Returns whether the next one differs, and is worth an immediate
    /// attempt.
    fn opening_refused(&mut self, _fault: &ProviderFault) -> bool {
        false
    }

    /// Returns the keep-alive message; `None` if the server needs none.
    fn presence(&self) -> Option<Presence<Self::Message>>;

    /// Returns a message that a silent but live server answers at once; `None` if there is no such message.
    fn probe(&self) -> Option<Self::Message> {
        None
    }

    /// Parses what the server sent.
    ///
    /// # Errors
    /// It can't be understood; the reason in words.
    fn read(&mut self, came: Came<Self>) -> Result<Vec<Event<Self::Message>>, String>;

    /// Returns the message as it is sent.
    fn packed(message: Self::Message) -> Sent<Self>;

    /// Returns the message with this audio of the caller.
    fn audio(audio: &[u8]) -> Sent<Self>;
}
