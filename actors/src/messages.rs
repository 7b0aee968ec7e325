//! The catalogue: every message that passes between actors, grouped by receiver.
//!
//! Facts are in the past tense, commands in the imperative. No message holds audio: samples travel on cords.

use std::net::{SocketAddr, TcpStream};

use actix::Message;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::{HangupBy, HangupCause, LegKind};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::digit::Digit;
use cordboard_schema::event::{Announcement, Fact, JournalEntry, PlayedEnd};
use cordboard_schema::ids::{CallId, ItemId, LegId, OrganizationId, OutsideId};
use cordboard_schema::line::Line;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::call::live_call::LiveCall;
use crate::line::Asked;
pub use crate::line::{CallLine, LegLine, RegistryLine};
use crate::media::port::Port;
use crate::media::recorder::Track;
use crate::vitals::ActorTree;

// ---------------------------------------------------------------- to the RegistryActor

/// AudioSocket listener -> registry: a connection has said its UUID.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct AudioArrived(pub AudioConnection);

/// An AudioSocket connection on its way from the listener to the arbiter of its call.
#[derive(Debug)]
pub struct AudioConnection {
    /// The UUID of its first frame.
    pub uuid: Uuid,
    /// The socket, non-blocking, registered with no runtime.
    pub stream: TcpStream,
    /// Who connected.
    pub peer: SocketAddr,
    /// What was read behind the UUID's frame.
    pub early: Vec<u8>,
}

/// API -> registry: the dialplan announces a call, or says more of one that is there.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<CallId, Refused>")]
pub struct Expect {
    /// The UUID that the audio will bring.
    pub outside_id: OutsideId,
    /// What the dialplan knows.
    pub announcement: Announcement,
    /// The call that this UUID is a new name of, where the dialplan made a new one.
    pub call: Option<CallRef>,
}

/// API -> registry: the dialplan asks what to do with a caller whose leg ended.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<NextStep, NextFault>")]
pub struct AskNext(pub CallRef);

/// API -> registry: end a call.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), NoSuchCall>")]
pub struct EndCall {
    /// The call.
    pub call_id: CallId,
    /// Who wants it.
    pub by: HangupBy,
    /// Why.
    pub cause: HangupCause,
}

/// API -> registry: have a call do something.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), CommandRefused>")]
pub struct Instruct {
    /// The call.
    pub call_id: CallId,
    /// What.
    pub command: Command,
}

/// What a program or a person asks of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Have the assistant say these words.
    Say(String),
    /// Play these digits to the caller's side.
    SendDtmf(Vec<Digit>),
}

/// Why a command is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandRefused {
    /// There is no live call of that id.
    #[error("no live call of that id")]
    NoSuchCall,
    /// Caller and assistant are not in conversation.
    #[error("the call is not in conversation")]
    NotConversing,
    /// The assistant has only its recordings.
    #[error("the assistant on this call can't say any text: it has recordings only")]
    CannotSpeakText,
}

/// Server -> registry: no new calls; live ones may finish for `timeout_ms`, then they hear goodbye. Answered when
/// the last call is over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Drain {
    /// How long live calls may go on.
    pub timeout_ms: u64,
}

/// Server -> registry: end every call now, with everything stored. Answered when the last call is over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct StopNow;

/// Server, API -> registry: how many of everything there are.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Census")]
pub struct CountCalls;

/// Answer to [`CountCalls`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Census {
    /// Calls whose actor lives, announced and interrupted ones too.
    pub calls: usize,
    /// The most that are admitted.
    pub calls_max: usize,
    /// Legs whose connection is open.
    pub legs: usize,
    /// Assistants whose provider runs.
    pub assistants: usize,
    /// Callers refused for want of room since the start.
    pub refused: u64,
    /// Whether new calls are admitted.
    pub admitting: bool,
}

/// API -> registry: the actors, with their vital signs.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "ActorTree")]
pub struct AskActors;

