//! The request of a hand-off: the person, the routes to them, and the facts known at its beginning.

use super::Callee;

/// The person who is asked for, and the routes to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoffRequest {
    /// The person's name in the organization's list, or their number.
    pub name: String,
    /// By which ways.
    pub callee: Callee,
    /// Why, in the words of who asked.
    pub reason: String,
    /// Time that the phone rings or the call is offered, in ms.
    pub ring_ms: u64,
    /// Whether the caller knows.
    pub announcement: Announcement,
}

/// State of the announcement to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// It is being said.
    UnderWay,
    /// They have been, or asked for it themselves.
    Made,
}

/// Whether the switch is asked for the phone before it rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is.
    First,
    /// The switch knows nothing of phones that it has not rung.
    Needless,
}
