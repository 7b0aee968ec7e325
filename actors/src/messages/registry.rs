//! To the RegistryActor: arrivals, and requests from outside to calls.

use std::collections::BTreeMap;

use actix::Message;
use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::dial::{NotDialable, PhoneNumber};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::document::{DocumentQuestion, DocumentStep};
use cordboard_schema::event::Announcement;
use cordboard_schema::ids::{CallId, EffectId, OrganizationId, OutsideId, ProfileId, UserId};
use cordboard_schema::outbound::CheckedCall;
use cordboard_schema::profile::PublishedProfile;
use cordboard_schema::switch::SwitchKind;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::AccountSid;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{AudioArrived, Command, CommandRefused, Dialling, JournalHealth, Refused, Spent, StoreFault};
use crate::call::live_call::LiveCall;
use crate::known::Unconfirmed;
use crate::line::PendingRequest;
use crate::registry::reserve;
use crate::switches::ControlSource;
use crate::vitals::ActorTree;

/// A listener -> registry: a switch has opened a control connection for a channel, and has named the channel.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ControlArrived(pub Box<dyn ControlSource>);

/// SwitchActor -> registry: the channels that a switch has. Answered with those that don't match.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Unmatched")]
pub struct ChannelsSeen {
    /// The switch's kind: calls are known by its names.
    pub kind: SwitchKind,
    /// The switch, by its name in the configuration.
    pub server: String,
    /// When the switch was asked.
    pub asked_at: UnixMs,
    /// All its channels.
    pub channels: Vec<Uuid>,
}

/// Answer to [`ChannelsSeen`].
#[derive(Clone, Debug, Default)]
pub struct Unmatched {
    /// Our calls on that switch whose channel it did not list, and that existed when it was asked.
    pub gone: Vec<Uuid>,
    /// Channels that belong to no call of ours, and to no phone that one has rung.
    pub unknown: Vec<Uuid>,
}

/// API -> registry: the dialplan announces a call, or adds to what is known of an existing one.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<CallId, Refused>")]
pub struct Expect {
    /// The UUID that the audio will name.
    pub outside_id: OutsideId,
    /// The dialplan's announcement.
    pub announcement: Announcement,
    /// The call for which this UUID is another name, if the dialplan made a new one.
    pub call: Option<CallRef>,
    /// The profile that answers a new call.
    pub profile: Answerer,
    /// How a new call is admitted.
    pub admission: Admission,
    /// The organization's own account at Twilio that has the caller, if there is one.
    pub account: Option<AccountSid>,
    /// Tools that the assistant of a new call may use in addition to those of its profile.
    pub tools: Vec<OfferedTool>,
}

/// The profile that answers a new call; it also decides which organization owns the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answerer {
    /// The first organization's profile of this name; its usual one if none is named, or if that profile is gone.
    Named(Option<String>),
    /// An organization's profile of this id; the organization's usual one if that profile is gone or was never published.
    Of {
        /// The organization.
        organization_id: OrganizationId,
        /// The profile.
        profile_id: ProfileId,
    },
    /// An organization's usual profile, and no other; as with [`Answerer::Only`].
    UsualOf(OrganizationId),
    /// An organization's profile of this name, and no other. If it is gone, the caller is refused, and so is audio
    /// that still arrives under the name.
    Only {
        /// The organization.
        organization_id: OrganizationId,
        /// The profile's name.
        name: String,
    },
    /// No profile: the caller is refused, and so is audio that still arrives under the name.
    NoProfile,
    /// This profile, whatever was published: its draft is being tried.
    Draft(Box<PublishedProfile>),
}

impl Answerer {
    /// Whether no other profile may answer if this one can't.
    pub const fn is_exact(&self) -> bool {
        matches!(self, Self::UsualOf(_) | Self::Only { .. } | Self::NoProfile)
    }
}

