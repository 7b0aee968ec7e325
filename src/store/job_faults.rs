//! Organizations that a job skips, because some of their data can't be read.
//!
//! A job for all organizations then continues with the next one. The log says when an organization is skipped and when no longer; `/metrics` has the
//! number, which `cordboard doctor` reads.
//!
//! Settings that calls and desks use are read in the same way, at the start and whenever they change. A row that can't be read never permits more
//! than the readable rows do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cordboard_schema::ids::OrganizationId;
use cordboard_tables::rows::BadRow;

use super::{Readable, StoreError};

/// A job for all organizations, or for settings of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Job {
    /// Counts calls for reports.
    Figures,
    /// Compares the figures of days.
    Comparison,
    /// Writes days to a warehouse.
    Export,
    /// Extracts values and topics from calls.
    Extraction,
    /// Fills in scorecards.
    Scorecards,
    /// Mails reports.
    ReportMails,
    /// Deletes data whose retention period is over.
    Retention,
    /// Reads the profiles that answer calls.
    Profiles,
    /// Reads what calls may dial.
    Dialling,
    /// Reads agents and queues.
    Desks,
}

impl Job {
    const ALL: [Self; 10] = [
        Self::Figures,
        Self::Comparison,
        Self::Export,
        Self::Extraction,
        Self::Scorecards,
        Self::ReportMails,
        Self::Retention,
        Self::Profiles,
        Self::Dialling,
        Self::Desks,
    ];

    /// Its name in the log and in `/metrics`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Figures => "figures",
            Self::Comparison => "comparison",
            Self::Export => "export",
            Self::Extraction => "extraction",
            Self::Scorecards => "scorecards",
            Self::ReportMails => "report_mails",
            Self::Retention => "retention",
            Self::Profiles => "profiles",
            Self::Dialling => "dialling",
            Self::Desks => "desks",
        }
    }

    /// The consequence for the organization, and the fix.
    const fn consequence(self) -> &'static str {
        match self {
            Self::Profiles => {
                "an agent profile of an organization can't be read: it answers no calls, and its callers go to `calls.fallback_extension`; \
                 publish it once more, or write anew what is named here, and calls have it within 2 s"
            }
            Self::Dialling => {
                "a rule on dialling of an organization can't be read: its calls may dial nothing that the rule could have kept from them; \
                 set it once more (dial policy, extension, grant, number, business profile), and calls have it within 2 s"
            }
            Self::Desks => {
                "an agent or a queue of an organization can't be read: it gets no calls; save it once more, on its page or by \
                 `PUT /api/v1/agents/{id}` or `PUT /api/v1/queues/{id}`, and desks have it within 2 s (a user is restored from a backup)"
            }
            Self::Figures
            | Self::Comparison
            | Self::Export
            | Self::Extraction
            | Self::Scorecards
            | Self::ReportMails
            | Self::Retention => {
                "some data of an organization can't be read, so the organization is left out until it can; other organizations continue"
            }
        }
    }
}

/// Errors that may concern the rows of only one organization.
pub(crate) trait AboutRows: fmt::Display {
    /// Tells whether the rows are the cause: those of other organizations may be readable.
    fn is_about_rows(&self) -> bool;
}

impl AboutRows for StoreError {
    fn is_about_rows(&self) -> bool {
        self.is_of_the_row()
    }
}

/// A row that can't be read. Its organization is a text, which may not be a valid id.
#[derive(Clone, Debug)]
pub struct Unreadable {
    /// The organization, as in the row.
    pub organization: String,
    /// The error.
    pub fault: BadRow,
}

/// Organizations that this process skips. They are identified as in their rows, so an invalid id is skipped too. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct JobFaults(Arc<Mutex<BTreeMap<(Job, String), String>>>);

impl JobFaults {
    /// The errors that were logged, by job and organization.
    fn known(&self) -> MutexGuard<'_, BTreeMap<(Job, String), String>> {
        // Nothing panics while the lock is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a job's pass over all organizations.
    pub(crate) fn begin_pass(&self, job: Job) -> JobPass {
        JobPass { job_faults: self.clone(), job, found: BTreeSet::new() }
    }

    /// Takes the data of a job's complete pass. Rows that can't be read are logged once, and again if others fail.
    pub(crate) fn take<T>(&self, job: Job, Readable { found, unreadable }: Readable<T>) -> T {
        let mut faults: BTreeMap<String, String> = BTreeMap::new();
        for Unreadable { organization, fault } in unreadable {
            let written = faults.entry(organization).or_default();
            let between = if written.is_empty() { "" } else { "; " };
            written.push_str(between);
            written.push_str(&fault.to_string());
        }
        let mut pass = self.begin_pass(job);
        for (organization_id, error) in faults {
            let key = (job, organization_id.clone());
            if self.known().get(&key).is_some_and(|known| *known != error) {
                self.known().remove(&key);
            }
            pass.note_text(organization_id, &error);
        }
        pass.end();
        found
    }

