//! Mails that wait for the mail server: with a link, notices to users, and reports of the week. A row is written in the transaction that makes its
//! link, sent by the first server that claims it, and deleted once nobody needs it any more.
//!
//! Hundreds of reports are due at the same hour, and after an outage of the mail server all at once. Links go first and have room of their own:
//! somebody waits for a link, and it expires after an hour.

use chrono::NaiveDateTime;
use cordboard_schema::account::EmailAddress;
use cordboard_schema::ids::UserId;
use cordboard_schema::limits::{MAILS_BEFORE_REPORT_MAX, MAILS_OF_USER_WAITING_MAX, MAILS_WAITING_MAX};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::MailRow;
use cordboard_tables::tables::mails;
use diesel::dsl::min;
use diesel::prelude::*;

use super::moments::column;
use super::{Connection, StoreError, invitations};

/// Prefix of a mail's `link_hash` if it is a report of the week. The user's id follows.
pub const REPORT_LINK: &str = "report:";
/// Prefix of a mail's `link_hash` if it is a notice to a user, without a link. The user's id follows.
pub const NOTICE_LINK: &str = "notice:";

/// The content of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// A link, or a notice to a user, which is equally urgent.
    Link,
    /// A report of the week.
    Report,
}

impl Content {
    fn of(mail: &MailRow) -> Self {
        if mail.link_hash.starts_with(REPORT_LINK) { Self::Report } else { Self::Link }
    }
}

/// Queues a mail. Returns false if there is no room.
pub fn queue(connection: &mut Connection, mail: &MailRow) -> Result<bool, StoreError> {
    let waiting: i64 = mails::table.count().get_result(connection)?;
    let most = match Content::of(mail) {
        Content::Link => MAILS_WAITING_MAX,
        Content::Report => MAILS_BEFORE_REPORT_MAX,
    };
    if waiting >= most || has_enough_notices(connection, mail)? {
        return Ok(false);
    }
    diesel::insert_into(mails::table).values(mail.clone()).execute(connection)?;
    Ok(true)
}

/// Tells whether the maximum of notices for this one's user is waiting.
fn has_enough_notices(connection: &mut Connection, mail: &MailRow) -> Result<bool, StoreError> {
    if !mail.link_hash.starts_with(NOTICE_LINK) {
        return Ok(false);
    }
    let theirs = mails::table.filter(mails::link_hash.eq(&mail.link_hash));
    let waiting: i64 = theirs.count().get_result(connection)?;
    Ok(waiting >= MAILS_OF_USER_WAITING_MAX)
}

/// Returns when the next waiting mail is due; none if none waits.
pub fn next_due(connection: &mut Connection) -> Result<Option<UnixMs>, StoreError> {
    let first: Option<NaiveDateTime> = mails::table.select(min(mails::due_at)).first(connection)?;
    Ok(first.map(|at| at.and_utc().into()))
}

/// The result of a claim.
#[derive(Clone, Debug, Default)]
pub struct ClaimedMails {
    /// Mails to try now, including this attempt in their count: links first, and of each kind those that have been due for longest.
    pub mails: Vec<MailRow>,
    /// Mails that were not delivered in time, and are deleted.
    pub late: Vec<MailRow>,
}

/// Claims up to `limit` due mails. Other servers don't take them until `until`. Mails whose link is no longer valid are deleted.
pub fn claim(
    connection: &mut Connection,
    limit: i64,
    now: UnixMs,
    until: UnixMs,
) -> Result<ClaimedMails, StoreError> {
    let mut tried = due(connection, Content::Link, limit, now)?;
    let room = limit - i64::try_from(tried.len()).unwrap_or(limit);
    tried.extend(due(connection, Content::Report, room, now)?);
    let mut claimed = ClaimedMails::default();
    for mut mail in tried {
        if mail.give_up_at <= column(now) {
            over(connection, &mail.id)?;
            claimed.late.push(mail);
        } else if !invitations::link_holds(connection, &mail.link_hash, now.to_utc())? {
            over(connection, &mail.id)?;
        } else {
            mail.attempts = mail.attempts.saturating_add(1);
            mail.due_at = column(until);
            let mine = mails::table.find(&mail.id);
            diesel::update(mine)
                .set((mails::attempts.eq(mail.attempts), mails::due_at.eq(mail.due_at)))
                .execute(connection)?;
            claimed.mails.push(mail);
        }
    }
    Ok(claimed)
}

/// Up to `limit` due mails of a kind, longest due first.
fn due(
    connection: &mut Connection,
    content: Content,
    limit: i64,
    now: UnixMs,
) -> Result<Vec<MailRow>, StoreError> {
    let reports = format!("{REPORT_LINK}%");
    let due = mails::table
        .filter(mails::due_at.le(column(now)))
        .order((mails::due_at, mails::id))
        .limit(limit)
        .select(MailRow::as_select())
        .into_boxed();
    let due = match content {
        Content::Link => due.filter(mails::link_hash.not_like(reports)),
        Content::Report => due.filter(mails::link_hash.like(reports)),
    };
    Ok(due.load(connection)?)
}

/// Counts the mails that wait beyond `latest`, longer than any retry pause: the clock was ahead when their time was set.
pub fn too_far_ahead(connection: &mut Connection, latest: UnixMs) -> Result<i64, StoreError> {
    Ok(mails::table.filter(mails::due_at.gt(column(latest))).count().get_result(connection)?)
}

/// Makes those mails due at `due_at`.
pub fn bring_back(connection: &mut Connection, latest: UnixMs, due_at: UnixMs) -> Result<(), StoreError> {
    let far = mails::table.filter(mails::due_at.gt(column(latest)));
    diesel::update(far).set(mails::due_at.eq(column(due_at))).execute(connection)?;
    Ok(())
}

/// Redirects the waiting reports of a user to their new address: the previous one may belong to somebody else by now.
pub(super) fn redirect_reports(
    connection: &mut Connection,
    user_id: UserId,
    email: &EmailAddress,
) -> Result<(), StoreError> {
    let theirs = mails::table.filter(mails::link_hash.eq(format!("{REPORT_LINK}{user_id}")));
    diesel::update(theirs).set(mails::recipient.eq(email.as_str())).execute(connection)?;
    Ok(())
}

/// Deletes a mail that was delivered or given up.
pub fn over(connection: &mut Connection, id: &str) -> Result<(), StoreError> {
    diesel::delete(mails::table.find(id)).execute(connection)?;
    Ok(())
}

/// Makes a mail due again at `due_at`, unless it was claimed again since this attempt.
pub fn again(connection: &mut Connection, mail: &MailRow, due_at: UnixMs) -> Result<(), StoreError> {
    let mine = mails::table.find(&mail.id).filter(mails::attempts.eq(mail.attempts));
    diesel::update(mine).set(mails::due_at.eq(column(due_at))).execute(connection)?;
    Ok(())
}
