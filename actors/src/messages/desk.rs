//! To the RouterActor: agents at desks, and calls that ask for somebody; and from it to desks.

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
use crate::desk::{Offer, OfferEnd, PresenceNow, Wish, Work};
use crate::known::Unconfirmed;
use crate::line::{DeskLine, PendingRequest};

/// Desk, call, store -> router: everything that happens on a floor.
///
/// One enum, so that a [`RouterLine`](crate::line::RouterLine) is one channel.
#[derive(Debug)]
pub enum ToRouter {
    /// Desk -> router: it is open.
    OpenDesk(PendingRequest<OpenDesk>),
    /// Desk -> router: the agent wants something.
    FromDesk(PendingRequest<FromDesk>),
    /// Campaigns -> router: how many agents could take a call of a queue.
    CountAgents(PendingRequest<CountAgents>),
    /// Store -> router: agents and queues as they are kept now, of each of these organizations.
    FloorsSeen(Unconfirmed<Vec<Floor>>),
    /// A message that nobody sends again.
    Unconfirmed(RouterNotice),
}

impl Repeatable for RouterNotice {
    /// Each fits once, so the half of it that was done is not done again.
    fn again(&self) -> Option<Self> {
        Some(self.clone())
    }
}

/// A message that nobody sends twice, because nobody waits for an answer. If
/// the router dies of it, the next one takes it in once more.
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
    /// Call -> router: somebody is asked for.
    Wanted {
        /// The organization that owns the call.
        organization_id: OrganizationId,
        /// The hand-off.
        wish: Wish,
        /// Place that the caller is to reach.
        place: DeskPlace,
        /// The agent who calls, if it is one of them and no caller.
        by: Option<UserId>,
        /// Why, in the words of who asked.
        reason: String,
        /// Time that an agent is offered it, in ms, if no queue sets one.
        ring_ms: u64,
        /// Whether somebody takes it, or it is accepted for them.
        accepts: Accepts,
        /// Since when the caller waits for them, where that is not from now on.
        since: Option<UnixMs>,
        /// The call that gets the result.
        call: CallLine,
    },
    /// Call -> router: it is asked for nobody any more.
    Withdrawn {
        /// The organization that owns the call.
        organization_id: OrganizationId,
        /// The hand-off.
        wish: Wish,
        /// End of the offer for the agents whom it is offered to.
        end: OfferEnd,
    },
    /// Call -> router: an agent takes what is offered to them, on their phone.
    OfferTaken {
        /// The organization that owns the call.
        organization_id: OrganizationId,
        /// The hand-off.
        wish: Wish,
        /// The user.
        user_id: UserId,
    },
    /// Call -> router: an agent who talks on their phone could not be reached there, or has declined.
    OfferPassed {
        /// The organization that owns the call.
        organization_id: OrganizationId,
        /// The hand-off.
        wish: Wish,
        /// The user.
        user_id: UserId,
        /// The reason.
        failure: HandoffFailure,
    },
    /// Call -> router: the state of an agent in it.
    AgentCallIs {
        /// The organization that owns the call.
        organization_id: OrganizationId,
        /// The user.
        user_id: UserId,
        /// The call, as it is now.
        call: AgentCall,
    },
    /// Call -> router: an agent is in it no more.
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
    /// Registry -> router: it is no more. Its own notices came before.
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
    /// Store -> router: wrap-ups that agents of any organization owed before the router began.
    WrapUpsOwed(Vec<OpenWrapUp>),
}

/// Desk -> router: an agent has opened one, by [`RouterLine::sit_down`](crate::line::RouterLine::sit_down).
#[derive(Debug, Message)]
#[rtype(result = "Seated")]
pub struct OpenDesk {
    /// The organization that owns the rows.
    pub organization_id: OrganizationId,
    /// The agent.
    pub user_id: UserId,
    /// The desk's number.
    pub desk: DeskId,
    /// Whether they take calls, where this is their first desk.
    pub intent: Intent,
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

/// Campaigns -> router: how many agents of a queue could take a call that is accepted by itself. None if there is no such queue.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Option<AgentsOfQueue>")]
pub struct CountAgents {
    /// The organization that owns the rows.
    pub organization_id: OrganizationId,
    /// The name of the queue.
    pub queue: String,
}

/// Answer to [`CountAgents`]. Agents who talk on a phone are counted in neither: nobody can lift it for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentsOfQueue {
    /// Agents who would have the call at once.
    pub free: u32,
    /// Agents who take calls, and talk or wrap up now.
    pub busy: u32,
    /// Time that the queue gives them for a wrap-up, in ms.
    pub wrap_up_ms: u64,
}

