//! `/api/v1/osdial/`: lists of a dialler's data. Commands are in `osdial.rs`.

use actix_web::web;
use cordboard_schema::wire::control::{OsdialAgentList, OsdialLeadList, OsdialOfCampaign};

use super::osdial::check_id;
use crate::osdial::{
    LeadFilter, LiveAgent, OsdialCampaign, OsdialError, OsdialLead, OsdialList, OsdialStatus, RemoteAgent,
};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// Remote agents, by row id.
pub(in crate::web) async fn agents_listed(
    state: &WebState,
    caller: &Caller,
    OsdialAgentList { campaign_id, cursor, limit }: OsdialAgentList,
) -> Result<Page<RemoteAgent>, ApiError> {
    let (limit, after_id) = (Limit::parse(limit)?, row_of_cursor(cursor.as_deref())?);
    check_campaign(campaign_id.as_deref())?;
    let rows = state.dialler(caller)?.remote_agents(campaign_id, after_id, rows_of(limit)).await?;
    Ok(limit.page(rows, |agent| agent.remote_agent_id.to_string()))
}

/// Live agents, by row id.
pub(in crate::web) async fn live_agents_listed(
    state: &WebState,
    caller: &Caller,
    OsdialAgentList { campaign_id, cursor, limit }: OsdialAgentList,
) -> Result<Page<LiveAgent>, ApiError> {
    let (limit, after_id) = (Limit::parse(limit)?, row_of_cursor(cursor.as_deref())?);
    check_campaign(campaign_id.as_deref())?;
    let rows = state.dialler(caller)?.live_agents(campaign_id, after_id, rows_of(limit)).await?;
    Ok(limit.page(rows, |agent| agent.live_agent_id.to_string()))
}

/// All campaigns.
pub(in crate::web) async fn campaigns_listed(
    state: &WebState,
    caller: &Caller,
) -> Result<Page<OsdialCampaign>, ApiError> {
    Ok(Page::whole(state.dialler(caller)?.campaigns().await?))
}

/// All lists of leads.
pub(in crate::web) async fn lists_listed(
    state: &WebState,
    caller: &Caller,
    OsdialOfCampaign { campaign_id }: OsdialOfCampaign,
) -> Result<Page<OsdialList>, ApiError> {
    check_campaign(campaign_id.as_deref())?;
    Ok(Page::whole(state.dialler(caller)?.lists(campaign_id).await?))
}

/// All statuses.
pub(in crate::web) async fn statuses_listed(
    state: &WebState,
    caller: &Caller,
    OsdialOfCampaign { campaign_id }: OsdialOfCampaign,
) -> Result<Page<OsdialStatus>, ApiError> {
    check_campaign(campaign_id.as_deref())?;
    Ok(Page::whole(state.dialler(caller)?.statuses(campaign_id).await?))
}

/// Leads, by number.
pub(in crate::web) async fn leads_listed(
    state: &WebState,
    caller: &Caller,
    asked: OsdialLeadList,
) -> Result<Page<OsdialLead>, ApiError> {
    let (limit, after_id) = (Limit::parse(asked.limit)?, row_of_cursor(asked.cursor.as_deref())?);
    for (field, value) in [("phone_number", &asked.phone_number), ("status", &asked.status)] {
        value.as_deref().map_or(Ok(()), |value| check_id(field, value))?;
    }
    let dialler = state.dialler(caller)?;
    let filter = LeadFilter {
        lead_id: asked.lead_id,
        list_id: asked.list_id,
        phone_number: asked.phone_number,
        status: asked.status,
        after_id,
    };
    let rows = dialler.leads(filter, rows_of(limit)).await?;
    if let Some(lead_id) = asked.lead_id.filter(|_| !rows.is_empty()) {
        // Read by its number, a lead has the fields of its list, too.
        return match dialler.lead(lead_id).await {
            Ok(lead) => Ok(Page::whole(vec![lead])),
            Err(OsdialError::NoLead(_)) => Ok(Page::whole(Vec::new())),
            Err(error) => Err(error.into()),
        };
    }
    Ok(limit.page(rows, |lead| lead.lead_id.to_string()))
}

/// The row after which a page begins.
fn row_of_cursor(cursor: Option<&str>) -> Result<u32, ApiError> {
    let wrong = |_| ApiError::BadInput("`cursor` is not a `next_cursor` of this list".to_owned());
    cursor.map_or(Ok(0), |cursor| cursor.parse().map_err(wrong))
}

fn check_campaign(campaign_id: Option<&str>) -> Result<(), ApiError> {
    campaign_id.map_or(Ok(()), |id| check_id("campaign_id", id))
}

fn rows_of(limit: Limit) -> usize {
    usize::try_from(limit.rows()).unwrap_or(1)
}

