//! Who is asked for in a hand-off, how, and what is known at its beginning.

use super::Callee;

/// Who is asked for, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoffRequest {
    /// What whoever is asked is called in the organization's list, or their number.
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

/// Whether the caller has been told what is about to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// They are being told.
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
