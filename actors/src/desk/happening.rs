//! Inputs and effects of a floor.

use std::collections::BTreeSet;

use cordboard_schema::agent::Intent;
use cordboard_schema::ids::{CallId, DeskId, OfferId, QueueId, UserId};
use cordboard_schema::queue::Floor;
use cordboard_schema::queue::Overflow;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::waiting::{Offer, OfferEnd, WaitingRequest, Wish};

/// An input of a floor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FloorInput {
    /// Its agents and queues as they are kept now.
    Known(Floor),
    /// An agent has opened a desk; their first one says whether they take calls.
    DeskOpened {
        /// The user.
        user_id: UserId,
        /// The desk.
        desk: DeskId,
        /// The presence that they chose.
        intent: Intent,
    },
    /// They have closed it, or lost it.
    DeskClosed {
        /// The user.
        user_id: UserId,
        /// The desk.
        desk: DeskId,
    },
    /// They take calls, or none.
    Wants {
        /// The user.
        user_id: UserId,
        /// The presence that they chose.
        intent: Intent,
    },
    /// They will, once they are idle; or they withdraw what they have said of that.
    WantsNext {
        /// The user.
        user_id: UserId,
        /// The presence that they chose.
        intent: Option<Intent>,
    },
    /// A call asks for somebody.
    Requested(WaitingRequest),
    /// It asks no more: its caller is gone, or has got somebody by another way.
    Withdrawn {
        /// The wish.
        wish: Wish,
        /// End of the offer for the agents who were offered the call.
        end: OfferEnd,
    },
    /// An agent takes a call that is offered to them.
    Accepts {
        /// The user.
        user_id: UserId,
        /// The offer.
        offer: OfferId,
    },
    /// They do not.
    Declines {
        /// The user.
        user_id: UserId,
        /// The offer.
        offer: OfferId,
    },
    /// An agent takes a call that is offered to them, on their phone.
    TakesByPhone {
        /// The user.
        user_id: UserId,
        /// The wish.
        wish: Wish,
    },
    /// They could not be reached on it, or have declined there.
    NotReached {
        /// The user.
        user_id: UserId,
        /// The wish.
        wish: Wish,
        /// The reason.
        failure: HandoffFailure,
    },
    /// An agent is in a call that nobody was offered.
    Joined {
        /// The user.
        user_id: UserId,
        /// The call.
        call_id: CallId,
    },
    /// An agent begins a call for a queue: somebody is called whom they have seen before.
    BeginsFor {
        /// The user.
        user_id: UserId,
        /// The call.
        call_id: CallId,
        /// The queue.
        queue_id: QueueId,
    },
    /// An agent is in a call no more; whether they have talked.
    Left {
        /// The user.
        user_id: UserId,
        /// The call.
        call_id: CallId,
        /// Whether they have talked with its caller.
        has_talked: bool,
    },
    /// A call is no more. Agents who have it still leave it, through no fault of theirs, and it is offered to nobody.
    CallGone {
        /// The call.
        call_id: CallId,
        /// Those of them who have talked with its caller.
        talked: BTreeSet<UserId>,
    },
    /// They need help in a call that they have.
    NeedsHelp {
        /// The user.
        user_id: UserId,
        /// The call.
        call_id: CallId,
        /// The note.
        note: String,
    },
    /// They need none any more.
    HelpOver {
        /// The user.
        user_id: UserId,
    },
    /// They have written down how it went, or will not.
    WrappedUp {
        /// The user.
        user_id: UserId,
        /// The call.
        call_id: CallId,
    },
    /// They have left a call before the floor was looked after, and not written down how it went.
    Owes {
        /// The user.
        user_id: UserId,
        /// The call.
        call_id: CallId,
        /// The queue that it came by.
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
    /// It is offered to them no more.
    OfferGone {
        /// The user.
        user_id: UserId,
        /// The wish.
        wish: Wish,
        /// The offer.
        offer: OfferId,
        /// End of the offer for the agents who were offered the call.
        end: OfferEnd,
    },
    /// An agent was offered this call and has not taken it.
    Passed {
        /// The wish.
        wish: Wish,
        /// The user.
        user_id: UserId,
        /// They have declined it, or not answered.
        failure: HandoffFailure,
    },
    /// Somebody is asked for this call.
    Ringing {
        /// The wish.
        wish: Wish,
    },
    /// This agent has it.
    Accepted {
        /// The wish.
        wish: Wish,
        /// The user.
        user_id: UserId,
        /// The queue in which the caller waited.
        queue_id: Option<QueueId>,
    },
    /// Nobody has it, and nobody will; and the queue's action for its caller.
    Failed {
        /// The wish.
        wish: Wish,
        /// The reason.
        failure: HandoffFailure,
        /// The queue's action for the caller, if a queue gave up.
        overflow: Option<Overflow>,
        /// The queue in which the caller was last.
        queue_id: Option<QueueId>,
    },
    /// The caller has come into a queue.
    Entered {
        /// The wish.
        wish: Wish,
        /// The queue.
        queue_id: QueueId,
        /// Why the queue before has passed them on.
        overflowed: Option<HandoffFailure>,
    },
    /// The caller's place among those who wait: 1 is next; and how long they will wait, in s.
    Placed {
        /// The wish.
        wish: Wish,
        /// 1 is next.
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
