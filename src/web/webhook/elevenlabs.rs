//! `/elevenlabs/post-call`: ElevenLabs' reports of finished conversations.
//!
//! The configuration's account reports to `/elevenlabs/post-call`, about any call. An organization's own account reports to
//! `/elevenlabs/post-call/{organization_id}`, about that organization's calls only, because its owner knows the secret and could sign anything. A
//! report is journalled once, after the end of the call. It may come before that end, if the conversation was lost and the call went on with another:
//! then it waits, in a file that outlives the process.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::event::{Event, Fact};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{OrganizationId, OutsideId};
use cordboard_schema::limits::{ELEVENLABS_REPORT_BYTES_MAX, TOGETHER_MS_MAX};
use cordboard_schema::profile::AgentHost;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::elevenlabs::report::{ConversationReport, PostCall};
use cordboard_schema::wire::elevenlabs::signature::check_signature;
use tokio::time::sleep;

use super::after_end::append;
use super::stored_reports::StoredReport;
use super::waiting_reports::WaitingReport;
use crate::config::Secret;
use crate::outside_accounts::open;
use crate::priority;
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::api::talk::address;
use crate::web::problem::ApiError;

/// The header with the signature.
const SIGNATURE: &str = "elevenlabs-signature";
/// Answer if no secret is set, so that nobody could sign.
const NO_SECRET: ApiError = ApiError::NotFound("path: no webhook secret of ElevenLabs is set");
/// Interval of checks whether the call of a report is over.
const POLL_INTERVAL: Duration = Duration::from_secs(10);
/// How long it is checked: the caller may talk with people for as long as that is possible after the assistant's conversation is over.
const AWAITED: Duration = Duration::from_millis(TOGETHER_MS_MAX + 4 * 3_600_000);

/// Takes a report of a finished conversation from the configuration's account at ElevenLabs.
#[utoipa::path(
    post,
    operation_id = "elevenlabs_post_call",
    path = "/elevenlabs/post-call",
    tag = "elevenlabs",
    security(()),
    request_body(content = String, content_type = "application/json", description = "ElevenLabs' post-call webhook"),
    responses(
        (status = 204, description = "Accepted, or about nothing that is stored here"),
        (status = 400, description = "It is not a webhook of ElevenLabs"),
        (status = 403, description = "`bad_signature`: it is not from ElevenLabs"),
        (status = 404, description = "No webhook secret is set"),
        (status = 413, description = "It is too long"),
        (status = 429, description = "Too many are being read, in all or from this address (`share_used_up`)"),
        (status = 503, description = "It can't be stored at the moment"),
    )
)]
pub(crate) async fn post_call(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let secret = state.configuration.config.voices.elevenlabs.webhook_secret.clone().ok_or(NO_SECRET)?;
    take(&state, &request, body, (&secret, None)).await
}

/// Takes a report of a finished conversation from an organization's own account at ElevenLabs.
#[utoipa::path(
    post,
    operation_id = "elevenlabs_post_call_of_organization",
    path = "/elevenlabs/post-call/{organization_id}",
    tag = "elevenlabs",
    security(()),
    params(("organization_id" = OrganizationId, Path, description = "The organization whose account reports")),
    request_body(content = String, content_type = "application/json", description = "ElevenLabs' post-call webhook"),
    responses(
        (status = 204, description = "Accepted, or about nothing that is stored here"),
        (status = 400, description = "It is not a webhook of ElevenLabs, or the id is not a UUID"),
        (status = 403, description = "`bad_signature`: it is not from ElevenLabs"),
        (status = 404, description = "The organization has set no webhook secret"),
        (status = 413, description = "It is too long"),
        (status = 429, description = "Too many are being read, in all or from this address (`share_used_up`)"),
        (status = 503, description = "It can't be stored at the moment"),
    )
)]
pub(crate) async fn post_call_of_organization(
    state: web::Data<WebState>,
    request: HttpRequest,
    organization_id: web::Path<OrganizationId>,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let organization_id = *organization_id;
    let read = move |connection: &mut Connection| {
        query::integration(connection, organization_id, AgentHost::ElevenLabs.integration())
    };
    let integration = state.store.reads().run_for_stranger(read).await?.ok_or(NO_SECRET)?;
    let opened = open(&state.outside.secrets, &integration, "webhook_secret");
    let opened =
        opened.inspect_err(|error| tracing::error!(%organization_id, %error, "a webhook is turned down"));
    let secret = opened.ok().flatten().ok_or(NO_SECRET)?;
    take(&state, &request, body, (&secret, Some(organization_id))).await
}

