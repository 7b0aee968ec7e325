//! `/api/v1/calls/{id}/events` and `/transcript`: what happened, and what was said.

use actix_web::web;
use cordboard_schema::event::{Event, JournalEntry};
use cordboard_schema::fold::TranscriptItem;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::{Deserialize, Serialize};

use super::calls::find;
use crate::store::{After, Connection, StoreError, query};
use crate::web::WebState;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;

/// Which part of a journal or transcript.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    /// The `seq` before the part; the previous page's `next_cursor`.
    cursor: Option<u64>,
    limit: Option<u32>,
}

/// An entry of a journal: one envelope for all kinds.
#[derive(Debug, Serialize)]
pub(crate) struct EventView {
    seq: u64,
    #[serde(with = "rfc3339")]
    at: UnixMs,
    #[serde(flatten)]
    event: Event,
}

impl From<JournalEntry> for EventView {
    fn from(JournalEntry { seq, at, event, .. }: JournalEntry) -> Self {
        Self { seq, at, event }
    }
}

/// `GET /api/v1/calls/{id}/events?cursor=&limit=`: in the order of the journal.
pub(crate) async fn events(
    state: web::Data<WebState>,
    id: web::Path<CallId>,
    asked: web::Query<Part>,
) -> Result<web::Json<Page<EventView>>, ApiError> {
    let (limit, entries) = part(&state, *id, &asked, query::journal).await?;
    let views = entries.into_iter().map(EventView::from).collect();
    Ok(web::Json(limit.page(views, |entry| entry.seq.to_string())))
}

/// `GET /api/v1/calls/{id}/transcript?cursor=&limit=`: in the order in which it was said.
pub(crate) async fn transcript(
    state: web::Data<WebState>,
    id: web::Path<CallId>,
    asked: web::Query<Part>,
) -> Result<web::Json<Page<TranscriptItem>>, ApiError> {
    let (limit, items) = part(&state, *id, &asked, query::transcript).await?;
    Ok(web::Json(limit.page(items, |item| item.seq.to_string())))
}

/// Reads a part of something that belongs to a call.
type ReadPart<T> = fn(&mut Connection, OrganizationId, CallId, After) -> Result<Vec<T>, StoreError>;

async fn part<T: Send + 'static>(
    state: &WebState,
    id: CallId,
    asked: &Part,
    read: ReadPart<T>,
) -> Result<(Limit, Vec<T>), ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let after = After { seq: asked.cursor.unwrap_or(0), limit: limit.rows() };
    let organization_id = find(state, id).await?.organization_id;
    let rows =
        state.store.reads().run(move |connection| read(connection, organization_id, id, after)).await?;
    Ok((limit, rows))
}
