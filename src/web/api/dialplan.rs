//! A dialplan's requests: `/api/v1/calls/expect` and `/api/v1/calls/{uuid}/next`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use cordboard_actors::asterisk::{Lease, LeaseRequest};
use cordboard_actors::messages::{
    Admission, Answerer, AskNext, CallRef, EndLease, Expect, LeasePort, NextFault,
};
use cordboard_actors::world;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Announcement, REPORTS_MISSING_PLACE};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{CallId, OutsideId};
use cordboard_schema::limits::{HTTP_VALUE_BYTES_MAX, NEXT_VALID_MS};
use cordboard_schema::time::UnixMs;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::audio_ports::ports_of;
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// What a dialplan announces about a call. Unknown fields are ignored, because a later version may send them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Announced {
    /// The UUID that its AudioSocket connection will announce.
    uuid: Uuid,
    /// The caller's number or name.
    from: Option<String>,
    /// The number dialled.
    to: Option<String>,
    /// The UUID or id of a call that continues under the new UUID.
    call: Option<Uuid>,
    /// The caller's channel on an Asterisk under control, such as `1795157377.0`.
    uniqueid: Option<String>,
    /// 1 to lease a port of `audiosocket.port_range` for this call, as long as the call waits for its audio.
    #[param(minimum = 0, maximum = 1)]
    audio_port: Option<u8>,
    /// 1 if the dialplan calls `/next` again, with `lacks=1`, when it does not have the place that it got.
    #[param(minimum = 0, maximum = 1)]
    tells_lack: Option<u8>,
    /// A dialler (OSdial, VICIdial) has given this call to a line of an assistant. The value is the account code of the call's channel. Even without
    /// a value it says that the call is a dialler's.
    dialler_call: Option<String>,
}

/// A dialplan's request. Unknown fields are ignored, because a later version may send them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// 1 if the dialplan does not have the place that it got before: the assistant gets the caller back, and is told.
    #[param(minimum = 0, maximum = 1)]
    lacks: Option<u8>,
}

/// A yes or no value of a dialplan.
fn yes_or_no(name: &str, said: Option<u8>) -> Result<bool, ApiError> {
    match said {
        None | Some(0) => Ok(false),
        Some(1) => Ok(true),
        Some(_) => Err(ApiError::BadInput(format!("`{name}` must be 0 or 1"))),
    }
}

/// Announces a call whose audio will follow. The same may be sent with POST.
#[utoipa::path(
    get,
    path = "/api/v1/calls/expect",
    tag = "dialplan",
    security(("token" = [])),
    params(Announced),
    responses(
        (status = 200, description = "`ok`: the call is expected; `ok 9100` if a port was leased; `goto context,extension,priority`: the place for a dialler's call that no assistant takes", body = String, content_type = "text/plain"),
        (status = 400, description = "A value is invalid, or the UUID is not one"),
        (status = 409, description = "`no_port_range`: a port is requested, and none to lease are configured"),
        (status = 503, description = "The call is refused: there is no room, the server is draining, or every port is leased"),
    )
)]
pub(crate) async fn expect(
    state: web::Data<WebState>,
    said: Query<Announced>,
) -> Result<HttpResponse, ApiError> {
    announce(&state, said.into_inner()).await
}

/// Announces a call whose audio will follow; everything is in the query, as with GET.
#[utoipa::path(
    post,
    path = "/api/v1/calls/expect",
    tag = "dialplan",
    security(("token" = [])),
    params(Announced),
    responses(
        (status = 200, description = "`ok`: the call is expected; `ok 9100` if a port was leased; `goto context,extension,priority`: the place for a dialler's call that no assistant takes", body = String, content_type = "text/plain"),
        (status = 400, description = "A value is invalid, or the UUID is not one"),
        (status = 409, description = "`no_port_range`: a port is requested, and none to lease are configured"),
        (status = 503, description = "The call is refused: there is no room, the server is draining, or every port is leased"),
    )
)]
pub(crate) async fn expect_posted(
    state: web::Data<WebState>,
    said: Query<Announced>,
) -> Result<HttpResponse, ApiError> {
    announce(&state, said.into_inner()).await
}

async fn announce(state: &WebState, said: Announced) -> Result<HttpResponse, ApiError> {
    let Announced { uuid, from, to, call, uniqueid, audio_port, tells_lack, dialler_call } = said;
    let uniqueid = value("uniqueid", uniqueid)?.map(|id| ("uniqueid".to_owned(), id));
    let tells_lack =
        yes_or_no("tells_lack", tells_lack)?.then(|| (REPORTS_MISSING_PLACE.to_owned(), "1".to_owned()));
    let mut variables: BTreeMap<String, String> = uniqueid.into_iter().chain(tells_lack).collect();
    let (from, to) = (value("from", from)?, value("to", to)?);
    let (outside_id, call) = (OutsideId::audiosocket(uuid), call.map(call_ref));
    let (mut profile, mut tools) = (Answerer::Named(None), Vec::new());
    let wants_port = yes_or_no("audio_port", audio_port)?;
    let is_dialled = dialler_call.is_some();
    if let Some(key) = dialler_call {
        let given = state.given_call(key, &outside_id).await;
        variables.extend(given.variables);
        (profile, tools) = (given.answerer, given.tools);
    }
    let announcement = Announcement { from, to, variables, ..Announcement::default() };
    let admission = Admission::Usual;
    let expect = Expect { outside_id, announcement, call, profile, admission, account: None, tools };
    let announced = match wants_port {
        true => announce_with_port(state, uuid, expect).await.map(|port| format!("ok {port}")),
        false => announce_alone(state, expect).await.map(|()| "ok".to_owned()),
    };
    match (announced, state.dialler_fallback()) {
        (Ok(said), _) => Ok(words(said)),
        // Back to the dialler, whatever the error is.
        (Err(_), back @ NextStep::Goto(_)) if is_dialled => Ok(words(back.to_string())),
        (Err(error), _) => Err(error),
    }
}

