//! Mails the week's figures to the users who have subscribed, once a week.
//!
//! In one transaction, a report is added to the waiting mails and its next time is set, and only if its time has not changed since it was read. So a
//! server that dies in between, or a second server on the same database, sends none twice and forgets none. The courier sends it like any other mail.
//! A report whose time passed while no server ran is sent once, at the next start.
//!
//! A report waits for hours of its days that are not counted yet, for some hours at most. Then it says how many are missing.

mod letter;
mod stop_links;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono_tz::Tz;
use cordboard_actors::world;
use cordboard_schema::account::PageLanguage;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{
    MAIL_GIVE_UP_MS, REPORT_MAIL_AHEAD_MS_MAX, REPORT_MAIL_LATE_MS_MAX, REPORT_MAIL_POLL_MS,
    REPORT_MAIL_WAIT_MS_MAX, REPORT_MAILS_AT_ONCE,
};
use cordboard_schema::report::{Cut, Grain, Report, next_sending, week_before};
use cordboard_schema::time::UnixMs;
use tokio::time::sleep;

pub use self::stop_links::StopLinks;
pub(crate) use self::stop_links::page_of as stop_page;
use crate::counting;
use crate::mail::{Link, Mail, Mailer};
use crate::repeated_failure::RepeatedFailure;
use crate::store::{
    Ask, Connection, DueReport, Job, REPORT_LINK, Store, StoreError, change, may_read_reports, query,
};

/// Mails reports.
#[derive(Clone)]
pub struct Reporter {
    /// Store with the counted calls.
    pub store: Store,
    /// Delivers mails.
    pub mailer: Mailer,
    /// The address of the pages, without a trailing slash.
    pub base_url: String,
    /// Makes the links that stop the mails.
    pub stop_links: StopLinks,
    /// ISO 4217.
    pub currency: String,
}

/// The outcome of a due report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is done: the next one is due in a week.
    Done,
    /// It waits for hours that are not counted yet.
    Waits,
}

impl Reporter {
    /// Mails due reports, again and again. Does nothing if no mail server is set.
    pub async fn run(self) {
        if !self.mailer.has_server() {
            return;
        }
        let mut failures = RepeatedFailure::of("mailing of reports");
        let mut left = 0;
        loop {
            failures.note(self.send_due(&mut left).await, |error| {
                tracing::error!(%error, "weekly reports can't be mailed at the moment; trying again later");
            });
            sleep(Duration::from_millis(REPORT_MAIL_POLL_MS)).await;
        }
    }

    /// Sends due reports. A report that can't be written, because a row of its organization can't be read, stays due and delays no other, and so does
    /// one that waits. `left` is the number of these between two rounds.
    async fn send_due(&self, left: &mut i64) -> Result<(), StoreError> {
        let now = UnixMs::from(world::now());
        self.bring_back(now).await?;
        let mut pass = self.store.job_faults().begin_pass(Job::ReportMails);
        // They have been due the longest, so they are added to the usual number.
        let limit = REPORT_MAILS_AT_ONCE.saturating_add(*left);
        let due = move |connection: &mut Connection| query::due_reports(connection, now, limit);
        let rows = self.store.reads().run(due).await?;
        *left = rows.iter().map(|row| i64::from(row.is_err())).sum();
        // Finding out that hours are missing takes a count of the others, so it is done once per organization.
        let mut uncounted: BTreeSet<String> = BTreeSet::new();
        for report in pass.readable(rows) {
            let owner = report.user.organization_id.clone();
            if uncounted.contains(&owner) && now < waits_until(&report) {
                *left += 1;
                continue;
            }
            match self.send_one(report, now).await {
                Ok(Outcome::Done) => {}
                Ok(Outcome::Waits) => {
                    *left += 1;
                    uncounted.insert(owner);
                }
                Err(error) => {
                    pass.pass_over_named(owner, error)?;
                    *left += 1;
                }
            }
        }
        pass.end();
        Ok(())
    }

    async fn send_one(&self, report: DueReport, now: UnixMs) -> Result<Outcome, StoreError> {
        let user = report.user.user()?;
        let mail = match may_read_reports(&user) {
            true => {
                let figures = self.figures(user.organization_id, week_of(&report, now)).await?;
                if figures.hours_behind > 0 && now < waits_until(&report) {
                    return Ok(Outcome::Waits);
                }
                let language = report.user.language().unwrap_or(PageLanguage::En);
                let stop = self.stop_links.page(&self.base_url, user.id);
                Some(letter::letter(language, &user, &figures, (&self.base_url, &stop)))
            }
            false => None,
        };
        let next = next_at(&report, now);
        self.send(report, mail, next).await?;
        Ok(Outcome::Done)
    }