    /// Returns at most `max` present errors: the job, the organization as in its rows, the error.
    pub(crate) fn faults(&self, max: usize) -> Vec<(Job, String, String)> {
        let known = self.known();
        let faults =
            known.iter().map(|((job, organization), fault)| (*job, organization.clone(), fault.clone()));
        faults.take(max).collect()
    }

    /// Returns the number of organizations that each job skips now, by the job's name.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts: BTreeMap<_, _> = Job::ALL.map(|job| (job.as_str(), 0)).into();
        for (job, _) in self.known().keys() {
            *counts.entry(job.as_str()).or_default() += 1;
        }
        counts
    }
}

/// A job's pass over all organizations.
#[derive(Debug)]
pub(crate) struct JobPass {
    job_faults: JobFaults,
    job: Job,
    found: BTreeSet<String>,
}

impl JobPass {
    /// Takes an error of the job's work for an organization. An error about its rows is logged once, and the pass continues.
    ///
    /// # Errors
    /// Any other error, which ends the pass.
    pub(crate) fn pass_over<E: AboutRows>(
        &mut self,
        organization_id: OrganizationId,
        error: E,
    ) -> Result<(), E> {
        self.pass_over_named(organization_id.to_string(), error)
    }

    /// The same for an organization given by its text in a row, which may not be a valid id.
    ///
    /// # Errors
    /// Any other error, which ends the pass.
    pub(crate) fn pass_over_named<E: AboutRows>(&mut self, organization: String, error: E) -> Result<(), E> {
        if !error.is_about_rows() {
            return Err(error);
        }
        self.note_text(organization, &error);
        Ok(())
    }

    /// Notes that some data of an organization can't be read, and why.
    pub(crate) fn note(&mut self, organization_id: OrganizationId, error: &dyn fmt::Display) {
        self.note_text(organization_id.to_string(), error);
    }

    /// Returns the rows that can be read. The others are noted, and stop nothing.
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
        let key = (self.job, organization_id.clone());
        let is_new = self.job_faults.known().insert(key, error.to_string()).is_none();
        if is_new {
            tracing::error!(job = self.job.as_str(), %organization_id, %error, "{}", self.job.consequence());
        }
    }

    /// Ends a complete pass: organizations without an error in it are no longer skipped.
    pub(crate) fn end(self) {
        let Self { job_faults, job, found } = self;
        let mut again = Vec::new();
        job_faults.known().retain(|(of, organization_id), _| {
            let is_left_out = *of != job || found.contains(organization_id);
            if !is_left_out {
                again.push(organization_id.clone());
            }
            is_left_out
        });
        for organization_id in again {
            tracing::info!(job = job.as_str(), %organization_id, "all data of an organization can be read again");
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
    fn skipped_organizations_count_until_a_complete_pass_succeeds() {
        let (one, other) = (OrganizationId(Uuid::from_u128(1)), OrganizationId(Uuid::from_u128(2)));
        let job_faults = JobFaults::default();
        let count = |job: Job| job_faults.counts()[job.as_str()];
        let mut pass = job_faults.begin_pass(Job::Figures);
        pass.pass_over(one, bad()).unwrap();
        pass.pass_over(one, bad()).unwrap();
        pass.pass_over(other, bad()).unwrap();
        pass.end();
        assert_eq!((count(Job::Figures), count(Job::Export)), (2, 0));
        let mut export = job_faults.begin_pass(Job::Export);
        export.pass_over(one, bad()).unwrap();

        // The database fails in the middle of the pass: nothing is known about the remaining organizations.
        let mut pass = job_faults.begin_pass(Job::Figures);
        let gone = StoreError::NoConnection("gone".to_owned());
        assert!(pass.pass_over(other, gone).is_err());
        drop(pass);
        assert_eq!(count(Job::Figures), 2);
        let mut pass = job_faults.begin_pass(Job::Figures);
        pass.pass_over(other, bad()).unwrap();
        pass.end();
        assert_eq!(count(Job::Figures), 1);
        job_faults.begin_pass(Job::Figures).end();
        assert_eq!((count(Job::Figures), count(Job::Export)), (0, 1), "the other job's errors stay");
    }

    #[test]
    fn only_organizations_with_unreadable_rows_are_skipped() {
        let job_faults = JobFaults::default();
        let seen = |bad: &[&str]| {
            let row = |organization: &&str| Unreadable {
                organization: (*organization).to_owned(),
                fault: BadRow::new("dial_policies.numbers_allowed", "no JSON"),
            };
            job_faults.take(Job::Dialling, Readable { found: 7, unreadable: bad.iter().map(row).collect() })
        };
        let count = || job_faults.counts()["dialling"];
        assert_eq!((seen(&["one", "other", "one"]), count()), (7, 2));
        assert_eq!((seen(&["other"]), count()), (7, 1));
        let fault = "`dial_policies.numbers_allowed`: no JSON".to_owned();
        assert_eq!(job_faults.faults(9), [(Job::Dialling, "other".to_owned(), fault)]);
        assert_eq!((seen(&[]), count()), (7, 0));
    }
}
