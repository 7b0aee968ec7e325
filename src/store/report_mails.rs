//! Users who get the week's figures by mail, and when.

use chrono::{Days, NaiveDateTime};
use chrono_tz::Tz;
use cordboard_schema::account::{User, UserStatus};
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::permission::Permission;
use cordboard_schema::report::{ReportMailBody, next_sending};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::{BadRow, MailRow, UserRow};
use cordboard_tables::tables::{report_mails, users};
use diesel::prelude::*;

use super::mails::{self, REPORT_LINK};
use super::moments::column;
use super::{Connection, StoreError, Unreadable, profiles};

/// A report that is due.
#[derive(Clone, Debug)]
pub struct DueReport {
    /// The recipient.
    pub user: UserRow,
    /// When it was due.
    pub due_at: NaiveDateTime,
    /// The user's weekday and hour.
    pub wanted: ReportMailBody,
}

type Columns = (i32, i32, String, NaiveDateTime);

fn wanted((weekday, hour, tz, next_at): Columns) -> Result<(ReportMailBody, NaiveDateTime), BadRow> {
    let weekday = u8::try_from(weekday).map_err(|fault| BadRow::new("report_mails.weekday", fault))?;
    let hour = u8::try_from(hour).map_err(|fault| BadRow::new("report_mails.hour", fault))?;
    Ok((ReportMailBody { weekday, hour, tz }, next_at))
}

/// Returns when a user gets the report, and when the next one is sent.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    user_id: UserId,
) -> Result<Option<(ReportMailBody, NaiveDateTime)>, StoreError> {
    let found: Option<Columns> = report_mails::table
        .find(user_id.to_string())
        .filter(report_mails::organization_id.eq(organization_id.to_string()))
        .select((report_mails::weekday, report_mails::hour, report_mails::tz, report_mails::next_at))
        .first(connection)
        .optional()?;
    Ok(found.map(wanted).transpose()?)
}

/// Returns the organization of a user who gets the report; none if they get none.
pub fn organization_of(
    connection: &mut Connection,
    user_id: UserId,
) -> Result<Option<OrganizationId>, StoreError> {
    let found: Option<String> = report_mails::table
        .find(user_id.to_string())
        .select(report_mails::organization_id)
        .first(connection)
        .optional()?;
    let id = found.map(|id| id.parse::<OrganizationId>()).transpose();
    Ok(id.map_err(|fault| BadRow::new("report_mails.organization_id", fault))?)
}

