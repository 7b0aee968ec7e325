//! The catalogue: every message that passes between actors, grouped by receiver.
//!
//! Facts are in the past tense, commands in the imperative. No message holds audio: samples travel on cords.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};

use actix::Message;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::{HangupBy, HangupCause, LegKind};
use cordboard_schema::dial::DialPolicy;
use cordboard_schema::dialplan::{DialplanTarget, NextStep};
use cordboard_schema::digit::Digit;
use cordboard_schema::event::{Announcement, Fact, JournalEntry, PlayedEnd};
use cordboard_schema::ids::{CallId, EffectId, ItemId, LegId, OrganizationId, OutsideId};
use cordboard_schema::line::Line;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::switch::{Capability, ChannelSeen, ExtensionChecked};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::call::live_call::LiveCall;
use crate::line::Asked;
pub use crate::line::{CallLine, ControlLine, LegLine, RegistryLine, SwitchLine};
use crate::media::ItemPlayed;
use crate::media::port::Port;
use crate::media::recorder::Track;
use crate::tools::ToolDefinition;
use crate::vitals::ActorTree;

// ---------------------------------------------------------------- to the RegistryActor

/// A listener -> registry: an audio connection has said whose it is.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct AudioArrived(pub AudioConnection);

/// An audio connection on its way from the listener to the arbiter of its call.
#[derive(Debug)]
pub struct AudioConnection {
    /// What speaks on it.
    pub wire: AudioWire,
    /// The UUID that it said: of AudioSocket's first frame, or the channel in a WebSocket's path.
    pub uuid: Uuid,
    /// The socket, non-blocking, registered with no runtime.
    pub stream: TcpStream,
    /// Who connected.
    pub peer: SocketAddr,
    /// What was read behind that.
    pub early: Vec<u8>,
}

/// What speaks on an audio connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioWire {
    /// Asterisk's AudioSocket.
    AudioSocket,
    /// `mod_audio_stream` of FreeSWITCH: a WebSocket whose request was read and not answered yet.
    AudioStream {
        /// The `Sec-WebSocket-Key` of the request.
        key: String,
        /// Whether the one-time token was in its path that we gave the switch.
        proof: StreamProof,
    },
}

/// What an audio WebSocket has shown besides the name of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamProof {
    /// The token of a start that we asked for.
    Token,
    /// Nothing.
    None,
}

impl AudioConnection {
    /// The name of the call that it belongs to.
    pub fn outside_id(&self) -> OutsideId {
        match self.wire {
            AudioWire::AudioSocket => OutsideId::audiosocket(self.uuid),
            AudioWire::AudioStream { .. } => OutsideId::freeswitch(self.uuid),
        }
    }

    /// Whether it has shown that it belongs to the call, as nothing but AudioSocket's first frame can: that is all it has.
    pub fn is_confirmed(&self) -> bool {
        match &self.wire {
            AudioWire::AudioSocket => true,
            AudioWire::AudioStream { proof, .. } => *proof == StreamProof::Token,
        }
    }

    /// The kind of leg that it makes.
    pub fn leg_kind(&self) -> LegKind {
        match self.wire {
            AudioWire::AudioSocket => LegKind::Audiosocket,
            AudioWire::AudioStream { .. } => LegKind::Freeswitch,
        }
    }
}

/// ESL listener -> registry: a switch has opened a control connection for a channel, and said which.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ControlArrived(pub ControlConnection);

/// A control connection on its way from the listener to the arbiter of its call. `connect` was sent, and its answer read.
#[derive(Debug)]
pub struct ControlConnection {
    /// The channel (`Unique-ID`).
    pub channel: Uuid,
    /// The socket, non-blocking, registered with no runtime.
    pub stream: TcpStream,
    /// Who connected.
    pub peer: SocketAddr,
    /// What was read behind the answer to `connect`.
    pub early: Vec<u8>,
    /// The switch that it is, by its name in `freeswitch.servers`, where that is known.
    pub server: Option<String>,
    /// How the channel stands.
    pub seen: ChannelSeen,
    /// Who calls whom, and the dialplan's variables.
    pub announcement: Announcement,
}

/// SwitchActor -> registry: these channels a switch holds. Answered with what does not fit.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Unmatched")]
pub struct ChannelsSeen {
    /// The switch, by its name in `freeswitch.servers`.
    pub server: String,
    /// When it was asked.
    pub asked_at: UnixMs,
    /// All its channels.
    pub channels: Vec<Uuid>,
}