/// How a new call is admitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Admission {
    /// If there is no room, the call is refused, and that is journalled as a call that ended.
    #[default]
    Usual,
    /// If there is no room, the refusal is only reported: the requester has something else for the caller, and asks again.
    OrElse,
    /// Nobody talks with the caller, so the call takes no room of calls with a conversation.
    TurnedAway,
}

/// A webhook -> registry: a switch that serves callers by documents asks what to do with the caller of an existing call.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<DocumentAnswer, NextFault>")]
pub struct AskDocument {
    /// The call's name at the switch.
    pub call: OutsideId,
    /// The question.
    pub question: DocumentQuestion,
}

/// Instructions to the switch about a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentAnswer {
    /// The call that gives them.
    pub call: CallId,
    /// The instructions.
    pub step: DocumentStep,
}

/// A webhook -> registry: an existing call has this name at its switch as well. Unlike [`Expect`] it creates no call.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<CallId, NoSuchCall>")]
pub struct NameCall {
    /// The call, by the name that is known.
    pub call: CallRef,
    /// Its name at the switch.
    pub outside_id: OutsideId,
}

/// A webhook -> registry: the organization that owns a present call; none if there is no such call.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Option<OrganizationId>")]
pub struct AskOwner(pub CallRef);

/// API -> registry: the dialplan asks what to do with a caller whose leg ended.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<NextStep, NextFault>")]
pub struct AskNext {
    /// The call.
    pub call: CallRef,
    /// The dialplan was sent to a place before, and has no such place.
    pub lacks: bool,
}

/// A webhook -> registry: where a caller goes whom nobody answers. Of the server's own places, only those granted to
/// the organization are used.
#[derive(Clone, Debug, Message)]
#[rtype(result = "NextStep")]
pub struct AskFallback {
    /// The profile that would have answered.
    pub answerer: Answerer,
    /// The caller's name at their switch.
    pub outside_id: OutsideId,
    /// The organization's own account at the switch through which the caller came.
    pub account: Option<AccountSid>,
}

/// API -> registry: make a call. If the same id is requested twice, one call is made.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Placed, PlaceRefused>")]
pub struct PlaceCall {
    /// The organization that will own the call.
    pub organization_id: OrganizationId,
    /// The id that the call gets: a new UUID v7, or the id of an earlier request whose call may not have been made.
    pub call_id: CallId,
    /// The requested call.
    pub call: CheckedCall,
    /// The agent who makes the call at their desk and talks with the callee; none if an assistant talks.
    pub by: Option<UserId>,
    /// The profile that talks, whatever was published since; if none, the newest one that `call` names.
    pub published: Option<Box<PublishedProfile>>,
}

/// Desk -> registry: an agent calls a colleague at their desk.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), PlaceRefused>")]
pub struct CallColleague {
    /// The organization that will own the call.
    pub organization_id: OrganizationId,
    /// The id that the call gets, a new UUID v7.
    pub call_id: CallId,
    /// The agent.
    pub by: UserId,
    /// Display name.
    pub name: String,
    /// The colleague's extension.
    pub colleague: String,
}

/// Answer to [`PlaceCall`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// The call has begun.
    New,
    /// It had begun before.
    Known,
}

