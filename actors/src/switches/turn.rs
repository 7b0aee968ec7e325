//! Consequences of an event for a phone that is rung. Pure.

/// Next action on its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Becomes {
    /// It is watched further.
    Kept,
    /// It is hung up.
    HungUp,
    /// There is none any more.
    Gone,
}

/// Consequence of an event. `T` is the report for the requester of the ringing.
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
