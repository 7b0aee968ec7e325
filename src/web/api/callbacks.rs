//! `/api/v1/callbacks`: callers who are to be called back, and the users who handle it.

use actix_web::web;
use cordboard_actors::world;
use cordboard_schema::ids::{CallId, CallbackId, CustomerId, OrganizationId, QueueId, UserId};
use cordboard_schema::permission::Permission;
use cordboard_schema::phone::E164;
use cordboard_schema::time::{UnixMs, rfc3339};
use cordboard_schema::wrap_up::{Callback, CallbackState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::store::{CallbackHand, CallbackQuery, CallbackRefused, Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page, foreign_cursor, timed_cursor, timed_place};
use crate::web::problem::ApiError;
use crate::web::query::Query;

pub(in crate::web) const NO_SUCH: ApiError = ApiError::NotFound("callback");

/// Query of the list of callbacks. Parameters that are left out don't filter.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackList {
    /// Only those in this state.
    state: Option<CallbackState>,
    /// Only those of callers who waited in this queue.
    queue_id: Option<QueueId>,
    /// Only those that this user handles or has handled.
    user_id: Option<UserId>,
    /// True: the newest first, for instance of those that are done. Otherwise the longest waiting first.
    newest_first: Option<bool>,
    /// True, with `state=done`: the last done first.
    last_done_first: Option<bool>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
    /// Callbacks of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
}

/// A caller who is to be called back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallbackView {
    /// Its id.
    id: CallbackId,
    /// The queue in which the caller waited.
    queue_id: Option<QueueId>,
    /// The call on which the caller asked for it.
    call_id: CallId,
    /// The customer, if known.
    customer_id: Option<CustomerId>,
    /// The number to call.
    phone: E164,
    /// Reason for the callback, in one line.
    about: String,
    /// Its state.
    state: CallbackState,
    /// The user who handles it or has handled it.
    user_id: Option<UserId>,
    /// When the caller asked.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: UnixMs,
    /// When it last changed.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: UnixMs,
}

impl From<Callback> for CallbackView {
    fn from(callback: Callback) -> Self {
        Self {
            id: callback.id,
            queue_id: callback.queue_id,
            call_id: callback.call_id,
            customer_id: callback.customer_id,
            phone: callback.phone,
            about: callback.about,
            state: callback.state,
            user_id: callback.user_id,
            created_at: callback.created_at,
            updated_at: callback.updated_at,
        }
    }
}

/// Lists callbacks, longest waiting first, with `newest_first` the newest, or with `last_done_first` those that are done, the last done first.
#[utoipa::path(
    get,
    operation_id = "list_callbacks",
    path = "/api/v1/callbacks",
    tag = "floor",
    params(CallbackList),
    responses(
        (status = 200, description = "A page of callbacks", body = Page<CallbackView>),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<CallbackList>,
) -> Result<web::Json<Page<CallbackView>>, ApiError> {
    let CallbackList { state: wanted_state, queue_id, user_id, newest_first, last_done_first, cursor, limit } =
        asked.into_inner();
    let limit = Limit::parse(limit)?;
    let last_done_first = last_done_first.unwrap_or_default();
    if last_done_first && wanted_state != Some(CallbackState::Done) {
        return Err(ApiError::BadInput("`last_done_first` is for `state=done`".to_owned()));
    }
    let (after, done_after) = match cursor {
        Some(cursor) if last_done_first => {
            (None, Some(timed_place::<CallbackId>(&cursor).ok_or_else(foreign_cursor)?))
        }
        Some(cursor) => (Some(cursor.parse::<CallbackId>().map_err(|_| foreign_cursor())?), None),
        None => (None, None),
    };
    let wanted = CallbackQuery {
        state: wanted_state,
        queue_id,
        user_id,
        after,
        newest_first: newest_first.unwrap_or_default(),
        last_done_first,
        done_after,
        limit: limit.rows(),
    };
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::callbacks(connection, organization_id, wanted);
    let callbacks = state.store.reads().run(read).await?.into_iter().map(CallbackView::from).collect();
    Ok(web::Json(limit.page(callbacks, |callback: &CallbackView| match last_done_first {
        true => timed_cursor(callback.updated_at, callback.id),
        false => callback.id.to_string(),
    })))
}

/// Shows a callback.
#[utoipa::path(
    get,
    operation_id = "show_callback",
    path = "/api/v1/callbacks/{id}",
    tag = "floor",
    params(("id" = CallbackId, Path, description = "The callback")),
    responses(
        (status = 200, description = "The callback", body = CallbackView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such callback"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallbackId>,
) -> Result<web::Json<CallbackView>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| query::callback(connection, organization_id, id);
    Ok(web::Json(state.store.reads().run(read).await?.ok_or(NO_SUCH)?.into()))
}

