//! `/api/v1/agent-profiles/{id}/extraction-trial`: what a draft would extract from a finished call. Only the cost is stored.

use actix_web::web;
use cordboard_schema::extraction::{CallTopic, ExtractedBy, ExtractedField, Findings, by_rules};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{CallId, ProfileId};
use cordboard_schema::judging::NotJudged;
use cordboard_schema::limits::EXTRACTION_TRIALS_PER_MINUTE;
use cordboard_schema::permission::Permission;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::profile_version::DraftSlot;
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::profiles::no_such;
use crate::replays::{ChargedCall, Judged, Replays, Unanswered};
use crate::store::{CallToJudge, Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;

/// A draft, and the call to try it on.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ExtractionTrialBody {
    /// The call; if left out, the newest finished one that was answered with this profile.
    call_id: Option<CallId>,
    /// Draft to try; the first if left out.
    draft: DraftSlot,
}

/// The findings of a draft in a call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExtractionTrialView {
    /// The call.
    call_id: CallId,
    /// When it began.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    started_at: UnixMs,
    /// The topics, in the order of the draft.
    topics: Vec<CallTopic>,
    /// The values that were found, in the order of the draft's fields.
    fields: Vec<ExtractedField>,
    /// What found them: the judge model, or rules.
    by: ExtractedBy,
    /// Why the judge model was not asked; null if it was, or if none is configured.
    not_judged: Option<NotJudged>,
    /// Cost of the judge model's answer, in millionths of `currency`. It is part of the call's cost.
    cost_micros: u64,
    /// Currency of `cost_micros`, by its ISO 4217 code.
    #[schema(example = "USD")]
    currency: String,
}

/// A draft, the call to try it on, and what was said on it.
struct Subject {
    profile: AgentProfile,
    call: Call,
    said: CallToJudge,
}

/// Findings, and their cost.
struct Tried {
    findings: Findings,
    by: ExtractedBy,
    not_judged: Option<NotJudged>,
    cost_micros: u64,
}

/// Shows what a draft would extract from a finished call: its topics and fields, by the judge model or by rules. The findings are not stored, and the
/// call's earlier ones stay.
#[utoipa::path(
    post,
    operation_id = "try_extraction",
    path = "/api/v1/agent-profiles/{id}/extraction-trial",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    request_body = ExtractionTrialBody,
    responses(
        (status = 200, description = "The findings", body = ExtractionTrialView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such profile or draft, or no such call; without `call_id`: no finished call of the profile"),
        (status = 409, description = "The call is not over (`call_is_live`), or has no transcript (`no_words`)"),
        (status = 422, description = "A value is invalid"),
        (status = 429, description = "Too many trials by the organization"),
        (status = 503, description = "The judge model did not answer, or not in the expected form"),
    )
)]
pub(crate) async fn try_it(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    body: Body<ExtractionTrialBody>,
) -> Result<web::Json<ExtractionTrialView>, ApiError> {
    let (ExtractionTrialBody { call_id, draft: slot }, profile_id) = (body.into_inner(), *id);
    let asking = caller.clone();
    let read = move |connection: &mut Connection| find(connection, &asking, (profile_id, slot), call_id);
    let subject = state.store.reads().run(read).await??;
    let all = format!("made {EXTRACTION_TRIALS_PER_MINUTE} trials");
    state.extraction_trials.take(caller.organization_id, Instant::now(), all)?;
    // Noted before the judge is asked, so that a cost is recorded even if the server ends meanwhile.
    let entry = caller.did("profile.extraction_tried", profile_id, format!("call {}", subject.call.id));
    state.store.change(move |connection| change::record_audit(connection, &entry)).await?;
    let Tried { findings, by, not_judged, cost_micros } = tried(&state, &subject).await?;
    let Subject { profile, call, .. } = subject;
    let topics = profile.topics.iter().filter(|topic| findings.topics.contains(&topic.name));
    let topics = topics.map(|topic| CallTopic { name: topic.name.clone(), title: topic.title.clone(), by });
    let fields = profile.extraction.iter().filter_map(|field| {
        let value = findings.fields.get(&field.name)?.clone();
        let (name, title) = (field.name.clone(), field.title.clone());
        Some(ExtractedField { name, title, kind: field.kind, value, by })
    });
    Ok(web::Json(ExtractionTrialView {
        call_id: call.id,
        started_at: call.started_at,
        topics: topics.collect(),
        fields: fields.collect(),
        by,
        not_judged,
        cost_micros,
        currency: state.currency().to_owned(),
    }))
}

/// Reads what is tried.
fn find(
    connection: &mut Connection,
    asking: &Caller,
    (profile_id, slot): (ProfileId, DraftSlot),
    call_id: Option<CallId>,
) -> Result<Result<Subject, ApiError>, StoreError> {
    let organization_id = asking.organization_id;
    let Some(draft) = query::draft_of_profile(connection, organization_id, profile_id, slot)? else {
        return Ok(Err(no_such(slot)));
    };
    if let Err(forbidden) = asking.demand(Permission::CallsRead) {
        return Ok(Err(forbidden));
    }
    let call_id = match call_id {
        Some(call_id) => Some(call_id),
        None => query::newest_call_to_judge(connection, organization_id, profile_id)?,
    };
    let call = call_id.map(|id| query::call(connection, organization_id, id)).transpose()?.flatten();
    let Some(call) = call else { return Ok(Err(ApiError::NotFound("call"))) };
    if call.ended_at.is_none() {
        return Ok(Err(ApiError::conflict("call_is_live", "the call is not over: try it when it is")));
    }
    let said = query::call_to_judge(connection, organization_id, call.id)?;
    let Some(said) = said.filter(|said| !said.lines.is_empty()) else {
        let detail = "this call has no transcript";
        return Ok(Err(ApiError::conflict("no_words", detail)));
    };
    Ok(Ok(Subject { profile: draft.profile, call, said }))
}

/// The findings of the draft in the call. The words must stay in the region of the call's profile, and of the draft.
async fn tried(state: &WebState, Subject { profile, call, said }: &Subject) -> Result<Tried, ApiError> {
    let (fields, topics) = (&profile.extraction, &profile.topics);
    let ruled = |not_judged| {
        let findings = by_rules::find(&profile.language, fields, topics, &said.lines);
        Tried { findings, by: ExtractedBy::Rules, not_judged, cost_micros: 0 }
    };
    let judge = state.replays.as_ref().and_then(Replays::judge);
    let Some(judge) = judge.filter(|_| !fields.is_empty() || !topics.is_empty()) else {
        return Ok(ruled(None));
    };
    if !judge.may_hear(profile) {
        return Ok(ruled(Some(NotJudged::OtherRegion)));
    }
    if let Some(why) = judge.not_asked(&state.store, said).await? {
        return Ok(ruled(Some(why)));
    }
    let charged =
        ChargedCall { store: &state.store, organization_id: call.organization_id, call_id: call.id };
    let Judged { answer, cost_micros } = judge.extract(&charged, fields, topics, &said.lines).await?;
    match answer {
        Ok(findings) => Ok(Tried { findings, by: ExtractedBy::Model, not_judged: None, cost_micros }),
        Err(Unanswered::TooLong) => Ok(ruled(None)),
        Err(fault) => Err(ApiError::Unavailable(fault.to_string())),
    }
}
