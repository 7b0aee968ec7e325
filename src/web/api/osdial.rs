//! `/api/v1/osdial/`: commands to a dialler's remote agents, by the names that its users know.

use actix_web::web;
use cordboard_schema::limits::{OSDIAL_ASSIGNMENTS_MAX, OSDIAL_ID_CHARS_MAX};
use cordboard_schema::wire::control::{AssignAgents, OfCampaign, OfUser};
use serde::Serialize;
use utoipa::ToSchema;

use crate::osdial::{AffectedAgent, Assignment, OsdialError, Whom};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

/// Agents affected by a command.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Affected {
    /// The affected remote agents, in their present state.
    affected: Vec<AffectedAgent>,
}

/// Requested state of remote agents.
#[derive(Clone, Copy, Debug)]
pub(in crate::web) enum AgentState {
    /// Take calls.
    Enabled,
    /// Take no calls.
    Disabled,
}

/// Enables or disables remote agents, and returns them. Repeating it changes nothing.
pub(in crate::web) async fn switch(
    state: &WebState,
    caller: &Caller,
    wanted: AgentState,
    whom: Whom,
) -> Result<Affected, ApiError> {
    let (field, id) = match &whom {
        Whom::Campaign(id) => ("campaign_id", id),
        Whom::User(id) => ("user_id", id),
    };
    check_id(field, id)?;
    let dialler = state.dialler(caller)?;
    let subject = format!("{} {id}", field.trim_end_matches("_id"));
    let (action, outcome) = match wanted {
        AgentState::Enabled => ("osdial.enabled", dialler.enable(whom).await),
        AgentState::Disabled => ("osdial.disabled", dialler.disable(whom).await),
    };
    audit_outcome(state, caller, (action, subject), outcome)
}

/// Assigns remote agents to campaigns: all of them, or none.
pub(in crate::web) async fn assign_all(
    state: &WebState,
    caller: &Caller,
    AssignAgents { assignments }: AssignAgents,
) -> Result<Affected, ApiError> {
    if !(1..=OSDIAL_ASSIGNMENTS_MAX).contains(&assignments.len()) {
        let reason = format!("must name 1 to {OSDIAL_ASSIGNMENTS_MAX} agents");
        return Err(ApiError::Invalid(vec![Fault::of("assignments", reason)]));
    }
    let mut wanted: Vec<Assignment> = Vec::new();
    for one in assignments {
        check_id("user_id", &one.user_id)?;
        check_id("campaign_id", &one.campaign_id)?;
        wanted.push(Assignment { user_id: one.user_id, campaign_id: one.campaign_id });
    }
    let mut users: Vec<&str> = wanted.iter().map(|one| one.user_id.as_str()).collect();
    users.sort_unstable();
    if users.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(ApiError::Invalid(vec![Fault::of("assignments", "name a user twice")]));
    }
    let dialler = state.dialler(caller)?;
    let subject = wanted.iter().map(|one| format!("{} to {}", one.user_id, one.campaign_id));
    let subject: Vec<String> = subject.collect();
    let outcome = dialler.assign(wanted).await;
    audit_outcome(state, caller, ("osdial.assigned", subject.join(", ")), outcome)
}

/// Writes who did what into the audit log. Actions that may have been done only in part are noted too.
fn audit_outcome(
    state: &WebState,
    caller: &Caller,
    (action, subject): (&'static str, String),
    outcome: Result<Vec<AffectedAgent>, OsdialError>,
) -> Result<Affected, ApiError> {
    let detail = match &outcome {
        Ok(affected) => {
            let agents: Vec<&str> = affected.iter().map(|one| one.agent.user_start.as_str()).collect();
            format!("remote agents {}", agents.join(", "))
        }
        Err(
            OsdialError::NoCampaign(_)
            | OsdialError::NoAgent(_)
            | OsdialError::NotOurs { .. }
            | OsdialError::InCall { .. },
        ) => return Ok(Affected { affected: outcome? }),
        Err(error) => format!("failed: {error}"),
    };
    state.store.audit(caller.did(action, shortened(subject), shortened(detail)));
    Ok(Affected { affected: outcome? })
}

/// The beginning of a text that may name a thousand agents.
fn shortened(mut text: String) -> String {
    const CHARS_MAX: usize = 1_000;
    if let Some((end, _)) = text.char_indices().nth(CHARS_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Refuses what can't be an id of the dialler.
pub(super) fn check_id(field: &'static str, id: &str) -> Result<(), ApiError> {
    let is_short = (1..=OSDIAL_ID_CHARS_MAX).contains(&id.chars().count());
    if is_short && !id.chars().any(char::is_control) {
        return Ok(());
    }
    let reason = format!("must be 1 to {OSDIAL_ID_CHARS_MAX} characters, none of them a control character");
    Err(ApiError::Invalid(vec![Fault::of(field, reason)]))
}

/// Lets a campaign's remote agents take calls.
///
/// Each line is READY within 5 s. Remote agents whose first user is not a number, such as the dialler's own, are not changed.
#[utoipa::path(
    post,
    operation_id = "enable_agent_by_campaign_id",
    path = "/api/v1/osdial/enableAgentByCampaignId",
    tag = "osdial",
    request_body = OfCampaign,
    responses(
        (status = 200, description = "The remote agents in their present state", body = Affected),
        (status = 400, description = "The body is not a JSON object"),
        (status = 404, description = "The dialler has no such campaign"),
        (status = 409, description = "Your organization has no dialler (`no_dialler`)"),
        (status = 422, description = "The campaign's id is invalid"),
        (status = 503, description = "The dialler's database does not answer (`dialler_away`), or not as expected (`dialler_unusable`); `detail` says what to do"),
    )
)]
pub(crate) async fn enable_by_campaign(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<OfCampaign>,
) -> Result<web::Json<Affected>, ApiError> {
    let whom = Whom::Campaign(body.into_inner().campaign_id);
    switch(&state, &caller, AgentState::Enabled, whom).await.map(web::Json)
}

/// Stops a campaign's remote agents from taking calls.
///
/// The answer comes once no line is READY any more, after about 3 s. Running calls go on to their end.
#[utoipa::path(
    post,
    operation_id = "disable_agent_by_campaign_id",
    path = "/api/v1/osdial/disableAgentByCampaignId",
    tag = "osdial",
    request_body = OfCampaign,
    responses(
        (status = 200, description = "The remote agents in their present state", body = Affected),
        (status = 400, description = "The body is not a JSON object"),
        (status = 404, description = "The dialler has no such campaign"),
        (status = 409, description = "Your organization has no dialler (`no_dialler`)"),
        (status = 422, description = "The campaign's id is invalid"),
        (status = 503, description = "The dialler's database does not answer (`dialler_away`), or not as expected (`dialler_unusable`), or lines stay READY (`lines_still_ready`); `detail` says what to do"),
    )
)]
pub(crate) async fn disable_by_campaign(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<OfCampaign>,
) -> Result<web::Json<Affected>, ApiError> {
    let whom = Whom::Campaign(body.into_inner().campaign_id);
    switch(&state, &caller, AgentState::Disabled, whom).await.map(web::Json)
}

