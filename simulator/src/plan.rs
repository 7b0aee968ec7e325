//! Events of a world: plain data that can be printed, stored, shortened and replayed.

mod consults;
mod followers;
mod records;
mod supervision;
mod switch;
mod voices;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::consults::{ConsultDecision, ConsultPlan, Consulted};
pub use self::followers::{CutPlan, FollowerKind, FollowerPlan};
pub use self::records::{Rebooking, RecordPlan};
pub use self::supervision::{SupervisionAct, TakenOverEnd};
pub use self::switch::{CALLED, OrderRoute, PhonePlan, SwitchAct, SwitchAudio, SwitchPlan};
pub use self::voices::SecondVoice;
pub(crate) use self::voices::{VOICE_AGENT, VOICE_KEY};
use crate::services::{PlannedServices, ServiceTrouble};

/// Everything that happens in one world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Seed of ids and random numbers in the server.
    pub seed: u64,
    /// The assistant that answers the callers.
    pub assistant: Assistant,
    /// Script of the provider's model, if there is a provider.
    pub script: ModelScript,
    /// Script of the second voice of the callers' profile, if the profile has a chain of two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<ModelScript>,
    /// The provider of the second voice.
    #[serde(default, skip_serializing_if = "SecondVoice::is_gemini")]
    pub second_voice: SecondVoice,
    /// Behaviour of the receiver of both organizations' webhooks, if they have webhooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhooks: Option<WebhookTarget>,
    /// The FreeSWITCH of the first organization, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switch: Option<SwitchPlan>,
    /// Services that the server has besides its database.
    #[serde(default, skip_serializing_if = "PlannedServices::is_none")]
    pub services: PlannedServices,
    /// Programs and pages that only follow calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub followers: Vec<FollowerPlan>,
    /// Happenings, in the order of their times.
    pub happenings: Vec<Timed>,
    /// When everyone who is still there hangs up, in ms from the beginning.
    pub length_ms: u64,
}

/// The assistant that answers the callers of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assistant {
    /// The built-in assistant.
    Builtin,
    /// OpenAI Realtime, played by its stand-in.
    Openai,
}

/// Receiver of webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookTarget {
    /// It accepts everything.
    Takes,
    /// In each life of the server it refuses the first two requests of each organization.
    RefusesTwice,
    /// It never answers.
    NeverAnswers,
}

/// Script of the model, over all its connections.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelScript {
    /// Results of the first connections, instead of a session.
    pub doors: Vec<ConnectionPlan>,
    /// Answers to requests of the server: greetings and lines.
    pub requests: Vec<AnswerPlan>,
    /// Answers to callers' turns.
    pub turns: Vec<AnswerPlan>,
    /// Answers to tool results.
    pub after_tools: Vec<AnswerPlan>,
    /// When the words of callers' turns are reported; soon after the turn if nothing is planned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<WordsPlan>,
    /// Whether it accepts connections while it is gone, and is silent on them; otherwise it cuts them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_mute_when_gone: bool,
}

impl ModelScript {
    /// Returns the numbers of its answers.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        let answers = self.requests.iter().chain(&self.turns).chain(&self.after_tools);
        answers.map(|answer| answer.number)
    }
}

/// When the words of a caller's turn are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "snake_case")]
pub enum WordsPlan {
    /// After a delay.
    After {
        /// The delay after the turn's end, in ms.
        ms: u64,
    },
    /// A report says that they were not understood.
    Failed,
    /// Never.
    Never,
}

/// Result of one connection to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "door", rename_all = "snake_case")]
pub enum ConnectionPlan {
    /// A session.
    Open,
    /// A refusal with this HTTP status.
    Refuse {
        /// The status.
        status: u16,
    },
    /// A slow upgrade.
    Slow {
        /// The delay, in ms.
        ms: u64,
    },
    /// An upgrade, and then nothing.
    Silent,
}

