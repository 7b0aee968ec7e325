//! `/api/v1/calls/{id}/shares` and `/api/v1/call-shares`: calls that users share with colleagues.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::call::Direction;
use cordboard_schema::call_note::CallShare;
use cordboard_schema::ids::{CallId, CallShareId, OrganizationId, UserId};
use cordboard_schema::limits::{CALL_SHARES_MAX, LINE_CHARS_MAX};
use cordboard_schema::plain::Lines;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::calls;
use super::given::Faults;
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};

const NO_SUCH: ApiError = ApiError::NotFound("shared call");

/// User with whom a call is shared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallShareBody {
    /// A user of the organization.
    user_id: UserId,
    /// Remark for the colleague.
    #[serde(default)]
    #[schema(max_length = 300)]
    note: String,
}

/// A call that was shared, as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallShareView {
    /// The share.
    #[serde(flatten)]
    share: CallShare,
    /// Name of the colleague; null if they are no longer a user.
    name: Option<String>,
    /// Name of the user who shared it; null if they are no user.
    by: Option<String>,
    /// Direction of the call.
    direction: Direction,
    /// The caller's number or name; of a call that we made, our number.
    from: Option<String>,
    /// The number dialled.
    to: Option<String>,
}

impl CallShareView {
    fn all(
        connection: &mut Connection,
        organization_id: OrganizationId,
        shares: Vec<CallShare>,
    ) -> Result<Vec<Self>, StoreError> {
        let ids = shares.iter().flat_map(|share| [Some(share.user_id), share.by_id]).flatten().collect();
        let names = query::user_names(connection, organization_id, &ids)?;
        let mut views = Vec::with_capacity(shares.len());
        for share in shares {
            let call = query::call(connection, organization_id, share.call_id)?;
            let direction = call.as_ref().map_or(Direction::Inbound, |call| call.direction);
            let (from, to) = call.map_or((None, None), |call| (call.from, call.to));
            views.push(Self {
                name: names.get(&share.user_id).cloned(),
                by: share.by_id.and_then(|id| names.get(&id).cloned()),
                direction,
                from,
                to,
                share,
            });
        }
        Ok(views)
    }
}

/// Lists with whom a call was shared, oldest first, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_call_shares",
    path = "/api/v1/calls/{id}/shares",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 200, description = "Its shares", body = Page<CallShareView>),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such call"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<web::Json<Page<CallShareView>>, ApiError> {
    let call = calls::find(&state, &caller, *id).await?;
    let read = move |connection: &mut Connection| {
        let shares = query::call_shares(connection, call.organization_id, call.id)?;
        CallShareView::all(connection, call.organization_id, shares)
    };
    Ok(web::Json(Page::whole(state.store.reads().run(read).await?)))
}

/// Lists the calls that were shared with the user who asks and are not done, newest first; at most 100, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_calls_shared_with_me",
    path = "/api/v1/call-shares",
    tag = "calls",
    responses((status = 200, description = "Calls shared with the user; none for a program", body = Page<CallShareView>))
)]
pub(crate) async fn mine(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<CallShareView>>, ApiError> {
    let Some(user_id) = caller.user_id() else { return Ok(web::Json(Page::whole(Vec::new()))) };
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| {
        let shares = query::calls_shared_with(connection, organization_id, user_id)?;
        CallShareView::all(connection, organization_id, shares)
    };
    Ok(web::Json(Page::whole(state.store.reads().run(read).await?)))
}

/// Shares a call with a colleague. It is listed for them until they are done with it. A call that is already shared with them is not shared twice;
/// one that they are done with can be shared again, and is then listed once.
#[utoipa::path(
    post,
    operation_id = "share_call",
    path = "/api/v1/calls/{id}/shares",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    request_body = CallShareBody,
    responses(
        (status = 201, description = "Shared; `Location` has its address", body = CallShareView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such call"),
        (status = 409, description = "It is shared with them already (`shared_already`), or with too many (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance an unknown user"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    body: Body<CallShareBody>,
) -> Result<HttpResponse, ApiError> {
    let CallShareBody { user_id, note } = body.into_inner();
    let mut faults = Faults::default();
    faults.text("note", Some(&note), LINE_CHARS_MAX, Lines::One);
    faults.into_result()?;
    let share = CallShare {
        id: CallShareId(world::new_id()),
        organization_id: caller.organization_id,
        call_id: *id,
        user_id,
        by_id: caller.maker(),
        note,
        created_at: world::now().into(),
        seen_at: None,
    };
    let audit = caller.did("call.shared", share.call_id, share.user_id);
    let location = format!("/api/v1/call-shares/{}", share.id);
    let make = move |connection: &mut Connection| {
        let organization_id = share.organization_id;
        if query::call(connection, organization_id, share.call_id)?.is_none() {
            return Ok(Err(ApiError::NotFound("call")));
        }
        if query::user(connection, organization_id, share.user_id)?.is_none() {
            let fault = Fault::of("user_id", "is no user's of the organization");
            return Ok(Err(ApiError::Invalid(vec![fault])));
        }
        let mut waiting = query::call_shares(connection, organization_id, share.call_id)?;
        waiting.retain(|other| other.seen_at.is_none());
        if waiting.iter().any(|other| other.user_id == share.user_id) {
            return Ok(Err(ApiError::conflict("shared_already", "the call is shared with them already")));
        }
        if waiting.len() >= CALL_SHARES_MAX {
            return Ok(Err(ApiError::conflict(
                "too_many",
                "the call is shared with too many people: wait until one of them has seen it",
            )));
        }
        change::share_call(connection, &share)?;
        change::record_audit(connection, &audit)?;
        // In the transaction: a read after it could be refused, and the client would take the call for not shared.
        Ok(CallShareView::all(connection, organization_id, vec![share])?.pop().ok_or(NO_SUCH))
    };
    let view = state.store.change_or_refuse(make).await??;
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(view))
}

/// Marks a call that was shared with the user who asks as done. It is no longer listed for them.
#[utoipa::path(
    delete,
    operation_id = "finish_call_share",
    path = "/api/v1/call-shares/{id}",
    tag = "calls",
    params(("id" = CallShareId, Path, description = "The share")),
    responses(
        (status = 204, description = "Done with"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "The call is not shared with the user"),
    )
)]
pub(crate) async fn done(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallShareId>,
) -> Result<HttpResponse, ApiError> {
    let Some(user_id) = caller.user_id() else { return Err(NO_SUCH) };
    let (organization_id, id, now) = (caller.organization_id, *id, world::now().into());
    let make = move |connection: &mut Connection| {
        change::done_with_call_share(connection, organization_id, (user_id, id), now)
    };
    if state.store.change(make).await? { Ok(HttpResponse::NoContent().finish()) } else { Err(NO_SUCH) }
}