/// Lets a remote agent take calls.
///
/// Each of its lines is READY within 5 s.
#[utoipa::path(
    post,
    operation_id = "enable_agent_by_user_id",
    path = "/api/v1/osdial/enableAgentByUserId",
    tag = "osdial",
    request_body = OfUser,
    responses(
        (status = 200, description = "The remote agent in its present state; several if the dialler has it on several servers", body = Affected),
        (status = 400, description = "The body is not a JSON object"),
        (status = 404, description = "The dialler has no remote agent with this first user"),
        (status = 409, description = "Your organization has no dialler (`no_dialler`)"),
        (status = 422, description = "The user is not the first user of a remote agent of ours, which has two or more digits and nothing else"),
        (status = 503, description = "The dialler's database does not answer (`dialler_away`), or not as expected (`dialler_unusable`); `detail` says what to do"),
    )
)]
pub(crate) async fn enable_by_user(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<OfUser>,
) -> Result<web::Json<Affected>, ApiError> {
    let whom = Whom::User(body.into_inner().user_id);
    switch(&state, &caller, AgentState::Enabled, whom).await.map(web::Json)
}

/// Stops a remote agent from taking calls.
///
/// The answer comes once none of its lines is READY any more, after about 3 s. Running calls go on to their end.
#[utoipa::path(
    post,
    operation_id = "disable_agent_by_user_id",
    path = "/api/v1/osdial/disableAgentByUserId",
    tag = "osdial",
    request_body = OfUser,
    responses(
        (status = 200, description = "The remote agent in its present state; several if the dialler has it on several servers", body = Affected),
        (status = 400, description = "The body is not a JSON object"),
        (status = 404, description = "The dialler has no remote agent with this first user"),
        (status = 409, description = "Your organization has no dialler (`no_dialler`)"),
        (status = 422, description = "The user is not the first user of a remote agent of ours, which has two or more digits and nothing else"),
        (status = 503, description = "The dialler's database does not answer (`dialler_away`), or not as expected (`dialler_unusable`), or lines stay READY (`lines_still_ready`); `detail` says what to do"),
    )
)]
pub(crate) async fn disable_by_user(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<OfUser>,
) -> Result<web::Json<Affected>, ApiError> {
    let whom = Whom::User(body.into_inner().user_id);
    switch(&state, &caller, AgentState::Disabled, whom).await.map(web::Json)
}

/// Assigns remote agents to campaigns: all of them, or none.
///
/// It is refused if one of them has a line in a call. Active agents are inactive for about 3 s meanwhile, so that no line gets a call while its
/// campaign changes.
#[utoipa::path(
    post,
    operation_id = "assign_agents",
    path = "/api/v1/osdial/assignAgents",
    tag = "osdial",
    request_body = AssignAgents,
    responses(
        (status = 200, description = "The remote agents in their present state", body = Affected),
        (status = 400, description = "The body is not a JSON object"),
        (status = 404, description = "The dialler has no such campaign, or no remote agent with this first user"),
        (status = 409, description = "A line is in a call (`line_in_call`), somebody else has just changed a remote agent (`changed_meanwhile`), or your organization has no dialler (`no_dialler`); nothing was changed"),
        (status = 422, description = "There are no assignments or too many, a user occurs twice, or ids are invalid"),
        (status = 503, description = "The dialler's database does not answer (`dialler_away`), or not as expected (`dialler_unusable`), or lines stay READY (`lines_still_ready`): nothing was changed, except with `not_undone`; `detail` says what to do"),
    )
)]
pub(crate) async fn assign(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<AssignAgents>,
) -> Result<web::Json<Affected>, ApiError> {
    assign_all(&state, &caller, body.into_inner()).await.map(web::Json)
}
