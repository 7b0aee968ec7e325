//! Callers who wait for an agent, and calls that are offered to some. Pure.

use std::collections::BTreeMap;

use cordboard_call::Accepts;
use cordboard_schema::ids::{CallId, EffectId, OfferId, QueueId, UserId};
use cordboard_schema::time::UnixMs;

/// Time in which an agent who has declined a caller, or not answered, is not asked for the same one again, in ms.
const NOT_AGAIN_MS: u64 = 30_000;

/// A call's hand-off. Reports to the call name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wish {
    /// The call.
    pub call_id: CallId,
    /// Its hand-off.
    pub handoff: EffectId,
}

/// The target of a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// This agent.
    Agent(UserId),
    /// An agent who takes the calls of a queue, by its name.
    Queue(String),
}

/// Request of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingRequest {
    /// The hand-off for reports to the call.
    pub wish: Wish,
    /// The target.
    pub target: Target,
    /// The agent who calls, if it is one of them and no caller.
    pub by: Option<UserId>,
    /// Why, in the words of who asked.
    pub reason: String,
    /// Time that an agent is offered it, in ms, if no queue sets one.
    pub ring_ms: u64,
    /// Whether an agent takes it, or it is accepted for one who is free.
    pub accepts: Accepts,
    /// Since when the caller waits, where another process had them wait before.
    pub since: Option<UnixMs>,
}

/// A call that is offered to an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its number.
    pub id: OfferId,
    /// For which hand-off.
    pub wish: Wish,
    /// The queue that the caller waits in.
    pub queue_id: Option<QueueId>,
    /// The agent who calls, if it is one of them and no caller.
    pub by: Option<UserId>,
    /// Why they want somebody.
    pub reason: String,
    /// Since when they wait.
    pub waits_since: UnixMs,
    /// Since when it is offered.
    pub since: UnixMs,
    /// Until when.
    pub until: UnixMs,
}

/// Reason of an offer's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferEnd {
    /// The agent has accepted it, on whichever desk of theirs.
    Accepted,
    /// The agent has declined it.
    Declined,
    /// Somebody else has the caller.
    TakenBy {
        /// Their name; nobody's name if a phone was answered.
        name: Option<String>,
    },
    /// The agent did not answer.
    Missed,
    /// The caller is gone, or goes another way.
    Withdrawn,
}

/// A caller who waits.
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
    /// Agents who were asked in vain, and the time until which they are not asked again.
    asked: BTreeMap<UserId, UnixMs>,
    /// The caller's last announced place: position, and expected wait, in s.
    pub(super) told: Option<(u32, u32)>,
}

/// Place at which a caller waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Agent(UserId),
    Queue(QueueId),
}

impl Waiting {
    pub(super) fn new(wanted: WaitingRequest, place: Place, now: UnixMs) -> Self {
        let (offers, asked) = (BTreeMap::new(), BTreeMap::new());
        // Callers keep their turn over the death of a process. A queue waits for agents anew.
        let since = wanted.since.map_or(now, |since| since.min(now));
        Self { wanted, place, since, entered_at: now, offers, asked, told: None }
    }

    pub(super) fn queue(&self) -> Option<QueueId> {
        match self.place {
            Place::Queue(queue) => Some(queue),
            Place::Agent(_) => None,
        }
    }

    /// Whether they are nobody's to take: the call is accepted for an agent who is free.
    pub(super) fn is_accepted_by_itself(&self) -> bool {
        self.wanted.accepts == Accepts::ByItself
    }

    /// They wait in another queue from now on.
    pub(super) fn move_to(&mut self, queue: QueueId, now: UnixMs) {
        (self.place, self.entered_at, self.told) = (Place::Queue(queue), now, None);
        self.asked.clear();
    }

    /// An agent was asked in vain.
    pub(super) fn asked_in_vain(&mut self, user: UserId, now: UnixMs) {
        self.asked.insert(user, now + NOT_AGAIN_MS);
    }

    /// Whether an agent may be asked.
    pub(super) fn may_ask(&self, user: UserId, now: UnixMs) -> bool {
        let was_asked = self.asked.get(&user).is_some_and(|until| now < *until);
        !was_asked && !self.offers.values().any(|(offered, _)| *offered == user)
    }

    /// When somebody may be asked again, or an offer is over.
    pub(super) fn deadline(&self, now: UnixMs) -> Option<UnixMs> {
        let again = self.asked.values().copied().filter(|until| *until > now);
        again.chain(self.offers.values().map(|(_, offer)| offer.until)).min()
    }
}
