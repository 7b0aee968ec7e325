//! Mails with a link, notices to users, and reports of the week, that wait for the mail server. A row is written in the transaction of what its link opens, taken
//! by whichever server claims it first, and deleted once nobody needs it any more.
//!
//! Reports come by the hundred at the same hour, and behind a mail server that was away all at once. Links go before them and have room
//! beside them: somebody waits for a link, and it holds for an hour.

use chrono::NaiveDateTime;
use cordboard_schema::limits::{MAILS_BEFORE_REPORT_MAX, MAILS_OF_USER_WAITING_MAX, MAILS_WAITING_MAX};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::MailRow;
use cordboard_tables::tables::mails;
use diesel::dsl::min;
use diesel::prelude::*;

use super::moments::column;
use super::{Connection, StoreError, invitations};

/// Prefix of a mail's `link_hash` where it is a report of the week; the user's id follows it.
pub const REPORT_LINK: &str = "report:";
/// Prefix of a mail's `link_hash` where it has no link and tells a user something; the user's id follows it.
pub const NOTICE_LINK: &str = "notice:";

/// Content of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// A link that opens something, or a notice to a user, who is told as soon.
    Link,
    /// A report of the week.
    Report,
}

impl Content {
    fn of(mail: &MailRow) -> Self {
        if mail.link_hash.starts_with(REPORT_LINK) { Self::Report } else { Self::Link }
    }
}

/// Puts a mail to those that wait; false where there is no room.
pub fn queue(connection: &mut Connection, mail: &MailRow) -> Result<bool, StoreError> {
    let waiting: i64 = mails::table.count().get_result(connection)?;
    let most = match Content::of(mail) {
        Content::Link => MAILS_WAITING_MAX,
        Content::Report => MAILS_BEFORE_REPORT_MAX,
    };
    if waiting >= most || is_told_enough(connection, mail)? {
        return Ok(false);
    }
    diesel::insert_into(mails::table).values(mail.clone()).execute(connection)?;
    Ok(true)
}

/// Whether as many notices wait for the user of this one as may.
fn is_told_enough(connection: &mut Connection, mail: &MailRow) -> Result<bool, StoreError> {
    if !mail.link_hash.starts_with(NOTICE_LINK) {
        return Ok(false);
    }
    let theirs = mails::table.filter(mails::link_hash.eq(&mail.link_hash));
    let waiting: i64 = theirs.count().get_result(connection)?;
    Ok(waiting >= MAILS_OF_USER_WAITING_MAX)
}

/// When the first of those that wait is due; none where none waits.
pub fn next_due(connection: &mut Connection) -> Result<Option<UnixMs>, StoreError> {
    let first: Option<NaiveDateTime> = mails::table.select(min(mails::due_at)).first(connection)?;
    Ok(first.map(|at| at.and_utc().into()))
}

/// Result of a claim.
#[derive(Clone, Debug, Default)]
pub struct ClaimedMails {
    /// They are to be tried now, links first, of each kind the one that has been due for longest; as they are with this attempt.
    pub mails: Vec<MailRow>,
    /// They were not brought in their time, and are gone.
    pub late: Vec<MailRow>,
}

/// Takes up to `limit` mails that are due, so that nobody else takes them until `until`. Those whose link opens nothing any more are
/// deleted.
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

/// Up to `limit` mails of a kind that are due, the one that has been due for longest first.
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

/// How many mails wait for longer than until then, which no pause of theirs takes: the clock was ahead when their time was set.
pub fn too_far_ahead(connection: &mut Connection, latest: UnixMs) -> Result<i64, StoreError> {
    Ok(mails::table.filter(mails::due_at.gt(column(latest))).count().get_result(connection)?)
}

/// Has those of them be due at `due_at`.
pub fn bring_back(connection: &mut Connection, latest: UnixMs, due_at: UnixMs) -> Result<(), StoreError> {
    let far = mails::table.filter(mails::due_at.gt(column(latest)));
    diesel::update(far).set(mails::due_at.eq(column(due_at))).execute(connection)?;
    Ok(())
}

/// Deletes a mail that was brought or given up.
pub fn over(connection: &mut Connection, id: &str) -> Result<(), StoreError> {
    diesel::delete(mails::table.find(id)).execute(connection)?;
    Ok(())
}

/// Has a mail tried again then, unless it was claimed anew since this attempt.
pub fn again(connection: &mut Connection, mail: &MailRow, due_at: UnixMs) -> Result<(), StoreError> {
    let mine = mails::table.find(&mail.id).filter(mails::attempts.eq(mail.attempts));
    diesel::update(mine).set(mails::due_at.eq(column(due_at))).execute(connection)?;
    Ok(())
}
