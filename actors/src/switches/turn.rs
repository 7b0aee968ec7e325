//! Consequences of an event for a phone that is rung. Pure.

/// What becomes of the phone's channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Becomes {
    /// It is still watched.
    Kept,
    /// It is hung up.
    HungUp,
    /// It is gone.
    Gone,
}

/// Consequence of an event. `T` is the type of the report for the requester of the ringing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn<T> {
    pub(crate) told: Option<T>,
    pub(crate) becomes: Becomes,
}

impl<T> Turn<T> {
    pub(crate) const NOTHING: Self = Self { told: None, becomes: Becomes::Kept };

    pub(crate) const fn told(told: T) -> Self {
        Self { told: Some(told), becomes: Becomes::Kept }
    }

    pub(crate) const fn gone(told: Option<T>) -> Self {
        Self { told, becomes: Becomes::Gone }
    }

    pub(crate) const fn hang_up(told: Option<T>) -> Self {
        Self { told, becomes: Becomes::HungUp }
    }
}
