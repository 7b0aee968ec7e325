//! Counts changes of the data that calls and desks use. Triggers in the database count, so that every change is counted, whichever server, command or
//! shell makes it. A migration that recreates one of their tables must recreate its triggers. Integrations have no trigger, as most of them do not
//! matter here: the only function that writes them counts (`count`).

use cordboard_actors::messages::{AtRevision, Revision};
use cordboard_tables::tables::revisions;
use diesel::prelude::*;

use super::{Connection, StoreError};

/// The subjects, each counted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Profiles for new calls.
    Profiles,
    /// The numbers and places that calls may dial.
    Dialling,
    /// Agents and queues, and the business's opening hours.
    Floors,
}

impl Subject {
    /// The counts that cover its changes.
    const fn counts(self) -> &'static [&'static str] {
        match self {
            Self::Profiles => &["profiles"],
            Self::Dialling => &["dialling"],
            // Queues depend on the business's opening hours, which are counted with the profiles.
            Self::Floors => &["floors", "profiles"],
        }
    }
}

/// Counts a change of data that only this subject uses and that has no trigger.
pub(super) fn count(connection: &mut Connection, subject: Subject) -> Result<(), StoreError> {
    let own = subject.counts().first().copied().unwrap_or_default();
    diesel::update(revisions::table.find(own))
        .set(revisions::revision.eq(revisions::revision + 1))
        .execute(connection)?;
    Ok(())
}

/// The result of `read` if the subject has changed since the known revision; none otherwise.
pub(super) fn since<T>(
    connection: &mut Connection,
    subject: Subject,
    known: Option<Revision>,
    read: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> Result<Option<AtRevision<T>>, StoreError> {
    // Read first: a change in between is read twice rather than never.
    let mut revision = Revision(0);
    for count in subject.counts() {
        let counted: i64 = revisions::table.find(*count).select(revisions::revision).first(connection)?;
        revision.0 += counted;
    }
    if known == Some(revision) {
        return Ok(None);
    }
    Ok(Some(AtRevision { revision, found: read(connection)? }))
}
