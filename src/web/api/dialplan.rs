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
use uuid::Uuid;

use crate::store::query;
use crate::web::WebState;
use crate::web::problem::ApiError;

/// What a dialplan knows of a call. Fields that a later version knows are let pass.
#[derive(Deserialize)]
pub(crate) struct Announced {
    /// The UUID that its AudioSocket will bring.
    uuid: Uuid,
    from: Option<String>,
    to: Option<String>,
    /// The UUID or id of a call that goes on under the new UUID.
    call: Option<Uuid>,
}

/// `GET|POST /api/v1/calls/expect?uuid=&from=&to=&call=`: `ok` once the call is expected; 503 where it is refused.
pub(crate) async fn expect(
    state: web::Data<WebState>,
    said: web::Query<Announced>,
) -> Result<HttpResponse, ApiError> {
    let Announced { uuid, from, to, call } = said.into_inner();
    let announcement = Announcement { from: value("from", from)?, to: value("to", to)? };
    let expect = Expect { outside_id: OutsideId::audiosocket(uuid), announcement, call: call.map(call_ref) };
    state.ask(expect).await??;
    Ok(words("ok".to_owned()))
}

/// `GET /api/v1/calls/{uuid}/next`: `hangup`, `again` or `goto context,extension,priority`. The UUID is that of the
/// AudioSocket or the call's id. A UUID that nobody knows, or whose call ended too long ago, is told to hang
/// up. Anything but these words means to a dialplan that the server is away.
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