/// Answer to [`ChannelsSeen`].
#[derive(Clone, Debug, Default)]
pub struct Unmatched {
    /// Calls of ours on that switch whose channel it did not name, and that were there when it was asked.
    pub gone: Vec<(Uuid, CallLine)>,
    /// Channels that no call of ours has.
    pub unknown: Vec<Uuid>,
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
    /// Put the caller on hold.
    Hold,
    /// Take the caller off hold.
    Unhold,
    /// Send the caller to a named extension, without asking there first.
    Transfer(String),
    /// Ring a named extension and join who answers with the caller.
    Handoff(String),
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
    /// The switch can't be told, or the leg is of a kind that can't do it.
    #[error("this call can't do that as it stands: {0:?} is not among its capabilities")]
    Incapable(Capability),
    /// The caller is on hold already.
    #[error("the caller is on hold already")]
    AlreadyHeld,
    /// The caller is not on hold.
    #[error("the caller is not on hold")]
    NotHeld,
    /// There is no such name in the list.
    #[error("there is no extension of that name")]
    NoSuchTarget,
    /// A hand-off is under way already.
    #[error("somebody is being asked to take over already")]
    HandoffUnderWay,
    /// The dial policy admits no further dialling on this call.
    #[error("this call has dialled as often as the dial policy admits")]
    DialLimit,
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
                /// Whom calls may dial.
                dialling: Option<Dialling>,
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
    /// Answered when the registry has the connection.
    ControlArrived,
    /// Answered at once.
    ChannelsSeen,
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
    /// Registry -> call: a control connection for this call.
    ControlArrived(ControlConnection),
    /// Control link -> call: chunks of sound that the switch plays, for the leg that sent them.
    Playback(PlaybackEvent),
    /// Leg -> call: what the switch still plays of it is to stop; of chunks from this number on nothing was sent.
    StopPlayback {
        /// The next chunk's number.
        next_chunk: u64,
    },
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
    /// These items were taken out of the leg's ear. Only to a leg whose ear is [`Pace::Buffered`](crate::media::Pace): what was
    /// handed on may not have been heard yet, so it stops that and tells the call itself how much was.
    Cleared(Vec<ItemPlayed>),
    /// What became of the chunks that the leg has sent.
    Playback(PlaybackEvent),
}

/// What the switch says of chunks of sound that a leg has sent it. Chunks are numbered by the leg, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaybackEvent {
    /// The switch has begun to play a chunk.
    Began {
        /// Its number.
        chunk: u64,
    },
    /// A chunk has ended.
    Ended {
        /// Its number.
        chunk: u64,
        /// Milliseconds of it that were played.
        heard_ms: u64,
        /// Whether to its end.
        end: PlayedEnd,
    },
    /// Of every chunk that has not ended nothing more is heard.
    Emptied,
}

// ---------------------------------------------------------------- to a control link

/// Call -> the actor of a control connection, on its [`ControlLine`].
#[derive(Clone, Debug, PartialEq)]
pub enum ToControl {
    /// Have the channel do something; what became of it comes back as `action_done`.
    Act {
        /// The request.
        effect: EffectId,
        /// What.
        action: ChannelAction,
    },
    /// The call lives again and may have missed something: say once more how the channel stands.
    Resync,
    /// The call is over, or another connection took this one's place: leave.
    Release,
}

/// What a call asks of its channel. The same for every link to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelAction {
    /// Answer it.
    Answer,
    /// End it.
    HangUp(HangupCause),
    /// Open an audio WebSocket to us.
    StartStream {
        /// Where to, with the one-time token.
        url: String,
        /// Rate of the samples that are wanted.
        rate: SampleRate,
    },
    /// Close the audio WebSocket.
    StopStream,
    /// Send raw samples to this address of ours, and take some. Only as [`UnicastRules`](crate::call::unicast::UnicastRules) admit.
    StartUnicast {
        /// Our socket.
        to: SocketAddr,
    },
    /// Leave what the channel is doing and park it: the only clean end of a unicast, after which another can begin.
    ParkAnew,
    /// Stop what is being played, and throw away what waits behind it. Chunks of lower numbers than this are not played
    /// any more.
    StopPlayback {
        /// The first chunk that is to be played again.
        next_chunk: u64,
    },
    /// Play a prompt that the switch can read; done when it was heard.
    Play(PromptFile),
    /// Play music until [`Self::StopPlayback`].
    PlayMusic,
    /// Play digits to the caller's side.
    SendDtmf(Vec<Digit>),
    /// Have the switch hold a bridged call.
    Hold,
    /// Have the switch end that.
    Unhold,
    /// Send the channel elsewhere in the dialplan.
    Transfer(DialplanTarget),
    /// Join it with another channel; when that one leaves, it is parked.
    BridgeWith {
        /// The other channel.
        channel: Uuid,
    },
}

