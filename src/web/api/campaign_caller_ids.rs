//! `/api/v1/campaigns/{id}/caller-ids`: the numbers that a campaign shows, how often each was shown, how many calls were answered, and whether it
//! rests.

use actix_web::web;
use cordboard_actors::world;
use cordboard_campaigns::caller_ids::RestReason;
use cordboard_schema::ids::CampaignId;
use cordboard_schema::phone::E164;
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::Serialize;
use utoipa::ToSchema;

use super::campaigns::NO_SUCH;
use crate::store::{CallerIdSums, Connection, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;

/// A caller id of a campaign. Counts include the calls of all campaigns of the organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallerIdView {
    /// The number.
    number: E164,
    /// Calls made with it today (UTC).
    calls_today: u32,
    /// Calls of the last 30 days that rang.
    rang: u64,
    /// Those of them that a person answered.
    answered: u64,
    /// When its rest ends; null if it does not rest.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    rests_until: Option<UnixMs>,
    /// Why it rests; null if it does not.
    rests_because: Option<RestReason>,
}

impl From<CallerIdSums> for CallerIdView {
    fn from(sums: CallerIdSums) -> Self {
        let CallerIdSums { number, calls_today, rang, answered, rests } = sums;
        let (rests_until, rests_because) = rests.unzip();
        Self { number, calls_today, rang, answered, rests_until, rests_because }
    }
}

/// Lists the caller ids of a campaign in the order of its settings, all on one page; none if its calls show one number.
#[utoipa::path(
    get,
    operation_id = "list_campaign_caller_ids",
    path = "/api/v1/campaigns/{id}/caller-ids",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    responses(
        (status = 200, description = "All of them", body = Page<CallerIdView>),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such campaign"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
) -> Result<web::Json<Page<CallerIdView>>, ApiError> {
    let (organization_id, id, now) = (caller.organization_id, *id, world::now().into());
    let read = move |connection: &mut Connection| {
        let Some(campaign) = query::campaign(connection, organization_id, id)? else { return Ok(None) };
        query::campaign_caller_ids(connection, &campaign, now).map(Some)
    };
    let found = state.store.reads().run(read).await?.ok_or(NO_SUCH)?;
    Ok(web::Json(Page::whole(found.into_iter().map(CallerIdView::from).collect())))
}