/// An answer of the model. It says its number, and has a tone of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerPlan {
    /// Its number, unique in the world.
    pub number: u32,
    /// Duration of its sound, in ms. An answer of 0 ms is silent.
    pub length_ms: u64,
    /// Delay after it was due, in ms.
    pub delay_ms: u64,
    /// Tools that it requests after its words.
    pub tools: Vec<ToolPlan>,
    /// Length of sound after which its connection is reset, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_after_ms: Option<u64>,
    /// If its connection is reset: how long the whole provider is gone as well, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_ms: Option<u64>,
    /// Whether its sound arrives hardly faster than it is heard; otherwise it arrives four times as fast.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_slow: bool,
}

/// A tool that the model requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolPlan {
    /// Ends the call.
    EndCall,
    /// Takes a message.
    TakeMessage,
    /// Puts the caller on hold.
    HoldCall,
    /// Takes the caller off hold.
    UnholdCall,
    /// Sends the caller to the operator.
    TransferCall,
    /// Tries to transfer the caller to an unknown person.
    TransferNowhere,
    /// Writes a lead with an argument that the tool does not have: it is refused.
    CreateLead,
    /// Writes a lead.
    Lead,
    /// Writes an event.
    Event,
    /// Asks an agent to take over.
    RequestHandoff,
    /// Writes a to-do.
    CreateTodo,
    /// Sends the caller a text message.
    Text,
    /// Puts the caller on the do-not-call list.
    DoNotCall,
    /// Books a time for a visit to the caller.
    Books {
        /// Index of the time among those that models and programs request.
        slot: u8,
        /// Index of the service.
        #[serde(default)]
        service: u8,
    },
    /// An unknown tool.
    Unknown,
}

/// A happening with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timed {
    /// When, in ms from the beginning.
    pub at_ms: u64,
    /// The event.
    #[serde(flatten)]
    pub what: Happening,
}

/// The line over which a caller calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// An AudioSocket connection to the first organization.
    Audiosocket,
    /// A call to the first organization's number at Twilio, over a media stream.
    Twilio,
    /// A call at the FreeSWITCH of the first organization, inbound or outbound.
    Freeswitch,
    /// A browser, over a talk link of the first organization.
    FirstBrowser,
    /// A browser, over a talk link of the second organization.
    SecondBrowser,
    /// A browser by WebRTC, over a talk link of the first organization.
    FirstWebrtc,
    /// A browser by WebRTC, over a talk link of the second organization.
    SecondWebrtc,
}

impl Line {
    /// Returns the WebRTC line of the same organization for a browser on a socket.
    #[must_use]
    pub fn by_webrtc(self) -> Option<Self> {
        match self {
            Self::FirstBrowser => Some(Self::FirstWebrtc),
            Self::SecondBrowser => Some(Self::SecondWebrtc),
            _ => None,
        }
    }

    /// Whether it is a browser by WebRTC.
    #[must_use]
    pub fn is_webrtc(self) -> bool {
        matches!(self, Self::FirstWebrtc | Self::SecondWebrtc)
    }

    /// Returns the index of the organization that is called.
    #[must_use]
    pub fn organization(self) -> usize {
        usize::from(matches!(self, Self::SecondBrowser | Self::SecondWebrtc))
    }

    /// Returns the longest time from when the server sends a sound until it is heard, in ms. WebRTC packets wait 40 to 60 ms for slow ones, and both
    /// sides count frames of 20 ms with separate clocks.
    #[must_use]
    pub fn heard_late_ms(self) -> u64 {
        if self.is_webrtc() { 120 } else { 0 }
    }
}

/// Transport of a connection's bytes, both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByteTransport {
    /// Longest piece in bytes; none leaves the bytes whole.
    pub pieces_of: Option<usize>,
    /// Delay, in ms.
    pub late_ms: u64,
}