/// A prompt on the switch's disk: an absolute path of letters, digits and `_ - . /`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptFile(String);

impl PromptFile {
    /// The prompt of this path, if nothing in it could mean something to a switch.
    pub fn new(path: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        (path.starts_with('/') && path.chars().all(plain)).then(|| Self(path.to_owned()))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

// ---------------------------------------------------------------- to a SwitchActor

/// Call -> the actor of a switch, on its [`SwitchLine`].
#[derive(Debug)]
pub enum ToSwitch {
    /// Watch over a channel of this call: say `control_attached` of the inbound link once the switch says that it holds the
    /// channel, `control_lost` when the switch can't be reached any more, and again when it can.
    Watch {
        /// The channel.
        channel: Uuid,
        /// Whom to tell.
        call: CallLine,
    },
    /// Tell the call what happens on its channel, or leave that to the outbound link.
    Listen {
        /// The channel.
        channel: Uuid,
        /// Which.
        listening: Listening,
    },
    /// The call is over.
    Unwatch {
        /// The channel.
        channel: Uuid,
    },
    /// Have the channel do something; what became of it comes back as `action_done`.
    Act {
        /// The channel.
        channel: Uuid,
        /// The request.
        effect: EffectId,
        /// What.
        action: ChannelAction,
        /// Whom to tell.
        call: CallLine,
    },
    /// Find out whether an extension can be reached; answered as `extension_checked`.
    CheckExtension {
        /// The request.
        effect: EffectId,
        /// The extension.
        phone: Phone,
        /// Whom to tell.
        call: CallLine,
    },
    /// Ring an extension; told as `handoff_ringing`, `handoff_accepted`, `handoff_failed`.
    Ring {
        /// The hand-off.
        handoff: EffectId,
        /// The channel that the person's leg gets.
        channel: Uuid,
        /// The extension.
        phone: Phone,
        /// Who is calling, for the phone's display.
        caller_number: Option<String>,
        /// How long it rings, in ms.
        timeout_ms: u64,
        /// Whom to tell.
        call: CallLine,
    },
    /// End the leg of a person who was rung.
    StopRinging {
        /// The channel that the person's leg got.
        channel: Uuid,
    },
    /// API -> switch: how it stands.
    Ask(oneshot::Sender<SwitchShown>),
    /// API -> switch: find out whether an extension can be reached.
    AskExtension {
        /// The extension.
        phone: Phone,
        /// Where the answer goes; none where the switch can't be asked.
        reply: oneshot::Sender<Option<ExtensionChecked>>,
    },
}

/// Who tells a call what happens on its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listening {
    /// The inbound link, for there is no other.
    Inbound,
    /// The outbound link.
    Outbound,
}

/// A phone that a switch can ring: `user/NUMBER@DOMAIN`. Only a [`DialplanTarget`] makes one, so nothing that somebody
/// said or typed becomes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    number: String,
    domain: Option<String>,
}

impl Phone {
    /// The phone at a target's extension, in a SIP domain where that is known and plain.
    pub fn at(target: &DialplanTarget, domain: Option<&str>) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        let domain = domain.filter(|domain| !domain.is_empty() && domain.chars().all(plain));
        Self { number: target.extension().to_owned(), domain: domain.map(str::to_owned) }
    }

    /// The extension's number.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The SIP domain; none where the switch's own is meant.
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }
}

/// A switch, as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SwitchShown {
    /// Its name in `freeswitch.servers`.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// Whether we are connected and signed in.
    pub is_connected: bool,
    /// Why not, in words.
    pub fault: Option<String>,
    /// Its channels, as it said last.
    pub channels: Option<u64>,
    /// Calls of ours that it holds.
    pub calls: usize,
    /// How often the connection was lost.
    pub losses: u64,
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
    /// From now on it may ask for these tools, and no others.
    Tools(Vec<ToolDefinition>),
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

/// Registry -> store: whom new calls may dial.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Dialling, StoreFault>")]
pub struct LoadDialling {
    /// When the present day began, in UTC.
    pub day: UnixMs,
}

/// Whom an organization's calls may dial, beside what the configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialling {
    /// Extensions by name. They stand before the configuration's of the same name.
    pub extensions: BTreeMap<String, DialplanTarget>,
    /// Its dial policy, where it has one of its own.
    pub policy: Option<DialPolicy>,
    /// How many people and numbers were dialled since the day began.
    pub dialled_today: u64,
}

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
