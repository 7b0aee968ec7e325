//! Consequences of an event for a phone that is rung. Pure.

/// Outcome for the phone's channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChannelOutcome {
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
    pub(crate) outcome: ChannelOutcome,
}

impl<T> Turn<T> {
    pub(crate) const NOTHING: Self = Self { report: None, outcome: ChannelOutcome::Kept };

    pub(crate) const fn report(report: T) -> Self {
        Self { report: Some(report), outcome: ChannelOutcome::Kept }
    }

    pub(crate) const fn gone(report: Option<T>) -> Self {
        Self { report, outcome: ChannelOutcome::Gone }
    }

    pub(crate) const fn hang_up(report: Option<T>) -> Self {
        Self { report, outcome: ChannelOutcome::HungUp }
    }
}
