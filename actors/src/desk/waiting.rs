//! Callers who wait for an agent, and calls that are offered to some. Pure.

use std::collections::BTreeMap;

use cordboard_schema::ids::{CallId, EffectId, OfferId, QueueId, UserId};
use cordboard_schema::time::UnixMs;

/// How long an agent who has declined a caller, or not answered, is not asked for the same one again.
const NOT_AGAIN_MS: u64 = 30_000;

/// A call's hand-off, by which the call is told what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wish {
    /// The call.
    pub call_id: CallId,
    /// Its hand-off.
    pub handoff: EffectId,
}

/// Whom a caller is to get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// This agent.
    Agent(UserId),
    /// One of those who take the calls of a queue, by its name.
    Queue(String),
}

/// What a call asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingRequest {
    /// By which it is told.
    pub wish: Wish,
    /// Whom it is to get.
    pub target: Target,
    /// The agent who calls, where it is one of them and no caller.
    pub by: Option<UserId>,
    /// Why, in the words of who asked.
    pub reason: String,
    /// How long an agent is offered it, in ms, where no queue says.
    pub ring_ms: u64,
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
    /// The agent who calls, where it is one of them and no caller.
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

/// Why an offer is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferEnd {
    /// The agent has accepted it, on whichever desk of theirs.
    Accepted,
    /// The agent has declined it.
    Declined,
    /// Somebody else has the caller.
    TakenBy {
        /// What they are called; nobody's name where it is a phone that was answered.
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
    /// Whom they are offered to, in the order of the offers.
    pub(super) offers: BTreeMap<OfferId, (UserId, Offer)>,
    /// Who was asked in vain, and until when they are not asked again.
    asked: BTreeMap<UserId, UnixMs>,
    /// What the caller was told of their place: position, and how long they will wait, in s.
    pub(super) told: Option<(u32, u32)>,
}

/// Where a caller waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Agent(UserId),
    Queue(QueueId),
}

impl Waiting {
    pub(super) fn new(wanted: WaitingRequest, place: Place, now: UnixMs) -> Self {
        let (offers, asked) = (BTreeMap::new(), BTreeMap::new());
        Self { wanted, place, since: now, entered_at: now, offers, asked, told: None }
    }

    pub(super) fn queue(&self) -> Option<QueueId> {
        match self.place {
            Place::Queue(queue) => Some(queue),
            Place::Agent(_) => None,
        }
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
