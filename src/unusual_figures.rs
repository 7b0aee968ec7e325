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
use cordboard_schema::report::{ReportFigures, USUAL_WEEKS, changes};
use cordboard_schema::time::UnixMs;
use tokio::time::sleep;

use crate::repeated_failure::RepeatedFailure;
use crate::store::{Connection, Job, Store, StoreError, change, query};

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
                Ok(Comparison::Unread(why)) => pass.note(organization_id, &why),
                Ok(Comparison::Changed) => changed += 1,
                Ok(Comparison::NothingToTell) => {}
                Err(error) => pass.pass_over(organization_id, error)?,
            }
        }
        pass.end();
        Ok(changed)
    }

    /// Compares the organization's due day, if there is one. A usual day with an hour that can't be counted is left out.
    async fn compare(&self, organization_id: OrganizationId, now: UnixMs) -> Result<Comparison, StoreError> {
        let due = move |connection: &mut Connection| query::day_to_compare(connection, organization_id, now);
        let Some(day) = self.store.reads().run(due).await? else { return Ok(Comparison::NothingToTell) };
        let dates: Vec<NaiveDate> =
            (0..=USUAL_WEEKS).rev().map(|weeks| day - Days::new(u64::from(weeks) * 7)).collect();
        let read =
            move |connection: &mut Connection| query::figures_of_days(connection, organization_id, &dates);
        let mut usual = self.store.reads().run(read).await?;
        let Some(newest) = usual.pop() else { return Ok(Comparison::NothingToTell) };
        if let Some(why) = newest.unread {
            return Ok(Comparison::Unread(format!("{day} is not compared: {why}")));
        }
        usual.retain(|day| day.unread.is_none());
        if newest.is_behind || usual.iter().any(|day| day.is_behind) {
            return Ok(Comparison::NothingToTell);
        }
        let usual: Vec<ReportFigures> = usual.into_iter().map(|day| day.figures).collect();
        let notice = self.notice(day, &newest.figures, &usual);
        let is_reported = notice.is_some();
        let keep = move |connection: &mut Connection| {
            change::keep_comparison(connection, organization_id, day, notice.as_ref(), now)
        };
        let has_changed = self.store.change(keep).await? && is_reported;
        if !has_changed {
            return Ok(Comparison::NothingToTell);
        }
        tracing::info!(%organization_id, %day, "figures of a day differ from the usual ones");
        Ok(Comparison::Changed)
    }

    /// Returns the notice to people; none if nothing has changed.
    fn notice(&self, day: NaiveDate, newest: &ReportFigures, usual: &[ReportFigures]) -> Option<Notice> {
        let changes = changes(newest, usual);
        let report = format!("{}/reports?from={day}&to={day}", self.base_url);
        let currency = self.currency.clone();
        (!changes.is_empty()).then_some(Notice::FiguresChanged { day, changes, currency, report })
    }
}

/// What became of an organization's due day.
enum Comparison {
    /// No day is due, or it can't be compared yet, or its figures are as usual.
    NothingToTell,
    /// Its figures have changed.
    Changed,
    /// An hour of it can't be counted, and why.
    Unread(String),
}
