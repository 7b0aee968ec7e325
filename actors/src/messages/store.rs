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

/// Call, registry -> store: append these rows, in this order. Never answered; [`Commit`] asks for confirmation.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Journal {
    /// Rows of one call's journal.
    pub entries: Vec<JournalEntry>,
}

/// Call -> store: answer when everything that was journalled before this is on disk.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<(), StoreFault>")]
pub struct Commit;

/// Number of changes in the store; each change adds one.
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

/// Registry -> store: the profiles with which calls may be answered, of all organizations: the first organization's
/// first, and of each the oldest first. None if nothing has changed.
#[derive(Clone, Copy, Debug, Default, Message)]
#[rtype(result = "Result<Option<AtRevision<Vec<PublishedProfile>>>, StoreFault>")]
pub struct LoadProfiles {
    /// The revision that is already known.
    pub known: Option<Revision>,
}

/// Registry -> store: rules on dialling for new calls, by organization.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<DiallingSeen, StoreFault>")]
pub struct LoadDialling {
    /// When the present day began, in UTC.
    pub day: UnixMs,
    /// The known revision of the organizations' rules.
    pub known: Option<Revision>,
}

/// Answer to [`LoadDialling`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiallingSeen {
    /// The organizations' rules; none if they have not changed. Their `dialled_today` is 0.
    pub said: Option<AtRevision<BTreeMap<OrganizationId, Dialling>>>,
    /// Number of people and numbers dialled since the day began, by organization, for those that have dialled any.
    pub dialled: BTreeMap<OrganizationId, u64>,
}

/// The parties that an organization's calls may dial, in addition to the configuration's rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialling {
    /// Extensions by name. They take precedence over the configuration's extensions of the same name.
    pub extensions: BTreeMap<String, DialplanTarget>,
    /// Names of extensions whose targets can't be read. The configuration's extensions of the same names are not used instead.
    pub withheld: BTreeSet<String>,
    /// The names of extensions whose agents take calls at a desk.
    pub desks: BTreeSet<String>,
    /// Those of them whose agents talk on a phone.
    pub desk_phones: BTreeSet<String>,
    /// The names of its queues.
    pub queues: BTreeSet<String>,
    /// Its dial policy, if it has one of its own.
    pub policy: Option<DialPolicy>,
    /// The server's switches that are granted to it; the server's first organization has all of them.
    pub grants: Grants,
    /// The numbers that it answers.
    pub own_numbers: BTreeSet<String>,
    /// People to whom its assistants turn for callers who need a person, if the organization has defined them.
    pub escalation: Option<EscalationRules>,
    /// Number of people and numbers dialled since the day began.
    pub dialled_today: u64,
}

/// Call -> store: write this for a tool of the call. A repeated request for the same run writes nothing and gets the same answer.
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
    /// The row that was written; none for a look-up.
    pub written: Option<Written>,
}

/// Why something was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWritten {
    /// It can't be written in the present state; the text is for the assistant.
    #[error("{0}")]
    Refused(String),
    /// The store failed.
    #[error("it could not be written: {0}")]
    Store(#[from] StoreFault),
    /// The store got the request, and did not answer in time.
    #[error(
        "nobody knows whether it was written: the database did not answer in time. Do not ask for the same again"
    )]
    Unconfirmed,
}

/// Registry -> store: whether the journal keeps up with writing.
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
    /// Spending of each organization on that day so far, in millionths of the currency.
    pub micros: BTreeMap<OrganizationId, u64>,
}

/// Answer to [`AskJournalHealth`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct JournalHealth {
    /// Rows that wait in memory.
    pub waiting: usize,
    /// The most rows that may wait.
    pub waiting_max: usize,
    /// Rows lost since the start, because the memory was full or the database refused them for good.
    pub lost: u64,
    /// Why the database does not accept writes at the moment.
    pub fault: Option<String>,
}

/// Why the store could not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// It took longer than the requester waits.
    #[error("the database did not answer in time")]
    TimedOut,
    /// The database refused.
    #[error("the database refused: {0}")]
    Database(String),
    /// The store has ended.
    #[error("the store has ended")]
    Closed,
}
