//! To the RegistryActor: who arrives, what is asked of calls from outside.

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

/// A listener -> registry: a switch has opened a control connection for a channel, and said which.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ControlArrived(pub Box<dyn ControlSource>);

/// SwitchActor -> registry: these channels a switch has. Answered with what does not fit.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Unmatched")]
pub struct ChannelsSeen {
    /// The switch's kind, by whose names calls are known.
    pub kind: SwitchKind,
    /// The switch, by its name in the configuration.
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
    pub gone: Vec<Uuid>,
    /// Channels that no call of ours has, and phones that none has rung.
    pub unknown: Vec<Uuid>,
}

/// API -> registry: the dialplan announces a call, or says more of one that is there.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<CallId, Refused>")]
pub struct Expect {
    /// The UUID that the audio will bring.
    pub outside_id: OutsideId,
    /// Announcement of the dialplan.
    pub announcement: Announcement,
    /// The call that this UUID is a new name of, where the dialplan made a new one.
    pub call: Option<CallRef>,
    /// Answerer of a new call.
    pub profile: Answerer,
    /// Admission of a new call.
    pub admission: Admission,
    /// The organization's own account at Twilio that holds the caller, if one does.
    pub account: Option<AccountSid>,
    /// Tools that the assistant of a new call may use beside those of its profile.
    pub tools: Vec<OfferedTool>,
}

/// The profile that answers a new call, and so whose call it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answerer {
    /// The first organization's of this name; none, or one that is gone, for its usual one.
    Named(Option<String>),
    /// An organization's of this id; one that is gone, or was never published, for the organization's usual one.
    Of {
        /// The organization.
        organization_id: OrganizationId,
        /// The profile.
        profile_id: ProfileId,
    },
    /// An organization's usual one, and no other; as [`Answerer::Only`].
    UsualOf(OrganizationId),
    /// An organization's of this name, and no other: if it is gone, the caller is refused, and so is audio that comes under the name
    /// all the same.
    Only {
        /// The organization.
        organization_id: OrganizationId,
        /// The profile's name.
        name: String,
    },
    /// None: the caller is refused, and so is audio that comes under the name all the same.
    Nobody,
    /// This one, whatever was published: its draft is being tried.
    Draft(Box<PublishedProfile>),
}

impl Answerer {
    /// Whether nobody else may answer where this one can't.
    pub const fn is_exact(&self) -> bool {
        matches!(self, Self::UsualOf(_) | Self::Only { .. } | Self::Nobody)
    }
}

/// Admission of a new call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Admission {
    /// Without room the call is refused, and that is journalled as a call that ended.
    #[default]
    Usual,
    /// Without room the refusal is only reported: the requester has something else for the caller, and asks again.
    OrElse,
    /// Nobody talks with the caller, so it takes no room of those that talk.
    TurnedAway,
}

/// A webhook -> registry: a switch that serves callers by documents asks what to do with the caller of a call that is there.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<DocumentAnswer, NextFault>")]
pub struct AskDocument {
    /// The call's name there.
    pub call: OutsideId,
    /// The question.
    pub question: DocumentQuestion,
}

/// Instructions to the switch for a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentAnswer {
    /// The call that says so.
    pub call: CallId,
    /// The instructions.
    pub step: DocumentStep,
}

/// A webhook -> registry: a call that is there has this name at its switch as well. Unlike [`Expect`] it makes none.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<CallId, NoSuchCall>")]
pub struct NameCall {
    /// The call, as it was known.
    pub call: CallRef,
    /// Its name at the switch.
    pub outside_id: OutsideId,
}

/// A webhook -> registry: the owner of a present call; none if there is no such call.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Option<OrganizationId>")]
pub struct WhoseCall(pub CallRef);

/// API -> registry: the dialplan asks what to do with a caller whose leg ended.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<NextStep, NextFault>")]
pub struct AskNext {
    /// The call.
    pub call: CallRef,
    /// The dialplan was sent to a place before, and has no such place.
    pub lacks: bool,
}

/// A webhook -> registry: where a caller goes whom nobody answers. Of the house's places that is one that was granted to the organization.
#[derive(Clone, Debug, Message)]
#[rtype(result = "NextStep")]
pub struct AskFallback {
    /// The one who would have answered.
    pub answerer: Answerer,
    /// The caller's name at their switch.
    pub outside_id: OutsideId,
    /// The organization's own account at the switch by which they come.
    pub account: Option<AccountSid>,
}

