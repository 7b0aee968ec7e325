//! `/api/v1/calls.csv`: calls as a CSV file (RFC 4180) for spreadsheets.

use std::io;

use actix_web::{HttpResponse, web};
use cordboard_schema::call_list::CallList;
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::{CSV_CALLS_AT_ONCE, CSV_CALLS_MAX};

use super::calls::wanted;
use super::csv_formulas::harmless;
use super::csv_parts::{BOM, Begin, Part, sent};
use crate::store::{CallQuery, Connection, StoreError, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::Limit;
use crate::web::problem::ApiError;
use crate::web::query::Query;

const HEAD: [&str; 18] = [
    "id",
    "started_at",
    "answered_at",
    "ended_at",
    "state",
    "direction",
    "from",
    "to",
    "duration_s",
    "hangup_cause",
    "hangup_by",
    "provider",
    "cost_micros",
    "currency",
    "agents",
    "tags",
    "recording_s",
    "topics",
];

/// Exports calls as a CSV file, newest first, at most 100,000. A cell that a spreadsheet would take for a formula begins with `'`.
#[utoipa::path(
    get,
    operation_id = "export_calls",
    path = "/api/v1/calls.csv",
    tag = "calls",
    params(CallList),
    responses(
        (status = 200, description = "All that fit; `limit` is ignored", content_type = "text/csv", body = String),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn export(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<CallList>,
) -> Result<HttpResponse, ApiError> {
    let asked = asked.into_inner();
    Limit::parse(asked.limit)?;
    let filters = serde_json::to_string(&asked).unwrap_or_default();
    let wanted = wanted(&state, caller.organization_id, asked, CSV_CALLS_AT_ONCE).await?;
    // Each export is in the audit log, and nothing waits for that line.
    state.store.audit(caller.did("calls.exported", caller.organization_id, filters));
    let (organization_id, currency) = (caller.organization_id, state.currency().to_owned());
    let (begin, signed_in) = (Begin::of(wanted, CSV_CALLS_MAX), caller.signed_in);
    sent("calls.csv", begin, signed_in, move |begin| {
        part(state.clone(), organization_id, currency.clone(), begin)
    })
    .await
}

async fn part(
    state: web::Data<WebState>,
    organization_id: OrganizationId,
    currency: String,
    begin: Begin<CallQuery>,
) -> io::Result<Part<Begin<CallQuery>>> {
    let (asked, is_first) = (begin.wanted.clone(), begin.is_first);
    let rows_max = begin.rows_max(asked.limit);
    let read = move |connection: &mut Connection| {
        let mut calls = query::calls(connection, organization_id, asked)?;
        calls.truncate(rows_max);
        let rows = written(connection, organization_id, &calls, &currency, is_first)?;
        Ok((calls.len(), calls.last().map(|call| call.id), rows))
    };
    let (count, last, rows) = state.store.reads().run(read).await.map_err(io::Error::other)?;
    let further = last.map(|last| CallQuery { before: Some(last), ..begin.wanted.clone() });
    Ok((rows?, begin.after(count, rows_max, further)))
}

/// Writes these calls as rows; the first part includes the file's header.
fn written(
    connection: &mut Connection,
    organization_id: OrganizationId,
    calls: &[Call],
    currency: &str,
    is_first: bool,
) -> Result<io::Result<Vec<u8>>, StoreError> {
    let names = query::user_names(connection, organization_id, &super::calls::agents_of(calls))?;
    let ids: Vec<CallId> = calls.iter().map(|call| call.id).collect();
    let tags = query::call_tags(connection, organization_id, &ids)?;
    let topics = query::call_topics(connection, organization_id, &ids)?;
    let begin: Vec<u8> = if is_first { BOM.into() } else { Vec::new() };
    let mut file = csv::Writer::from_writer(begin);
    let mut write = || {
        if is_first {
            file.write_record(HEAD)?;
        }
        for call in calls {
            let tags = tags.get(&call.id).map(|tags| tags.join(", ")).unwrap_or_default();
            let agents: Vec<&str> = call
                .agents
                .iter()
                .filter_map(|agent| names.get(&agent.user_id))
                .map(String::as_str)
                .collect();
            let topics = topics.get(&call.id).map(|topics| topics.join(", ")).unwrap_or_default();
            let cells = cells(call, currency, agents.join(", "), [tags, topics]);
            file.write_record(cells.iter().map(|cell| harmless(cell).into_owned()))?;
        }
        Ok::<(), csv::Error>(())
    };
    let wrote = write();
    Ok(match wrote {
        Ok(()) => file.into_inner().map_err(|fault| fault.into_error()),
        Err(fault) => Err(fault.into()),
    })
}

fn cells(call: &Call, currency: &str, agents: String, [tags, topics]: [String; 2]) -> [String; 18] {
    let or_empty = |value: Option<String>| value.unwrap_or_default();
    let duration_s = call.talk_ms().map(|ms| ms / 1_000);
    [
        call.id.to_string(),
        call.started_at.to_rfc3339(),
        or_empty(call.answered_at.map(|at| at.to_rfc3339())),
        or_empty(call.ended_at.map(|at| at.to_rfc3339())),
        call.state.as_str().to_owned(),
        call.direction.as_str().to_owned(),
        or_empty(call.from.clone()),
        or_empty(call.to.clone()),
        or_empty(duration_s.map(|s| s.to_string())),
        word(&call.hangup_cause),
        word(&call.hangup_by),
        or_empty(call.provider.clone()),
        call.cost_micros.to_string(),
        currency.to_owned(),
        agents,
        tags,
        or_empty(call.recording_ms.map(|ms| (ms / 1_000).to_string())),
        topics,
    ]
}

/// The name of a value, as in the API.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