/// An event of a world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Happening {
    /// A caller calls.
    Calls {
        /// Their number.
        caller: u32,
        /// Their line.
        line: Line,
        /// Whether the dialplan announces the caller first.
        announced: bool,
        /// Transport of their bytes; direct if there is none.
        way: Option<ByteTransport>,
    },
    /// A caller speaks.
    Says {
        /// The caller.
        caller: u32,
        /// Index of one of the sentences that callers know.
        sentence: u8,
    },
    /// A caller presses a key.
    Presses {
        /// The caller.
        caller: u32,
        /// The key.
        key: char,
    },
    /// A caller's telephone sends nothing for a while.
    FallsSilent {
        /// The caller.
        caller: u32,
        /// Duration, in ms.
        ms: u64,
    },
    /// A caller hangs up.
    HangsUp {
        /// The caller.
        caller: u32,
    },
    /// The page of a WebRTC caller is closed, and their browser closes the connection.
    PageCloses {
        /// The caller.
        caller: u32,
    },
    /// The network or the browser of a WebRTC caller has trouble.
    Network {
        /// The caller.
        caller: u32,
        /// The trouble.
        trouble: NetworkTrouble,
    },
    /// A caller's connection is reset.
    Breaks {
        /// The caller.
        caller: u32,
    },
    /// A caller's connection is reset just before the server writes its next frame: the server's writer meets the reset before its reader does.
    BreaksUnderTheWriter {
        /// The caller.
        caller: u32,
    },
    /// Nothing gets through on a caller's connection for a while.
    Stalls {
        /// The caller.
        caller: u32,
        /// Duration, in ms.
        ms: u64,
    },
    /// A caller whose connection is gone connects again.
    ComesBack {
        /// The caller.
        caller: u32,
    },
    /// A second connection opens under a caller's name.
    IsDoubled {
        /// The caller.
        caller: u32,
    },
    /// A program sends a command about a caller's call.
    Commands {
        /// The organization of the program: 0 or 1.
        organization: usize,
        /// The caller of the call.
        caller: u32,
        /// The command.
        command: Command,
    },
    /// A program subscribes and never reads.
    NeverReads {
        /// The organization of the program: 0 or 1.
        organization: usize,
    },
    /// An agent opens their desk.
    DeskOpens {
        /// The agent's index, as in the stage.
        agent: usize,
        /// How they handle calls.
        manner: Manner,
    },
    /// An agent's desk is gone, and so is their sound.
    DeskCloses {
        /// The agent's index.
        agent: usize,
    },
    /// All connections of the provider have trouble.
    Provider {
        /// The trouble.
        trouble: ProviderTrouble,
    },
    /// Something happens at or over the FreeSWITCH.
    AtSwitch {
        /// The event.
        act: SwitchAct,
    },
    /// A supervisor acts, or their right changes.
    Supervision {
        /// The event.
        act: SupervisionAct,
    },
    /// A program of the first organization orders a call over Twilio.
    OrdersAtTwilio {
        /// The order's number, unique in the world.
        order: u32,
        /// How the order is sent.
        over: OrderRoute,
        /// Whether it is sent twice, under one key.
        is_repeated: bool,
        /// The telephone that is called.
        phone: PhonePlan,
    },
    /// An actor panics.
    Panics {
        /// The place.
        place: Place,
        /// How often the place is passed without harm before.
        after: u32,
    },
    /// The calendar of the server's machine is set.
    ClockSteps {
        /// By how much, in ms.
        by_ms: i64,
    },
    /// The database has trouble.
    Database {
        /// The trouble.
        trouble: DatabaseTrouble,
        /// Duration, in ms.
        ms: u64,
    },
    /// A caller sends STOP to the number at Twilio: they want no more text messages.
    TextsStop {
        /// The caller.
        caller: u32,
        /// Whether Twilio reports the message twice.
        is_repeated: bool,
    },
    /// A program writes a record over the HTTP API. It sends each request twice under one key, as if the first answer had been lost, and a request
    /// without an answer once more, also to the next server.
    Writes {
        /// The record's number, unique in the world.
        record: u32,
        /// The organization of the program: 0 or 1.
        organization: usize,
        /// The record.
        written: RecordPlan,
        /// Time until it sends an answered request once more, in ms.
        again_ms: u64,
    },
    /// A guest is invited to work for the first organization: a link is mailed to them.
    Invites {
        /// Their number.
        guest: u32,
    },
    /// A service that the server needs besides its database has trouble.
    Service {
        /// The trouble.
        trouble: ServiceTrouble,
        /// Duration, in ms.
        ms: u64,
    },
    /// The server's process is killed, and started again over the same files.
    Killed {
        /// Time until the server is back, in ms.
        away_ms: u64,
    },
    /// The server is shut down in order, and started again over the same files.
    Restarted {
        /// Time until the server is back, in ms.
        away_ms: u64,
    },
}

