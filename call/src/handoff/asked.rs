//! The request for a hand-off: the person, the routes to them, and what is known when it begins.

use super::Callee;

/// The person who is asked, and the routes to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoffRequest {
    /// The person's name in the organization's list of extensions, or their number.
    pub name: String,
    /// The routes to them.
    pub callee: Callee,
    /// The reason, in the words of whoever asked for the hand-off.
    pub reason: String,
    /// How long the phone rings or the call is offered, in ms.
    pub ring_ms: u64,
    /// Whether the caller has been told.
    pub announcement: Announcement,
}

/// The state of the announcement to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// It is being said.
    UnderWay,
    /// The caller has heard it, or asked for the person themselves.
    Made,
}

/// Whether the switch checks the phone before it rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneCheck {
    /// Check first.
    First,
    /// Don't check: the switch knows nothing about phones that it has not rung.
    Skipped,
}
