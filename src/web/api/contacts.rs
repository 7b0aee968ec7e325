//! `/api/v1/campaigns/{id}/contacts`: the contacts of a campaign's list.

use std::collections::BTreeMap;

use actix_web::web;
use cordboard_actors::world;
use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::campaign::{Attempt, Contact, ContactState, ListedContact};
use cordboard_campaigns::dialler::CampaignState;
use cordboard_campaigns::retries::End;
use cordboard_schema::ids::{CampaignId, ContactId, OrganizationId};
use cordboard_schema::limits::{CAMPAIGN_CONTACTS_MAX, CONTACTS_AT_ONCE_MAX};
use cordboard_schema::phone::E164;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::campaigns::NO_SUCH;
use super::contact_rules::{Given, contact};
use super::given::Faults;
use crate::store::{Added, Connection, ContactQuery, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// Query of the list of contacts. Parameters that are left out don't filter.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ContactList {
    /// Only those in this state.
    state: Option<ContactState>,
    /// Only those that are no longer called for this reason.
    end: Option<End>,
    /// Only those whose newest call had this outcome.
    outcome: Option<Outcome>,
    /// Only the one with this number.
    number: Option<E164>,
    /// `next_cursor` of the previous page.
    cursor: Option<ContactId>,
    /// Contacts of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
}

impl ContactList {
    /// The query for the store, for at most `rows` contacts.
    pub(super) fn wanted(self, rows: i64) -> ContactQuery {
        let Self { state, end, outcome, number, cursor, limit: _ } = self;
        ContactQuery { state, end, outcome, number, after: cursor, limit: rows }
    }

    /// The page size.
    pub(super) fn limit(&self) -> Result<Limit, ApiError> {
        Limit::parse(self.limit)
    }
}

/// A contact to call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactBody {
    /// The number, with its country code.
    #[schema(max_length = 40, example = "+493012345678")]
    number: String,
    /// Facts about the contact for the assistant, by name: `{{lead.NAME}}` of its instructions.
    #[serde(default)]
    variables: BTreeMap<String, String>,
    /// Their time zone (IANA); if left out, the number's.
    #[serde(default)]
    #[schema(example = "Europe/Berlin")]
    zone: String,
    /// The evidence that they agreed to be called. Somebody whose text only says no, such as `no` or `false`, is on the list and is not called,
    /// whatever evidence the campaign has.
    #[serde(default)]
    #[schema(max_length = 500)]
    consent: String,
}

/// Contacts to call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactsBody {
    /// The contacts to add; at most 200. Import a longer list as a CSV file.
    #[schema(min_items = 1, max_items = 200)]
    contacts: Vec<ContactBody>,
}

/// Result of adding contacts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AddedView {
    /// How many were added.
    added: usize,
    /// How many numbers were on the list already, or were sent twice.
    known: usize,
}

/// A contact with the calls to them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactView {
    /// The contact.
    #[serde(flatten)]
    contact: ListedContact,
    /// The attempts to reach them, oldest first.
    attempts: Vec<Attempt>,
}

impl ContactView {
    pub(super) fn new(contact: ListedContact, attempts: Vec<Attempt>) -> Self {
        Self { contact, attempts }
    }
}

