//! Why the registry does not admit a call.

/// Why a call was not admitted. The caller's leg is ended in order, so that the dialplan can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// `calls.max` is reached.
    #[error(
        "no capacity: {max} calls are live, the most that `calls.max` admits; wait until one ends, or raise it"
    )]
    NoCapacity {
        /// The limit.
        max: usize,
    },
    /// The organization has used its share, which applies while there are others.
    #[error(
        "no capacity: {share} calls of this organization are live, its share of the {max} of `calls.max` while there are other \
         organizations; wait until one ends, or raise `calls.organization_max` or `calls.max`"
    )]
    ShareUsedUp {
        /// Its share.
        share: usize,
        /// `calls.max`.
        max: usize,
    },
    /// Visitors of the organization's talk links have used their share.
    #[error(
        "no capacity: {share} calls over this organization's talk links are live, all but what is kept for its other calls; \
         wait until one ends"
    )]
    VisitorsShareUsedUp {
        /// Their share.
        share: usize,
    },
    /// The remaining calls are kept for the first organization.
    #[error(
        "no capacity: the last {reserve} of the {max} calls of `calls.max` are kept for the first organization; wait until one \
         ends, or raise `calls.max`"
    )]
    KeptForFirst {
        /// The number of calls that are kept.
        reserve: usize,
        /// `calls.max`.
        max: usize,
    },
    /// The server is going down.
    #[error("the server is draining and takes no new calls")]
    Draining,
    /// The memory for the journal is full, because the database does not accept writes.
    #[error(
        "the journal can't be stored, and the memory for it is full; check the database (`cordboard doctor`)"
    )]
    JournalFull,
    /// The day's spending cap is reached.
    #[error(
        "the day's cap on costs is reached (`costs.daily_cap`); calls are taken again after midnight UTC"
    )]
    DailyCapReached,
    /// No profile to answer with.
    #[error(
        "there is no agent profile to answer with: run `cordboard migrate`, or set `audiosocket.default_profile` to one that exists"
    )]
    NoProfile,
}

impl Refused {
    /// Whether the call was refused only because a limit is reached: the server itself works, and the caller can try again later.
    pub fn is_for_want_of_room(&self) -> bool {
        match self {
            Self::NoCapacity { .. }
            | Self::ShareUsedUp { .. }
            | Self::VisitorsShareUsedUp { .. }
            | Self::KeptForFirst { .. }
            | Self::DailyCapReached => true,
            Self::Draining | Self::JournalFull | Self::NoProfile => false,
        }
    }
}