/// Assigns an unassigned callback to the user who asks. If two ask at the same time, one gets it.
#[utoipa::path(
    post,
    operation_id = "claim_callback",
    path = "/api/v1/callbacks/{id}/claim",
    tag = "floor",
    params(("id" = CallbackId, Path, description = "The callback")),
    responses(
        (status = 200, description = "It is assigned to the user", body = CallbackView),
        (status = 400, description = "The id is not a UUID"),
        (status = 403, description = "The request is not a user's (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such callback"),
        (status = 409, description = "It is assigned to another user, whom `detail` names (`claimed`), or is finished (`done`)"),
    )
)]
pub(crate) async fn claim(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallbackId>,
) -> Result<web::Json<CallbackView>, ApiError> {
    let Some(user_id) = caller.user_id() else {
        return Err(ApiError::NotAllowed("only a user can handle a callback: sign in as one".to_owned()));
    };
    done(&state, caller, *id, "callback.claimed", move |connection, place, at| {
        change::claim_callback(connection, place, user_id, at)
    })
    .await
}

/// Unassigns a callback. One that is assigned to another user can only be released by users who may change the floor.
#[utoipa::path(
    post,
    operation_id = "release_callback",
    path = "/api/v1/callbacks/{id}/release",
    tag = "floor",
    params(("id" = CallbackId, Path, description = "The callback")),
    responses(
        (status = 200, description = "It is unassigned", body = CallbackView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such callback"),
        (status = 409, description = "It is assigned to another user, whom `detail` names (`claimed`), or is finished (`done`)"),
    )
)]
pub(crate) async fn release(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallbackId>,
) -> Result<web::Json<CallbackView>, ApiError> {
    let hand = hand(&caller);
    done(&state, caller, *id, "callback.released", move |connection, place, at| {
        change::release_callback(connection, place, hand, at)
    })
    .await
}

/// Marks a callback as finished: the caller was reached, or is not to be called any more. One that is assigned to another user can only be finished
/// by users who may change the floor.
#[utoipa::path(
    post,
    operation_id = "finish_callback",
    path = "/api/v1/callbacks/{id}/done",
    tag = "floor",
    params(("id" = CallbackId, Path, description = "The callback")),
    responses(
        (status = 200, description = "It is finished", body = CallbackView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such callback"),
        (status = 409, description = "It is assigned to another user, whom `detail` names (`claimed`), or another user has finished it (`done`)"),
    )
)]
pub(crate) async fn finish(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallbackId>,
) -> Result<web::Json<CallbackView>, ApiError> {
    let hand = hand(&caller);
    done(&state, caller, *id, "callback.done", move |connection, place, at| {
        change::finish_callback(connection, place, hand, at)
    })
    .await
}

fn hand(caller: &Caller) -> CallbackHand {
    CallbackHand { user_id: caller.user_id(), over_others: caller.may(Permission::FloorWrite) }
}

/// Applies the change and writes it into the audit log, or returns the conflict.
async fn done(
    state: &WebState,
    caller: Caller,
    id: CallbackId,
    action: &'static str,
    write: impl FnOnce(
        &mut Connection,
        (OrganizationId, CallbackId),
        UnixMs,
    ) -> Result<Result<Callback, CallbackRefused>, StoreError>
    + Send
    + 'static,
) -> Result<web::Json<CallbackView>, ApiError> {
    let (organization_id, at) = (caller.organization_id, world::now().into());
    let make = move |connection: &mut Connection| match write(connection, (organization_id, id), at)? {
        Ok(callback) => {
            change::record_audit(connection, &caller.did(action, id, ""))?;
            Ok(Ok(callback))
        }
        Err(refused) => refusal(connection, organization_id, refused).map(Err),
    };
    Ok(web::Json(state.store.change(make).await??.into()))
}

pub(in crate::web) fn refusal(
    connection: &mut Connection,
    organization_id: OrganizationId,
    refused: CallbackRefused,
) -> Result<ApiError, StoreError> {
    Ok(match refused {
        CallbackRefused::NoSuch => NO_SUCH,
        CallbackRefused::Done => ApiError::conflict("done", refused),
        CallbackRefused::Taken { by } => {
            let name = query::user(connection, organization_id, by)?.map(|user| user.name);
            let name = name.unwrap_or_else(|| "a former user".to_owned());
            ApiError::conflict("claimed", format!("{name} is handling this callback: take another one"))
        }
    })
}