/// Sets when a user gets the report; none ends it.
pub fn set(
    connection: &mut Connection,
    organization_id: OrganizationId,
    user_id: UserId,
    mail: Option<(&ReportMailBody, UnixMs)>,
) -> Result<(), StoreError> {
    let mine = report_mails::table
        .find(user_id.to_string())
        .filter(report_mails::organization_id.eq(organization_id.to_string()));
    diesel::delete(mine).execute(connection)?;
    if let Some((body, next_at)) = mail {
        diesel::insert_into(report_mails::table)
            .values((
                report_mails::user_id.eq(user_id.to_string()),
                report_mails::organization_id.eq(organization_id.to_string()),
                report_mails::weekday.eq(i32::from(body.weekday)),
                report_mails::hour.eq(i32::from(body.hour)),
                report_mails::tz.eq(&body.tz),
                report_mails::next_at.eq(next_at.to_utc().naive_utc()),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// About half a week, and more than two zones differ.
const HALF_A_WEEK_DAYS: u64 = 3;

/// Moves the organization's reports that follow the business's clocks, which were those of `before`, to `zone`. They keep their day and hour. The next
/// one is the one that is nearest to its previous time, so that no week has two and none is left out.
pub(super) fn follow_zone(
    connection: &mut Connection,
    organization_id: OrganizationId,
    before: Tz,
    zone: Tz,
) -> Result<(), StoreError> {
    if before == zone {
        return Ok(());
    }
    let rows: Vec<(String, Columns)> = report_mails::table
        .filter(report_mails::organization_id.eq(organization_id.to_string()))
        .filter(report_mails::tz.eq(before.name()))
        .select((
            report_mails::user_id,
            (report_mails::weekday, report_mails::hour, report_mails::tz, report_mails::next_at),
        ))
        .load(connection)?;
    for (user, columns) in rows {
        // One that can't be read is reported when it is due.
        let Ok((body, next_at)) = wanted(columns) else { continue };
        let next = next_at
            .and_utc()
            .checked_sub_days(Days::new(HALF_A_WEEK_DAYS))
            .and_then(|after| next_sending(body.weekday, body.hour, zone, after));
        let Some(next) = next else { continue };
        diesel::update(report_mails::table.find(user))
            .set((report_mails::tz.eq(zone.name()), report_mails::next_at.eq(next.naive_utc())))
            .execute(connection)?;
    }
    Ok(())
}

/// Returns the due reports of all organizations, longest due first. Those that can't be read keep their places among them.
pub fn due(
    connection: &mut Connection,
    now: UnixMs,
    limit: i64,
) -> Result<Vec<Result<DueReport, Unreadable>>, StoreError> {
    found(connection, Next::UpTo(now), limit)
}

/// Returns the reports that are due after this time, like [`due`].
pub fn later_than(
    connection: &mut Connection,
    latest: UnixMs,
    limit: i64,
) -> Result<Vec<Result<DueReport, Unreadable>>, StoreError> {
    found(connection, Next::After(latest), limit)
}

/// When a user's next report is due.
#[derive(Clone, Copy)]
enum Next {
    UpTo(UnixMs),
    After(UnixMs),
}

fn found(
    connection: &mut Connection,
    next: Next,
    limit: i64,
) -> Result<Vec<Result<DueReport, Unreadable>>, StoreError> {
    let found = report_mails::table
        .order((report_mails::next_at, report_mails::user_id))
        .limit(limit)
        .select((
            report_mails::user_id,
            report_mails::organization_id,
            (report_mails::weekday, report_mails::hour, report_mails::tz, report_mails::next_at),
        ))
        .into_boxed();
    let found = match next {
        Next::UpTo(now) => found.filter(report_mails::next_at.le(column(now))),
        Next::After(latest) => found.filter(report_mails::next_at.gt(column(latest))),
    };
    let rows: Vec<(String, String, Columns)> = found.load(connection)?;
    let mut due = Vec::new();
    for (id, organization, columns) in rows {
        let (wanted, due_at) = match wanted(columns) {
            Ok(wanted) => wanted,
            Err(fault) => {
                due.push(Err(Unreadable { organization, fault }));
                continue;
            }
        };
        let user = users::table.find(id).select(UserRow::as_select()).first(connection)?;
        due.push(Ok(DueReport { user, due_at, wanted }));
    }
    Ok(due)
}

/// Queues a report among the mails, and sets when the next is due. Returns false, and changes nothing, if that was done already, the report is not
/// wanted any more or in another zone, its user has another address since it was written, or too many mails wait.
pub fn send(
    connection: &mut Connection,
    report: &DueReport,
    next_at: UnixMs,
    mail: Option<&MailRow>,
) -> Result<bool, StoreError> {
    let due = report_mails::table
        .find(&report.user.id)
        .filter(report_mails::next_at.eq(report.due_at))
        .filter(report_mails::tz.eq(&report.wanted.tz));
    if due.count().get_result::<i64>(connection)? == 0 {
        return Ok(false);
    }
    let address: Option<String> =
        users::table.find(&report.user.id).select(users::email).first(connection).optional()?;
    if address.as_ref() != Some(&report.user.email) {
        return Ok(false);
    }
    if let Some(mail) = mail
        && !mails::queue(connection, mail)?
    {
        return Ok(false);
    }
    diesel::update(report_mails::table.find(&report.user.id))
        .set(report_mails::next_at.eq(next_at.to_utc().naive_utc()))
        .execute(connection)?;
    Ok(true)
}

/// Tells whether a waiting report is still wanted, and its recipient may still read it.
pub(super) fn is_wanted(connection: &mut Connection, link_hash: &str) -> Result<bool, StoreError> {
    let Some(user) = link_hash.strip_prefix(REPORT_LINK) else { return Ok(false) };
    let found: Option<UserRow> = report_mails::table
        .inner_join(users::table.on(users::id.eq(report_mails::user_id)))
        .filter(report_mails::user_id.eq(user))
        .select(UserRow::as_select())
        .first(connection)
        .optional()?;
    // A row that can't be read stops no other mail: its user gets none.
    let Some(user) = found.and_then(|row| row.user().ok()).filter(may_read_reports) else { return Ok(false) };
    Ok(!profiles::is_suspended(connection, user.organization_id)?)
}

/// Tells whether this user may get the figures by mail.
pub fn may_read_reports(user: &User) -> bool {
    user.status == UserStatus::Active && user.role.may(Permission::DashboardRead)
}
