//! To the RouterActor: agents at desks, and calls that ask for an agent. And from the router to desks.

use std::sync::{Arc, OnceLock};

use actix::Message;
use cordboard_call::Accepts;
use cordboard_schema::agent::{AgentCall, Intent};
use cordboard_schema::ids::{CallId, DeskId, OfferId, OrganizationId, UserId};
use cordboard_schema::queue::{Floor, Queue};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::{CallLine, DeskPlace, OpenWrapUp};
use crate::at_hand::Repeatable;
use crate::desk::{Offer, OfferEnd, PresenceNow, RequestId, Work};
use crate::known::Unconfirmed;
use crate::line::{DeskLine, PendingRequest};

/// Desk, call, store -> router: everything that happens on a floor.
///
/// One enum, so that a [`RouterLine`](crate::line::RouterLine) is one channel.
#[derive(Debug)]
pub enum ToRouter {
    /// Desk -> router: it is open.
    OpenDesk(PendingRequest<OpenDesk>),
    /// Desk -> router: a request of the agent.
    FromDesk(PendingRequest<FromDesk>),
    /// Campaigns -> router: how many agents could take a call of a queue.
    CountAgents(PendingRequest<CountAgents>),
    /// Store -> router: agents and queues of each of these organizations, as they are stored now.
    FloorsSeen(Unconfirmed<Vec<Floor>>),
    /// A message that is not sent again.
    Unconfirmed(RouterNotice),
}

impl Repeatable for RouterNotice {
    /// Each message is handled idempotently, so the half of it that was done is not done again.
    fn again(&self) -> Option<Self> {
        Some(self.clone())
    }
}

/// A message that is not sent twice, because nobody waits for an answer. If the router dies while handling it, the
/// next router takes it in again.
#[derive(Clone, Debug)]
pub enum RouterNotice {
    /// Desk -> router: it is closed, or its socket is gone.
    DeskClosed {
        /// The organization that owns the rows.
        organization_id: OrganizationId,
        /// The agent.
        user_id: UserId,
        /// The desk.
        desk: DeskId,
    },
    /// Call -> router: the call asks for a person.
    Requested {
        /// The organization that owns the call.
        organization_id: OrganizationId,
        /// The hand-off.
        request: RequestId,
        /// The place that the caller is to reach.
        place: DeskPlace,
        /// The agent who calls; none if it is a caller.
        by: Option<UserId>,
        /// The reason, in the words of the one who asked.
        reason: String,
        /// How long an agent is offered the call, in ms, if no queue sets it.
        ring_ms: u64,
        /// Whether an agent accepts the call, or it is accepted for them.
        accepts: Accepts,
        /// Since when the caller has waited, if that is not from now on.
        since: Option<UnixMs>,
        /// When desks let the caller in, if an agent passes them on.
        let_in: Option<UnixMs>,
        /// The call that gets the result.
        call: CallLine,
    },
    /// Call -> router: the call no longer asks for a person.
    Withdrawn {
        /// The organization that owns the call.
        organization_id: OrganizationId,
        /// The hand-off.
        request: RequestId,
        /// How the offer ends for the agents to whom the call is offered.
        end: OfferEnd,
    },
    /// Call -> router: an agent accepts an offer on their phone.
    OfferTaken {
        /// The organization that owns the call.
        organization_id: OrganizationId,
        /// The hand-off.
        request: RequestId,
        /// The user.
        user_id: UserId,
    },
    /// Call -> router: an agent who talks on their phone could not be reached there, or has declined.
    OfferPassed {
        /// The organization that owns the call.
        organization_id: OrganizationId,
        /// The hand-off.
        request: RequestId,
        /// The user.
        user_id: UserId,
        /// The reason.
        failure: HandoffFailure,
    },
    /// Call -> router: the state of an agent in the call.
    AgentCallIs {
        /// The organization that owns the call.
        organization_id: OrganizationId,
        /// The user.
        user_id: UserId,
        /// The call, as it is now.
        call: AgentCall,
    },
    /// Call -> router: an agent is no longer in the call.
    AgentLeft {
        /// The organization that owns the call.
        organization_id: OrganizationId,
        /// The user.
        user_id: UserId,
        /// The call.
        call_id: CallId,
        /// Whether they have talked with its caller.
        has_talked: bool,
    },
    /// Registry -> router: the call is gone. The call's own notices came before.
    CallGone {
        /// The organization that owns the call.
        organization_id: OrganizationId,
        /// The call.
        call_id: CallId,
    },
    /// Call -> router: the party that an agent has called was not reached.
    NotReached {
        /// The organization that owns the call.
        organization_id: OrganizationId,
        /// The agent who has called.
        user_id: UserId,
        /// The call.
        call_id: CallId,
        /// The party.
        to: String,
        /// The reason.
        failure: HandoffFailure,
    },
    /// Store -> router: wrap-ups of agents of any organization that were due before the router began.
    WrapUpsDue(Vec<OpenWrapUp>),
}