/// Declares what the registry is asked, each with the place where its answer goes.
macro_rules! requests {
    ($($(#[$doc:meta])* $request:ident,)*) => {
        /// All that reaches the registry, on its [`RegistryLine`].
        #[derive(Debug)]
        pub enum ToRegistry {
            $($(#[$doc])* $request(Asked<$request>),)*
            /// A call's actor -> registry: the actor is no more. Here is the call: it is over, or wants another actor.
            ActorGone(Box<LiveCall>),
            /// Registry -> itself: the time of a [`Drain`] is up.
            DrainExpired,
            /// Registry -> itself: what the store said. None where it did not answer.
            StoreSeen {
                /// The profiles that calls may be answered with.
                profiles: Option<Vec<AgentProfile>>,
                /// Whether the journal keeps up.
                health: Option<JournalHealth>,
                /// What was spent today, where that has a cap.
                spent: Option<Spent>,
            },
        }

        $(impl From<Asked<$request>> for ToRegistry {
            fn from(asked: Asked<$request>) -> Self {
                Self::$request(asked)
            }
        })*
    };
}

requests! {
    /// Answered when the registry has the connection.
    AudioArrived,
    /// Answered with the call.
    Expect,
    /// Answered by the call.
    AskNext,
    /// Answered at once.
    EndCall,
    /// Answered by the call.
    Instruct,
    /// Answered at once.
    CountCalls,
    /// Answered at once.
    AskActors,
    /// Answered when the last call is over.
    Drain,
    /// Answered when the last call is over.
    StopNow,
}

/// A call as the outside refers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallRef {
    /// By our id.
    Id(CallId),
    /// By the switch's.
    Outside(OutsideId),
}

/// Why a call was not admitted. The caller's leg is ended in order, so that the dialplan can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// `calls.max` is reached.
    #[error("no capacity: {max} calls are live, the most that `calls.max` admits")]
    NoCapacity {
        /// The limit.
        max: usize,
    },
    /// The server is going down.
    #[error("the server is draining and takes no new calls")]
    Draining,
    /// The journal's memory is full, because the database does not take it.
    #[error("the journal can't be stored, and the memory for it is full")]
    JournalFull,
    /// What calls may cost in a day is spent.
    #[error(
        "the day's cap on costs is reached (`costs.daily_cap`); calls are taken again after midnight UTC"
    )]
    DailyCapReached,
    /// No profile to answer with.
    #[error(
        "there is no agent profile to answer with: run `cordboard migrate`, or set `audiosocket.default_profile` to one that exists"
    )]
    NoProfile,
}

/// Why the dialplan's question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NextFault {
    /// No live call of that name; one that ended is found in the store.
    #[error("no live call of that name")]
    NoSuchCall,
    /// The answer could not be made durable in time.
    #[error("the answer could not be stored: {0}")]
    NotStored(#[from] StoreFault),
}

/// There is no live call of that id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no live call of that id")]
pub struct NoSuchCall;

// ---------------------------------------------------------------- to a CallActor

/// Legs, assistant, recorder, registry -> call: everything that happens to a call.
///
/// One enum, so that a [`CallLine`] is one channel.
#[derive(Debug)]
pub enum ToCall {
    /// Leg, assistant, recorder -> call: something happened. Goes to the machine as it is.
    Fact(Fact),
    /// Registry -> call: an audio connection for this call.
    AudioArrived(AudioConnection),
    /// Leg -> call: the audio stands, its rate is known.
    LegJoined {
        /// The leg.
        leg: LegId,
        /// Its kind.
        leg_kind: LegKind,
        /// Rate of its audio.
        rate: SampleRate,
        /// Its mouth and ear.
        port: Port,
    },
    /// Registry -> call: a program or a person wants something.
    Command {
        /// What.
        command: Command,
        /// Where it is said whether the call does it.
        reply: oneshot::Sender<Result<(), CommandRefused>>,
    },
    /// Registry -> call: the dialplan asks what to do next.
    NextAsked {
        /// Where the answer goes, once it is stored.
        reply: oneshot::Sender<Result<NextStep, StoreFault>>,
    },
}