/// Checks a webhook, and stores its report about a call of `owner`, or of any organization.
async fn take(
    state: &web::Data<WebState>,
    request: &HttpRequest,
    body: web::Payload,
    (secret, owner): (&Secret, Option<OrganizationId>),
) -> Result<HttpResponse, ApiError> {
    let room = state.unsigned_bodies.room_for(address(request))?;
    let body = super::body::read(request, body, ELEVENLABS_REPORT_BYTES_MAX).await?;
    let now_s = u64::try_from(UnixMs::from(world::now()).0 / 1_000).unwrap_or_default();
    check_signature(signature(request.headers()), &body, secret.expose(), now_s)
        .inspect_err(|bad| state.bad_signatures.note(request.path(), bad))?;
    let webhook = PostCall::parse(&body).map_err(|error| ApiError::BadInput(error.to_string()))?;
    drop((body, room));
    if let PostCall::Over(report) = webhook {
        keep(state, owner, report).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

fn signature(headers: &HeaderMap) -> Option<&str> {
    headers.get(SIGNATURE)?.to_str().ok()
}

/// Journals a report for its call: now, or once the call is over.
async fn keep(
    state: &web::Data<WebState>,
    owner: Option<OrganizationId>,
    report: ConversationReport,
) -> Result<(), ApiError> {
    match found(state, owner, &report).await? {
        None => {
            tracing::debug!(
                conversation_id = report.conversation_id,
                "a report is about no call's conversation, known already, or about a call whose words are deleted"
            );
        }
        Some(call) if call.ended_at.is_none() => {
            let Call { organization_id, id: call_id, .. } = call;
            let of = (organization_id, call_id);
            let Some(place) = state.waiting_reports.place_for(of, &report.conversation_id)? else {
                return Ok(());
            };
            let stored = StoredReport { owner, organization_id, call_id, report };
            let (data_dir, to_write) = (data_dir(state), stored.clone());
            let written = priority::blocking(move || to_write.write(&data_dir)).await;
            let written = written.unwrap_or_else(|fault| Err(io::Error::other(fault)));
            let failed =
                |cause: io::Error| format!("the report can't be kept until its call is over: {cause}");
            written.map_err(|cause| ApiError::Unavailable(failed(cause)))?;
            actix_web::rt::spawn(wait_for_end(state.get_ref().clone(), stored, place));
        }
        Some(_) => journal(state, owner, &report).await?,
    }
    Ok(())
}

async fn journal(
    state: &WebState,
    owner: Option<OrganizationId>,
    report: &ConversationReport,
) -> Result<(), ApiError> {
    let fact = Fact::ConversationReported { provider: AgentHost::ElevenLabs, report: report.clone() };
    append(state, &[fact], async || found(state, owner, report).await).await?;
    Ok(())
}

fn data_dir(state: &WebState) -> PathBuf {
    state.configuration.config.data_dir.clone()
}

/// Waits with the reports that an earlier process left.
pub(in crate::web) async fn catch_up(state: &WebState) {
    let data_dir = data_dir(state);
    let left = priority::blocking(move || StoredReport::all(&data_dir)).await.unwrap_or_default();
    for stored in left {
        let of = (stored.organization_id, stored.call_id);
        match state.waiting_reports.place_for(of, &stored.report.conversation_id) {
            Ok(Some(place)) => drop(actix_web::rt::spawn(wait_for_end(state.clone(), stored, place))),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(call_id = %stored.call_id, %error, "a report of ElevenLabs waits for the next start");
            }
        }
    }
}

/// Journals a stored report once its call is over, and deletes it then.
async fn wait_for_end(state: WebState, stored: StoredReport, place: WaitingReport) {
    keep_later(&state, stored.owner, &stored.report).await;
    let data_dir = data_dir(&state);
    // A panic leaves the file to the next start.
    let _ = priority::blocking(move || stored.delete(&data_dir)).await;
    drop(place);
}

/// Journals a report once its call is over.
async fn keep_later(state: &WebState, owner: Option<OrganizationId>, report: &ConversationReport) {
    let mut waited = Duration::ZERO;
    while waited < AWAITED {
        sleep(POLL_INTERVAL).await;
        waited += POLL_INTERVAL;
        let kept = match found(state, owner, report).await {
            Ok(None) => return,
            Ok(Some(call)) if call.ended_at.is_none() => continue,
            Ok(Some(_)) => journal(state, owner, report).await,
            Err(error) => Err(error),
        };
        match kept {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "a report of ElevenLabs about a call is not stored yet"),
        }
    }
    tracing::error!("a report of ElevenLabs about a call is lost");
}

/// The call of a conversation, if the report is new for it and its words are kept.
async fn found(
    state: &WebState,
    owner: Option<OrganizationId>,
    report: &ConversationReport,
) -> Result<Option<Call>, ApiError> {
    state.store.commit().await?;
    let name = report.conversation_id.clone();
    let find = move |connection: &mut Connection| match owner {
        Some(owner) => query::call_by_outside_id(connection, owner, &OutsideId::elevenlabs(&name)),
        None => query::call_at_elevenlabs(connection, &name),
    };
    let Some(call) = state.store.reads().run(find).await? else { return Ok(None) };
    if call.ended_at.is_none() {
        // Reports are only journalled after the end: nothing is known yet.
        return Ok(Some(call));
    }
    let Call { organization_id, id, .. } = call;
    let read = move |connection: &mut Connection| {
        // The words of such a call are gone, and its journal with them. The report's summary would bring some back.
        if query::call_has_no_words(connection, id)? {
            return Ok(None);
        }
        query::journal_of_kind(connection, organization_id, id, "conversation_reported").map(Some)
    };
    let Some(reported) = state.store.reads().run(read).await? else { return Ok(None) };
    let is_known = reported.iter().any(|entry| match &entry.event {
        Event::Fact(Fact::ConversationReported { report: known, .. }) => {
            known.conversation_id == report.conversation_id
        }
        _ => false,
    });
    Ok((!is_known).then_some(call))
}