/// Lists the contacts of a campaign, in the order in which they were added. One whose number can't be read is listed with `is_unreadable`.
#[utoipa::path(
    get,
    operation_id = "list_contacts",
    path = "/api/v1/campaigns/{id}/contacts",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign"), ContactList),
    responses(
        (status = 200, description = "A page of contacts", body = Page<ListedContact>),
        (status = 400, description = "The id is not a UUID, or a parameter is unknown or invalid"),
        (status = 404, description = "No such campaign"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
    asked: Query<ContactList>,
) -> Result<web::Json<Page<ListedContact>>, ApiError> {
    let asked = asked.into_inner();
    let limit = asked.limit()?;
    let (organization_id, id, wanted) = (caller.organization_id, *id, asked.wanted(limit.rows()));
    let read = move |connection: &mut Connection| {
        if query::campaign(connection, organization_id, id)?.is_none() {
            return Ok(None);
        }
        query::contacts(connection, organization_id, id, &wanted).map(Some)
    };
    let contacts = state.store.reads().run(read).await?.ok_or(NO_SUCH)?;
    Ok(web::Json(limit.page(contacts, |contact| contact.id.to_string())))
}

/// Shows a contact and the calls to them.
#[utoipa::path(
    get,
    operation_id = "show_contact",
    path = "/api/v1/campaigns/{id}/contacts/{contact_id}",
    tag = "campaigns",
    params(
        ("id" = CampaignId, Path, description = "The campaign"),
        ("contact_id" = ContactId, Path, description = "The contact"),
    ),
    responses(
        (status = 200, description = "The contact", body = ContactView),
        (status = 400, description = "An id is not a UUID"),
        (status = 404, description = "No such campaign, or it has no such contact"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(CampaignId, ContactId)>,
) -> Result<web::Json<ContactView>, ApiError> {
    let (organization_id, (campaign_id, id)) = (caller.organization_id, ids.into_inner());
    let read = move |connection: &mut Connection| {
        let Some(contact) = query::listed_contact(connection, organization_id, campaign_id, id)? else {
            return Ok(None);
        };
        let attempts = query::attempts_of_contact(connection, organization_id, id)?;
        Ok(Some(ContactView::new(contact, attempts)))
    };
    let found = state.store.reads().run(read).await?;
    Ok(web::Json(found.ok_or(ApiError::NotFound("contact"))?))
}

/// Adds contacts to a campaign's list. Contacts who are already on the list are unchanged, so sending one twice does not call them twice; only a
/// `consent` that says no is noted with them. Either all of them are accepted or none is.
#[utoipa::path(
    post,
    operation_id = "add_contacts",
    path = "/api/v1/campaigns/{id}/contacts",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    request_body = ContactsBody,
    responses(
        (status = 200, description = "They are on the list", body = AddedView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such campaign"),
        (status = 409, description = "The campaign is stopped (`campaign_state`), or has no room for them (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance a number without its country code"),
    )
)]
pub(crate) async fn add(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
    body: Body<ContactsBody>,
) -> Result<web::Json<AddedView>, ApiError> {
    let (organization_id, id, now) = (caller.organization_id, *id, world::now().into());
    let bodies = body.into_inner().contacts;
    let mut faults = Faults::default();
    faults.demand(!bodies.is_empty(), "contacts", "must not be empty");
    let reason = format!("must have at most {CONTACTS_AT_ONCE_MAX} entries");
    faults.demand(bodies.len() <= CONTACTS_AT_ONCE_MAX, "contacts", reason);
    faults.into_result()?;
    let mut people = Vec::with_capacity(bodies.len());
    let mut wrong = Vec::new();
    for (place, body) in bodies.into_iter().enumerate() {
        let given = Given {
            number: &body.number,
            zone: &body.zone,
            consent: &body.consent,
            variables: body.variables,
        };
        match contact((organization_id, id, ContactId(world::new_id())), given, None, now) {
            Ok(contact) => people.push(contact),
            Err(faults) => {
                wrong.extend(faults.into_iter().map(|fault| fault.below(&format!("contacts[{place}]"))));
            }
        }
    }
    if !wrong.is_empty() {
        return Err(ApiError::Invalid(wrong));
    }
    let make = move |connection: &mut Connection| {
        if let Err(fault) = has_room(connection, organization_id, id, &people)? {
            return Ok(Err(fault));
        }
        let added = change::add_contacts(connection, organization_id, id, &people)?;
        let detail = format!("{} contacts", added.added);
        change::record_audit(connection, &caller.did("campaign.contacts_added", id, detail))?;
        Ok(Ok(added))
    };
    let Added { added, known, .. } = state.store.change(make).await??;
    Ok(web::Json(AddedView { added, known }))
}

/// Whether a campaign has room for those of these contacts whose number it does not have.
pub(super) fn has_room(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
    people: &[Contact],
) -> Result<Result<(), ApiError>, StoreError> {
    let Some(campaign) = query::campaign(connection, organization_id, id)? else { return Ok(Err(NO_SUCH)) };
    if campaign.state == CampaignState::Stopped {
        return Ok(Err(ApiError::conflict(
            "campaign_state",
            "the campaign is stopped: add them to another one",
        )));
    }
    let there = query::count_contacts(connection, organization_id, id)?;
    let room = CAMPAIGN_CONTACTS_MAX.saturating_sub(there);
    let is_full = i64::try_from(people.len()).unwrap_or(i64::MAX) > room
        && query::count_new_contacts(connection, id, people)? > room.max(0);
    let refused = ApiError::conflict(
        "too_many",
        "there is no room for that many more contacts: add fewer, or make another campaign",
    );
    Ok(if is_full { Err(refused) } else { Ok(()) })
}
