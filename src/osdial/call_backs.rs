//! Call-backs by the dialler: an assistant notes that the callee is to be called again, and when. Once the call is over, a row of the dialler's own
//! table says so; the dialler dials the lead when it is due, for any line or person of the campaign. One for the same agent alone (`USERONLY`) would
//! never be dialled: it waits on that agent's screen, and a remote agent has none.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cordboard_actors::messages::RunCustomTool;
use cordboard_actors::world;
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::dialler_call::{ABOUT, AT, CALL_BACK, CALL_BACK_NAME, CallBack, DiallerCall};
use cordboard_schema::limits::{DIALLER_CALL_BACK_ABOUT_CHARS_MAX, DIALLER_CALL_BACK_MS_MAX};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;
use mysql_async::Value as Cell;
use serde_json::{Map, Value, json};

use super::Dialler;
use super::connection::Link;
use super::error::OsdialError;
use super::rows::Cells;
use super::text::encode;
use crate::store::{Connection, Store, change, query};

/// Milliseconds that noting one may take.
const TIMEOUT_MS: u32 = 5_000;
/// Columns of a row that we make, in both diallers.
pub(super) const COLUMNS: &str =
    "lead_id, list_id, campaign_id, status, entry_time, callback_time, user, recipient, comments, user_group";
/// Bytes of the column for words.
const COMMENTS_BYTES: usize = 255;
/// The farthest zone.
const OFFSET_HOURS_MAX: u8 = 14;
/// States of a row that the dialler is through with.
const OVER: &str = "'INACTIVE','DEAD','ARCHIVE'";

/// The tool, for a lead whose own time has this offset, where it is known, and a campaign that takes call-backs for so many days, where it has a
/// limit.
fn offered(offset: Option<&str>, days_max: Option<u64>) -> OfferedTool {
    let at = match offset {
        Some(offset) => format!("When to call, with its offset: the callee's own time has {offset}."),
        None => "When to call, with the offset of the callee's own time.".to_owned(),
    };
    let limit = days_max.map(|days| format!(" At most {}, today being the first.", in_days(days)));
    let at = at + &limit.unwrap_or_default();
    let parameters = json!({
        "type": "object",
        "properties": {
            AT: { "type": "string", "format": "date-time", "description": at },
            ABOUT: {
                "type": "string",
                "maxLength": DIALLER_CALL_BACK_ABOUT_CHARS_MAX,
                "description": "What it will be about, for whoever has that call."
            },
        },
        "required": [AT],
        "additionalProperties": false,
    });
    OfferedTool {
        id: CALL_BACK,
        name: CALL_BACK_NAME.to_owned(),
        description: "Has the dialler that made this call call the callee again, at a time that they have asked for. Anybody of the campaign may \
                      have that call. The time that is said last counts."
            .to_owned(),
        parameters: Arc::new(parameters),
        timeout_ms: TIMEOUT_MS,
    }
}

/// Notes a call-back. Whoever is told that it is done finds it there after any death of the server.
pub(crate) async fn call_back(dialler: &Dialler, store: &Store, run: RunCustomTool) -> ToolOutcome {
    let (organization_id, call_id) = (run.organization_id, run.call_id);
    if dialler.organization_id() != organization_id {
        return refused("no dialler has given this call".to_owned());
    }
    let wish = match wish(&run.arguments, world::now().into()) {
        Ok(wish) => wish,
        Err(why) => return refused(why),
    };
    if let Err(error) = comments(&dialler.link, &wish.about) {
        return refused(error.to_string());
    }
    let found =
        store.reads().run(move |connection| query::owed_for_call(connection, organization_id, call_id));
    let campaign_id = match found.await {
        Ok(Some(owed)) => owed.call.campaign_id,
        Ok(None) => return refused("no dialler has given this call, or it is over".to_owned()),
        Err(error) => return ToolOutcome::failed(error.to_string()),
    };
    match dialler.last_day_before(campaign_id, wish.at).await {
        Ok(None) => {}
        Ok(Some(last)) => return refused(last.to_string()),
        // Its pages alone insist on the limit: the callee's wish counts more.
        Err(error) => {
            tracing::warn!(%call_id, %error, "whether a call-back is within the campaign's limit is not known: it is noted");
        }
    }
    let at = DateTime::from_timestamp_millis(wish.at.0).unwrap_or_default();
    let set = move |connection: &mut Connection| {
        change::note_call_back(connection, organization_id, call_id, &wish)
    };
    match store.change(set).await {
        Ok(true) => ToolOutcome::done(&format!("noted: the dialler calls again at {}", at.to_rfc3339())),
        Ok(false) => refused("the call is over".to_owned()),
        Err(error) => ToolOutcome::failed(error.to_string()),
    }
}