/// Reason of a refused outgoing call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceRefused {
    /// There is no room for a call.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// There is no profile of that name.
    #[error("there is no agent profile of that name")]
    NoSuchProfile,
    /// That number or extension may not be called.
    #[error(transparent)]
    NotDialable(#[from] NotDialable),
    /// The dial policy admits no more dialling today.
    #[error("as much was dialled today as the dial policy admits (`per_day_max`, `per_call_max`)")]
    DialLimit,
    /// No switch can make the call.
    #[error(transparent)]
    NoSwitch(#[from] NoSwitch),
    /// The switch can't be reached.
    #[error("the switch {switch} can't be reached at the moment; /api/v1/switches says why")]
    SwitchAway {
        /// Its name.
        switch: String,
    },
    /// The switch has no line to the outside.
    #[error("the switch {switch} has no line to the outside: set `{setting}`")]
    NoTrunk {
        /// Its name.
        switch: String,
        /// The setting that gives it one.
        setting: String,
    },
    /// The organization may not use the switch's line to the outside.
    #[error("no numbers may be dialled over the switch {switch}: ask the operator to grant its trunk")]
    TrunkNotGranted {
        /// Its name.
        switch: String,
    },
    /// The organization may not show this number to the called phone.
    #[error(
        "you may not show {from} as your number: leave `from` out, or ask the operator to grant that caller id"
    )]
    CallerIdNotGranted {
        /// The number.
        from: PhoneNumber,
    },
    /// Agents are to talk with the callee, and there is no such queue.
    #[error("there is no queue of the name {queue}")]
    NoSuchQueue {
        /// The name.
        queue: String,
    },
    /// Agents are to talk with the callee, and the switch keeps the sound of its calls.
    #[error("agents can't talk with people whom the switch {switch} calls: it has `freeswitch.mode` esl")]
    NoSound {
        /// Its name.
        switch: String,
    },
    /// There is a message for a mailbox, or for a callee for whom no agent is free, and the assistant has only its recordings.
    #[error("the assistant can't say any text: it has recordings only")]
    CannotSpeakText,
}

/// Why no switch can make a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSwitch {
    /// No switch is configured that could.
    #[error(
        "no switch is configured that could make the call: set `freeswitch.servers.<name>.host` and its password"
    )]
    None,
    /// There are some, and the organization may use none of them.
    #[error("no switch may make the organization's calls: ask the operator to grant it one")]
    NotGranted,
    /// There are several, and the request names none.
    #[error("there are several switches: name one of {} in the request, or in the setting `calls.switch`", .0.join(", "))]
    Which(Vec<String>),
    /// None of them has that name.
    #[error("there is no switch of that name")]
    Unknown,
}

/// API -> registry: end a call.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), NoSuchCall>")]
pub struct EndCall {
    /// The organization of the call: a call of another organization counts as unknown.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// The party that ends it.
    pub by: HangupBy,
    /// The cause.
    pub cause: HangupCause,
}

/// A webhook -> registry: the switch reports that the call of this name is over.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), NoSuchCall>")]
pub struct ChannelEnded {
    /// Its name at the switch.
    pub outside_id: OutsideId,
    /// The party that ended the call.
    pub by: HangupBy,
    /// The cause.
    pub cause: HangupCause,
}

/// API -> registry: have a call do something.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), CommandRefused>")]
pub struct Instruct {
    /// The organization of the call: a call of another organization counts as unknown.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// The command.
    pub command: Command,
}

/// Server -> registry: admit no new calls. Live calls may go on for `timeout_ms`; then they hear a goodbye. Answered
/// when the last call is over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Drain {
    /// How long live calls may go on, in ms.
    pub timeout_ms: u64,
}

/// Server -> registry: end every call now, and store everything. Answered when the last call is over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct StopNow;

/// Server, API -> registry: count calls, legs and assistants.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Census")]
pub struct CountCalls;

/// Answer to [`CountCalls`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Census {
    /// Calls that have a live actor, including announced and interrupted ones.
    pub calls: usize,
    /// The most calls that are admitted at once.
    pub calls_max: usize,
    /// Legs whose connection is open.
    pub legs: usize,
    /// Assistants whose provider runs.
    pub assistants: usize,
    /// Callers refused because there was no room, since the start.
    pub refused: u64,
    /// Whether new calls are admitted.
    pub admitting: bool,
}

impl Census {
    /// Calls that may begin without using the room that is kept for others.
    pub fn free(&self) -> usize {
        self.calls_max.saturating_sub(reserve(self.calls_max)).saturating_sub(self.calls)
    }
}