    /// Reschedules reports that a clock that was ahead has postponed, to their next time after now.
    async fn bring_back(&self, now: UnixMs) -> Result<(), StoreError> {
        let latest = now + REPORT_MAIL_AHEAD_MS_MAX;
        let far = move |connection: &mut Connection| {
            query::reports_later_than(connection, latest, REPORT_MAILS_AT_ONCE)
        };
        // One that can't be read is reported when it is due.
        for report in self.store.reads().run(far).await?.into_iter().flatten() {
            let (user, next) = (report.user.id.clone(), next_at(&report, now));
            let bring_back =
                move |connection: &mut Connection| change::send_report(connection, &report, next, None);
            if self.store.change(bring_back).await? {
                tracing::warn!(
                    user,
                    "the clock was ahead: a weekly report that it has postponed is sent at its next time"
                );
            }
        }
        Ok(())
    }

    async fn send(&self, report: DueReport, mail: Option<Mail>, next: UnixMs) -> Result<(), StoreError> {
        let organization_id = report.user.user()?.organization_id;
        let link = |user: &str| Link {
            hash: format!("{REPORT_LINK}{user}"),
            until: UnixMs::from(world::now()) + MAIL_GIVE_UP_MS,
        };
        let posting = mail.map(|mail| self.mailer.posting(organization_id, mail, link(&report.user.id)));
        let row = posting.as_ref().and_then(|posting| posting.row().cloned());
        let user = report.user.id.clone();
        let send =
            move |connection: &mut Connection| change::send_report(connection, &report, next, row.as_ref());
        let is_sent = self.store.change(send).await?;
        if let Some(posting) = posting.filter(|_| is_sent) {
            tracing::info!(user, "a weekly report is mailed");
            self.mailer.posted(posting);
        }
        Ok(())
    }

    /// Returns the figures of the week before the day of `at`.
    async fn figures(&self, organization_id: OrganizationId, at: UnixMs) -> Result<Report, StoreError> {
        counting::begun(&self.store, organization_id).await?;
        let currency = self.currency.clone();
        let read = move |connection: &mut Connection| {
            let (kept, wanted) = query::zone_of_figures(connection, organization_id)?;
            let (from, to) = week_before(kept.unwrap_or(wanted), at.to_utc());
            let ask = Ask { from, to, by: Grain::Day, cut: Cut::All, key: None, currency };
            query::report(connection, organization_id, ask)
        };
        self.store.reads().run(read).await
    }
}

/// Returns until when a due report waits for hours that are not counted yet.
fn waits_until(report: &DueReport) -> UnixMs {
    UnixMs::from(report.due_at.and_utc()) + REPORT_MAIL_WAIT_MS_MAX
}

/// Returns the moment whose previous week is reported: when the report was due, because a wait past midnight must not change the week. A very late
/// report, for example when no server ran, covers the newest week.
fn week_of(report: &DueReport, now: UnixMs) -> UnixMs {
    let due_at = UnixMs::from(report.due_at.and_utc());
    if now < due_at + REPORT_MAIL_LATE_MS_MAX { due_at } else { now }
}

/// Returns when a report is sent next after now.
fn next_at(report: &DueReport, now: UnixMs) -> UnixMs {
    let zone: Tz = report.wanted.tz.parse().unwrap_or(Tz::UTC);
    let next = next_sending(report.wanted.weekday, report.wanted.hour, zone, now.to_utc());
    // At the ends of the calendar there is no next time.
    next.map_or(now + 7 * 24 * 3_600_000, UnixMs::from)
}

#[cfg(test)]
mod tests {
    use cordboard_schema::account::{EmailAddress, User, UserStatus};
    use cordboard_schema::ids::UserId;
    use cordboard_schema::permission::Role;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn users_who_may_not_see_figures_get_none() {
        let user = |role, status| User {
            id: UserId(Uuid::nil()),
            organization_id: OrganizationId(Uuid::nil()),
            email: EmailAddress::parse("ada@example.com").unwrap(),
            name: "Ada".to_owned(),
            role,
            status,
            has_totp: false,
            created_at: UnixMs(0),
            last_sign_in_at: None,
        };
        assert!(may_read_reports(&user(Role::Supervisor, UserStatus::Active)));
        assert!(!may_read_reports(&user(Role::Agent, UserStatus::Active)), "agents see no figures");
        assert!(!may_read_reports(&user(Role::Owner, UserStatus::Disabled)), "they may not sign in");
    }
}
