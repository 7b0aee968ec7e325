//! Callers who wait for an agent, and the offers of their calls. Pure.

use std::collections::BTreeMap;

use cordboard_call::Accepts;
use cordboard_schema::ids::{CallId, EffectId, OfferId, QueueId, UserId};
use cordboard_schema::time::UnixMs;

/// How long an agent who has declined a caller, or has not answered, is not asked for the same caller again, in ms.
const NOT_AGAIN_MS: u64 = 30_000;

/// A call's request for a person, identified by its hand-off. Reports to the call name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId {
    /// The call.
    pub call_id: CallId,
    /// Its hand-off.
    pub handoff: EffectId,
}

/// The person or queue that a caller asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// This agent.
    Agent(UserId),
    /// An agent of the queue of this name.
    Queue(String),
}

/// A call's request for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingRequest {
    /// The hand-off for reports to the call.
    pub request: RequestId,
    /// The target.
    pub target: Target,
    /// The agent who calls; none if it is a caller.
    pub by: Option<UserId>,
    /// The reason, in the words of the one who asked.
    pub reason: String,
    /// How long an agent is offered the call, in ms, if no queue sets it.
    pub ring_ms: u64,
    /// Whether an agent accepts it, or it is accepted for an agent who is free.
    pub accepts: Accepts,
    /// Since when the caller has waited, if they waited in another process before.
    pub since: Option<UnixMs>,
    /// When they were let in, if an agent passes them on.
    pub let_in: Option<UnixMs>,
}

/// A call that is offered to an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its number.
    pub id: OfferId,
    /// The hand-off that it is for.
    pub request: RequestId,
    /// The queue that the caller waits in.
    pub queue_id: Option<QueueId>,
    /// The agent who calls; none if it is a caller.
    pub by: Option<UserId>,
    /// Why they ask for a person.
    pub reason: String,
    /// Since when they have waited.
    pub waits_since: UnixMs,
    /// Since when it has been offered.
    pub since: UnixMs,
    /// When it ends.
    pub until: UnixMs,
}

/// Why an offer ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferEnd {
    /// The agent has accepted it, at any of their desks.
    Accepted,
    /// The agent has declined it.
    Declined,
    /// Somebody else has the caller.
    TakenBy {
        /// Their name; none if a phone was answered.
        name: Option<String>,
    },
    /// The agent did not answer.
    Missed,
    /// The caller is gone, or takes another way.
    Withdrawn,
}

/// A waiting caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) wanted: WaitingRequest,
    /// The agent, or the queue that they wait in.
    pub(super) place: Place,
    pub(super) since: UnixMs,
    /// When they entered the queue that they are in.
    pub(super) entered_at: UnixMs,
    /// Agents to whom they are offered, in the order of the offers.
    pub(super) offers: BTreeMap<OfferId, (UserId, Offer)>,
    /// Agents who did not accept, and the time until which they are not asked again.
    asked: BTreeMap<UserId, UnixMs>,
    /// The last announcement to the caller: position, and expected wait in s.
    pub(super) announced: Option<(u32, u32)>,
}

/// The place where a caller waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Agent(UserId),
    Queue(QueueId),
}

impl Waiting {
    pub(super) fn new(wanted: WaitingRequest, place: Place, now: UnixMs) -> Self {
        let (offers, asked) = (BTreeMap::new(), BTreeMap::new());
        // Callers keep their turn when a process dies. A queue starts again to wait for agents.
        let since = wanted.since.map_or(now, |since| since.min(now));
        Self { wanted, place, since, entered_at: now, offers, asked, announced: None }
    }

    /// When the caller came to the desks. An agent may have passed them on since.
    pub(super) fn let_in(&self) -> UnixMs {
        self.wanted.let_in.map_or(self.since, |at| at.min(self.since))
    }

    pub(super) fn queue(&self) -> Option<QueueId> {
        match self.place {
            Place::Queue(queue) => Some(queue),
            Place::Agent(_) => None,
        }
    }

    /// Whether no agent accepts the call: it is accepted for an agent who is free.
    pub(super) fn is_accepted_by_itself(&self) -> bool {
        self.wanted.accepts == Accepts::ByItself
    }

    /// They wait in another queue from now on.
    pub(super) fn move_to(&mut self, queue: QueueId, now: UnixMs) {
        (self.place, self.entered_at, self.announced) = (Place::Queue(queue), now, None);
        self.asked.clear();
    }

    /// An agent was asked and did not accept.
    pub(super) fn did_not_accept(&mut self, user: UserId, now: UnixMs) {
        self.asked.insert(user, now + NOT_AGAIN_MS);
    }

    /// Whether an agent may be asked.
    pub(super) fn may_ask(&self, user: UserId, now: UnixMs) -> bool {
        let was_asked = self.asked.get(&user).is_some_and(|until| now < *until);
        !was_asked && !self.offers.values().any(|(offered, _)| *offered == user)
    }

    /// When an agent may be asked again, or an offer ends.
    pub(super) fn deadline(&self, now: UnixMs) -> Option<UnixMs> {
        let again = self.asked.values().copied().filter(|until| *until > now);
        again.chain(self.offers.values().map(|(_, offer)| offer.until)).min()
    }
}
