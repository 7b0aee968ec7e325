//! A session's knowledge of its provider: its abilities, its messages, their meaning.

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
    /// The opening brings what was said so far.
    pub(in crate::assistant) opens_with_conversation: bool,
    /// It reports when all sound of an answer was sent ([`Event::AllSent`]).
    pub(in crate::assistant) tells_ends: bool,
    /// It reports the heard words of an answer that it was interrupted in ([`Event::Corrected`]).
    pub(in crate::assistant) corrects: bool,
    /// It sends signs of life while nothing else happens. A server that does so
    /// and falls silent is dead; the silence of another one means nothing.
    pub(in crate::assistant) shows_life: bool,
    /// It says nothing to the results of tools before it has them all.
    pub(in crate::assistant) awaits_all_tools: bool,
    /// It gets a message that no audio follows for a while ([`Dialect::not_heard`]), and no audio then. With others silence takes the
    /// place of a caller who is not to be heard.
    pub(in crate::assistant) ends_audio: bool,
    /// It listens and speaks at the same time, by the clock. It is sent audio without gaps ([`Dialect::presence`]) and never ahead of
    /// time. Its sound comes in real time, silence too. It finds out by itself that it is interrupted, and does not report it; it
    /// takes sound that it has sent for heard. It may leave the caller's words without an answer.
    pub(in crate::assistant) duplex: bool,
    /// Words that it is told end an answer that it is about to give: it is told nothing before that has begun.
    pub(in crate::assistant) words_interrupt: bool,
    /// It answers once the profile's reply delay is over: the caller has nothing to wait for before.
    pub(in crate::assistant) keeps_reply_delay: bool,
}

/// Message that keeps a server from believing that nobody is there.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) enum Presence<M> {
    /// This, so often, while it hears silence in the place of the caller.
    WhileNotHeard(u64, M),
    /// This, so often, while no audio is sent.
    WhileNothingIsSent(u64, M),
}

/// Opening of a conversation.
#[derive(Debug)]
pub(in crate::assistant) struct Opening<'a> {
    /// Settings that never change on the call.
    pub(in crate::assistant) plan: &'a Plan,
    /// The tools that there are now.
    pub(in crate::assistant) tools: &'a [ToolDefinition],
    /// The conversation so far.
    pub(in crate::assistant) memory: &'a Memory,
    /// Words that the caller is going to hear, oldest first.
    pub(in crate::assistant) unheard: Vec<&'a str>,
    /// It is the first conversation of an assistant that serves at once, and nothing was said before.
    pub(in crate::assistant) is_first: bool,
}

/// The answer to a request for a tool.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) struct ToolAnswer {
    /// The provider's id of the request.
    pub(in crate::assistant) id: String,
    /// The tool.
    pub(in crate::assistant) name: String,
    /// A JSON object.
    pub(in crate::assistant) output: Value,
    /// It did not do what it should.
    pub(in crate::assistant) is_error: bool,
}

/// A request for a tool.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) struct ModelToolRequest {
    /// The provider's id.
    pub(in crate::assistant) id: String,
    /// The tool's name as the model wrote it.
    pub(in crate::assistant) name: String,
    /// The arguments: an object, or what the model wrote in its place.
    pub(in crate::assistant) arguments: Value,
}

/// Meaning of a server's message for the call.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) enum Event<M> {
    /// The server has sent its first message: it gets its instructions.
    Welcomed,
    /// The conversation has begun.
    Began {
        /// Its id, or what stands for one.
        session: String,
        /// The call is to be known by its name from now on.
        name: Option<OutsideId>,
        /// Audio that it takes.
        input: WireFormat,
    },
    /// A piece of the agent's sound.
    Sound {
        /// Its number, which grows.
        number: u64,
        /// The samples.
        frame: Frame,
        /// The words in it, if they are reported.
        words: Option<String>,
    },
    /// The words of the answer that comes next, all of them.
    Says(String),
    /// Further words of the answer that comes, or has come.
    SaysMore(String),
    /// Further words of the answer whose sound was all sent, or cut off.
    SaidToo(String),
    /// The request, or the caller's words, get no answer.
    SaysNothing,
    /// All sound of the answer was sent.
    AllSent,
    /// The caller has spoken into what the agent says: sound up to this number is not to be heard.
    Interrupted(u64),
    /// The heard part of the answer, as the agent estimates it.
    Corrected(String),
    /// The caller's words; empty if there were none.
    CallerSaid(String),
    /// Further words of what the caller says, or has said.
    CallerSaysMore {
        /// The words.
        text: String,
        /// None follow of this turn.
        is_last: bool,
    },
    /// Tools of ours are asked for.
    ModelToolRequest(ModelToolRequest),
    /// Requests of these ids are not wanted any more, and not to be answered.
    ToolsWithdrawn(Vec<String>),
    /// The agent has begun a tool of its own, of this id, which runs at its provider: it may be silent until that ends.
    OwnToolBegan(String),
    /// A tool of this id has ended, which may be one of its own.
    OwnToolEnded(String),
    /// The agent has ended the conversation: it hangs up once it has said what it says.
    Ends,
    /// The last request can't be fulfilled now.
    Refused,
    /// The last request has ended an answer of which nothing had come, or the caller has interrupted the request.
    PerhapsRefused,
    /// Usage beside the minutes of the conversation.
    Used {
        /// The model.
        model: String,
        /// Id of the usage's source.
        source: String,
        /// The tokens used.
        usage: TokenUsage,
    },
    /// Round trip time.
    RoundTrip(Duration),
    /// This is to be sent at once.
    Reply(M),
    /// A finding for the operator.
    Finding(String),
    /// The server ends the connection in so many ms, whatever happens on it: the conversation goes on over another.
    Leaves(u64),
    /// The conversation ends then, whatever happens: it goes on in another one from a pause shortly before.
    ExpiresAt(UnixMs),
    /// The connection is over.
    Failed {
        /// Why, and whether another attempt is worth it.
        loss: Loss,
        /// The cause is removed: the next attempt is the first of its kind.
        is_remedied: bool,
    },
}

