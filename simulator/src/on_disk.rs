//! Rows in the database of a server that is gone.

use std::path::Path;

use cordboard::store::{
    ActivityQuery, After, AppointmentQuery, CallQuery, LeadQuery, MessageQuery, Reads, StoreError,
    StoreSettings, SuppressionQuery, query,
};
use cordboard_schema::ids::OrganizationId;

use crate::evidence::{Book, Evidence, Suppressed};

/// Most rows of a kind that are read of an organization.
const ROWS_MAX: i64 = 10_000;

fn database(folder: &Path) -> Result<Reads, StoreError> {
    Reads::open(&StoreSettings::file(folder.join("data").join("cordboard.db")))
}

/// Reads events, to-dos, leads, do-not-call lists, appointments and text messages.
pub(crate) fn rows(folder: &Path, evidence: &mut Evidence) -> Result<(), StoreError> {
    database(folder)?.run_blocking(|connection| {
        for organization in evidence.organizations {
            let query = ActivityQuery { limit: ROWS_MAX, ..ActivityQuery::default() };
            evidence.activities.extend(query::activities(connection, organization, query)?);
            let query = LeadQuery { limit: ROWS_MAX, ..LeadQuery::default() };
            evidence.leads.extend(query::leads(connection, organization, query)?);
            let query = SuppressionQuery { number: None, after: None, limit: ROWS_MAX };
            let listed = query::suppressions(connection, organization, &query)?;
            evidence.suppressed.extend(listed.into_iter().map(|entry| Suppressed {
                organization,
                number: entry.number.to_string(),
                call: entry.call_id,
            }));
            let query = AppointmentQuery { limit: ROWS_MAX, ..AppointmentQuery::default() };
            evidence.appointments.extend(query::appointments(connection, organization, query)?);
            let query = MessageQuery { limit: ROWS_MAX, ..MessageQuery::default() };
            evidence.messages.extend(query::messages(connection, organization, query)?);
        }
        Ok(())
    })
}

/// Reads the calls.
pub(crate) fn books(folder: &Path, organizations: [OrganizationId; 2]) -> Result<Vec<Book>, StoreError> {
    database(folder)?.run_blocking(|connection| {
        let mut books = Vec::new();
        for organization in organizations {
            let query = CallQuery { limit: ROWS_MAX, ..CallQuery::default() };
            for row in query::calls(connection, organization, query)? {
                let transcript = query::transcript(connection, organization, row.id, After::WHOLE)?;
                let journal = query::journal(connection, organization, row.id, After::WHOLE)?;
                books.push(Book { row, transcript, journal });
            }
        }
        books.sort_by_key(|book| book.row.id);
        Ok(books)
    })
}