async fn announce_alone(state: &WebState, expect: Expect) -> Result<(), ApiError> {
    state.ask(expect).await??;
    Ok(())
}

/// Leases a port and announces its call. If one fails, neither is left.
async fn announce_with_port(state: &WebState, uuid: Uuid, expect: Expect) -> Result<u16, ApiError> {
    let ports = ports_of(state)?;
    let meet_timeout = state.configuration.config.calls.meet_timeout_s.duration();
    let ttl_ms = u64::try_from(meet_timeout.as_millis()).unwrap_or(u64::MAX);
    let wanted = LeaseRequest { uuid: Some(uuid), ..LeaseRequest::default() };
    let Lease { id, port, .. } = ports.ask(LeasePort { wanted, ttl_ms }).await??;
    let expected = state.ask(expect).await.and_then(|answer| answer.map_err(ApiError::from));
    if let Err(error) = expected {
        // A lease that has ended is as good. Its port may be another call's by now.
        let _ = ports.ask(EndLease { port, lease: Some(id) }).await?;
        return Err(error);
    }
    Ok(port)
}

/// Returns what to do with a caller whose leg ended: `hangup`, `again` or `goto context,extension,priority`.
///
/// For an unknown UUID, or one whose call ended too long ago, it is `hangup`. A dialplan takes any other answer for a server that is down.
#[utoipa::path(
    get,
    path = "/api/v1/calls/{uuid}/next",
    tag = "dialplan",
    security(("token" = [])),
    params(("uuid" = Uuid, Path, description = "The UUID of the AudioSocket, or the call's id"), Question),
    responses(
        (status = 200, description = "One word, or three", body = String, content_type = "text/plain"),
        (status = 400, description = "The id is not a UUID, or `lacks` is neither 0 nor 1"),
    )
)]
pub(crate) async fn next(
    state: web::Data<WebState>,
    uuid: web::Path<Uuid>,
    said: Query<Question>,
) -> Result<HttpResponse, ApiError> {
    let (uuid, lacks) = (*uuid, yes_or_no("lacks", said.lacks)?);
    for call in [CallRef::Outside(OutsideId::audiosocket(uuid)), CallRef::Id(CallId(uuid))] {
        match state.ask(AskNext { call, lacks }).await? {
            Ok(next) => return Ok(words(next.to_string())),
            Err(NextFault::NoSuchCall) => {}
            Err(NextFault::NotStored(fault)) => return Err(fault.into()),
            Err(busy @ NextFault::Busy) => return Err(ApiError::Unavailable(busy.to_string())),
        }
    }
    Ok(words(stored_next(&state, uuid).await?.to_string()))
}

/// The step that a call with this name at its switch, or this id, decided when it ended.
async fn stored_next(state: &WebState, uuid: Uuid) -> Result<NextStep, ApiError> {
    let mut call = find(state, uuid).await?;
    if call.as_ref().is_none_or(|call| call.ended_at.is_none()) {
        // It may have ended just now, with its rows still on their way to the disk.
        state.store.commit().await?;
        call = find(state, uuid).await?;
    }
    Ok(next_of_ended(call))
}

/// Decision of a call when it ended, as long as it is valid.
pub(in crate::web) fn next_of_ended(call: Option<Call>) -> NextStep {
    let now: UnixMs = world::now().into();
    let valid = |call: &Call| call.ended_at.is_some_and(|ended_at| now.ms_since(ended_at) <= NEXT_VALID_MS);
    call.filter(valid).map_or(NextStep::Hangup, |call| call.next)
}

async fn find(state: &WebState, uuid: Uuid) -> Result<Option<Call>, ApiError> {
    let find = move |connection: &mut Connection| {
        query::call_at_dialplan(connection, &OutsideId::audiosocket(uuid), CallId(uuid))
    };
    Ok(state.store.reads().run(find).await?)
}

/// Our ids are UUIDs of version 7, which no switch makes; any other UUID is a switch's.
fn call_ref(uuid: Uuid) -> CallRef {
    match uuid.get_version() {
        Some(uuid::Version::SortRand) => CallRef::Id(CallId(uuid)),
        _ => CallRef::Outside(OutsideId::audiosocket(uuid)),
    }
}

/// A caller's number or name that is safe in a row, a log and a header. `None` if it is empty, as from a dialplan without caller id.
fn value(name: &str, value: Option<String>) -> Result<Option<String>, ApiError> {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(None) };
    match bad_value(&value) {
        Some(reason) => Err(ApiError::BadInput(format!("`{name}` {reason}"))),
        None => Ok(Some(value)),
    }
}

/// Fault of a caller's number or name, in words that follow the name of the value.
pub(super) fn bad_value(value: &str) -> Option<String> {
    if value.len() > HTTP_VALUE_BYTES_MAX {
        Some(format!("is longer than {HTTP_VALUE_BYTES_MAX} bytes"))
    } else if value.chars().any(char::is_control) {
        Some("holds a line break or another control character".to_owned())
    } else {
        None
    }
}

fn words(text: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text)
}
