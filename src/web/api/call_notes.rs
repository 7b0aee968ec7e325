//! `/api/v1/calls/{id}/notes`: users' notes on a call.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::call_note::CallNote;
use cordboard_schema::ids::{CallId, CallNoteId, OrganizationId};
use cordboard_schema::limits::{CALL_NOTES_MAX, NOTES_CHARS_MAX};
use cordboard_schema::permission::Permission;
use cordboard_schema::plain::Lines;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::calls;
use super::given::Faults;
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;
use crate::web::revision::{self, IfMatch, Revised};

const NO_SUCH: ApiError = ApiError::NotFound("note");

/// Note that a user writes on a call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallNoteBody {
    /// Text of the note.
    #[schema(max_length = 4000)]
    text: String,
    /// Revision that a change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    #[serde(default)]
    revision: Option<String>,
}

impl ReadOnly for CallNoteBody {
    const NAMES: &'static [&'static str] =
        &["id", "call_id", "author_id", "created_at", "updated_at", "author", "is_mine"];
}

/// A note of a call, as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallNoteView {
    /// The note.
    #[serde(flatten)]
    note: CallNote,
    /// Name of its author; null if they are not a user.
    author: Option<String>,
    /// Whether the user who asks wrote it and so may change and remove it.
    is_mine: bool,
    /// Revision: a new value after each change of its text.
    revision: String,
}

impl Revised for CallNoteView {
    const WHAT: &'static str = "note";

    fn revision(&self) -> &str {
        &self.revision
    }
}

impl CallNoteView {
    fn all(
        connection: &mut Connection,
        caller: &Caller,
        notes: Vec<CallNote>,
    ) -> Result<Vec<Self>, StoreError> {
        let ids = notes.iter().filter_map(|note| note.author_id).collect();
        let names = query::user_names(connection, caller.organization_id, &ids)?;
        let view = |note: CallNote| Self {
            author: note.author_id.and_then(|id| names.get(&id).cloned()),
            is_mine: note.author_id == caller.maker(),
            revision: revision::of(&note.text),
            note,
        };
        Ok(notes.into_iter().map(view).collect())
    }

    /// The view of a note, in the transaction that stores it: a read after it could be refused, and its client would store the note again.
    fn of(
        connection: &mut Connection,
        caller: &Caller,
        note: CallNote,
    ) -> Result<Result<Self, ApiError>, StoreError> {
        Ok(Self::all(connection, caller, vec![note])?.pop().ok_or(NO_SUCH))
    }
}

/// Lists the notes of a call, oldest first, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_call_notes",
    path = "/api/v1/calls/{id}/notes",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 200, description = "Its notes", body = Page<CallNoteView>),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such call"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<web::Json<Page<CallNoteView>>, ApiError> {
    let call = calls::find(&state, &caller, *id).await?;
    let read = move |connection: &mut Connection| {
        let notes = query::call_notes(connection, call.organization_id, call.id)?;
        CallNoteView::all(connection, &caller, notes)
    };
    Ok(web::Json(Page::whole(state.store.reads().run(read).await?)))
}

fn check(body: &CallNoteBody) -> Result<(), ApiError> {
    let mut faults = Faults::default();
    faults.text("text", Some(&body.text), NOTES_CHARS_MAX, Lines::Many);
    faults.demand(!body.text.trim().is_empty(), "text", "must not be empty");
    faults.into_result()
}