// ---------------------------------------------------------------- to a leg

/// Call -> leg, on its [`LegLine`].
pub enum ToLeg {
    /// Record this leg: left its mouth, right what its ear is played.
    Record(Track),
    /// Play these digits as tones to the leg's party, over what it hears.
    SendDtmf(Vec<Digit>),
    /// End the leg in order: what is queued is dropped, the switch is told to go on, the connection closes.
    Release,
    /// The call lives again and may have missed something: say once more that the leg has joined, and what its ear
    /// played last.
    Resync,
}

// ---------------------------------------------------------------- to the RealtimeAiActor

/// Call -> assistant.
#[derive(Clone, Debug, PartialEq, Message)]
#[rtype(result = "()")]
pub enum AssistantOrder {
    /// Say a line, now.
    Say(Line),
    /// Say these words, now. Only to one that can say any text.
    SayText(String),
    /// Take up a conversation that another assistant has left: answer what the caller said last, or finish what was being
    /// said. Greet nobody; what was said before is in [`history`](crate::assistant::Headset::history).
    GoOn,
    /// What was heard of an utterance: at its end, or when it was cut.
    Heard {
        /// The utterance.
        item: ItemId,
        /// Milliseconds of it that the caller was given.
        heard_ms: u64,
        /// Whether to its end.
        end: PlayedEnd,
    },
    /// How to take what the caller says from now on.
    Attend(Attention),
    /// The answer to a tool call.
    ToolResult {
        /// The provider's id of the request.
        tool_call: String,
        /// How it ended.
        outcome: ToolOutcome,
    },
    /// The call lives again and may have missed something: say once more what stands. The headset does it, no provider
    /// hears of it.
    Resync,
    /// The call is over: close the connection.
    Stop,
}

/// How an assistant takes what the caller says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// Answer it.
    Converse,
    /// It is a message being taken, or the call is closing: report speech, answer nothing.
    Listen,
}

// ---------------------------------------------------------------- to the StoreActor

/// Call, registry -> store: append these, in this order. Never answered; [`Commit`] asks.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Journal {
    /// Rows of one call's journal.
    pub entries: Vec<JournalEntry>,
}

/// Call -> store: answer when all that was journalled before this is on disk.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<(), StoreFault>")]
pub struct Commit;

/// Registry -> store: the profiles that calls may be answered with.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Vec<AgentProfile>, StoreFault>")]
pub struct LoadProfiles;

/// Registry -> store: whether the journal keeps up.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "JournalHealth")]
pub struct AskJournalHealth;

/// Registry -> store: what the organization's calls have cost that began on this day.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Spent, StoreFault>")]
pub struct AskSpent {
    /// Whose calls.
    pub organization_id: OrganizationId,
    /// When the day began, in UTC.
    pub day: UnixMs,
}

/// Answer to [`AskSpent`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// When the day began, in UTC.
    pub day: UnixMs,
    /// What was spent on it so far, in millionths of the currency.
    pub micros: u64,
}

/// Answer to [`AskJournalHealth`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct JournalHealth {
    /// Rows that wait in memory.
    pub waiting: usize,
    /// The most that may.
    pub waiting_max: usize,
    /// Rows lost since the start: the memory was full, or the database refused them for good.
    pub lost: u64,
    /// Why the database does not take them at the moment.
    pub fault: Option<String>,
}

/// Why the store could not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// It took longer than the asker waits.
    #[error("the database did not answer in time")]
    TimedOut,
    /// The database refused.
    #[error("the database refused: {0}")]
    Database(String),
    /// The store has ended.
    #[error("the store has ended")]
    Closed,
}