/// API -> registry: make a call. PendingRequest twice for the same id, it is made once.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Placed, PlaceRefused>")]
pub struct PlaceCall {
    /// The organization that will own the call.
    pub organization_id: OrganizationId,
    /// The id that the call gets, a new UUID v7; or the one that an earlier request got, which may not have been made.
    pub call_id: CallId,
    /// The requested call.
    pub call: CheckedCall,
    /// The agent who begins it at their desk, and talks with who answers; none if an assistant does.
    pub by: Option<UserId>,
    /// The profile that talks, whatever was published since; none takes the newest that `call` names.
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
    /// No profile has that name.
    #[error("there is no agent profile of that name")]
    NoSuchProfile,
    /// Nobody may be called so.
    #[error(transparent)]
    NotDialable(#[from] NotDialable),
    /// The dial policy admits no further dialling today.
    #[error("as much was dialled today as the dial policy admits (`per_day_max`, `per_call_max`)")]
    DialLimit,
    /// No switch makes the call.
    #[error(transparent)]
    NoSwitch(#[from] NoSwitch),
    /// The switch is away.
    #[error("the switch {switch} can't be reached at the moment; /api/v1/switches says why")]
    SwitchAway {
        /// Its name.
        switch: String,
    },
    /// The switch has no way to the outside.
    #[error("the switch {switch} has no line to the outside: set `{setting}`")]
    NoTrunk {
        /// Its name.
        switch: String,
        /// The setting that gives it one.
        setting: String,
    },
    /// The switch's line to the outside is not the organization's to use.
    #[error("no numbers may be dialled over the switch {switch}: ask the operator to grant its trunk")]
    TrunkNotGranted {
        /// Its name.
        switch: String,
    },
    /// The number that the called phone would be shown is not the organization's to show.
    #[error(
        "you may not show {from} as your number: leave `from` out, or ask the operator to grant that caller id"
    )]
    CallerIdNotGranted {
        /// The number.
        from: PhoneNumber,
    },
    /// Agents are to talk with a person who answers, and there is no such queue.
    #[error("there is no queue of the name {queue}")]
    NoSuchQueue {
        /// The name.
        queue: String,
    },
    /// Agents are to talk with a person who answers, and the switch keeps the sound of its calls.
    #[error("agents can't talk with people whom the switch {switch} calls: it has `freeswitch.mode` esl")]
    NoSound {
        /// Its name.
        switch: String,
    },
    /// There is a message for a mailbox, or for a person for whom no agent is free, and the assistant has only its recordings.
    #[error("the assistant can't say any text: it has recordings only")]
    CannotSpeakText,
}

/// Why no switch makes a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSwitch {
    /// None is configured that could.
    #[error(
        "no switch is configured that could make the call: set `freeswitch.servers.<name>.host` and its password"
    )]
    None,
    /// There are some, and none is the organization's to use.
    #[error("no switch may make the organization's calls: ask the operator to grant it one")]
    NotGranted,
    /// There are several, and none was named.
    #[error("there are several switches: name one of {} in the request, or in the setting `calls.switch`", .0.join(", "))]
    Which(Vec<String>),
    /// None has that name.
    #[error("there is no switch of that name")]
    Unknown,
}

/// API -> registry: end a call.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), NoSuchCall>")]
pub struct EndCall {
    /// The organization of the call: a call of another one is treated as none.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// The party that ends it.
    pub by: HangupBy,
    /// The cause.
    pub cause: HangupCause,
}

/// A webhook -> registry: the switch says that the call of this name is over.
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
    /// The organization of the call: a call of another one is treated as none.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// The command.
    pub command: Command,
}

/// Server -> registry: no new calls; live ones may finish for `timeout_ms`, then they hear goodbye. Answered when
/// the last call is over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Drain {
    /// Time that live calls may go on, in ms.
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

impl Census {
    /// Calls that may begin without taking the room that is kept for others.
    pub fn free(&self) -> usize {
        self.calls_max.saturating_sub(reserve(self.calls_max)).saturating_sub(self.calls)
    }
}

/// API -> registry: settings of new calls have changed in the store on this node: profiles, or rules on dialling. Changes by
/// others, a command or another server, are found within seconds.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct LookAgain;

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
            $($(#[$doc])* $request(PendingRequest<$request>),)*
            /// A call's actor -> registry: the actor is gone. Here is the call: it is over, or wants another actor.
            ActorGone(Box<LiveCall>),
            /// Call -> registry: it has a phone rung. Audio of this name is that phone's.
            PhoneExpected {
                /// The call.
                call_id: CallId,
                /// The ringing.
                ringing: EffectId,
                /// The name.
                channel: Uuid,
            },
            /// Call -> registry: nobody waits for it any more.
            PhoneGone {
                /// The call.
                call_id: CallId,
                /// The ringing.
                ringing: EffectId,
            },
            /// Call -> registry: whether its caller needs no server for now.
            GoesOnAlone {
                /// The call.
                call_id: CallId,
                /// Whether that is so.
                is_so: bool,
            },
            /// Registry -> itself: the time of a [`Drain`] is up.
            DrainExpired,
            /// Registry -> itself: the store's answer. None if it did not answer, or if the state is known.
            StoreSeen {
                /// The profiles that calls may be answered with.
                profiles: Option<Unconfirmed<Vec<PublishedProfile>>>,
                /// Organizations' rules on dialling.
                dialling: Option<Unconfirmed<BTreeMap<OrganizationId, Dialling>>>,
                /// Number of parties dialled on a day of UTC, by organization, for those that have dialled any.
                dialled: Option<(UnixMs, BTreeMap<OrganizationId, u64>)>,
                /// Whether the journal keeps up.
                health: Option<JournalHealth>,
                /// Spending of the day by organization, if it has a cap.
                spent: Option<Spent>,
                /// Requesters that wait for it ([`LookAgain`]).
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
    WhoseCall,
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
    /// Answered when the registry knows what the store says now.
    LookAgain,
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

/// Why the dialplan's question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NextFault {
    /// No live call of that name; one that ended is found in the store.
    #[error("no live call has that name")]
    NoSuchCall,
    /// Too much waits for the call.
    #[error("the call has too much to take in at the moment: ask again")]
    Busy,
    /// The answer could not be made durable in time.
    #[error("the answer could not be stored: {0}")]
    NotStored(#[from] StoreFault),
}

/// No live call has that id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no live call has that id")]
pub struct NoSuchCall;