/// Desk -> router: an agent has opened a desk, by [`RouterLine::sit_down`](crate::line::RouterLine::sit_down).
#[derive(Debug, Message)]
#[rtype(result = "Seated")]
pub struct OpenDesk {
    /// The organization that owns the rows.
    pub organization_id: OrganizationId,
    /// The agent.
    pub user_id: UserId,
    /// The desk's number.
    pub desk: DeskId,
    /// Whether they take calls, if this is their first desk.
    pub intent: Intent,
    /// Since when they had been idle, if the desk was open before a restart of the server.
    pub idle_since: Option<UnixMs>,
    /// Line on which the desk gets events.
    pub line: DeskLine,
}

/// Answer to [`OpenDesk`]: the floor as it is. Later events come on the desk's line.
#[derive(Clone, Debug)]
pub struct Seated {
    /// Every agent.
    pub agents: Vec<PresenceNow>,
    /// Every queue.
    pub queues: Vec<QueueNow>,
    /// The calls that are offered to the agent, the oldest offer first.
    pub offers: Vec<Offer>,
    /// The agent's tasks.
    pub work: Work,
}

/// Campaigns -> router: how many agents of a queue could take a call that is accepted automatically. None if there is
/// no such queue.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Option<AgentsOfQueue>")]
pub struct CountAgents {
    /// The organization that owns the rows.
    pub organization_id: OrganizationId,
    /// The name of the queue.
    pub queue: String,
}

/// Answer to [`CountAgents`]. Agents who talk on a phone are not counted at all: their phone can't be answered for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentsOfQueue {
    /// Agents who would get the call at once.
    pub free: u32,
    /// Agents who take calls, and are in a call or a wrap-up now.
    pub busy: u32,
    /// Time that the queue gives them for a wrap-up, in ms.
    pub wrap_up_ms: u64,
}

/// A queue, and its waiting callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueNow {
    /// The queue.
    pub queue: Queue,
    /// Number of waiting callers.
    pub waiting: u32,
    /// Since when the first of them has waited.
    pub longest_since: Option<UnixMs>,
}

/// Desk -> router: an agent's request at their desk. The answer says whether it was done.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), DeskRefused>")]
pub struct FromDesk {
    /// The organization that owns the rows.
    pub organization_id: OrganizationId,
    /// The agent.
    pub user_id: UserId,
    /// The request.
    pub said: AgentAction,
}

/// An agent's request at their desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentAction {
    /// They take calls, or take none.
    Wants(Intent),
    /// The same, once they are idle; none withdraws such a request.
    WantsNext(Option<Intent>),
    /// They accept a call that is offered to them.
    Accepts(OfferId),
    /// They decline it.
    Declines(OfferId),
    /// They have written the wrap-up of a call.
    WrappedUp(CallId),
    /// They want to talk in a call of theirs.
    WantsAudio(CallId),
    /// They need help in a call of theirs.
    NeedsHelp {
        /// The call.
        call_id: CallId,
        /// The note.
        note: String,
    },
    /// They no longer need help.
    HelpOver,
    /// They call a number or a colleague.
    Begins {
        /// The id of the new call.
        call_id: CallId,
        /// The number, or an extension.
        to: String,
        /// Whether it is the extension of a colleague, who is called at their desk.
        is_colleague: bool,
    },
    /// The call that they make has begun: their desks show it.
    Begun {
        /// The call.
        call_id: CallId,
        /// The party that they call.
        to: String,
    },
    /// The call that they wanted to make can't be made.
    BeginsNot(CallId),
    /// They want to see the next person whom a campaign calls for this queue, given by its name.
    SeesNext {
        /// The queue.
        queue: String,
    },
    /// They have that person called.
    BeginsFor {
        /// The id of the new call.
        call_id: CallId,
        /// The queue.
        queue: String,
    },
}