/// The last day for which a campaign takes call-backs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LastDay {
    /// How many days that are, today being the first.
    days: u64,
    /// Its date, as the dialler writes it.
    date: String,
}

impl fmt::Display for LastDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { days, date } = self;
        write!(
            f,
            "the campaign takes call-backs for at most {}, today being the first: the last is {date}; agree on an earlier time",
            in_days(*days)
        )
    }
}

fn in_days(days: u64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// The last day for which a campaign takes call-backs, where this time is behind it: by the dialler's calendar. None where it is not, or there is no
/// limit, as in an OSdial.
pub(super) async fn last_day_before(
    link: &Link,
    campaign_id: &str,
    at: UnixMs,
) -> Result<Option<LastDay>, OsdialError> {
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

/// How many days a campaign takes call-backs for, today being the first; none where it has no limit.
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

/// The wish that arguments name, or the fault of these.
fn wish(arguments: &Map<String, Value>, now: UnixMs) -> Result<CallBack, String> {
    let at = match arguments.get(AT) {
        Some(Value::String(text)) => DateTime::parse_from_rfc3339(text).ok(),
        _ => None,
    };
    let Some(at) = at else {
        return Err(format!("`{AT}` must be a time with its offset, as 2030-01-31T15:00:00-05:00"));
    };
    let at = UnixMs::from(at.with_timezone(&Utc));
    if at <= now || at > now + DIALLER_CALL_BACK_MS_MAX {
        return Err(format!("`{AT}` must be in the future, and within a year"));
    }
    let about = match arguments.get(ABOUT) {
        None => String::new(),
        Some(Value::String(text)) => {
            let is_blank = |c: char| c.is_whitespace() || c.is_control();
            let words: Vec<&str> = text.split(is_blank).filter(|word| !word.is_empty()).collect();
            words.join(" ").chars().take(DIALLER_CALL_BACK_ABOUT_CHARS_MAX).collect()
        }
        Some(_) => return Err(format!("`{ABOUT}` must be a text")),
    };
    Ok(CallBack { at, noted_at: now, about })
}

/// The tool for a lead of a campaign; none where the campaign takes no call-backs.
///
/// # Errors
/// We may make no rows of them, or change none; or the database did not answer.
pub(super) async fn tool(
    link: &Link,
    campaign_id: &str,
    lead_id: u32,
) -> Result<Option<OfferedTool>, OsdialError> {
    let (campaigns, list) = (link.table("campaigns"), link.table("list"));
    let sql = format!(
        "SELECT CAST(c.scheduled_callbacks AS BINARY), CAST(l.gmt_offset_now AS BINARY) FROM {campaigns} c, {list} l \
         WHERE c.campaign_id = ? AND l.lead_id = ?"
    );
    let Some(row) = link.rows(&sql, (campaign_id, lead_id)).await?.into_iter().next() else {
        return Ok(None);
    };
    let mut cells = Cells::of(row);
    let (are_taken, hours) = (cells.yes(), cells.text());
    if !are_taken {
        return Ok(None);
    }
    let callbacks = link.table("callbacks");
    let sql = format!("INSERT INTO {callbacks} ({COLUMNS}) SELECT {COLUMNS} FROM {callbacks} WHERE 1=0");
    link.change(&sql, ()).await?;
    // An earlier one of the lead is ended by the new one.
    link.change(&format!("UPDATE {callbacks} SET status = status WHERE 1=0"), ()).await?;
    Ok(Some(offered(offset(&hours).as_deref(), days_max(link, campaign_id).await?)))
}

/// The offset of a zone in hours and hundredths, as `-3.50`, in hours and minutes; none for 0, which also stands for an unknown one.
fn offset(hours: &str) -> Option<String> {
    let (sign, digits) = hours.strip_prefix('-').map_or(('+', hours), |digits| ('-', digits));
    let (hours, hundredths) = digits.split_once('.')?;
    let (hours, hundredths): (u8, u8) = (hours.parse().ok()?, hundredths.parse().ok()?);
    let minutes = u32::from(hundredths) * 60 / 100;
    let is_known = (hours, minutes) != (0, 0) && hours <= OFFSET_HOURS_MAX && minutes < 60;
    is_known.then(|| format!("{sign}{hours:02}:{minutes:02}"))
}

/// Makes the row of a call-back, where it was not made before: by its lead, its line and both of its times. An earlier one of the lead is
/// over then.
pub(super) async fn enter(link: &Link, call: &DiallerCall, wish: &CallBack) -> Result<(), OsdialError> {
    let (at, noted_at) = (seconds(wish.at), seconds(wish.noted_at));
    let comments = comments(link, &wish.about)?;
    let (user, lead_id) = (call.user.as_str(), call.lead_id);
    let (callbacks, list, users) = (link.table("callbacks"), link.table("list"), link.table("users"));
    let sql = format!(
        "INSERT INTO {callbacks} ({COLUMNS}) SELECT lead_id, list_id, ?, 'ACTIVE', FROM_UNIXTIME(?), FROM_UNIXTIME(?), ?, 'ANYONE', ?, \
         (SELECT user_group FROM {users} WHERE user = ? LIMIT 1) FROM {list} WHERE lead_id = ? AND NOT EXISTS (SELECT 1 FROM {callbacks} known \
         WHERE known.lead_id = ? AND known.user = ? AND known.entry_time = FROM_UNIXTIME(?) AND known.callback_time = FROM_UNIXTIME(?))"
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
    ];
    link.change(&sql, params).await?;
    end(link, lead_id, wish.noted_at, "recipient = 'ANYONE'").await
}

/// The dialler has called the lead back, and the call is over: what was due before its end is over, too. Not where we lack the right.
pub(super) async fn end_due(link: &Link, lead_id: u32, ended_at: UnixMs) -> Result<(), OsdialError> {
    match end(link, lead_id, ended_at, "recipient = 'ANYONE' AND status = 'LIVE'").await {
        Err(OsdialError::NoRight { .. } | OsdialError::NoTable(_)) => Ok(()),
        outcome => outcome,
    }
}

/// The dialler calls a lead back no more, whoever has arranged that before then.
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

/// A time as the database takes it.
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

    fn wished(arguments: Value) -> Result<CallBack, String> {
        // 2030-01-01T00:00:00Z
        let now = UnixMs(1_893_456_000_000);
        wish(arguments.as_object().unwrap(), now)
    }

    #[test]
    fn the_callees_zone_is_told_where_it_is_known() {
        let of = |hours: &str| offset(hours);
        assert_eq!(of("-3.50").as_deref(), Some("-03:30"));
        assert_eq!(of("5.75").as_deref(), Some("+05:45"));
        for unknown in ["0.00", "", "x", "99.00", "4294967295.4294967295"] {
            assert_eq!(of(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_call_back_has_a_time_of_the_next_year_and_words_in_one_line() {
        let found =
            wished(json!({ "at": "2030-01-02T15:00:00-05:00", "about": " the\r\n\tquote " })).unwrap();
        assert_eq!(found.at, UnixMs(1_893_456_000_000) + (24 + 20) * 3_600_000);
        assert_eq!((found.noted_at, found.about.as_str()), (UnixMs(1_893_456_000_000), "the quote"));
        for at in [json!("tomorrow"), json!("2030-01-02T15:00:00"), json!(5), Value::Null] {
            assert!(wished(json!({ "at": at })).unwrap_err().contains("with its offset"), "{at}");
        }
        for at in ["2029-12-31T23:59:59Z", "2031-06-01T00:00:00Z"] {
            assert!(wished(json!({ "at": at })).unwrap_err().contains("within a year"), "{at}");
        }
        let long = json!({ "at": "2030-01-02T15:00:00Z", "about": "ä ".repeat(300) });
        assert_eq!(wished(long).unwrap().about.chars().count(), DIALLER_CALL_BACK_ABOUT_CHARS_MAX);
    }
}