/// Effect of a network on datagrams, in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weather {
    /// Seed of what happens to each datagram.
    pub chance: u64,
    /// Percentage of lost datagrams.
    pub lost_percent: u8,
    /// Delay of all datagrams, in ms.
    pub late_ms: u64,
    /// Longest further delay of a datagram, in ms; so some overtake others.
    pub apart_ms: u64,
}

/// Trouble of a caller's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "trouble", rename_all = "snake_case")]
pub enum NetworkTrouble {
    /// The network has this weather from now on.
    Weather {
        /// The weather.
        weather: Weather,
    },
    /// No datagram gets through for a while.
    Away {
        /// Duration, in ms.
        ms: u64,
    },
    /// Their browser is cut off, and continues in another network, from another address.
    Changes {
        /// Time until then, in ms.
        after_ms: u64,
    },
    /// Their browser is gone without a goodbye.
    Vanishes,
}

/// How an agent handles calls that are offered to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manner {
    /// Time that an offer rings, in ms.
    pub answers_after_ms: u64,
    /// Whether they accept or decline it; neither if there is none.
    pub takes: Option<bool>,
    /// Duration of their conversation, in ms.
    pub talks_ms: u64,
    /// Whether they hand the caller back to the assistant after that; otherwise they hang up.
    pub hands_back: bool,
    /// The consultation about the caller, if they hold one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consult: Option<ConsultPlan>,
}

/// A program's command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// End the call.
    Hangup,
    /// Hold the caller.
    Hold,
    /// Take them off hold.
    Unhold,
    /// Send them to the operator.
    Transfer,
    /// Say something.
    Say,
    /// Ask an agent to take over.
    HandOff,
    /// Ask this agent to take over.
    HandOffTo {
        /// The agent's index; the stage knows them.
        agent: usize,
    },
    /// Ask a queue to take over.
    Queue,
}

/// Trouble of the provider's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "trouble", rename_all = "snake_case")]
pub enum ProviderTrouble {
    /// They are closed in order.
    Closes,
    /// They are reset.
    Resets,
    /// The model falls silent; its connections stay open.
    Hangs,
    /// It sends a frame that is not JSON.
    Malformed,
    /// Sessions expire.
    Expires,
    /// Nothing gets through for a while.
    Stalls {
        /// Duration, in ms.
        ms: u64,
    },
    /// It is gone for a while: its connections are reset, and new ones are cut before the first message, or silent.
    Leaves {
        /// Duration, in ms.
        ms: u64,
    },
}

/// Trouble of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseTrouble {
    /// Connections are refused.
    Away,
    /// The answer to a completed COMMIT is lost; then it is away.
    AnswerLost,
    /// A COMMIT is lost before it is done; then it is away.
    CommitLost,
    /// Each read and each transaction takes half a second longer.
    Slow,
}

/// A place in the code that panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A call's machine, in a step.
    Step,
    /// As above, in a step that handles the end of a leg or of an assistant.
    StepOfEnd,
    /// A call's actor.
    Call,
    /// As above, while it handles the outcome of a tool.
    ToolDone,
    /// A leg's actor.
    Leg,
    /// The reader of a leg.
    Reading,
    /// An assistant.
    Assistant,
    /// The registry.
    Registry,
    /// The router of desks.
    Router,
    /// As above, when it learns that a caller, an agent or a desk is gone.
    RouterAtEnd,
    /// The actor of the FreeSWITCH.
    Switch,
    /// A control connection's actor.
    Control,
    /// The reader of a control connection.
    ControlReading,
}

impl Place {
    /// Whether calls or their legs depend on it.
    #[must_use]
    pub fn is_of_calls(self) -> bool {
        !matches!(self, Self::Router | Self::RouterAtEnd | Self::Assistant)
    }
}