/// Adds a note to a call.
#[utoipa::path(
    post,
    operation_id = "create_call_note",
    path = "/api/v1/calls/{id}/notes",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    request_body = CallNoteBody,
    responses(
        (status = 201, description = "Added; `Location` has its address", body = CallNoteView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call has too many notes (`too_many`)"),
        (status = 422, description = "The text is invalid, for instance empty"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    body: ThingBody<CallNoteBody>,
) -> Result<HttpResponse, ApiError> {
    check(&body)?;
    let now = world::now().into();
    let note = CallNote {
        id: CallNoteId(world::new_id()),
        organization_id: caller.organization_id,
        call_id: *id,
        author_id: caller.maker(),
        text: body.into_inner().text,
        created_at: now,
        updated_at: now,
    };
    let audit = caller.did("call_note.created", note.call_id, note.id);
    let location = format!("/api/v1/calls/{}/notes/{}", note.call_id, note.id);
    let make = move |connection: &mut Connection| {
        let (organization_id, call_id) = (note.organization_id, note.call_id);
        if query::call(connection, organization_id, call_id)?.is_none() {
            return Ok(Err(ApiError::NotFound("call")));
        }
        if query::call_notes(connection, organization_id, call_id)?.len() >= CALL_NOTES_MAX {
            return Ok(Err(ApiError::conflict(
                "too_many",
                "the call has no room for another note: remove one first",
            )));
        }
        change::create_call_note(connection, &note)?;
        change::record_audit(connection, &audit)?;
        CallNoteView::of(connection, &caller, note)
    };
    let view = state.store.change_or_refuse(make).await??;
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(view))
}

/// Changes the text of a note. Only its author may.
#[utoipa::path(
    put,
    operation_id = "update_call_note",
    path = "/api/v1/calls/{id}/notes/{note_id}",
    tag = "calls",
    params(
        ("id" = CallId, Path, description = "The call"),
        ("note_id" = CallNoteId, Path, description = "The note"),
        IfMatch,
    ),
    request_body = CallNoteBody,
    responses(
        (status = 200, description = "Changed", body = CallNoteView),
        (status = 400, description = "An id is not a UUID, or the body not a JSON object"),
        (status = 403, description = "Another user wrote it (`not_allowed`)"),
        (status = 404, description = "No such note"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "The text is invalid, for instance empty"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(CallId, CallNoteId)>,
    if_match: IfMatch,
    body: ThingBody<CallNoteBody>,
) -> Result<web::Json<CallNoteView>, ApiError> {
    check(&body)?;
    let CallNoteBody { text, revision } = body.into_inner();
    let asked = if_match.or(revision);
    let (ids, now) = (*ids, world::now().into());
    let make = move |connection: &mut Connection| {
        let mut note = match own_note(connection, &caller, ids)? {
            Ok(note) => note,
            Err(refused) => return Ok(Err(refused)),
        };
        let late =
            CallNoteView::of(connection, &caller, note.clone())?.and_then(|there| asked.demand(&there));
        if let Err(refused) = late {
            return Ok(Err(refused));
        }
        note.text = text;
        note.updated_at = note.updated_at.next_change(now);
        change::update_call_note(connection, &note)?;
        change::record_audit(connection, &caller.did("call_note.changed", note.call_id, note.id))?;
        CallNoteView::of(connection, &caller, note)
    };
    Ok(web::Json(state.store.change(make).await??))
}

/// Removes a note. Its author may, and users who may change users.
#[utoipa::path(
    delete,
    operation_id = "delete_call_note",
    path = "/api/v1/calls/{id}/notes/{note_id}",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call"), ("note_id" = CallNoteId, Path, description = "The note")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "An id is not a UUID"),
        (status = 403, description = "Another user wrote it (`not_allowed`)"),
        (status = 404, description = "No such note"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(CallId, CallNoteId)>,
) -> Result<HttpResponse, ApiError> {
    let ids = *ids;
    let make = move |connection: &mut Connection| {
        let organization_id: OrganizationId = caller.organization_id;
        let found = if caller.may(Permission::UsersWrite) {
            query::call_note(connection, organization_id, ids)?.ok_or(NO_SUCH)
        } else {
            own_note(connection, &caller, ids)?
        };
        let note = match found {
            Ok(note) => note,
            Err(refused) => return Ok(Err(refused)),
        };
        change::delete_call_note(connection, organization_id, note.id)?;
        change::record_audit(connection, &caller.did("call_note.deleted", note.call_id, note.id)).map(Ok)
    };
    state.store.change(make).await??;
    Ok(HttpResponse::NoContent().finish())
}

/// The note, if the user who asks wrote it.
fn own_note(
    connection: &mut Connection,
    caller: &Caller,
    ids: (CallId, CallNoteId),
) -> Result<Result<CallNote, ApiError>, StoreError> {
    let Some(note) = query::call_note(connection, caller.organization_id, ids)? else {
        return Ok(Err(NO_SUCH));
    };
    if note.author_id != caller.maker() {
        return Ok(Err(ApiError::NotAllowed("only the author of a note may do this".to_owned())));
    }
    Ok(Ok(note))
}
