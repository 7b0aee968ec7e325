//! To the StoreActor: writes and look-ups.

use std::collections::{BTreeMap, BTreeSet};

use actix::Message;
use cordboard_schema::business::escalation::EscalationRules;
use cordboard_schema::dial::DialPolicy;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::event::JournalEntry;
use cordboard_schema::grant::Grants;
use cordboard_schema::ids::{CallId, EffectId, OrganizationId};
use cordboard_schema::profile::PublishedProfile;
use cordboard_schema::time::UnixMs;
use cordboard_schema::written::Written;

use crate::tools::ToolWrite;

/// Call, registry -> store: append these, in this order. Never answered; [`Commit`] asks.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Journal {
    /// Rows of one call's journal.
    pub entries: Vec<JournalEntry>,
}

/// Call -> store: answer when all that was journalled before this is on disk.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<(), StoreFault>")]
pub struct Commit;

/// Number of changes in the store: one more with each change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(pub i64);

/// Data that was read, and its revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtRevision<T> {
    /// The revision, or a later one.
    pub revision: Revision,
    /// The data.
    pub found: T,
}

/// Registry -> store: the profiles that calls may be answered with, of all organizations: the first organization's first, and of
/// each the oldest first. None if nothing has changed.
#[derive(Clone, Copy, Debug, Default, Message)]
#[rtype(result = "Result<Option<AtRevision<Vec<PublishedProfile>>>, StoreFault>")]
pub struct LoadProfiles {
    /// The revision that is known.
    pub known: Option<Revision>,
}

/// Registry -> store: rules on dialling for new calls, by organization.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<DiallingSeen, StoreFault>")]
pub struct LoadDialling {
    /// When the present day began, in UTC.
    pub day: UnixMs,
    /// The revision that is known of what organizations have said.
    pub known: Option<Revision>,
}

/// Answer to [`LoadDialling`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiallingSeen {
    /// Rules of organizations; none if they have not changed. It counts nobody as dialled.
    pub said: Option<AtRevision<BTreeMap<OrganizationId, Dialling>>>,
    /// Number of people and numbers dialled since the day began, by organization, for those that have dialled any.
    pub dialled: BTreeMap<OrganizationId, u64>,
}

/// Parties that an organization's calls may dial, beside the configuration's rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialling {
    /// Extensions by name. They are before the configuration's of the same name.
    pub extensions: BTreeMap<String, DialplanTarget>,
    /// The names of those whose targets can't be read: the configuration's of the same name are not reached in their place.
    pub withheld: BTreeSet<String>,
    /// The names of extensions whose agents take calls at a desk.
    pub desks: BTreeSet<String>,
    /// Those of them whose agents talk on the phone there.
    pub desk_phones: BTreeSet<String>,
    /// The names of its queues.
    pub queues: BTreeSet<String>,
    /// Its dial policy, if it has one of its own.
    pub policy: Option<DialPolicy>,
    /// Its grants of the installation's switches; the installation's first organization has all of them.
    pub grants: Grants,
    /// The numbers that it answers.
    pub own_numbers: BTreeSet<String>,
    /// People whom its assistants reach for callers who need a person, if it has defined them.
    pub escalation: Option<EscalationRules>,
    /// Number of people and numbers dialled since the day began.
    pub dialled_today: u64,
}

/// Call -> store: write this for a tool of the call. The same run, asked for again, writes nothing and is answered as before.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[rtype(result = "Result<WriteDone, NotWritten>")]
pub struct WriteForCall {
    /// The organization that owns the call.
    pub organization_id: OrganizationId,
    /// The call; its journal is on disk up to this run.
    pub call_id: CallId,
    /// The run.
    pub effect: EffectId,
    /// The record to write.
    pub write: ToolWrite,
}

/// Answer to [`WriteForCall`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WriteDone {
    /// Note for the assistant.
    pub note: String,
    /// The row that was written; none if something was looked up.
    pub written: Option<Written>,
}

/// Reason of a write that was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWritten {
    /// It can't be as things stand; in words for the assistant.
    #[error("{0}")]
    Refused(String),
    /// The store could not do it.
    #[error("it could not be written: {0}")]
    Store(#[from] StoreFault),
}

/// Registry -> store: whether the journal keeps up.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "JournalHealth")]
pub struct AskJournalHealth;

/// Registry -> store: the cost of each organization's calls that began on this day.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Spent, StoreFault>")]
pub struct AskSpent {
    /// When the day began, in UTC.
    pub day: UnixMs,
}

/// Answer to [`AskSpent`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// When the day began, in UTC.
    pub day: UnixMs,
    /// Spending of each organization on it so far, in millionths of the currency.
    pub micros: BTreeMap<OrganizationId, u64>,
}

/// Answer to [`AskJournalHealth`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct JournalHealth {
    /// Rows that wait in memory.
    pub waiting: usize,
    /// The most that may.
    pub waiting_max: usize,
    /// Rows lost since the start: the memory was full, or the database refused them for good.
    pub lost: u64,
    /// Why the database does not take them at the moment.
    pub fault: Option<String>,
}

/// Why the store could not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// It took longer than the asker waits.
    #[error("the database did not answer in time")]
    TimedOut,
    /// The database refused.
    #[error("the database refused: {0}")]
    Database(String),
    /// The store has ended.
    #[error("the store has ended")]
    Closed,
}
