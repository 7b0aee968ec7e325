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
    pub(crate) report: Option<T>,
    pub(crate) becomes: Becomes,
}

impl<T> Turn<T> {
    pub(crate) const NOTHING: Self = Self { report: None, becomes: Becomes::Kept };

    pub(crate) const fn report(report: T) -> Self {
        Self { report: Some(report), becomes: Becomes::Kept }
    }

    pub(crate) const fn gone(report: Option<T>) -> Self {
        Self { report, becomes: Becomes::Gone }
    }

    pub(crate) const fn hang_up(report: Option<T>) -> Self {
        Self { report, becomes: Becomes::HungUp }
    }
}
