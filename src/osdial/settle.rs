//! Writes into the dialler's tables for a call that it has given us: when we get it, while it lives, and after its end.
//!
//! A row of the log is found by lead and unique id, which every dialler has: VICIdial's log names no server, an older OSdial's no call. Two servers
//! may use the same unique id, but never for calls of the same lead.

use cordboard_schema::dialler_call::{DiallerCall, LoggedCall, PendingResult, ResultStep};
use cordboard_schema::time::UnixMs;
use mysql_async::Value;

use super::agent_api::{AgentApi, CallAct};
use super::agents::marks;
use super::call_backs;
use super::connection::Link;
use super::error::OsdialError;
use super::plan::IDS_MAX;
use super::rows::Cells;
use crate::config::StatusCode;

/// Pause before the dialler is asked again for the end of a call, in ms, at first and later.
const ASK_AGAIN_MS: u64 = 1_000;
const ASK_AGAIN_LATER_MS: u64 = 15_000;
/// When it is asked less often, in ms after the call's end on our side.
const LATER_MS: u64 = 30_000;
/// Reason in the log if it is unknown who ended the call.
const NO_REASON: &str = "NONE";

/// Result of writing a call's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The dialler has it.
    Written,
    /// There is nothing to write, for this reason.
    NotDue(&'static str),
    /// The dialler has not seen the end of the call yet.
    NotYet {
        /// When it must be asked again, in ms.
        ask_again_ms: u64,
    },
}

/// Notes that a line has the call. Without this, a hang-up before the dialler's own turn, which comes within 10 s, would make it a dropped call, and
/// its lead would be dialled again. Writes nothing if the dialler knows that the call is over.
pub(super) async fn claim(link: &Link, call: &DiallerCall) -> Result<(), OsdialError> {
    let (log, list) = (link.table("log"), link.table("list"));
    let lives = "COALESCE(end_epoch, 0) = 0";
    let sql = format!(
        "UPDATE {log} SET status = 'XFER', user = ?, comments = 'REMOTE' \
         WHERE lead_id = ? AND uniqueid = ? AND status = 'QUEUE' AND {lives}"
    );
    let (user, lead_id, unique_id) = (call.user.as_str(), call.lead_id, call.unique_id.as_str());
    link.change(&sql, (user, lead_id, unique_id)).await?;
    let sql = format!(
        "UPDATE {list} SET status = 'XFER', user = ? WHERE lead_id = ? \
         AND EXISTS (SELECT 1 FROM {log} WHERE lead_id = ? AND uniqueid = ? AND {lives})"
    );
    link.change(&sql, (user, lead_id, lead_id, unique_id)).await.map(drop)
}

/// Notes that these calls are live. The dialler deletes calls without news for 10 minutes.
pub(super) async fn keep_alive(link: &Link, keys: &[String]) -> Result<(), OsdialError> {
    let table = link.table("auto_calls");
    for some in keys.chunks(IDS_MAX) {
        let marks = marks(some.len());
        let sql = format!("UPDATE {table} SET last_update_time = NOW() WHERE callerid IN ({marks})");
        let params: Vec<Value> = some.iter().map(|key| key.as_str().into()).collect();
        link.change(&sql, params).await?;
    }
    Ok(())
}

/// Lets the dialler hang up a call that we have ended here and that is still live there, with the status of its lead. Usually its own dialplan is
/// faster.
pub(super) async fn hang_up(link: &Link, api: &AgentApi, pending: &PendingResult) -> Result<(), OsdialError> {
    if !pending.is_hung_up_here() || !is_live(link, &pending.call).await? {
        return Ok(());
    }
    api.act(&pending.call, CallAct::HangUp, &or_usual(pending.lead_status())).await.map(drop)
}

/// Returns the status of a lead for a request that requires one.
pub(super) fn or_usual(status: Option<&str>) -> String {
    status.map_or_else(|| StatusCode::transferred().as_str().to_owned(), str::to_owned)
}

/// Whether a call is live for the dialler.
async fn is_live(link: &Link, call: &DiallerCall) -> Result<bool, OsdialError> {
    let sql = format!("SELECT 1 FROM {} WHERE callerid = ? LIMIT 1", link.table("auto_calls"));
    Ok(!link.rows(&sql, (call.key.as_str(),)).await?.is_empty())
}

/// Writes the result of a call, once the dialler has seen its end. It may be repeated, and writes the same.
pub(super) async fn settle(
    link: &Link,
    pending: &PendingResult,
    now: UnixMs,
) -> Result<Settled, OsdialError> {
    let call = &pending.call;
    let Some(logged) = logged(link, pending).await? else {
        return Err(OsdialError::NotLogged { key: call.key.clone() });
    };
    match pending.step(logged, now) {
        ResultStep::Write => {
            let noted = call_back(link, pending).await;
            // A lead that waits for a callback that the dialler does not know would never be called.
            let statuses = match noted.is_ok() {
                true => (pending.lead_status(), pending.call_status()),
                false => (pending.status(), pending.status()),
            };
            write(link, pending, statuses).await?;
            noted.map(|()| Settled::Written)
        }
        ResultStep::Nothing => Ok(Settled::NotDue(
            "the caller was never connected or was passed on: the dialler's own word stands",
        )),
        ResultStep::WaitForEnd => {
            let waited = pending.end.as_ref().map_or(0, |end| now.ms_since(end.at));
            let ask_again_ms = if waited < LATER_MS { ASK_AGAIN_MS } else { ASK_AGAIN_LATER_MS };
            Ok(Settled::NotYet { ask_again_ms })
        }
    }
}

