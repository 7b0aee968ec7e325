//! Callbacks by the dialler: an assistant notes that the callee must be called again, and when. After the call, a row in the dialler's own table says
//! so, and the dialler dials the lead when it is due, for any line or person of the campaign. A callback for the same agent only (`USERONLY`) would
//! never be dialled: it waits on that agent's screen, and a remote agent has none.

use std::fmt;

use chrono::{FixedOffset, Offset};
use chrono_tz::Tz;
use cordboard_actors::world;
use cordboard_campaigns::agreed::{CalleeClock, agreed_at};
use cordboard_campaigns::callee::Callee;
use cordboard_campaigns::zone_names::are_one;
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::dialler_call::{CallBack, DiallerCall};
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::DIALLER_CALL_BACK_DAYS_MAX;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;
use mysql_async::Value as Cell;

use super::Dialler;
use super::connection::Link;
use super::error::OsdialError;
use super::rows::Cells;
use super::text::encode;
use crate::call_backs::CallBackRequest;
use crate::store::{Connection, Store, change};

/// Columns of a row that we insert, in both diallers.
pub(super) const COLUMNS: &str =
    "lead_id, list_id, campaign_id, status, entry_time, callback_time, user, recipient, comments, user_group";
/// Maximum bytes of the note.
const COMMENTS_BYTES: usize = 255;
/// The greatest offset of a time zone, in hours.
const OFFSET_HOURS_MAX: u8 = 14;
/// States of rows that the dialler has finished.
const OVER: &str = "'INACTIVE','DEAD','ARCHIVE'";

/// Notes a callback for a call from this dialler. It is stored before success is reported, so it survives any death of the server.
pub(crate) async fn call_back(
    dialler: &Dialler,
    store: &Store,
    (organization_id, call_id): (OrganizationId, CallId),
    call: DiallerCall,
    request: CallBackRequest,
) -> ToolOutcome {
    if dialler.organization_id() != organization_id {
        return refused("there is no dialler any more".to_owned());
    }
    if let Err(error) = comments(&dialler.link, &request.note) {
        return refused(error.to_string());
    }
    let CallBackRequest { when, note: about } = request;
    let noted_at = UnixMs::from(world::now());
    let agreed = match dialler.agree_on(call, when.clone(), noted_at).await {
        Ok(agreed) => agreed,
        // Only the dialler's pages enforce the limit. The callee's request is more important.
        Err(error) => {
            tracing::warn!(%call_id, %error, "neither the callee's clock nor the campaign's limit for callbacks is known");
            on_clock(&when, CalleeClock::Unknown, noted_at)
        }
    };
    let Agreed { at, clock } = match agreed {
        Ok(agreed) => agreed,
        Err(why) => return refused(why),
    };
    let request = CallBack { at, noted_at, about };
    let set = move |connection: &mut Connection| {
        change::note_call_back(connection, organization_id, call_id, &request)
    };
    match store.change(set).await {
        Ok(true) => crate::call_backs::noted(&clock.in_words(at)),
        Ok(false) => refused("the call is over".to_owned()),
        Err(error) => ToolOutcome::failed(error.to_string()),
    }
}

/// A time at which the dialler can call back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    at: UnixMs,
    /// The callee's clock, to show the time.
    clock: CalleeClock,
}

/// Parses the time that an assistant has written for the callee of a call, or explains why the dialler does not call then.
///
/// # Errors
/// Fails if the database does not answer.
pub(super) async fn agree_on(
    link: &Link,
    call: &DiallerCall,
    when: &str,
    now: UnixMs,
) -> Result<Result<Agreed, String>, OsdialError> {
    let agreed = match on_clock(when, clock_of(link, call.lead_id, now).await?, now) {
        Ok(agreed) => agreed,
        Err(why) => return Ok(Err(why)),
    };
    Ok(match last_day_before(link, &call.campaign_id, agreed.at).await? {
        None => Ok(agreed),
        Some(last) => Err(last.to_string()),
    })
}

fn on_clock(when: &str, clock: CalleeClock, now: UnixMs) -> Result<Agreed, String> {
    match agreed_at(when, clock, DIALLER_CALL_BACK_DAYS_MAX, now) {
        Ok(at) => Ok(Agreed { at, clock }),
        Err(bad) => Err(bad.to_string()),
    }
}