impl Happening {
    /// Returns the caller concerned.
    #[must_use]
    pub fn caller(&self) -> Option<u32> {
        match *self {
            Self::Calls { caller, .. }
            | Self::Says { caller, .. }
            | Self::Presses { caller, .. }
            | Self::FallsSilent { caller, .. }
            | Self::HangsUp { caller }
            | Self::PageCloses { caller }
            | Self::Network { caller, .. }
            | Self::Breaks { caller }
            | Self::BreaksUnderTheWriter { caller }
            | Self::Stalls { caller, .. }
            | Self::ComesBack { caller }
            | Self::IsDoubled { caller }
            | Self::TextsStop { caller, .. }
            | Self::Commands { caller, .. } => Some(caller),
            Self::AtSwitch { act } => act.caller(),
            Self::Supervision { act } => act.caller(),
            _ => None,
        }
    }

    /// Whether it ends a life of the server.
    #[must_use]
    pub fn ends_a_life(&self) -> bool {
        matches!(self, Self::Killed { .. } | Self::Restarted { .. })
    }

    /// Whether it may trouble a caller's connection over this line: it concerns the caller, or a FreeSWITCH and everyone who depends on that.
    #[must_use]
    pub fn may_hurt(&self, caller: u32, line: Line) -> bool {
        let is_theirs = self.caller() == Some(caller);
        match self {
            Self::Breaks { .. }
            | Self::BreaksUnderTheWriter { .. }
            | Self::Stalls { .. }
            | Self::Network { .. } => is_theirs,
            Self::AtSwitch { act } => act.is_trouble() && (is_theirs || act.caller().is_none()),
            Self::Database { .. } | Self::Panics { .. } => line == Line::Freeswitch,
            _ => false,
        }
    }

    /// Whether it panics an actor in one of these places.
    #[must_use]
    pub fn panics_in(&self, places: &[Place]) -> bool {
        matches!(self, Self::Panics { place, .. } if places.contains(place))
    }

    /// Whether it panics an actor that calls or their legs depend on.
    #[must_use]
    pub fn panics_in_a_call(&self) -> bool {
        matches!(self, Self::Panics { place, .. } if place.is_of_calls())
    }

    /// Whether it ends a process, or panics an actor that calls, their legs or their assistants depend on.
    #[must_use]
    pub fn is_death_in_a_call(&self) -> bool {
        self.ends_a_life() || self.panics_in_a_call() || self.panics_in(&[Place::Assistant])
    }
}

impl Plan {
    /// Returns all callers.
    #[must_use]
    pub fn callers(&self) -> Vec<u32> {
        let calls = self.happenings.iter().filter_map(|timed| match timed.what {
            Happening::Calls { caller, .. } => Some(caller),
            _ => None,
        });
        calls.collect()
    }

    /// Whether any caller uses this line.
    #[must_use]
    pub fn has_line(&self, wanted: Line) -> bool {
        self.happenings
            .iter()
            .any(|timed| matches!(timed.what, Happening::Calls { line, .. } if line == wanted))
    }

    /// Whether actors panic that calls or their legs depend on.
    #[must_use]
    pub fn has_panics(&self) -> bool {
        self.happenings.iter().any(|timed| timed.what.panics_in_a_call())
    }

    /// Returns when the first matching happening is due, in ms from the beginning of the world; the end of time if there is none. Up to then the
    /// world is as it would be without such happenings, so they excuse nothing.
    #[must_use]
    pub fn first_ms(&self, is_meant: impl Fn(&Happening) -> bool) -> u64 {
        let meant = self.happenings.iter().filter(|timed| is_meant(&timed.what));
        meant.map(|timed| timed.at_ms).min().unwrap_or(u64::MAX)
    }

    /// Whether the calendar is set at any time.
    #[must_use]
    pub fn sets_calendar(&self) -> bool {
        self.happenings.iter().any(|timed| matches!(timed.what, Happening::ClockSteps { .. }))
    }

    /// Whether the calendar is set back at any time.
    #[must_use]
    pub fn sets_calendar_back(&self) -> bool {
        let is_it = |timed: &Timed| matches!(timed.what, Happening::ClockSteps { by_ms } if by_ms < 0);
        self.happenings.iter().any(is_it)
    }

