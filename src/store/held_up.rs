//! Organizations that a job leaves out, because something that is stored of them can't be read.
//!
//! A job that goes through all organizations goes on with the next one then. The log says when an organization is left out and when it no
//! longer is; `/metrics` has how many there are, and `cordboard doctor` asks for that.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cordboard_schema::ids::OrganizationId;
use cordboard_tables::rows::BadRow;

use super::StoreError;

/// A job that goes through all organizations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Job {
    /// Counts calls for reports.
    Figures,
    /// Compares the figures of days.
    Comparison,
    /// Writes days for a warehouse.
    Export,
    /// Finds out what calls were about.
    Extraction,
    /// Fills in scorecards.
    Scorecards,
    /// Mails reports.
    ReportMails,
    /// Deletes what is kept long enough.
    Retention,
}

impl Job {
    const ALL: [Self; 7] = [
        Self::Figures,
        Self::Comparison,
        Self::Export,
        Self::Extraction,
        Self::Scorecards,
        Self::ReportMails,
        Self::Retention,
    ];

    /// Its word in the log and in `/metrics`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Figures => "figures",
            Self::Comparison => "comparison",
            Self::Export => "export",
            Self::Extraction => "extraction",
            Self::Scorecards => "scorecards",
            Self::ReportMails => "report_mails",
            Self::Retention => "retention",
        }
    }
}

/// Errors of which some are about the rows of one organization.
pub(crate) trait AboutRows: fmt::Display {
    /// Whether the rows are at fault: those of other organizations may be good.
    fn is_about_rows(&self) -> bool;
}

impl AboutRows for StoreError {
    fn is_about_rows(&self) -> bool {
        self.is_of_the_row()
    }
}

/// A row that can't be read, of an organization by this text, which may be no id.
#[derive(Clone, Debug)]
pub struct Unreadable {
    /// The organization, as the row has it.
    pub organization: String,
    /// The fault of the row.
    pub fault: BadRow,
}

/// Organizations that are left out, of this process, as rows have their ids: one that is no id is left out, too. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct HeldUp(Arc<Mutex<BTreeSet<(Job, String)>>>);

impl HeldUp {
    fn known(&self) -> MutexGuard<'_, BTreeSet<(Job, String)>> {
        // Nothing that can panic is done under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a look of a job at all organizations.
    pub(crate) fn look(&self, job: Job) -> JobLook {
        JobLook { held_up: self.clone(), job, found: BTreeSet::new() }
    }

    /// The number of organizations that each job leaves out now, by the job's word.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts: BTreeMap<_, _> = Job::ALL.map(|job| (job.as_str(), 0)).into();
        for (job, _) in self.known().iter() {
            *counts.entry(job.as_str()).or_default() += 1;
        }
        counts
    }
}

/// A look of a job at all organizations.
#[derive(Debug)]
pub(crate) struct JobLook {
    held_up: HeldUp,
    job: Job,
    found: BTreeSet<String>,
}

impl JobLook {
    /// Takes an error of the job's work for an organization. One about its rows is logged, once, and the look goes on with the others.
    ///
    /// # Errors
    /// Any other error, which ends the look.
    pub(crate) fn pass_over<E: AboutRows>(
        &mut self,
        organization_id: OrganizationId,
        error: E,
    ) -> Result<(), E> {
        self.pass_over_named(organization_id.to_string(), error)
    }

    /// The same of an organization by the text that a row has, which may be no id.
    ///
    /// # Errors
    /// Any other error, which ends the look.
    pub(crate) fn pass_over_named<E: AboutRows>(&mut self, organization: String, error: E) -> Result<(), E> {
        if !error.is_about_rows() {
            return Err(error);
        }
        self.note_text(organization, &error);
        Ok(())
    }

    /// Notes that something that is stored of an organization can't be read, and why.
    pub(crate) fn note(&mut self, organization_id: OrganizationId, error: &dyn fmt::Display) {
        self.note_text(organization_id.to_string(), error);
    }

    /// Those rows that can be read. The others are noted, and hold up nothing.
    pub(crate) fn readable<T>(&mut self, rows: Vec<Result<T, Unreadable>>) -> Vec<T> {
        let mut read = Vec::with_capacity(rows.len());
        for row in rows {
            match row {
                Ok(row) => read.push(row),
                Err(Unreadable { organization, fault }) => self.note_text(organization, &fault),
            }
        }
        read
    }

    fn note_text(&mut self, organization_id: String, error: &dyn fmt::Display) {
        self.found.insert(organization_id.clone());
        if self.held_up.known().insert((self.job, organization_id.clone())) {
            tracing::error!(
                job = self.job.as_str(), %organization_id, %error,
                "what is stored of an organization can't be read, and is left out until it can; other organizations go on"
            );
        }
    }

    /// Ends a look that has gone through all organizations: those that were not passed over are left out no longer.
    pub(crate) fn end(self) {
        let Self { held_up, job, found } = self;
        let mut again = Vec::new();
        held_up.known().retain(|(of, organization_id)| {
            let is_left_out = *of != job || found.contains(organization_id);
            if !is_left_out {
                again.push(organization_id.clone());
            }
            is_left_out
        });
        for organization_id in again {
            tracing::info!(job = job.as_str(), %organization_id, "what is stored of an organization can be read again");
        }
    }
}

#[cfg(test)]
mod tests {
    use cordboard_tables::rows::BadRow;
    use uuid::Uuid;

    use super::*;

    fn bad() -> StoreError {
        BadRow::new("calls.state", "no state").into()
    }

    #[test]
    fn who_is_passed_over_is_counted_until_a_whole_look_finds_nothing_wrong() {
        let (one, other) = (OrganizationId(Uuid::from_u128(1)), OrganizationId(Uuid::from_u128(2)));
        let held_up = HeldUp::default();
        let count = |job: Job| held_up.counts()[job.as_str()];
        let mut look = held_up.look(Job::Figures);
        look.pass_over(one, bad()).unwrap();
        look.pass_over(one, bad()).unwrap();
        look.pass_over(other, bad()).unwrap();
        look.end();
        assert_eq!((count(Job::Figures), count(Job::Export)), (2, 0));
        let mut export = held_up.look(Job::Export);
        export.pass_over(one, bad()).unwrap();

        // The database is gone in the middle of a look: nothing is known of those behind.
        let mut look = held_up.look(Job::Figures);
        let gone = StoreError::NoConnection("gone".to_owned());
        assert!(look.pass_over(other, gone).is_err());
        drop(look);
        assert_eq!(count(Job::Figures), 2);
        let mut look = held_up.look(Job::Figures);
        look.pass_over(other, bad()).unwrap();
        look.end();
        assert_eq!(count(Job::Figures), 1);
        held_up.look(Job::Figures).end();
        assert_eq!((count(Job::Figures), count(Job::Export)), (0, 1), "of another job nothing is known");
    }
}
