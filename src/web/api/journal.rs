//! `/api/v1/calls/{id}/events` and `/transcript`: what happened, and what was said.

use actix_web::web;
use cordboard_schema::event::{Event, JournalEntry};
use cordboard_schema::fold::TranscriptItem;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::calls::find;
use super::supervision_policy::hides_supervisors;
use crate::store::{After, Connection, StoreError, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// Part of a journal or transcript.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Part {
    /// Only entries with a greater `seq`; the previous page's `next_cursor`.
    #[serde(alias = "cursor")]
    after_seq: Option<u64>,
    /// Items of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
}

/// An entry of a journal: one envelope for all kinds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    /// Place in the call's journal, from 1. There are no gaps, except entries that you may not see.
    seq: u64,
    /// When it happened.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: UnixMs,
    /// The event.
    #[serde(flatten)]
    event: Event,
}

impl EventView {
    /// The kind of the event.
    pub(in crate::web) fn kind(&self) -> &'static str {
        self.event.kind()
    }

    /// Whether it is, or may be, about a supervisor.
    pub(in crate::web) fn is_about_supervision(&self) -> bool {
        self.event.is_about_supervision()
    }
}

impl From<JournalEntry> for EventView {
    fn from(JournalEntry { seq, at, event, .. }: JournalEntry) -> Self {
        Self { seq, at, event }
    }
}

/// Lists a call's journal in order.
///
/// If the supervision policy is silent, a user or token that may not supervise gets the journal without supervisors' requests and listening, and
/// without the audio connections of all parties. Those entries are left out of the pages.
#[utoipa::path(
    get,
    operation_id = "list_events",
    path = "/api/v1/calls/{id}/events",
    tag = "calls",
    params(
        ("id" = CallId, Path, description = "The call"),
        Part,
        ("cursor" = Option<u64>, Query, description = "Another name for `after_seq`"),
    ),
    responses(
        (status = 200, description = "A page of the journal", body = Page<EventView>),
        (status = 400, description = "A parameter is unknown or invalid"),
        (status = 404, description = "No such call"),
    )
)]
pub(crate) async fn events(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    asked: Query<Part>,
) -> Result<web::Json<Page<EventView>>, ApiError> {
    let (limit, entries) = part(&state, &caller, *id, &asked, query::journal).await?;
    let views: Vec<EventView> = entries.into_iter().map(EventView::from).collect();
    let mut page = limit.page(views, |entry| entry.seq.to_string());
    if hides_supervisors(&state, &caller).await? {
        page.retain(|entry| !entry.is_about_supervision());
    }
    Ok(web::Json(page))
}

/// Lists what was said on a call, in order.
#[utoipa::path(
    get,
    operation_id = "list_transcript",
    path = "/api/v1/calls/{id}/transcript",
    tag = "calls",
    params(
        ("id" = CallId, Path, description = "The call"),
        Part,
        ("cursor" = Option<u64>, Query, description = "Another name for `after_seq`"),
    ),
    responses(
        (status = 200, description = "A page of the transcript", body = Page<TranscriptItem>),
        (status = 400, description = "A parameter is unknown or invalid"),
        (status = 404, description = "No such call"),
    )
)]
pub(crate) async fn transcript(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    asked: Query<Part>,
) -> Result<web::Json<Page<TranscriptItem>>, ApiError> {
    let (limit, items) = part(&state, &caller, *id, &asked, query::transcript).await?;
    Ok(web::Json(limit.page(items, |item| item.seq.to_string())))
}

/// Reads a part of something that belongs to a call.
type ReadPart<T> = fn(&mut Connection, OrganizationId, CallId, After) -> Result<Vec<T>, StoreError>;

async fn part<T: Send + 'static>(
    state: &WebState,
    caller: &Caller,
    id: CallId,
    asked: &Part,
    read: ReadPart<T>,
) -> Result<(Limit, Vec<T>), ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let after = After { seq: asked.after_seq.unwrap_or(0), limit: limit.rows() };
    let organization_id = find(state, caller, id).await?.organization_id;
    let rows =
        state.store.reads().run(move |connection| read(connection, organization_id, id, after)).await?;
    Ok((limit, rows))
}