/// Returns the clock of a lead.
async fn clock_of(link: &Link, lead_id: u32, now: UnixMs) -> Result<CalleeClock, OsdialError> {
    let sql = format!(
        "SELECT CAST(gmt_offset_now AS BINARY), CAST(phone_code AS BINARY), CAST(phone_number AS BINARY) FROM {} WHERE lead_id = ?",
        link.table("list")
    );
    let Some(row) = link.rows(&sql, (lead_id,)).await?.into_iter().next() else {
        return Ok(CalleeClock::Unknown);
    };
    let mut cells = Cells::of(row);
    let (hours, code, number) = (cells.text(), cells.text(), cells.text());
    let clock = |offset| by_number(offset, (&code, &number), now);
    Ok(offset(&hours).map_or(CalleeClock::Unknown, clock))
}

/// Returns the clock for a callee whose current offset the dialler knows: that of the number's zone, if exactly one has this offset now, because
/// after the next change of clocks the time would otherwise be wrong. If none or several have it, only the offset is known.
fn by_number(offset: FixedOffset, (code, number): (&str, &str), now: UnixMs) -> CalleeClock {
    let (code, now) = (code.trim(), now.to_utc());
    let Ok(number) = format!("+{code}{number}").parse::<E164>() else { return CalleeClock::Offset(offset) };
    let has_it = |zone: &&Tz| !code.is_empty() && now.with_timezone(*zone).offset().fix() == offset;
    let mut zones = Callee::of(&number).zones.iter().filter(has_it);
    match zones.next() {
        Some(zone) if zones.all(|other| are_one(*zone, *other)) => CalleeClock::Zone(*zone),
        _ => CalleeClock::Offset(offset),
    }
}

/// The last day for which a campaign accepts callbacks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct LastDay {
    /// The number of days, including today.
    days: u64,
    /// Its date, as the dialler writes it.
    date: String,
}

impl fmt::Display for LastDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { days, date } = self;
        write!(
            f,
            "the campaign takes call-backs for at most {}: the last is {date}; agree on an earlier time",
            in_days(*days)
        )
    }
}

/// Returns a number of days, including today, in words.
fn in_days(days: u64) -> String {
    let unit = if days == 1 { "day" } else { "days" };
    format!("{days} {unit}, today being the first")
}

