//! What a dialplan says and asks: `/api/v1/calls/expect` and `/api/v1/calls/{uuid}/next`.

use actix_web::{HttpResponse, web};
use chrono::Utc;
use cordboard_actors::messages::{AskNext, CallRef, Expect, NextFault};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Announcement;
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{CallId, OutsideId};
use cordboard_schema::limits::{HTTP_VALUE_BYTES_MAX, NEXT_VALID_MS};
use cordboard_schema::time::UnixMs;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::store::query;
use crate::web::WebState;
use crate::web::problem::ApiError;

/// What a dialplan knows of a call. Fields that a later version knows are let pass.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Announced {
    /// The UUID that its AudioSocket will bring.
    uuid: Uuid,
    /// The caller's number or name.
    from: Option<String>,
    /// The number dialled.
    to: Option<String>,
    /// The UUID or id of a call that goes on under the new UUID.
    call: Option<Uuid>,
}

/// Announces a call whose audio will come. The same may be sent with POST.
#[utoipa::path(
    get,
    path = "/api/v1/calls/expect",
    tag = "dialplan",
    security(("token" = [])),
    params(Announced),
    responses(
        (status = 200, description = "`ok`: the call is expected", body = String, content_type = "text/plain"),
        (status = 400, description = "A value that can't be a caller's, or no UUID"),
        (status = 503, description = "The call is refused: no room, or the server drains"),
    )
)]
pub(crate) async fn expect(
    state: web::Data<WebState>,
    said: web::Query<Announced>,
) -> Result<HttpResponse, ApiError> {
    announce(&state, said.into_inner()).await
}

/// Announces a call whose audio will come; everything stands in the query, as with GET.
#[utoipa::path(
    post,
    path = "/api/v1/calls/expect",
    tag = "dialplan",
    security(("token" = [])),
    params(Announced),
    responses(
        (status = 200, description = "`ok`: the call is expected", body = String, content_type = "text/plain"),
        (status = 400, description = "A value that can't be a caller's, or no UUID"),
        (status = 503, description = "The call is refused: no room, or the server drains"),
    )
)]
pub(crate) async fn expect_posted(
    state: web::Data<WebState>,
    said: web::Query<Announced>,
) -> Result<HttpResponse, ApiError> {
    announce(&state, said.into_inner()).await
}

async fn announce(state: &WebState, said: Announced) -> Result<HttpResponse, ApiError> {
    let Announced { uuid, from, to, call } = said;
    let announcement =
        Announcement { from: value("from", from)?, to: value("to", to)?, ..Announcement::default() };
    let expect = Expect { outside_id: OutsideId::audiosocket(uuid), announcement, call: call.map(call_ref) };
    state.ask(expect).await??;
    Ok(words("ok".to_owned()))
}

/// Says what to do with a caller whose leg ended: `hangup`, `again` or `goto context,extension,priority`.
///
/// A UUID that nobody knows, or whose call ended too long ago, is told to hang up. Anything but these words means to a
/// dialplan that the server is away.
#[utoipa::path(
    get,
    path = "/api/v1/calls/{uuid}/next",
    tag = "dialplan",
    security(("token" = [])),
    params(("uuid" = Uuid, Path, description = "The UUID of the AudioSocket, or the call's id")),
    responses(
        (status = 200, description = "One word, or three", body = String, content_type = "text/plain"),
        (status = 400, description = "That is no UUID"),
    )
)]
pub(crate) async fn next(
    state: web::Data<WebState>,
    uuid: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let uuid = *uuid;
    for call in [CallRef::Outside(OutsideId::audiosocket(uuid)), CallRef::Id(CallId(uuid))] {
        match state.ask(AskNext(call)).await? {
            Ok(next) => return Ok(words(next.to_string())),
            Err(NextFault::NoSuchCall) => {}
            Err(NextFault::NotStored(fault)) => return Err(fault.into()),
        }
    }
    Ok(words(stored_next(&state, uuid).await?.to_string()))
}

/// The step that a call decided when it ended.
async fn stored_next(state: &WebState, uuid: Uuid) -> Result<NextStep, ApiError> {
    let mut call = find(state, uuid).await?;
    if call.as_ref().is_none_or(|call| call.ended_at.is_none()) {
        // It may have ended this moment, its rows still on their way to the disk.
        state.store.commit().await?;
        call = find(state, uuid).await?;
    }
    let now: UnixMs = Utc::now().into();
    let valid = |call: &Call| call.ended_at.is_some_and(|ended_at| now.ms_since(ended_at) <= NEXT_VALID_MS);
    Ok(call.filter(valid).map_or(NextStep::Hangup, |call| call.next))
}

async fn find(state: &WebState, uuid: Uuid) -> Result<Option<Call>, ApiError> {
    let organization_id = state.store.organization_id();
    let found = state.store.reads().run(move |connection| {
        match query::call_by_outside_id(connection, organization_id, &OutsideId::audiosocket(uuid))? {
            Some(call) => Ok(Some(call)),
            None => query::call(connection, organization_id, CallId(uuid)),
        }
    });
    Ok(found.await?)
}

/// Our ids are UUIDs of version 7, which no switch makes; everything else is a switch's name.
fn call_ref(uuid: Uuid) -> CallRef {
    match uuid.get_version() {
        Some(uuid::Version::SortRand) => CallRef::Id(CallId(uuid)),
        _ => CallRef::Outside(OutsideId::audiosocket(uuid)),
    }
}

/// A caller's number or name, as it may stand in a row, a log and a header. None where it is empty, as a
/// dialplan without caller id leaves it.
fn value(name: &str, value: Option<String>) -> Result<Option<String>, ApiError> {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(None) };
    if value.len() > HTTP_VALUE_BYTES_MAX {
        return Err(ApiError::BadInput(format!("`{name}` is longer than {HTTP_VALUE_BYTES_MAX} bytes")));
    }
    if value.chars().any(char::is_control) {
        return Err(ApiError::BadInput(format!("`{name}` holds a line break or another control character")));
    }
    Ok(Some(value))
}

fn words(text: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text)
}