/// API -> registry: settings for new calls have changed in the store on this node: profiles, or rules on dialling.
/// Changes by others, a command or another server, are found within seconds.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct ReloadSettings;

/// API -> registry: list the actors, with their vital signs.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "ActorTree")]
pub struct AskActors;

/// Declares the requests to the registry, each with the place where its answer goes.
macro_rules! requests {
    ($($(#[$doc:meta])* $request:ident,)*) => {
        /// Everything that the registry receives, on its [`RegistryLine`].
        #[derive(Debug)]
        pub enum ToRegistry {
            $($(#[$doc])* $request(PendingRequest<$request>),)*
            /// A call's actor -> registry: the actor is gone. Here is the call: it is over, or needs another actor.
            ActorGone(Box<LiveCall>),
            /// Call -> registry: the call has a phone rung. Audio of this name belongs to that phone.
            PhoneExpected {
                /// The call.
                call_id: CallId,
                /// The ringing.
                ringing: EffectId,
                /// The name.
                channel: Uuid,
            },
            /// Call -> registry: the call no longer waits for that phone.
            PhoneGone {
                /// The call.
                call_id: CallId,
                /// The ringing.
                ringing: EffectId,
            },
            /// Call -> registry: whether its caller needs no server for now.
            ContinuesAlone {
                /// The call.
                call_id: CallId,
                /// Whether it needs none.
                is_so: bool,
            },
            /// Registry -> itself: the time of a [`Drain`] is up.
            DrainExpired,
            /// Registry -> itself: the store's answer. None if the store did not answer, or if nothing has changed.
            StoreSeen {
                /// The profiles with which calls may be answered.
                profiles: Option<Unconfirmed<Vec<PublishedProfile>>>,
                /// The organizations' rules on dialling.
                dialling: Option<Unconfirmed<BTreeMap<OrganizationId, Dialling>>>,
                /// Number of parties dialled on a day in UTC, by organization, for those that have dialled any.
                dialled: Option<(UnixMs, BTreeMap<OrganizationId, u64>)>,
                /// Whether the journal keeps up with writing.
                health: Option<JournalHealth>,
                /// Spending of the day by organization, if there is a cap.
                spent: Option<Spent>,
                /// Requesters that wait for this answer ([`ReloadSettings`]).
                awaited: Vec<oneshot::Sender<()>>,
            },
        }

        $(impl From<PendingRequest<$request>> for ToRegistry {
            fn from(asked: PendingRequest<$request>) -> Self {
                Self::$request(asked)
            }
        })*
    };
}

requests! {
    /// Answered at once.
    AudioArrived,
    /// Answered when the registry has the connection.
    ControlArrived,
    /// Answered at once.
    ChannelsSeen,
    /// Answered with the call.
    Expect,
    /// Answered at once.
    NameCall,
    /// Answered at once.
    AskOwner,
    /// Answered by the call.
    AskNext,
    /// Answered at once.
    AskFallback,
    /// Answered by the call.
    AskDocument,
    /// Answered at once.
    PlaceCall,
    /// Answered at once.
    CallColleague,
    /// Answered at once.
    EndCall,
    /// Answered at once.
    ChannelEnded,
    /// Answered by the call.
    Instruct,
    /// Answered at once.
    CountCalls,
    /// Answered when the registry has the store's present state.
    ReloadSettings,
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
    /// By our own id.
    Id(CallId),
    /// By the switch's id.
    Outside(OutsideId),
}

/// Why the dialplan's question can't be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NextFault {
    /// There is no live call of that name; a call that has ended is found in the store.
    #[error("no live call has that name")]
    NoSuchCall,
    /// Too many messages wait for the call.
    #[error("the call has too many messages waiting at the moment: ask again")]
    Busy,
    /// The answer could not be stored in time.
    #[error("the answer could not be stored: {0}")]
    NotStored(#[from] StoreFault),
}

/// No live call has that id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no live call has that id")]
pub struct NoSuchCall;