/// Returns the last day for which a campaign accepts callbacks, if this time is after it, by the dialler's calendar. None if it is not, or if there
/// is no limit, as in OSdial.
async fn last_day_before(link: &Link, campaign_id: &str, at: UnixMs) -> Result<Option<LastDay>, OsdialError> {
    let last = "CURDATE() + INTERVAL (callback_days_limit - 1) DAY";
    let sql = format!(
        "SELECT callback_days_limit, CAST({last} AS BINARY) FROM {} \
         WHERE campaign_id = ? AND callback_days_limit > 0 AND DATE(FROM_UNIXTIME(?)) > {last}",
        link.table("campaigns")
    );
    let rows = match link.rows(&sql, (campaign_id, seconds(at))).await {
        Ok(rows) => rows,
        Err(OsdialError::NoColumn(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let mut cells = Cells::of(row);
    Ok(Some(LastDay { days: cells.number()?, date: cells.text() }))
}

/// Returns for how many days a campaign accepts callbacks, including today; none if it has no limit.
async fn days_max(link: &Link, campaign_id: &str) -> Result<Option<u64>, OsdialError> {
    let campaigns = link.table("campaigns");
    let sql = format!(
        "SELECT callback_days_limit FROM {campaigns} WHERE campaign_id = ? AND callback_days_limit > 0"
    );
    match link.rows(&sql, (campaign_id,)).await {
        Ok(rows) => rows.into_iter().next().map(|row| Cells::of(row).number()).transpose(),
        Err(OsdialError::NoColumn(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the tool for a campaign's call of a lead; none if the campaign accepts no callbacks.
///
/// # Errors
/// Fails if we may not insert or change rows, or if the database does not answer.
pub(super) async fn tool(
    link: &Link,
    campaign_id: &str,
    lead_id: u32,
) -> Result<Option<OfferedTool>, OsdialError> {
    let campaigns = link.table("campaigns");
    let sql = format!("SELECT CAST(scheduled_callbacks AS BINARY) FROM {campaigns} WHERE campaign_id = ?");
    let row = link.rows(&sql, (campaign_id,)).await?.into_iter().next();
    if !row.is_some_and(|row| Cells::of(row).yes()) {
        return Ok(None);
    }
    let callbacks = link.table("callbacks");
    let sql = format!("INSERT INTO {callbacks} ({COLUMNS}) SELECT {COLUMNS} FROM {callbacks} WHERE 1=0");
    link.change(&sql, ()).await?;
    // A new row ends an earlier one of the lead.
    link.change(&format!("UPDATE {callbacks} SET status = status WHERE 1=0"), ()).await?;
    let limit = match days_max(link, campaign_id).await? {
        Some(days) => in_days(days),
        None => format!("{DIALLER_CALL_BACK_DAYS_MAX} days ahead"),
    };
    let now = UnixMs::from(world::now());
    // It is read again when a time is agreed on.
    let clock = clock_of(link, lead_id, now).await.unwrap_or(CalleeClock::Unknown);
    Ok(Some(crate::call_backs::offered(&limit, clock, now)))
}

/// Parses the offset of a zone in hours and hundredths, such as `-3.50`; none for 0, which also means unknown.
fn offset(hours: &str) -> Option<FixedOffset> {
    let (sign, digits) = hours.strip_prefix('-').map_or((1, hours), |digits| (-1, digits));
    let (hours, hundredths) = digits.split_once('.')?;
    let (hours, hundredths): (u8, u8) = (hours.parse().ok()?, hundredths.parse().ok()?);
    let minutes = i32::from(hundredths) * 60 / 100;
    let is_known = (hours, minutes) != (0, 0) && hours <= OFFSET_HOURS_MAX && minutes < 60;
    let seconds = sign * (i32::from(hours) * 3_600 + minutes * 60);
    is_known.then(|| FixedOffset::east_opt(seconds)).flatten()
}

/// Inserts the row of a callback, unless it exists already (same lead, line and times), or the lead was called again in the meantime, for example
/// after a day without the database: the newer call counts, and its callee may have asked for no more calls. It ends an earlier one of the lead.
pub(super) async fn enter(link: &Link, call: &DiallerCall, request: &CallBack) -> Result<(), OsdialError> {
    let (at, noted_at) = (seconds(request.at), seconds(request.noted_at));
    let comments = comments(link, &request.about)?;
    let (user, lead_id) = (call.user.as_str(), call.lead_id);
    let (callbacks, list, users) = (link.table("callbacks"), link.table("list"), link.table("users"));
    let log = link.table("log");
    let sql = format!(
        "INSERT INTO {callbacks} ({COLUMNS}) SELECT lead_id, list_id, ?, 'ACTIVE', FROM_UNIXTIME(?), FROM_UNIXTIME(?), ?, 'ANYONE', ?, \
         (SELECT user_group FROM {users} WHERE user = ? LIMIT 1) FROM {list} WHERE lead_id = ? AND NOT EXISTS (SELECT 1 FROM {callbacks} known \
         WHERE known.lead_id = ? AND known.user = ? AND known.entry_time = FROM_UNIXTIME(?) AND known.callback_time = FROM_UNIXTIME(?)) \
         AND NOT EXISTS (SELECT 1 FROM {log} newer JOIN {log} own ON newer.lead_id = own.lead_id AND newer.start_epoch > own.start_epoch \
         WHERE own.lead_id = ? AND own.uniqueid = ?)"
    );
    let params: Vec<Cell> = vec![
        call.campaign_id.as_str().into(),
        noted_at.into(),
        at.into(),
        user.into(),
        comments.into(),
        user.into(),
        lead_id.into(),
        lead_id.into(),
        user.into(),
        noted_at.into(),
        at.into(),
        lead_id.into(),
        call.unique_id.as_str().into(),
    ];
    link.change(&sql, params).await?;
    end(link, lead_id, request.noted_at, "recipient = 'ANYONE'").await
}

/// Ends callbacks of a lead that were due before the call's end, because the dialler has called the lead back. Does nothing if we lack the right.
pub(super) async fn end_due(link: &Link, lead_id: u32, ended_at: UnixMs) -> Result<(), OsdialError> {
    match end(link, lead_id, ended_at, "recipient = 'ANYONE' AND status = 'LIVE'").await {
        Err(OsdialError::NoRight { .. } | OsdialError::NoTable(_)) => Ok(()),
        outcome => outcome,
    }
}

/// Cancels all callbacks of a lead that were arranged before this time, by any person.
pub(super) async fn end_all(link: &Link, lead_id: u32, before: UnixMs) -> Result<(), OsdialError> {
    end(link, lead_id, before, "1=1").await
}

async fn end(link: &Link, lead_id: u32, before: UnixMs, which: &str) -> Result<(), OsdialError> {
    let sql = format!(
        "UPDATE {} SET status = 'INACTIVE' WHERE lead_id = ? AND entry_time < FROM_UNIXTIME(?) AND {which} AND status NOT IN ({OVER})",
        link.table("callbacks")
    );
    link.change(&sql, (lead_id, seconds(before))).await.map(drop)
}

/// Converts a time to seconds for the database.
pub(super) const fn seconds(at: UnixMs) -> i64 {
    at.0.div_euclid(1_000)
}

fn comments(link: &Link, about: &str) -> Result<Vec<u8>, OsdialError> {
    Ok(encode("comments", about, COMMENTS_BYTES, link.charset())?)
}

fn refused(reason: String) -> ToolOutcome {
    ToolOutcome::Refused { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callees_zone_is_known_where_the_lead_has_one() {
        let of = |hours: &str| offset(hours).map(|offset| offset.to_string());
        assert_eq!(of("-3.50").as_deref(), Some("-03:30"));
        assert_eq!(of("5.75").as_deref(), Some("+05:45"));
        for unknown in ["0.00", "", "x", "99.00", "4294967295.4294967295"] {
            assert_eq!(of(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn call_backs_are_by_the_callees_clock_of_that_day() {
        let ms = |text: &str| UnixMs::from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
        // A week before the clocks are set back in Berlin, two weeks before New York.
        let now = ms("2030-10-20T10:00:00Z");
        for (code, number, hours, due) in [
            ("49", "3012345678", 2, "2030-11-11T14:00:00Z"),
            ("1", "2125550123", -4, "2030-11-11T20:00:00Z"),
            // The lead is elsewhere, or its number tells no country.
            ("49", "3012345678", 1, "2030-11-11T14:00:00Z"),
            ("49", "3012345678", -4, "2030-11-11T19:00:00Z"),
            ("", "493012345678", 2, "2030-11-11T13:00:00Z"),
            ("x", "3012345678", 2, "2030-11-11T13:00:00Z"),
        ] {
            let offset = FixedOffset::east_opt(hours * 3_600).unwrap();
            let agreed = on_clock("2030-11-11T15:00", by_number(offset, (code, number), now), now).unwrap();
            assert_eq!(agreed.at, ms(due), "{code} {number} {hours}");
        }
    }

    #[test]
    fn a_call_back_is_within_a_year() {
        // 2030-01-01T00:00:00Z
        let now = UnixMs(1_893_456_000_000);
        let agreed = |when: &str| on_clock(when, CalleeClock::Unknown, now).map(|agreed| agreed.at);
        assert_eq!(agreed("2030-12-31T15:00:00-05:00"), Ok(now + (364 * 24 + 20) * 3_600_000));
        let late = agreed("2031-06-01T00:00:00Z").unwrap_err();
        assert!(late.contains("365 days at most"), "{late}");
    }

    #[test]
    fn a_limit_is_reported_with_its_last_day() {
        let last = |days| LastDay { days, date: "2026-12-05".to_owned() }.to_string();
        assert!(
            last(1).contains("at most 1 day, today being the first: the last is 2026-12-05"),
            "{}",
            last(1)
        );
        assert!(last(8).contains("at most 8 days, today"), "{}", last(8));
    }
}
