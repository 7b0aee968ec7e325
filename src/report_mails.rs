//! Mails the week's figures to the users who have subscribed, once a week.
//!
//! In one transaction, a report is added to the waiting mails and its next time is set, and only if its time has not changed since it was read. So a
//! server that dies in between, or a second server on the same database, sends none twice and forgets none. The courier sends it like any other mail.
//! A report whose time passed while no server ran is sent once, at the next start.
//!
//! A report waits for hours of its days that are not counted yet, for some hours at most. Then it says how many are missing.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono_tz::Tz;
use cordboard_actors::world;
use cordboard_schema::account::User;
use cordboard_schema::business::money::Currency;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{
    MAIL_GIVE_UP_MS, REPORT_MAIL_AHEAD_MS_MAX, REPORT_MAIL_LATE_MS_MAX, REPORT_MAIL_POLL_MS,
    REPORT_MAIL_WAIT_MS_MAX, REPORT_MAILS_AT_ONCE,
};
use cordboard_schema::report::{Cut, Grain, Report, ReportFigures, next_sending, week_before};
use cordboard_schema::time::UnixMs;
use tokio::time::sleep;

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
    /// ISO 4217.
    pub currency: String,
}

/// What becomes of a due report.
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
                Some(letter(&user, &figures, &self.base_url))
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

fn letter(user: &User, report: &Report, base_url: &str) -> Mail {
    let (now, before) = (&report.now.figures, &report.before.figures);
    let (from, to) = (report.now.from, report.now.to);
    let mut text = format!(
        "Hello {},\n\nhere are the figures for {from} to {to} (days in {}), with those of the seven days before in brackets.\n\n",
        user.name, report.tz
    );
    if report.hours_behind > 0 {
        let hours = match report.hours_behind {
            1 => "1 hour is".to_owned(),
            hours => format!("{hours} hours are"),
        };
        text.push_str(&format!(
            "{hours} still being counted, so some calls may be missing here. The pages show them once this is done.\n\n"
        ));
    }
    for (name, say) in LINES {
        text.push_str(&format!("{name:<34}{:>12}  ({})\n", say(now, report), say(before, report)));
    }
    text.push_str("\nDay by day:\n\n");
    text.push_str(&format!(
        "{:<12}{:>8}{:>12}{:>12}{:>8}\n",
        "", "calls", "assistant", "handed over", "missed"
    ));
    for row in &report.rows {
        let ReportFigures { calls, contained, handed_over, missed, .. } = row.figures;
        text.push_str(&format!(
            "{:<12}{calls:>8}{contained:>12}{handed_over:>12}{missed:>8}\n",
            row.date.to_string()
        ));
    }
    text.push_str(&format!(
        "\nSee the full report, and download it for a spreadsheet:\n\n{base_url}/reports?from={from}&to={to}\n\nStop these mails:\n\n{base_url}/reports?mail=stop\n"
    ));
    Mail {
        to: user.email.to_string(),
        subject: format!("Your calls from {from} to {to}: {}", now.calls),
        text,
    }
}

type Said = fn(&ReportFigures, &Report) -> String;

/// The lines of the mail.
const LINES: [(&str, Said); 11] = [
    ("Calls", |figures, _| figures.calls.to_string()),
    ("Handled by the assistant", |figures, _| share(figures.contained, figures.answered)),
    ("Handed over", |figures, _| figures.handed_over.to_string()),
    ("Missed", |figures, _| figures.missed.to_string()),
    ("Reply, median", |figures, _| seconds(figures.reply_p50_ms)),
    ("Reply, 95%", |figures, _| seconds(figures.reply_p95_ms)),
    ("Wait for a person, median", |figures, _| seconds(figures.wait_p50_ms)),
    ("Wait for a person, 95%", |figures, _| seconds(figures.wait_p95_ms)),
    ("Leads", |figures, _| figures.leads.to_string()),
    ("Booked", |figures, _| figures.bookings.to_string()),
    ("Spent", |figures, report| money(figures.cost_micros, &report.currency)),
];

/// Formats millionths of a currency, rounded to its smallest unit.
fn money(micros: u64, currency: &str) -> String {
    let known = Currency::try_from(currency.to_owned());
    let digits = known.map_or(2, Currency::minor_digits);
    let unit = 10_u64.pow(digits);
    let minor = micros.saturating_mul(unit).saturating_add(500_000) / 1_000_000;
    match digits {
        0 => format!("{minor} {currency}"),
        _ => format!("{}.{:0width$} {currency}", minor / unit, minor % unit, width = digits as usize),
    }
}

/// Formats a share in percent, rounded as on the page.
fn share(part: u64, of: u64) -> String {
    match of {
        0 => "-".to_owned(),
        of => format!("{} %", part.saturating_mul(100).saturating_add(of / 2) / of),
    }
}

/// Formats a time to a tenth of a second, rounded as on the page.
fn seconds(ms: Option<u64>) -> String {
    let tenths = ms.map(|ms| ms.saturating_add(50) / 100);
    tenths.map_or_else(|| "-".to_owned(), |tenths| format!("{}.{} s", tenths / 10, tenths % 10))
}

#[cfg(test)]
mod tests {
    use cordboard_schema::account::{EmailAddress, UserStatus};
    use cordboard_schema::ids::UserId;
    use cordboard_schema::permission::Role;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn money_is_rounded_to_the_smallest_unit_of_its_currency() {
        for (micros, currency, said) in [
            (0, "EUR", "0.00 EUR"),
            (12_994_999, "EUR", "12.99 EUR"),
            (12_995_000, "EUR", "13.00 EUR"),
            (1_234_500_000, "JPY", "1235 JPY"),
            (1_234_500, "KWD", "1.235 KWD"),
            (70_000, "?", "0.07 ?"),
        ] {
            assert_eq!(money(micros, currency), said);
        }
    }

    #[test]
    fn shares_and_times_are_rounded_as_on_the_page() {
        for (part, of, said) in
            [(0, 0, "-"), (2, 3, "67 %"), (1, 3, "33 %"), (1, 200, "1 %"), (7, 7, "100 %")]
        {
            assert_eq!(share(part, of), said);
        }
        for (ms, said) in [(None, "-"), (Some(0), "0.0 s"), (Some(1_949), "1.9 s"), (Some(1_950), "2.0 s")] {
            assert_eq!(seconds(ms), said);
        }
    }

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