/// Returns the state of the call in the dialler's tables; none if its log has no such call. Whether its caller was transferred is checked only if the
/// answer to the request is unknown.
async fn logged(link: &Link, pending: &PendingResult) -> Result<Option<LoggedCall>, OsdialError> {
    let call = &pending.call;
    let sql = format!(
        "SELECT COALESCE(end_epoch, 0), CAST(COALESCE(term_reason, '') AS BINARY) FROM {} WHERE lead_id = ? AND uniqueid = ? LIMIT 1",
        link.table("log")
    );
    let rows = link.rows(&sql, (call.lead_id, call.unique_id.as_str())).await?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let mut cells = Cells::of(row);
    let (end, reason): (u64, String) = (cells.number()?, cells.text());
    if end == 0 {
        return Ok(Some(LoggedCall::Lives));
    }
    if !pending.has_open_pass() {
        return Ok(Some(LoggedCall::Over));
    }
    // The agent API logs the end of a transferred call without a reason. A hang-up logs one, later also for a caller who is with a group.
    let has_reason = !reason.is_empty() && reason != NO_REASON;
    let is_passed_on = !has_reason || is_with_group(link, call).await?;
    Ok(Some(if is_passed_on { LoggedCall::PassedOn } else { LoggedCall::Over }))
}

/// Whether the caller has reached an inbound group.
async fn is_with_group(link: &Link, call: &DiallerCall) -> Result<bool, OsdialError> {
    let table = link.table("closer_log");
    let sql = format!("SELECT 1 FROM {table} WHERE lead_id = ? AND uniqueid = ? LIMIT 1");
    match link.rows(&sql, (call.lead_id, call.unique_id.as_str())).await {
        Ok(rows) => Ok(!rows.is_empty()),
        // OSdial, which has no agent API.
        Err(OsdialError::NoTable(_) | OsdialError::NoColumn(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Lets the dialler call back later, if that was agreed on, and ends the callback that it has just made.
async fn call_back(link: &Link, pending: &PendingResult) -> Result<(), OsdialError> {
    let call = &pending.call;
    match (pending.agreed_call_back(), &pending.end) {
        (Some(request), _) => call_backs::enter(link, call, request).await,
        (None, Some(end)) => call_backs::end_due(link, call.lead_id, end.at).await,
        (None, None) => Ok(()),
    }
}

/// Writes the status of the lead, and the other facts about the call.
async fn write(
    link: &Link,
    pending: &PendingResult,
    (lead_status, call_status): (Option<&str>, Option<&str>),
) -> Result<(), OsdialError> {
    let (log, list) = (link.table("log"), link.table("list"));
    let call = &pending.call;
    let (user, lead_id, unique_id) = (call.user.as_str(), call.lead_id, call.unique_id.as_str());
    if let Some(status) = lead_status {
        // Not if the lead was called again in the meantime, for example after a day without the database: the newer call counts. A do-not-call
        // request has priority over that.
        let sql = format!(
            "UPDATE {list} SET status = ?, user = ? WHERE lead_id = ? AND (? OR NOT EXISTS (SELECT 1 FROM {log} newer JOIN {log} own \
             ON newer.lead_id = own.lead_id AND newer.start_epoch > own.start_epoch WHERE own.lead_id = ? AND own.uniqueid = ?))"
        );
        link.change(&sql, (status, user, lead_id, pending.wants_no_calls(), lead_id, unique_id)).await?;
    }
    let end = pending.end.as_ref();
    let term_reason = if end.is_some_and(|end| end.by_caller) { "CALLER" } else { "AGENT" };
    let ended_s = end.map_or(0, |end| end.at.0.div_euclid(1_000));
    // The dialler's own end of the call stays. If it has none, ours is used. The length comes first, because it checks whether there is an end.
    let sql = format!(
        "UPDATE {log} SET status = COALESCE(?, status), user = ?, comments = 'REMOTE', term_reason = ?, \
         length_in_sec = IF(COALESCE(end_epoch, 0) = 0, GREATEST(? - CAST(start_epoch AS SIGNED), 0), length_in_sec), \
         end_epoch = IF(COALESCE(end_epoch, 0) = 0, ?, end_epoch) WHERE lead_id = ? AND uniqueid = ?"
    );
    let found =
        link.change(&sql, (call_status, user, term_reason, ended_s, ended_s, lead_id, unique_id)).await?;
    if found == 0 { Err(OsdialError::NotLogged { key: call.key.clone() }) } else { Ok(()) }
}
