//! `/api/v1/agent-profiles/{id}/tools/{tool_id}/try`: tries a custom tool before callers do.

use actix_web::web;
use cordboard_schema::ids::{CustomToolId, ProfileId};
use cordboard_schema::tool::ToolOutcome;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::custom_tools::{Sending, Trial, TrialRequest, TrialResponse, in_words, try_out};
use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;

const NO_SUCH: ApiError = ApiError::NotFound("tool");

/// How a tool is tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrialBody {
    /// Arguments of the tool, as an assistant would give them.
    #[schema(value_type = Object)]
    arguments: Map<String, Value>,
    /// False: only shows the request without sending it.
    #[serde(default = "sent")]
    #[schema(default = true)]
    send: bool,
}

const fn sent() -> bool {
    true
}

/// Result of a trial, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TrialOutcome {
    /// The request was only shown.
    Shown,
    /// The service answered with a success.
    Done,
    /// Nothing was sent: the arguments are invalid.
    Refused,
    /// The service refuses or fails, or can't be reached.
    Failed,
    /// The service did not answer in time.
    TimedOut,
}

/// A request as the server sends it. Its secrets are masked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AskedView {
    /// Its method.
    method: String,
    /// Its address.
    url: String,
    /// Its headers.
    headers: Vec<SentHeader>,
    /// Its body; may be empty.
    body: String,
}

/// A header as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SentHeader {
    /// Its name.
    name: String,
    /// Its value; a secret is masked.
    value: String,
}

/// Answer of the service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeardView {
    /// Its status.
    status: u16,
    /// Media type of the answer (`Content-Type`).
    content_type: Option<String>,
    /// The beginning of the body. Secrets that were sent and come back are masked.
    body: String,
    /// Whether the body is longer; assistants don't get the rest either.
    is_cut: bool,
}

/// Result of a trial.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrialView {
    /// The result in one word.
    outcome: TrialOutcome,
    /// Text that an assistant would get; empty if the request was only shown.
    told: String,
    /// The request; null if the arguments don't make one.
    request: Option<AskedView>,
    /// The answer; null if there was none.
    answer: Option<HeardView>,
    /// How long the service took, in ms.
    took_ms: u64,
}

impl From<Trial> for TrialView {
    fn from(Trial { asked, heard, outcome, took_ms }: Trial) -> Self {
        let told = outcome.as_ref().map(in_words).unwrap_or_default().to_owned();
        let header = |(name, value)| SentHeader { name, value };
        Self {
            outcome: match outcome {
                None => TrialOutcome::Shown,
                Some(ToolOutcome::Done { .. }) => TrialOutcome::Done,
                Some(ToolOutcome::Refused { .. }) => TrialOutcome::Refused,
                Some(ToolOutcome::Failed { .. }) => TrialOutcome::Failed,
                Some(ToolOutcome::TimedOut) => TrialOutcome::TimedOut,
            },
            told,
            request: asked.map(|TrialRequest { method, url, headers, body }| AskedView {
                method,
                url,
                headers: headers.into_iter().map(header).collect(),
                body,
            }),
            answer: heard.map(|TrialResponse { status, content_type, body, is_cut }| HeardView {
                status,
                content_type,
                body,
                is_cut,
            }),
            took_ms,
        }
    }
}

/// Tries a custom tool. The request is made as on a call, with the same rules about where it may be sent, and request and answer are shown. If the
/// service changes something, that change is real.
#[utoipa::path(
    post,
    operation_id = "try_custom_tool",
    path = "/api/v1/agent-profiles/{id}/tools/{tool_id}/try",
    tag = "agent profiles",
    params(
        ("id" = ProfileId, Path, description = "The profile"),
        ("tool_id" = CustomToolId, Path, description = "The tool"),
    ),
    request_body = TrialBody,
    responses(
        (status = 200, description = "The result of the trial, even if it is a failure", body = TrialView),
        (status = 400, description = "An id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "The profile has no such tool"),
        (status = 422, description = "The arguments are not an object"),
    )
)]
pub(crate) async fn try_it(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(ProfileId, CustomToolId)>,
    body: Body<TrialBody>,
) -> Result<web::Json<TrialView>, ApiError> {
    let (organization_id, (profile_id, id)) = (caller.organization_id, *ids);
    let TrialBody { arguments, send } = body.into_inner();
    let read = move |connection: &mut Connection| query::custom_tool(connection, organization_id, id);
    let tool = state.store.reads().run(read).await?.filter(|tool| tool.profile_id == profile_id);
    let tool = tool.ok_or(NO_SUCH)?;
    let sending = if send { Sending::Sent } else { Sending::Shown };
    // Noted before the request, so that the trial is recorded even if the server ends meanwhile.
    let detail = format!("{}{}", tool.name, if send { "" } else { ", only shown" });
    let entry = caller.did("custom_tool.tried", id, detail);
    state.store.change(move |connection| change::record_audit(connection, &entry)).await?;
    Ok(web::Json(try_out(&state.outside, &tool, arguments, sending).await.into()))
}
