//! How often what calls and desks go by has been changed. Triggers in the database count, so that no change goes uncounted, whichever
//! server, command or shell makes it; a migration that makes one of their tables anew makes its triggers anew. Integrations have no trigger, as
//! most of them say nothing of it: the one function that writes each counts (`count`).

use cordboard_actors::messages::{AtRevision, Revision};
use cordboard_tables::tables::revisions;
use diesel::prelude::*;

use super::{Connection, StoreError};

/// Counted subjects, each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Profiles of new calls.
    Profiles,
    /// Targets that calls may dial.
    Dialling,
    /// Agents and queues, and the hours of the business.
    Floors,
}

impl Subject {
    /// The counts that tell of its changes.
    const fn counts(self) -> &'static [&'static str] {
        match self {
            Self::Profiles => &["profiles"],
            Self::Dialling => &["dialling"],
            // Queues go by the hours of their business, which is counted with the profiles.
            Self::Floors => &["floors", "profiles"],
        }
    }
}

/// Counts a change of what this subject alone goes by, where no trigger does.
pub(super) fn count(connection: &mut Connection, subject: Subject) -> Result<(), StoreError> {
    let own = subject.counts().first().copied().unwrap_or_default();
    diesel::update(revisions::table.find(own))
        .set(revisions::revision.eq(revisions::revision + 1))
        .execute(connection)?;
    Ok(())
}

/// The result of `read`, where the subject was changed since the known revision; none where it was not.
pub(super) fn since<T>(
    connection: &mut Connection,
    subject: Subject,
    known: Option<Revision>,
    read: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> Result<Option<AtRevision<T>>, StoreError> {
    // Before it is read: a change between the two is read twice rather than never.
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
