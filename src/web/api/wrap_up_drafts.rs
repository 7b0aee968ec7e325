//! `/api/v1/calls/{id}/wrap-up-draft`: the draft of an agent's wrap-up. Only this agent sees it, wherever they sign in.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::ids::{CallId, DispositionId, UserId};
use cordboard_schema::limits::WRAP_UP_NOTE_CHARS_MAX;
use cordboard_schema::plain::Lines;
use cordboard_schema::time::{UnixMs, rfc3339};
use cordboard_schema::wrap_up::WrapUpDraft;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::given::Faults;
use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::problem::ApiError;
use crate::web::revision::{self, IfMatch};

const NO_SUCH: ApiError = ApiError::NotFound("call");

/// An agent's current draft of a wrap-up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrapUpDraftBody {
    /// How the call ended for the business, if chosen yet.
    disposition_id: Option<DispositionId>,
    /// Note on the call so far.
    #[schema(max_length = 4000)]
    note: String,
}

impl ReadOnly for WrapUpDraftBody {
    const NAMES: &'static [&'static str] = &["updated_at"];
}

/// Draft of a wrap-up, as the API shows it to its agent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WrapUpDraftView {
    /// How the call ended for the business, if chosen yet.
    disposition_id: Option<DispositionId>,
    /// Note on the call so far; empty if there is none.
    note: String,
    /// When it was last written; null if there is none.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<UnixMs>,
}

impl WrapUpDraftView {
    fn of(draft: Option<WrapUpDraft>) -> Self {
        match draft.filter(|draft| !draft.is_empty()) {
            Some(WrapUpDraft { disposition_id, note, updated_at, .. }) => {
                Self { disposition_id, note, updated_at: Some(updated_at) }
            }
            None => Self { disposition_id: None, note: String::new(), updated_at: None },
        }
    }

    /// Its revision: each change has its own time. That of no draft is empty.
    fn tag(&self) -> String {
        format!("\"{}\"", self.updated_at.map_or_else(String::new, UnixMs::to_rfc3339))
    }

    /// The answer that shows it.
    fn shown(&self) -> HttpResponse {
        HttpResponse::Ok().insert_header((ETAG, self.tag())).json(self)
    }
}

/// The agent who asks.
fn agent(caller: &Caller) -> Result<UserId, ApiError> {
    let no_user = || ApiError::NotAllowed("a wrap-up belongs to a user: sign in as one".to_owned());
    caller.user_id().ok_or_else(no_user)
}

/// Shows the draft that the user who asks has written for a call. Only they see it.
#[utoipa::path(
    get,
    operation_id = "show_wrap_up_draft",
    path = "/api/v1/calls/{id}/wrap-up-draft",
    tag = "floor",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 200, description = "The draft; an empty one if there is none. `ETag` is its `updated_at`, or empty", body = WrapUpDraftView),
        (status = 400, description = "The id is not a UUID"),
        (status = 403, description = "The request is not a user's (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such call"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, call_id, user_id) = (caller.organization_id, *id, agent(&caller)?);
    let read = move |connection: &mut Connection| {
        if query::call(connection, organization_id, call_id)?.is_none() {
            return Ok(Err(NO_SUCH));
        }
        query::wrap_up_draft(connection, organization_id, (call_id, user_id)).map(Ok)
    };
    Ok(WrapUpDraftView::of(state.store.reads().run(read).await??).shown())
}

/// Stores the draft that the user who asks is writing for a call, in place of the previous one; an empty draft is removed. It is removed when they
/// send their wrap-up of the call. If they have drafts of many calls, the oldest is removed.
#[utoipa::path(
    put,
    operation_id = "set_wrap_up_draft",
    path = "/api/v1/calls/{id}/wrap-up-draft",
    tag = "floor",
    params(("id" = CallId, Path, description = "The call"), IfMatch),
    request_body = WrapUpDraftBody,
    responses(
        (status = 200, description = "Kept; `ETag` is the new `updated_at`, or empty", body = WrapUpDraftView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 403, description = "The request is not a user's (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such call"),
        (status = 409, description = revision::edited_meanwhile!("the user has already sent their wrap-up of this call (`already_written`)")),
        (status = 422, description = "A value is invalid, for instance a note that is too long"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    if_match: IfMatch,
    body: ThingBody<WrapUpDraftBody>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, call_id, user_id) = (caller.organization_id, *id, agent(&caller)?);
    let WrapUpDraftBody { disposition_id, note } = body.into_inner();
    let mut faults = Faults::default();
    faults.text("note", Some(&note), WRAP_UP_NOTE_CHARS_MAX, Lines::Many);
    let updated_at = world::now().into();
    let mut draft = WrapUpDraft { organization_id, call_id, user_id, disposition_id, note, updated_at };
    let write = move |connection: &mut Connection| {
        if query::call(connection, organization_id, call_id)?.is_none() {
            return Ok(Err(NO_SUCH));
        }
        if let Some(id) = disposition_id {
            let is_there = query::disposition(connection, organization_id, id)?.is_some();
            faults.demand(is_there, "disposition_id", "is no disposition's");
        }
        if let Err(wrong) = faults.into_result() {
            return Ok(Err(wrong));
        }
        let written = query::wrap_ups(connection, organization_id, call_id)?;
        if written.iter().any(|stored| stored.wrap_up.user_id == user_id) {
            let detail = "you have already sent your wrap-up of this call: no draft is stored for it";
            return Ok(Err(ApiError::conflict("already_written", detail)));
        }
        let before = query::wrap_up_draft(connection, organization_id, (call_id, user_id))?;
        if let Some(before) = &before {
            draft.updated_at = before.updated_at.next_change(updated_at);
        }
        let there = WrapUpDraftView::of(before);
        if !if_match.is_of(&there.tag()) {
            return Ok(Err(ApiError::edited_meanwhile("draft", &there)));
        }
        change::write_wrap_up_draft(connection, &draft)?;
        Ok(Ok(draft))
    };
    Ok(WrapUpDraftView::of(Some(state.store.change(write).await??)).shown())
}