    /// Whether a call is ordered over Twilio.
    #[must_use]
    pub fn has_orders_at_twilio(&self) -> bool {
        self.happenings.iter().any(|timed| matches!(timed.what, Happening::OrdersAtTwilio { .. }))
    }

    /// Whether the FreeSWITCH ever has trouble.
    #[must_use]
    pub fn has_switch_trouble(&self) -> bool {
        self.happenings
            .iter()
            .any(|timed| matches!(timed.what, Happening::AtSwitch { act } if act.is_trouble()))
    }

    /// Whether any caller uses WebRTC.
    #[must_use]
    pub fn has_webrtc(&self) -> bool {
        self.has_line(Line::FirstWebrtc) || self.has_line(Line::SecondWebrtc)
    }

    /// Whether the database has trouble at any time.
    #[must_use]
    pub fn has_database_trouble(&self) -> bool {
        self.happenings.iter().any(|timed| matches!(timed.what, Happening::Database { .. }))
    }

    /// Whether the database has trouble at a moment, or had trouble up to `until_ms_before` ms before it.
    #[must_use]
    pub fn database_was_in_trouble(&self, at_ms: u64, until_ms_before: u64) -> bool {
        let troubles = self.database_troubles(until_ms_before);
        troubles.into_iter().any(|(from, until)| (from..until).contains(&at_ms))
    }

    /// Returns the periods of the database's troubles, each longer by `until_ms_before` ms.
    #[must_use]
    pub fn database_troubles(&self, until_ms_before: u64) -> Vec<(u64, u64)> {
        let troubles = self.happenings.iter().filter_map(|timed| match timed.what {
            Happening::Database { ms, .. } => Some((timed.at_ms, timed.at_ms + ms + until_ms_before)),
            _ => None,
        });
        troubles.collect()
    }

    /// Returns the plan without these happenings.
    #[must_use]
    pub fn without(&self, is_left_out: impl Fn(usize, &Timed) -> bool) -> Self {
        let kept = self.happenings.iter().enumerate().filter(|(at, timed)| !is_left_out(*at, timed));
        Self { happenings: kept.map(|(_, timed)| timed.clone()).collect(), ..self.clone() }
    }
}

/// The history, with a line for each happening.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chain = self.second.as_ref().map(|_| format!(", and {:?} after it", self.second_voice));
        let chain = chain.unwrap_or_default();
        let told = self.webhooks.map(|target| format!(", webhooks whose receiver {target:?}"));
        let told = told.unwrap_or_default();
        let switch = self.switch.as_ref().map(|switch| format!(", {switch}")).unwrap_or_default();
        writeln!(f, "seed {}, assistant {:?}{chain}{told}{switch}", self.seed, self.assistant)?;
        for Timed { at_ms, what } in &self.happenings {
            writeln!(f, "{:>9.3} s  {what:?}", *at_ms as f64 / 1000.0)?;
        }
        for follower in &self.followers {
            writeln!(f, "             {follower:?}")?;
        }
        write!(f, "{:>9.3} s  everybody hangs up", self.length_ms as f64 / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};

    #[test]
    fn a_fault_excuses_nothing_before_it() {
        let panics = |at_ms, place| Timed { at_ms, what: Happening::Panics { place, after: 0 } };
        let happenings =
            vec![panics(1_000, Place::Router), panics(3_000, Place::Leg), panics(4_000, Place::Call)];
        let plan = Plan { happenings, ..plan(0, Size::USUAL) };
        assert_eq!(plan.first_ms(Happening::panics_in_a_call), 3_000);
        assert_eq!(plan.first_ms(|what| what.panics_in(&[Place::Call, Place::Registry])), 4_000);
        assert_eq!(plan.first_ms(Happening::ends_a_life), u64::MAX);
    }

    #[test]
    fn a_calendar_set_forward_delays_nothing() {
        let set = |by_ms| {
            let happenings = vec![Timed { at_ms: 1_000, what: Happening::ClockSteps { by_ms } }];
            Plan { happenings, ..plan(0, Size::USUAL) }.sets_calendar_back()
        };
        assert_eq!([set(-60_000), set(60_000)], [true, false]);
    }
}