/// Lists the dialler's remote agents.
#[utoipa::path(
    get,
    operation_id = "list_osdial_agents",
    path = "/api/v1/osdial/agents",
    tag = "osdial",
    params(OsdialAgentList),
    responses(
        (status = 200, description = "A page of the list", body = Page<RemoteAgent>),
        (status = 400, description = "A parameter is invalid"),
        (status = 409, description = "Your organization has no dialler (`no_dialler`)"),
        (status = 422, description = "The id is invalid"),
        (status = 503, description = "The dialler's database does not answer (`dialler_away`), or not as expected (`dialler_unusable`); `detail` says what to do"),
    )
)]
pub(crate) async fn agents(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<OsdialAgentList>,
) -> Result<web::Json<Page<RemoteAgent>>, ApiError> {
    agents_listed(&state, &caller, asked.into_inner()).await.map(web::Json)
}

/// Lists the lines that are logged in at the dialler: those of remote agents and of people.
#[utoipa::path(
    get,
    operation_id = "list_osdial_live_agents",
    path = "/api/v1/osdial/live-agents",
    tag = "osdial",
    params(OsdialAgentList),
    responses(
        (status = 200, description = "A page of the list", body = Page<LiveAgent>),
        (status = 400, description = "A parameter is invalid"),
        (status = 409, description = "Your organization has no dialler (`no_dialler`)"),
        (status = 422, description = "The id is invalid"),
        (status = 503, description = "The dialler's database does not answer (`dialler_away`), or not as expected (`dialler_unusable`); `detail` says what to do"),
    )
)]
pub(crate) async fn live_agents(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<OsdialAgentList>,
) -> Result<web::Json<Page<LiveAgent>>, ApiError> {
    live_agents_listed(&state, &caller, asked.into_inner()).await.map(web::Json)
}

/// Lists the dialler's campaigns, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_osdial_campaigns",
    path = "/api/v1/osdial/campaigns",
    tag = "osdial",
    responses(
        (status = 200, description = "A page of the list", body = Page<OsdialCampaign>),
        (status = 409, description = "Your organization has no dialler (`no_dialler`)"),
        (status = 503, description = "The dialler's database does not answer (`dialler_away`), or not as expected (`dialler_unusable`); `detail` says what to do"),
    )
)]
pub(crate) async fn campaigns(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<OsdialCampaign>>, ApiError> {
    campaigns_listed(&state, &caller).await.map(web::Json)
}

/// Lists the dialler's lists of leads, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_osdial_lists",
    path = "/api/v1/osdial/lists",
    tag = "osdial",
    params(OsdialOfCampaign),
    responses(
        (status = 200, description = "A page of the list", body = Page<OsdialList>),
        (status = 400, description = "A parameter is invalid"),
        (status = 409, description = "Your organization has no dialler (`no_dialler`)"),
        (status = 422, description = "The id is invalid"),
        (status = 503, description = "The dialler's database does not answer (`dialler_away`), or not as expected (`dialler_unusable`); `detail` says what to do"),
    )
)]
pub(crate) async fn lists(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<OsdialOfCampaign>,
) -> Result<web::Json<Page<OsdialList>>, ApiError> {
    lists_listed(&state, &caller, asked.into_inner()).await.map(web::Json)
}

/// Lists the statuses of the dialler's leads, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_osdial_statuses",
    path = "/api/v1/osdial/statuses",
    tag = "osdial",
    params(OsdialOfCampaign),
    responses(
        (status = 200, description = "A page of the list", body = Page<OsdialStatus>),
        (status = 400, description = "A parameter is invalid"),
        (status = 409, description = "Your organization has no dialler (`no_dialler`)"),
        (status = 422, description = "The id is invalid"),
        (status = 503, description = "The dialler's database does not answer (`dialler_away`), or not as expected (`dialler_unusable`); `detail` says what to do"),
    )
)]
pub(crate) async fn statuses(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<OsdialOfCampaign>,
) -> Result<web::Json<Page<OsdialStatus>>, ApiError> {
    statuses_listed(&state, &caller, asked.into_inner()).await.map(web::Json)
}

/// Lists the dialler's leads. They are searched by ids and phone numbers only, because stored text may be in several encodings.
#[utoipa::path(
    get,
    operation_id = "list_osdial_leads",
    path = "/api/v1/osdial/leads",
    tag = "osdial",
    params(OsdialLeadList),
    responses(
        (status = 200, description = "A page of the list", body = Page<OsdialLead>),
        (status = 400, description = "A parameter is invalid"),
        (status = 409, description = "Your organization has no dialler (`no_dialler`)"),
        (status = 422, description = "The id is invalid"),
        (status = 503, description = "The dialler's database does not answer (`dialler_away`), or not as expected (`dialler_unusable`); `detail` says what to do"),
    )
)]
pub(crate) async fn leads(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<OsdialLeadList>,
) -> Result<web::Json<Page<OsdialLead>>, ApiError> {
    leads_listed(&state, &caller, asked.into_inner()).await.map(web::Json)
}
