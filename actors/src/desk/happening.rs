//! Inputs and effects of a floor.

use std::collections::BTreeSet;

use cordboard_schema::agent::Intent;
use cordboard_schema::ids::{CallId, DeskId, OfferId, QueueId, UserId};
use cordboard_schema::queue::Floor;
use cordboard_schema::queue::Overflow;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::waiting::{Offer, OfferEnd, RequestId, WaitingRequest};

/// An input of a floor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FloorInput {
    /// Its agents and queues, as they are stored now.
    Known(Floor),
    /// An agent has opened a desk; the first one sets whether they take calls.
    DeskOpened {
        /// The user.
        user_id: UserId,
        /// The desk.
        desk: DeskId,
        /// The presence that they chose.
        intent: Intent,
        /// Since when they had been idle, as a desk that reconnects says.
        idle_since: Option<UnixMs>,
    },
    /// An agent has closed a desk, or lost it.
    DeskClosed {
        /// The user.
        user_id: UserId,
        /// The desk.
        desk: DeskId,
    },
    /// They take calls, or take none.
    Wants {
        /// The user.
        user_id: UserId,
        /// The presence that they chose.
        intent: Intent,
    },
    /// The same, once they are idle; or they withdraw such a request.
    WantsNext {
        /// The user.
        user_id: UserId,
        /// The presence that they chose.
        intent: Option<Intent>,
    },
    /// A call asks for a person.
    Requested(WaitingRequest),
    /// It no longer asks: its caller is gone, or has reached a person in another way.
    Withdrawn {
        /// The hand-off.
        request: RequestId,
        /// How the offer ends for the agents who were offered the call.
        end: OfferEnd,
    },
    /// An agent accepts a call that is offered to them.
    Accepts {
        /// The user.
        user_id: UserId,
        /// The offer.
        offer: OfferId,
    },
    /// They decline it.
    Declines {
        /// The user.
        user_id: UserId,
        /// The offer.
        offer: OfferId,
    },
    /// An agent accepts, on their phone, a call that is offered to them.
    TakesByPhone {
        /// The user.
        user_id: UserId,
        /// The hand-off.
        request: RequestId,
    },
    /// They could not be reached on their phone, or have declined there.
    NotReached {
        /// The user.
        user_id: UserId,
        /// The hand-off.
        request: RequestId,
        /// The reason.
        failure: HandoffFailure,
    },
    /// An agent is in a call that was not offered.
    Joined {
        /// The user.
        user_id: UserId,
        /// The call.
        call_id: CallId,
    },
    /// An agent begins a call for a queue, to a person whom they have seen before.
    BeginsFor {
        /// The user.
        user_id: UserId,
        /// The call.
        call_id: CallId,
        /// The queue.
        queue_id: QueueId,
    },
    /// An agent is no longer in a call.
    Left {
        /// The user.
        user_id: UserId,
        /// The call.
        call_id: CallId,
        /// Whether they have talked with its caller.
        has_talked: bool,
    },
    /// A call is gone. Agents who still have it leave it, through no fault of theirs, and it is offered to nobody.
    CallGone {
        /// The call.
        call_id: CallId,
        /// The agents who have talked with its caller.
        talked: BTreeSet<UserId>,
    },
    /// They need help in a call of theirs.
    NeedsHelp {
        /// The user.
        user_id: UserId,
        /// The call.
        call_id: CallId,
        /// The note.
        note: String,
    },
    /// They no longer need help.
    HelpOver {
        /// The user.
        user_id: UserId,
    },
    /// They have written the wrap-up of a call, or will not.
    WrappedUp {
        /// The user.
        user_id: UserId,
        /// The call.
        call_id: CallId,
    },
    /// They left a call before the floor was started, and have not written its wrap-up.
    WrapUpDue {
        /// The user.
        user_id: UserId,
        /// The call.
        call_id: CallId,
        /// The queue from which the call came.
        queue_id: Option<QueueId>,
        /// When they left it.
        since: UnixMs,
    },
    /// Time has passed.
    Ticked,
}

/// An effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FloorEffect {
    /// A call is offered to an agent.
    Offered {
        /// The user.
        user_id: UserId,
        /// The offer.
        offer: Offer,
    },
    /// An offer to them has ended.
    OfferGone {
        /// The user.
        user_id: UserId,
        /// The hand-off.
        request: RequestId,
        /// The offer.
        offer: OfferId,
        /// How the offer ends for the agents who were offered the call.
        end: OfferEnd,
    },
    /// An agent was offered this call and has not accepted it.
    Passed {
        /// The hand-off.
        request: RequestId,
        /// The user.
        user_id: UserId,
        /// Whether they have declined it or not answered.
        failure: HandoffFailure,
    },
    /// An agent is asked to take this call.
    Ringing {
        /// The hand-off.
        request: RequestId,
    },
    /// This agent has accepted it.
    Accepted {
        /// The hand-off.
        request: RequestId,
        /// The user.
        user_id: UserId,
        /// The queue in which the caller waited.
        queue_id: Option<QueueId>,
    },
    /// Nobody takes it, now or later; with the queue's action for its caller.
    Failed {
        /// The hand-off.
        request: RequestId,
        /// The reason.
        failure: HandoffFailure,
        /// The queue's action for the caller, if a queue gave up.
        overflow: Option<Overflow>,
        /// The queue in which the caller was last.
        queue_id: Option<QueueId>,
    },
    /// The caller has entered a queue.
    Entered {
        /// The hand-off.
        request: RequestId,
        /// The queue.
        queue_id: QueueId,
        /// Why the previous queue has passed them on.
        overflowed: Option<HandoffFailure>,
    },
    /// The caller's place in the queue, and how long they are expected to wait.
    Placed {
        /// The hand-off.
        request: RequestId,
        /// The place: 1 is next.
        position: u32,
        /// Expected wait, in s.
        wait_s: u32,
    },
    /// Something about an agent has changed.
    AgentChanged {
        /// The user.
        user_id: UserId,
    },
    /// The callers who wait in a queue have changed.
    QueueChanged {
        /// The queue.
        queue_id: QueueId,
    },
}
