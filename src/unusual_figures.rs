//! Notifies people when figures of a day differ from the usual ones (`cordboard_schema::report::changes` decides which do).
//!
//! A day is compared once, an hour after its end. The comparison and its notices are written in one transaction, so a server that dies in between, or
//! a second server on the same database, sends nothing twice and forgets nothing. If no server ran for days, only the newest day is compared.

use std::time::Duration;

use chrono::{Days, NaiveDate};
use cordboard_actors::world;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::COMPARE_POLL_MS;
use cordboard_schema::notice::Notice;
use cordboard_schema::report::{Cut, Grain, Report, ReportFigures, USUAL_WEEKS, changes};
use cordboard_schema::time::UnixMs;
use tokio::time::sleep;

use crate::repeated_failure::RepeatedFailure;
use crate::store::{Ask, Connection, Job, Store, StoreError, change, query};

/// Compares the figures of days.
#[derive(Clone)]
pub struct FigureWatch {
    /// Stores the figures and the notices to people.
    pub store: Store,
    /// The address of the pages, without a trailing slash.
    pub base_url: String,
    /// ISO 4217.
    pub currency: String,
}

impl FigureWatch {
    /// Compares due days, again and again.
    pub async fn run(self) {
        let mut failures = RepeatedFailure::of("comparison of figures");
        loop {
            let outcome = self.run_pass(world::now().into()).await;
            failures.note(outcome, |error| {
                tracing::warn!(%error, "figures can't be compared with the usual ones at the moment; trying again later");
            });
            sleep(Duration::from_millis(COMPARE_POLL_MS)).await;
        }
    }

    /// Compares the days that are due at this moment. Returns how many days had changed figures. An organization with an unreadable row delays no
    /// other.
    ///
    /// # Errors
    /// Fails if the database does. Remaining days are compared in the next round.
    pub async fn run_pass(&self, now: UnixMs) -> Result<usize, StoreError> {
        let mut pass = self.store.job_faults().begin_pass(Job::Comparison);
        let mut changed = 0;
        let ids = self.store.reads().run(query::organization_ids).await?;
        for organization_id in pass.readable(ids) {
            match self.compare(organization_id, now).await {
                Ok(has_changed) => changed += usize::from(has_changed),
                Err(error) => pass.pass_over(organization_id, error)?,
            }
        }
        pass.end();
        Ok(changed)
    }

    /// Compares the organization's due day, if there is one. Returns whether its figures have changed.
    async fn compare(&self, organization_id: OrganizationId, now: UnixMs) -> Result<bool, StoreError> {
        let due = move |connection: &mut Connection| query::day_to_compare(connection, organization_id, now);
        let Some(day) = self.store.reads().run(due).await? else { return Ok(false) };
        let report = self.report(organization_id, day).await?;
        if report.hours_behind > 0 {
            return Ok(false);
        }
        let notice = self.notice(day, &report);
        let is_reported = notice.is_some();
        let keep = move |connection: &mut Connection| {
            change::keep_comparison(connection, organization_id, day, notice.as_ref(), now)
        };
        let has_changed = self.store.change(keep).await? && is_reported;
        if has_changed {
            tracing::info!(%organization_id, %day, "figures of a day differ from the usual ones");
        }
        Ok(has_changed)
    }

    async fn report(&self, organization_id: OrganizationId, day: NaiveDate) -> Result<Report, StoreError> {
        let from = day - Days::new(u64::from(USUAL_WEEKS) * 7);
        let currency = self.currency.clone();
        let ask = Ask { from, to: day, by: Grain::Day, cut: Cut::All, key: None, currency };
        self.store.reads().run(move |connection| query::report(connection, organization_id, ask)).await
    }

    /// Returns the notice to people; none if nothing has changed.
    fn notice(&self, day: NaiveDate, report: &Report) -> Option<Notice> {
        let (last, before) = report.rows.split_last()?;
        let usual: Vec<ReportFigures> = before.iter().step_by(7).map(|row| row.figures.clone()).collect();
        let changes = changes(&last.figures, &usual);
        let report = format!("{}/reports?from={day}&to={day}", self.base_url);
        let currency = self.currency.clone();
        (!changes.is_empty()).then_some(Notice::FiguresChanged { day, changes, currency, report })
    }
}
