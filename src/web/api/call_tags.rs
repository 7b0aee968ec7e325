//! `/api/v1/calls/{id}/tags` and `/api/v1/call-tags`: tags that users have given calls.

use std::collections::BTreeSet;

use actix_web::web;
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::{TAG_CHARS_MAX, TAGS_MAX};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::calls;
use super::given::Faults;
use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;

/// The tags of a call.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallTags {
    /// In alphabetical order; at most 20.
    #[schema(max_items = 20)]
    tags: Vec<String>,
}

/// A tag that is in use.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KnownTag {
    /// The tag.
    tag: String,
    /// Number of calls with this tag.
    calls: i64,
}

/// Lists the tags of the organization's calls, most used first; at most 200, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_call_tags",
    path = "/api/v1/call-tags",
    tag = "calls",
    responses((status = 200, description = "The tags", body = Page<KnownTag>))
)]
pub(crate) async fn known(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<KnownTag>>, ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::known_call_tags(connection, organization_id);
    let known = state.store.reads().run(read).await?;
    Ok(web::Json(Page::whole(known.into_iter().map(|(tag, calls)| KnownTag { tag, calls }).collect())))
}

/// Shows the tags of a call.
#[utoipa::path(
    get,
    operation_id = "show_call_tags",
    path = "/api/v1/calls/{id}/tags",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 200, description = "Its tags", body = CallTags),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such call"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<web::Json<CallTags>, ApiError> {
    let call = calls::find(&state, &caller, *id).await?;
    let read =
        move |connection: &mut Connection| query::call_tags(connection, call.organization_id, &[call.id]);
    let mut found = state.store.reads().run(read).await?;
    Ok(web::Json(CallTags { tags: found.remove(&*id).unwrap_or_default() }))
}

/// Sets the tags of a call; others are removed. A tag is written as it is elsewhere in the organization, even if its case differs here.
#[utoipa::path(
    put,
    operation_id = "set_call_tags",
    path = "/api/v1/calls/{id}/tags",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    request_body = CallTags,
    responses(
        (status = 200, description = "The new tags", body = CallTags),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such call"),
        (status = 422, description = "A tag is invalid, or there are too many"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    body: Body<CallTags>,
) -> Result<web::Json<CallTags>, ApiError> {
    let CallTags { tags } = body.into_inner();
    let mut faults = Faults::default();
    faults.demand(tags.len() <= TAGS_MAX, "tags", format!("must be at most {TAGS_MAX}"));
    for tag in tags.iter().take(TAGS_MAX) {
        faults.title("tags", Some(tag), TAG_CHARS_MAX);
    }
    faults.into_result()?;
    let (organization_id, id) = (caller.organization_id, *id);
    // This counts the tags of all calls, so it runs outside the writer, which everything waits for.
    let read = move |connection: &mut Connection| query::known_call_tags(connection, organization_id);
    let known = state.store.reads().run(read).await?;
    let make = move |connection: &mut Connection| {
        if query::call(connection, organization_id, id)?.is_none() {
            return Ok(Err(ApiError::NotFound("call")));
        }
        let mut set: BTreeSet<String> = BTreeSet::new();
        for tag in &tags {
            let tag = tag.trim();
            let is_this = |other: &str| other.to_lowercase() == tag.to_lowercase();
            if !set.iter().any(|other| is_this(other)) {
                let as_known = known.iter().map(|(known, _)| known).find(|known| is_this(known));
                set.insert(as_known.map_or_else(|| tag.to_owned(), Clone::clone));
            }
        }
        change::set_call_tags(connection, organization_id, id, &set)?;
        let tags: Vec<String> = set.into_iter().collect();
        change::record_audit(connection, &caller.did("call.tagged", id, tags.join(", ")))?;
        Ok(Ok(tags))
    };
    Ok(web::Json(CallTags { tags: state.store.change(make).await?? }))
}
