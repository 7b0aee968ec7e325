//! `/api/v1/calls/{id}/tags` and `/api/v1/call-tags`: tags that users have given calls.

use std::collections::BTreeSet;

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, web};
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::{TAG_CHARS_MAX, TAGS_MAX};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::calls;
use super::given::Faults;
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;
use crate::web::revision::{self, IfMatch};

/// The tags of a call.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallTags {
    /// In alphabetical order; at most 20.
    #[schema(max_items = 20)]
    tags: Vec<String>,
}

impl CallTags {
    /// Their revision. It is of the same order with every database.
    fn tag(&self) -> String {
        revision::tag(&self.tags.iter().collect::<BTreeSet<&String>>())
    }

    /// The answer that shows them.
    fn shown(&self) -> HttpResponse {
        HttpResponse::Ok().insert_header((ETAG, self.tag())).json(self)
    }
}

/// Tags to give to a call, and tags to take from it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CallTagsChange {
    /// Tags to add; those that the call has already stay as they are.
    #[schema(max_items = 20)]
    add: Vec<String>,
    /// Tags to remove; others are ignored.
    #[schema(max_items = 20)]
    remove: Vec<String>,
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
        (status = 200, description = "Its tags; `ETag` is their revision", body = CallTags),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such call"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<HttpResponse, ApiError> {
    let call = calls::find(&state, &caller, *id).await?;
    let read = move |connection: &mut Connection| tags_of(connection, call.organization_id, call.id);
    Ok(state.store.reads().run(read).await?.shown())
}

/// Sets the tags of a call; others are removed. A tag is written as it is elsewhere in the organization, even if its case differs here.
#[utoipa::path(
    put,
    operation_id = "set_call_tags",
    path = "/api/v1/calls/{id}/tags",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call"), IfMatch),
    request_body = CallTags,
    responses(
        (status = 200, description = "The new tags; `ETag` is their revision", body = CallTags),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such call"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A tag is invalid, or there are too many"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    if_match: IfMatch,
    body: Body<CallTags>,
) -> Result<HttpResponse, ApiError> {
    let CallTags { tags } = body.into_inner();
    let mut faults = Faults::default();
    check(&mut faults, "tags", &tags);
    faults.into_result()?;
    let edit = move |before: CallTags| {
        if !if_match.is_of(&before.tag()) {
            return Err(ApiError::edited_meanwhile("list of tags", &before));
        }
        Ok(tags)
    };
    write(&state, caller, *id, edit).await
}

/// Adds tags to a call and removes others from it. Tags that the body does not name stay, also those that somebody else adds at the same moment. A tag
/// is written as it is elsewhere in the organization, and removed in any case.
#[utoipa::path(
    patch,
    operation_id = "change_call_tags",
    path = "/api/v1/calls/{id}/tags",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    request_body = CallTagsChange,
    responses(
        (status = 200, description = "The new tags; `ETag` is their revision", body = CallTags),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call would have too many tags (`too_many`)"),
        (status = 422, description = "A tag is invalid, or there are too many in the body"),
    )
)]
pub(crate) async fn change_some(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    body: Body<CallTagsChange>,
) -> Result<HttpResponse, ApiError> {
    let CallTagsChange { add, remove } = body.into_inner();
    let mut faults = Faults::default();
    check(&mut faults, "add", &add);
    check(&mut faults, "remove", &remove);
    faults.into_result()?;
    let edit = move |CallTags { mut tags }: CallTags| {
        tags.retain(|tag| !remove.iter().any(|gone| is_same(gone, tag)));
        for tag in add {
            if !tags.iter().any(|other| is_same(other, &tag)) {
                tags.push(tag);
            }
        }
        if tags.len() > TAGS_MAX {
            let detail = format!("a call has {TAGS_MAX} tags at most: remove one first");
            return Err(ApiError::conflict("too_many", detail));
        }
        Ok(tags)
    };
    write(&state, caller, *id, edit).await
}

/// Notes what is wrong with the tags of this member of a body.
fn check(faults: &mut Faults, field: &'static str, tags: &[String]) {
    faults.demand(tags.len() <= TAGS_MAX, field, format!("must be at most {TAGS_MAX}"));
    for tag in tags.iter().take(TAGS_MAX) {
        faults.title(field, Some(tag), TAG_CHARS_MAX);
    }
}

/// Whether two spellings are the same tag.
fn is_same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// The tags of a call that is the organization's.
fn tags_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CallId,
) -> Result<CallTags, StoreError> {
    let mut found = query::call_tags(connection, organization_id, &[id])?;
    Ok(CallTags { tags: found.remove(&id).unwrap_or_default() })
}

/// Replaces the tags of a call by what `edit` makes of them, in one transaction.
async fn write(
    state: &WebState,
    caller: Caller,
    id: CallId,
    edit: impl FnOnce(CallTags) -> Result<Vec<String>, ApiError> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let organization_id = caller.organization_id;
    // This counts the tags of all calls, so it runs outside the writer, which everything waits for.
    let read = move |connection: &mut Connection| query::known_call_tags(connection, organization_id);
    let known = state.store.reads().run(read).await?;
    let make = move |connection: &mut Connection| {
        if query::call(connection, organization_id, id)?.is_none() {
            return Ok(Err(ApiError::NotFound("call")));
        }
        let tags = match edit(tags_of(connection, organization_id, id)?) {
            Ok(tags) => tags,
            Err(refused) => return Ok(Err(refused)),
        };
        let mut set: BTreeSet<String> = BTreeSet::new();
        for tag in &tags {
            if !set.iter().any(|other| is_same(other, tag)) {
                let as_known = known.iter().map(|(known, _)| known).find(|known| is_same(known, tag));
                set.insert(as_known.map_or_else(|| tag.trim().to_owned(), Clone::clone));
            }
        }
        change::set_call_tags(connection, organization_id, id, &set)?;
        let tags: Vec<String> = set.into_iter().collect();
        change::record_audit(connection, &caller.did("call.tagged", id, tags.join(", ")))?;
        Ok(Ok(CallTags { tags }))
    };
    Ok(state.store.change(make).await??.shown())
}
