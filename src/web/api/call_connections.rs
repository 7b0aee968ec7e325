//! `/api/v1/calls/{id}/connections`: quality of the connections of a live call.

use actix_web::web;
use cordboard_actors::web::LiveLine;
use cordboard_schema::ids::{CallId, LegId, UserId};
use cordboard_schema::line_quality::LineQuality;
use serde::Serialize;
use utoipa::ToSchema;

use super::calls::find;
use super::supervision_policy::hides_supervisors;
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;

/// A connection that is up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectionView {
    /// The leg, as the journal names it.
    leg: LegId,
    /// The agent that it belongs to; null for the caller's.
    agent: Option<UserId>,
    /// Quality measured so far, at most some seconds old.
    quality: LineQuality,
}

impl From<LiveLine> for ConnectionView {
    fn from(LiveLine { leg, agent, quality }: LiveLine) -> Self {
        Self { leg, agent, quality }
    }
}

/// Lists the quality of a live call's connections.
///
/// If the supervision policy is silent, callers of the API who may not supervise see the caller's and their own.
///
/// Only connections that receive packets are measured: WebRTC. For a connection that has ended, the journal has the whole as `line_measured`.
#[utoipa::path(
    get,
    operation_id = "list_connections",
    path = "/api/v1/calls/{id}/connections",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 200, description = "The connections that are measured, all on one page; none for a call that has ended", body = Page<ConnectionView>),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such call"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<web::Json<Page<ConnectionView>>, ApiError> {
    find(&state, &caller, *id).await?;
    let mut lines = state.talk.passes.live_lines().of(*id);
    if hides_supervisors(&state, &caller).await? {
        lines.retain(|line| line.agent.is_none() || line.agent == caller.user_id());
    }
    Ok(web::Json(Page::whole(lines.into_iter().map(ConnectionView::from).collect())))
}
