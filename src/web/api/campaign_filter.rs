//! `/api/v1/campaigns/{id}/filter-preview`: how many contacts of a campaign's list a filter admits, before the filter is saved.

use actix_web::web;
use cordboard_campaigns::campaign::ContactState;
use cordboard_campaigns::filter::ContactFilter;
use cordboard_schema::ids::{CampaignId, ContactId, OrganizationId};
use cordboard_schema::limits::CAMPAIGN_FILTER_TRIED_MAX;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::campaigns::NO_SUCH;
use crate::store::{Connection, ContactQuery, StoreError, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

/// Contacts read by one query, so that other requests get their turn in between.
const READ_AT_ONCE: i64 = 2_000;

/// A filter that is tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilterPreviewBody {
    /// The filter; without conditions it admits everybody.
    #[serde(default)]
    filter: ContactFilter,
}

/// How many contacts of a campaign's list a filter admits.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct FilterPreview {
    /// Contacts of the list.
    contacts: u64,
    /// Number of contacts that were checked: the first 200,000.
    looked_at: u64,
    /// Contacts that the filter admits, whatever the state of their calls.
    admitted: u64,
    /// Contacts that the filter leaves out.
    left_out: u64,
    /// Admitted contacts that would wait for a call.
    waiting: u64,
}

/// All faults of a filter, with names below `filter`.
pub(super) fn faults_of(filter: &ContactFilter) -> impl Iterator<Item = Fault> {
    filter.faults().into_iter().map(|(field, reason)| Fault::of(format!("filter.{field}"), reason))
}

/// Counts the contacts that a filter would admit, before it is saved. Nothing is changed. Each organization can run one preview at a time.
#[utoipa::path(
    post,
    operation_id = "preview_campaign_filter",
    path = "/api/v1/campaigns/{id}/filter-preview",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    request_body = FilterPreviewBody,
    responses(
        (status = 200, description = "The counts", body = FilterPreview),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such campaign"),
        (status = 422, description = "A condition is invalid, for instance one without a value"),
        (status = 429, description = "The organization is running another filter preview (`share_used_up`)"),
    )
)]
pub(crate) async fn preview(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
    body: Body<FilterPreviewBody>,
) -> Result<web::Json<FilterPreview>, ApiError> {
    let (organization_id, id, filter) = (caller.organization_id, *id, body.into_inner().filter);
    let faults: Vec<Fault> = faults_of(&filter).collect();
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let _turn = state.filter_previews.take(organization_id, "filter counted")?;
    let count = move |connection: &mut Connection| {
        if query::campaign(connection, organization_id, id)?.is_none() {
            return Ok(None);
        }
        query::count_contacts(connection, organization_id, id).map(Some)
    };
    let contacts = state.store.reads().run(count).await?.ok_or(NO_SUCH)?;
    let mut counts =
        FilterPreview { contacts: u64::try_from(contacts).unwrap_or_default(), ..FilterPreview::default() };
    let mut after = None;
    while counts.looked_at < CAMPAIGN_FILTER_TRIED_MAX {
        let tried = filter.clone();
        let read =
            move |connection: &mut Connection| Part::read(connection, (organization_id, id), &tried, after);
        let part = state.store.reads().run(read).await?;
        counts.looked_at += part.looked_at;
        counts.admitted += part.admitted;
        counts.waiting += part.waiting;
        match part.newest {
            Some(newest) => after = Some(newest),
            None => break,
        }
    }
    counts.left_out = counts.looked_at - counts.admitted;
    Ok(web::Json(counts))
}

/// Counts of a part of a list.
struct Part {
    looked_at: u64,
    admitted: u64,
    waiting: u64,
    /// Its last contact; `None` for the last part of the list.
    newest: Option<ContactId>,
}

impl Part {
    fn read(
        connection: &mut Connection,
        (organization_id, id): (OrganizationId, CampaignId),
        filter: &ContactFilter,
        after: Option<ContactId>,
    ) -> Result<Self, StoreError> {
        let wanted = ContactQuery { after, limit: READ_AT_ONCE, ..ContactQuery::default() };
        let people = query::contacts(connection, organization_id, id, &wanted)?;
        let is_full = i64::try_from(people.len()).unwrap_or(i64::MAX) >= READ_AT_ONCE;
        let mut part = Self {
            looked_at: 0,
            admitted: 0,
            waiting: 0,
            newest: people.last().filter(|_| is_full).map(|contact| contact.id),
        };
        // Those whose number can't be read are not called, and no filter applies to them.
        for contact in people.into_iter().filter_map(|listed| listed.into_contact().ok()) {
            let is_admitted = filter.admits(&contact);
            let waits = matches!(contact.state, ContactState::Waiting | ContactState::LeftOut);
            part.looked_at += 1;
            part.admitted += u64::from(is_admitted);
            part.waiting += u64::from(is_admitted && waits);
        }
        Ok(part)
    }
}
