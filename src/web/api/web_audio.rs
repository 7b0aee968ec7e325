//! `/api/v1/audio`: the audio of a browser, apart from its connection. A page whose connection is gone has no other way to report that its user hangs
//! up.

use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::web::hang_up;

use super::talk::{address, counted};
use super::webrtc::presented;
use crate::web::WebState;
use crate::web::arriving::arrival;
use crate::web::embedding::{AskingPage, make_readable};
use crate::web::problem::ApiError;

const GONE: ApiError = ApiError::NotFound("audio: its token was used, or has expired");

/// Hangs up when no connection carries the audio.
///
/// `Authorization: Bearer` has the `resume` of the newest connection, or the one-time token of a call that waits for its audio. The party leaves as
/// by `bye` on `/ws/audio`, and can't come back. A page that is reloaded must not use this: it reconnects with its `resume`.
#[utoipa::path(
    delete,
    operation_id = "end_web_audio",
    path = "/api/v1/audio",
    tag = "talk links",
    security(()),
    responses(
        (status = 204, description = "The party has left, or the call was already over"),
        (status = 403, description = "`foreign_origin`: no talk link lists the requesting page's site"),
        (status = 404, description = "The token or `resume` is unknown, was used, or has expired"),
        (status = 429, description = "Too many requests came from this address (`too_many_calls`); `Retry-After` says when to try again"),
    )
)]
pub(crate) async fn end(state: web::Data<WebState>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let page = AskingPage::of(&state, &request);
    counted(&state, &request, &page)?;
    let from = page.may_come(&state).await?;
    make_readable(&request, &page);
    let shown = presented(&request).map_err(|_| GONE)?;
    if !state.talk.passes.opens(shown, from) {
        return Err(GONE);
    }
    state.talk.shown(address(&request), shown)?;
    let peer = arrival(&request).client_socket();
    if !hang_up(&state.talk.passes, &state.registry, (shown, from), peer).await {
        return Err(GONE);
    }
    Ok(HttpResponse::NoContent().finish())
}