/// Outgoing messages of a dialect.
pub(in crate::assistant) type Sent<D> = <<D as Dialect>::Link as Link>::Sent;
/// Incoming messages of a dialect.
pub(in crate::assistant) type Came<D> = <<D as Dialect>::Link as Link>::Came;

/// See the module's description. One serves a whole call.
pub(in crate::assistant) trait Dialect {
    /// A message of the wire.
    type Message: Clone + std::fmt::Debug + PartialEq;
    /// Link to the agent.
    type Link: Link;

    /// Abilities of the protocol.
    fn abilities(&self) -> Abilities;

    /// The name of its minutes in the prices; none if its own usage reports are paid.
    fn paid_by_minute(&self) -> Option<&str>;

    /// The message that begins a conversation.
    fn open(&mut self, opening: &Opening<'_>) -> Self::Message;

    /// Whether the agent says something first in the conversation that was opened last, without being asked.
    fn speaks_first(&self) -> bool;

    /// The line of the call that its first words are; none if they are to be left out.
    fn first_line(&self, plan: &Plan) -> Option<Line>;

    /// Tells it something to be known, and not to be answered; nothing if that has to wait, and then comes as [`Event::Reply`].
    fn tell(&mut self, what: &str) -> Vec<Self::Message>;

    /// Notes what came while no conversation was there to be told: words that the caller has written, or something to be known. Returns
    /// whether the dialect sees to it. Else an opening that is still to come has it, as it brings all of the conversation.
    fn missed(&mut self, _by_caller: bool, _words: &str) -> bool {
        false
    }

    /// Asks for words.
    fn ask(&mut self, ask: &Ask, plan: &Plan) -> Self::Message;

    /// Asks for words that were refused for long ([`Event::Refused`]), in a way that is not refused where there is one.
    fn insist(&mut self, ask: &Ask, plan: &Plan) -> Self::Message {
        self.ask(ask, plan)
    }

    /// The next request may come in the place of an answer that it owes the caller, and of which nothing has come.
    fn owes_answer(&mut self) {}

    /// Answers a request for a tool.
    fn answer_tool(&mut self, answer: ToolAnswer) -> Vec<Self::Message>;

    /// Message on the heard part of its words, if they were cut: `heard` is
    /// the beginning of `said`. None if there is no such message.
    fn heard(&mut self, _said: &str, _heard: &str) -> Option<Self::Message> {
        None
    }

    /// Message with the tools from now on; none if a conversation can't change them.
    fn offer(&mut self, _tools: &[ToolDefinition]) -> Option<Self::Message> {
        None
    }

    /// Tells that the caller is not to be heard from now on.
    fn not_heard(&mut self) -> Option<Self::Message> {
        None
    }

    /// Tells that the caller is to be heard again, and that what waited for that goes on.
    fn heard_again(&mut self) -> Vec<Self::Message> {
        Vec::new()
    }

    /// Says that the conversation is over; none if the end of the connection says that.
    fn goodbye(&self) -> Option<Self::Message> {
        None
    }

    /// Use that the server has reported and that was not told so far: nobody will tell it later.
    fn last_use(&mut self) -> Option<Event<Self::Message>> {
        None
    }

    /// The opening of a connection was refused for this reason. Returns
    /// whether the next one is another, and worth an attempt at once.
    fn opening_refused(&mut self, _fault: &ProviderFault) -> bool {
        false
    }

    /// Message that keeps the server there; none if it needs none.
    fn presence(&self) -> Option<Presence<Self::Message>>;

    /// Message that a present but silent server answers at once; none if there is no such message.
    fn probe(&self) -> Option<Self::Message> {
        None
    }

    /// Reads what the server sent.
    ///
    /// # Errors
    /// It can't be understood; why, in words.
    fn read(&mut self, came: Came<Self>) -> Result<Vec<Event<Self::Message>>, String>;

    /// The message as it is sent.
    fn packed(message: Self::Message) -> Sent<Self>;

    /// The message that brings this audio of the caller.
    fn audio(audio: &[u8]) -> Sent<Self>;
}