/// Why an agent's request can't be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeskRefused {
    /// They are not an agent of the organization, or not yet.
    #[error("you are not known as an agent here: try again in some seconds")]
    NoAgent,
    /// The offer is gone.
    #[error("that call is not offered to you any more")]
    OfferGone,
    /// They are not in such a call.
    #[error("you are not in that call")]
    NotInCall,
    /// The call has no wrap-up for them to write.
    #[error("that call has no wrap-up to write")]
    NoWrapUp,
    /// They have a call, or are offered one, and can't make another.
    #[error("you have a call, or are offered one: end or decline it first")]
    InCall,
    /// They take no calls of the queue for which the campaign calls.
    #[error("this campaign calls for a queue whose calls you do not take")]
    NotOfQueue,
    /// They still have to write a wrap-up.
    #[error("write down how your last call went first")]
    WrapUpDue,
    /// They have no open desk, or are away.
    #[error("you take no calls now: open your desk, and say there that you are available")]
    NotAvailable,
    /// They talk on a phone.
    #[error("you talk on a phone: such calls are made with the sound of your browser alone")]
    TalksByPhone,
    /// The colleague can't be called.
    #[error("{}", colleague_in_words(*.0))]
    Colleague(HandoffFailure),
}

const fn colleague_in_words(failure: HandoffFailure) -> &'static str {
    match failure {
        HandoffFailure::BadTarget => "no colleague of yours has that extension",
        HandoffFailure::Offline => "your colleague has no desk open",
        HandoffFailure::Unavailable => "your colleague is away",
        _ => "your colleague is busy",
    }
}

/// Changes of a floor, sent to each of its desks.
#[derive(Debug)]
pub struct FloorUpdate {
    /// The agents that have changed, as they are now.
    pub agents: Vec<PresenceNow>,
    /// The queues that have changed.
    pub queues: Vec<QueueNow>,
    /// The changes in the form that desks show, once the first desk has written it.
    pub written: OnceLock<Box<str>>,
}

/// Router -> desk: what happens.
#[derive(Clone, Debug)]
pub enum ToDesk {
    /// Some agents and queues have changed.
    Changed(Arc<FloorUpdate>),
    /// The whole floor as it is now: it replaces what the desk knows.
    Floor {
        /// Every agent.
        agents: Vec<PresenceNow>,
        /// Every queue.
        queues: Vec<QueueNow>,
    },
    /// A call is offered to the desk's agent.
    Offered(Offer),
    /// An offer to them has ended.
    OfferGone {
        /// The offer.
        offer: OfferId,
        /// The reason.
        end: OfferEnd,
    },
    /// The tasks of the desk's agent have changed: all of them as they are now.
    Work(Work),
    /// The person whom the agent called was not reached.
    NotReached {
        /// The call.
        call_id: CallId,
        /// The party.
        to: String,
        /// The reason.
        failure: HandoffFailure,
    },
}

impl From<PendingRequest<OpenDesk>> for ToRouter {
    fn from(asked: PendingRequest<OpenDesk>) -> Self {
        Self::OpenDesk(asked)
    }
}

impl From<PendingRequest<FromDesk>> for ToRouter {
    fn from(asked: PendingRequest<FromDesk>) -> Self {
        Self::FromDesk(asked)
    }
}

impl From<PendingRequest<CountAgents>> for ToRouter {
    fn from(asked: PendingRequest<CountAgents>) -> Self {
        Self::CountAgents(asked)
    }
}

impl From<RouterNotice> for ToRouter {
    fn from(notice: RouterNotice) -> Self {
        Self::Unconfirmed(notice)
    }
}
