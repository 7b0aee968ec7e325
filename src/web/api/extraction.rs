//! `/api/v1/calls/{id}/extraction`, `/api/v1/call-topics`: what calls were about.

use actix_web::web;
use cordboard_schema::extraction::{CallExtraction, ExtractedBy};
use cordboard_schema::ids::CallId;
use cordboard_schema::judging::NotJudged;
use serde::Serialize;
use utoipa::ToSchema;

use super::calls;
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;

/// What a call was about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExtractionView {
    /// Whether the extraction is still due: the call is not over, or has not been processed yet.
    pending: bool,
    /// The findings; null if there are none, or if its profile asks for nothing.
    extraction: Option<CallExtraction>,
    /// Why the judge model was not asked; null if it was, or if none is configured.
    not_judged: Option<NotJudged>,
}

/// A topic that calls may have.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KnownTopic {
    /// Its name, by which calls are listed.
    #[schema(example = "delivery")]
    name: String,
    /// Its title for people.
    #[schema(example = "Delivery")]
    title: String,
}

/// Shows what a call was about: the fields and topics that its profile defines.
#[utoipa::path(
    get,
    operation_id = "show_call_extraction",
    path = "/api/v1/calls/{id}/extraction",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 200, description = "What the call was about", body = ExtractionView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such call"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<web::Json<ExtractionView>, ApiError> {
    let call = calls::find(&state, &caller, *id).await?;
    let (organization_id, call_id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| {
        let found = query::extraction_of_call(connection, organization_id, call_id)?;
        Ok((found, query::not_judged(connection, organization_id, call_id)?))
    };
    let ((extraction, is_due), not_judged) = state.store.reads().run(read).await?;
    // The reason may be about the scorecard alone.
    let not_judged = not_judged.filter(|_| !extraction.as_ref().is_some_and(is_by_model));
    let is_asked = call.tally.as_ref().is_some_and(|tally| tally.is_extracted);
    let pending = is_due || (call.ended_at.is_none() && is_asked);
    Ok(web::Json(ExtractionView { pending, extraction, not_judged }))
}

/// Whether the judge model has found any of it.
fn is_by_model(found: &CallExtraction) -> bool {
    let mut by = found.topics.iter().map(|topic| topic.by).chain(found.fields.iter().map(|field| field.by));
    by.any(|by| by == ExtractedBy::Model)
}

/// Lists the topics that the published profiles define, by title, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_call_topics",
    path = "/api/v1/call-topics",
    tag = "calls",
    responses((status = 200, description = "All of them", body = Page<KnownTopic>))
)]
pub(crate) async fn topics(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<KnownTopic>>, ApiError> {
    let id = caller.organization_id;
    let read = move |connection: &mut Connection| query::known_call_topics(connection, id);
    let topics = state.store.reads().run(read).await?;
    let known = topics.into_iter().map(|(name, title)| KnownTopic { name, title });
    Ok(web::Json(Page::whole(known.collect())))
}