/// A queue, and its waiting callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueNow {
    /// The queue.
    pub queue: Queue,
    /// Number of callers who wait.
    pub waiting: u32,
    /// Since when the first of them does.
    pub longest_since: Option<UnixMs>,
}

/// Desk -> router: an agent's request at their desk. The answer says whether it could be done.
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
    /// They take calls, or none.
    Wants(Intent),
    /// They will, once they are idle; none takes back what was said of that.
    WantsNext(Option<Intent>),
    /// They take a call that is offered to them.
    Accepts(OfferId),
    /// They do not.
    Declines(OfferId),
    /// They have written down how a call went.
    WrappedUp(CallId),
    /// They want to talk in a call that they have.
    WantsAudio(CallId),
    /// They need help in a call that they have.
    NeedsHelp {
        /// The call.
        call_id: CallId,
        /// The note.
        note: String,
    },
    /// They need none any more.
    HelpOver,
    /// They call somebody: a number, or a colleague.
    Begins {
        /// The call that it will be.
        call_id: CallId,
        /// The number, or an extension.
        to: String,
        /// It is the extension of a colleague, who is called at their desk.
        is_colleague: bool,
    },
    /// The call that they begin has begun: their desks show it.
    Begun {
        /// The call.
        call_id: CallId,
        /// The party that they call.
        to: String,
    },
    /// The call that they begin can't be made.
    BeginsNot(CallId),
    /// They want to see somebody whom a campaign calls for this queue, by its name.
    SeesNext {
        /// The queue.
        queue: String,
    },
    /// They have such a person called.
    BeginsFor {
        /// The call that it will be.
        call_id: CallId,
        /// The queue.
        queue: String,
    },
}

/// Why something that an agent said can't be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeskRefused {
    /// They are no agent of the organization, or not yet.
    #[error("you are not known as an agent here: try again in some seconds")]
    NoAgent,
    /// The offer is gone.
    #[error("that call is not offered to you any more")]
    OfferGone,
    /// They have no such call.
    #[error("you are not in that call")]
    NotInCall,
    /// The call has no wrap-up that they could write.
    #[error("that call has no wrap-up to write")]
    NoWrapUp,
    /// An agent who has a call, or is offered one, begins none.
    #[error("you have a call, or are offered one: end or decline it first")]
    InCall,
    /// They take no calls of the queue that a campaign calls for.
    #[error("this campaign calls for a queue whose calls you do not take")]
    NotOfQueue,
    /// They write down how a call went.
    #[error("write down how your last call went first")]
    WrapUpDue,
    /// They have no desk open, or are away.
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

/// Changes of a floor: sent to every desk of it.
#[derive(Debug)]
pub struct FloorUpdate {
    /// The agents that have changed, as they are now.
    pub agents: Vec<PresenceNow>,
    /// The queues that have.
    pub queues: Vec<QueueNow>,
    /// The same as desks show it, once the first of them has written that.
    pub written: OnceLock<Box<str>>,
}

/// Router -> desk: what happens.
#[derive(Clone, Debug)]
pub enum ToDesk {
    /// Some agents and queues have changed.
    Changed(Arc<FloorUpdate>),
    /// All agents and queues are to be known anew: everything as it is now.
    Floor {
        /// Every agent.
        agents: Vec<PresenceNow>,
        /// Every queue.
        queues: Vec<QueueNow>,
    },
    /// A call is offered to the desk's agent.
    Offered(Offer),
    /// It is offered to them no more.
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
    fn from(told: RouterNotice) -> Self {
        Self::Unconfirmed(told)
    }
}
