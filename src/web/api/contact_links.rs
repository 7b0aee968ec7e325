//! `/api/v1/campaigns/{id}/contact-links`: secret addresses to which other services post contacts to call.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use cordboard_actors::world;
use cordboard_schema::account::checked_name;
use cordboard_schema::contact_link::{ContactLink, SIGNATURE_HEADER, checked_header};
use cordboard_schema::contact_mapping::ContactMapping;
use cordboard_schema::ids::{CampaignId, ContactLinkId};
use cordboard_schema::limits::CONTACT_LINKS_MAX;
use cordboard_schema::plain::present;
use cordboard_schema::time::UnixMs;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::campaigns::NO_SUCH as NO_CAMPAIGN;
use super::contact_rules::mapping_faults;
use super::given::{SANE_TIMES, is_sane_time};
use crate::store::{Connection, Made, StoreError, change, query};
use crate::web::WebState;
use crate::web::accounts::one_time;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision::{self, IfMatch, Revised};

pub(super) const NO_SUCH: ApiError = ApiError::NotFound("contact link");
/// Members of a contact link that only the server sets.
const SET_BY_SERVER: &[&str] = &[
    "id",
    "campaign_id",
    "signing_secret_made_at",
    "created_at",
    "last_used_at",
    "added",
    "known",
    "refused",
    "refusals",
];

/// A contact link.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ContactLinkView {
    #[serde(flatten)]
    known: ContactLink,
    /// Revision of what can be changed: a new value after each change. It does not change when the link is used or its signing secret is made.
    revision: String,
}

impl From<ContactLink> for ContactLinkView {
    fn from(known: ContactLink) -> Self {
        let ContactLink { name, enabled, expires_at, mapping, signature_header, .. } = &known;
        let revision = revision::of(&(name, enabled, expires_at, mapping, signature_header));
        Self { known, revision }
    }
}

impl Revised for ContactLinkView {
    const WHAT: &'static str = "contact link";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// A new contact link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactLinkBody {
    /// Display name.
    #[schema(example = "Form on our website", max_length = 100)]
    name: String,
    /// Whether contacts are added over it; true if left out.
    #[serde(default = "on")]
    enabled: bool,
    /// When it expires; never if left out.
    expires_at: Option<DateTime<Utc>>,
    /// Paths of the values in a body. If left out, values are found by common names.
    #[serde(default)]
    mapping: ContactMapping,
    /// Name of the header with a body's signature; `x-signature` if left out. It is checked once the link has a signing secret.
    #[schema(max_length = 64, example = "x-hub-signature-256")]
    signature_header: Option<String>,
}

impl ReadOnly for ContactLinkBody {
    const NAMES: &'static [&'static str] = &[
        "id",
        "campaign_id",
        "signing_secret_made_at",
        "created_at",
        "last_used_at",
        "added",
        "known",
        "refused",
        "refusals",
        "revision",
    ];
}

const fn on() -> bool {
    true
}

/// A contact link that replaces the previous one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactLinkInPlaceBody {
    /// Display name.
    #[schema(example = "Form on our website", max_length = 100)]
    name: String,
    /// Whether contacts are added over it. It is required, so that a link that is off is not switched on by accident.
    enabled: bool,
    /// When it expires; never if left out.
    expires_at: Option<DateTime<Utc>>,
    /// Paths of the values in a body. If left out, values are found by common names.
    #[serde(default)]
    mapping: ContactMapping,
    /// Name of the header with a body's signature; `x-signature` if left out.
    #[schema(max_length = 64, example = "x-hub-signature-256")]
    signature_header: Option<String>,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    revision: Option<String>,
}

impl ReadOnly for ContactLinkInPlaceBody {
    const NAMES: &'static [&'static str] = SET_BY_SERVER;
}

impl From<ContactLinkInPlaceBody> for ContactLinkBody {
    fn from(body: ContactLinkInPlaceBody) -> Self {
        let ContactLinkInPlaceBody { name, enabled, expires_at, mapping, signature_header, revision: _ } =
            body;
        Self { name, enabled, expires_at, mapping, signature_header }
    }
}

/// Changes of a contact link; members that are left out keep their values.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactLinkChange {
    /// Display name.
    #[schema(example = "Form on our website", max_length = 100)]
    name: Option<String>,
    /// Whether contacts are added over it.
    enabled: Option<bool>,
    /// When it expires; null for never.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    expires_at: Option<Option<DateTime<Utc>>>,
    /// All paths of the values in a body.
    mapping: Option<ContactMapping>,
    /// Name of the header with a body's signature.
    #[schema(max_length = 64, example = "x-hub-signature-256")]
    signature_header: Option<String>,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    revision: Option<String>,
}

impl ReadOnly for ContactLinkChange {
    const NAMES: &'static [&'static str] = SET_BY_SERVER;
    const FIXED: &'static [&'static str] = &["id", "campaign_id"];
}

impl ContactLinkChange {
    /// Returns that link with the given members replaced.
    fn applied_to(self, link: ContactLink) -> ContactLinkBody {
        ContactLinkBody {
            name: self.name.unwrap_or(link.name),
            enabled: self.enabled.unwrap_or(link.enabled),
            expires_at: self.expires_at.unwrap_or_else(|| link.expires_at.map(UnixMs::to_utc)),
            mapping: self.mapping.unwrap_or(link.mapping),
            signature_header: Some(self.signature_header.unwrap_or(link.signature_header)),
        }
    }
}

/// A contact link that was just created.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeContactLinkView {
    /// The link without its secret, as lists show it.
    #[serde(flatten)]
    known: ContactLinkView,
    /// Its address with the secret; shown only once.
    url: String,
}

/// Lists the contact links of a campaign, oldest first, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_contact_links",
    path = "/api/v1/campaigns/{id}/contact-links",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    responses(
        (status = 200, description = "Its contact links, without their addresses", body = Page<ContactLinkView>),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such campaign"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
) -> Result<web::Json<Page<ContactLinkView>>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| {
        if query::campaign(connection, organization_id, id)?.is_none() {
            return Ok(None);
        }
        query::contact_links(connection, organization_id, id).map(Some)
    };
    let links = state.store.reads().run(read).await?.ok_or(NO_CAMPAIGN)?;
    Ok(web::Json(Page::whole(links.into_iter().map(ContactLinkView::from).collect())))
}

/// Shows a contact link.
#[utoipa::path(
    get,
    operation_id = "show_contact_link",
    path = "/api/v1/campaigns/{id}/contact-links/{link_id}",
    tag = "campaigns",
    params(
        ("id" = CampaignId, Path, description = "The campaign"),
        ("link_id" = ContactLinkId, Path, description = "The link"),
    ),
    responses(
        (status = 200, description = "The contact link", body = ContactLinkView),
        (status = 400, description = "An id is not a UUID"),
        (status = 404, description = "No such campaign, or it has no such link"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(CampaignId, ContactLinkId)>,
) -> Result<web::Json<ContactLinkView>, ApiError> {
    let (organization_id, (campaign_id, id)) = (caller.organization_id, *ids);
    let read =
        move |connection: &mut Connection| query::contact_link(connection, organization_id, campaign_id, id);
    Ok(web::Json(state.store.reads().run(read).await?.ok_or(NO_SUCH)?.into()))
}

/// Creates a contact link.
///
/// Anybody who has its address can add contacts to the campaign's list without signing in. Give it to a service that can't send a token.
#[utoipa::path(
    post,
    operation_id = "create_contact_link",
    path = "/api/v1/campaigns/{id}/contact-links",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    request_body = ContactLinkBody,
    responses(
        (status = 201, description = "Created; its address is shown only once", body = MadeContactLinkView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such campaign"),
        (status = 409, description = "The campaign has too many (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance a path that is too long"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
    body: ThingBody<ContactLinkBody>,
) -> Result<HttpResponse, ApiError> {
    let link = checked(&caller, (*id, ContactLinkId(world::new_id())), body.into_inner())?;
    let (secret, adding) = (one_time::secret(), link.clone());
    let hash = one_time::hash(&secret);
    let maker = caller.maker();
    let entry = caller.did("contact_link.made", link.id, &link.name);
    let make = move |connection: &mut Connection| {
        let (organization_id, campaign_id) = (adding.organization_id, adding.campaign_id);
        if query::campaign(connection, organization_id, campaign_id)?.is_none() {
            return Ok(Err(NO_CAMPAIGN));
        }
        if query::contact_links(connection, organization_id, campaign_id)?.len() >= CONTACT_LINKS_MAX {
            return Ok(Err(ApiError::conflict(
                "too_many",
                "there is no room for another contact link: remove one first",
            )));
        }
        change::create_contact_link(connection, &adding, hash)?;
        change::note_maker(connection, organization_id, Made::ContactLink(adding.id), maker)?;
        change::record_audit(connection, &entry).map(Ok)
    };
    state.store.change_or_refuse(make).await??;
    let location = format!("/api/v1/campaigns/{}/contact-links/{}", link.campaign_id, link.id);
    let view = MadeContactLinkView {
        known: link.into(),
        url: format!("{}/hooks/contacts/{secret}", state.base_url()),
    };
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(view))
}

/// Replaces a contact link, including members that the body leaves out. Its address, its signing secret and its counts stay.
#[utoipa::path(
    put,
    operation_id = "update_contact_link",
    path = "/api/v1/campaigns/{id}/contact-links/{link_id}",
    tag = "campaigns",
    params(
        ("id" = CampaignId, Path, description = "The campaign"),
        ("link_id" = ContactLinkId, Path, description = "The link"),
        IfMatch,
    ),
    request_body = ContactLinkInPlaceBody,
    responses(
        (status = 200, description = "Changed", body = ContactLinkView),
        (status = 400, description = "An id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such campaign, or it has no such link"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A value is invalid, for instance a path that is too long, or `enabled` is missing"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(CampaignId, ContactLinkId)>,
    if_match: IfMatch,
    body: ThingBody<ContactLinkInPlaceBody>,
) -> Result<web::Json<ContactLinkView>, ApiError> {
    let body = body.into_inner();
    let asked = if_match.or(body.revision.clone());
    let link = checked(&caller, *ids, body.into())?;
    let set = move |connection: &mut Connection| {
        // A link that can't be read has no revision: a request without one replaces it.
        if asked.is_of_one() {
            let there = query::contact_link(connection, link.organization_id, link.campaign_id, link.id)?;
            let Some(there) = there else { return Ok(Err(NO_SUCH)) };
            if let Err(late) = asked.demand(&ContactLinkView::from(there)) {
                return Ok(Err(late));
            }
        }
        kept(connection, &caller, &link)
    };
    Ok(web::Json(state.store.change(set).await??.into()))
}

/// Changes the given members of a contact link; the rest keep their values.
#[utoipa::path(
    patch,
    operation_id = "change_contact_link",
    path = "/api/v1/campaigns/{id}/contact-links/{link_id}",
    tag = "campaigns",
    params(
        ("id" = CampaignId, Path, description = "The campaign"),
        ("link_id" = ContactLinkId, Path, description = "The link"),
        IfMatch,
    ),
    request_body = ContactLinkChange,
    responses(
        (status = 200, description = "Changed", body = ContactLinkView),
        (status = 400, description = "An id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such campaign, or it has no such link"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A value is invalid, for instance a path that is too long"),
    )
)]
pub(crate) async fn patch(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(CampaignId, ContactLinkId)>,
    if_match: IfMatch,
    body: ThingBody<ContactLinkChange>,
) -> Result<web::Json<ContactLinkView>, ApiError> {
    let (campaign_id, id) = *ids;
    body.demand_unchanged(&json!({ "id": id, "campaign_id": campaign_id }))?;
    let body = body.into_inner();
    let asked = if_match.or(body.revision.clone());
    let set = move |connection: &mut Connection| {
        let there = query::contact_link(connection, caller.organization_id, campaign_id, id)?;
        let Some(there) = there else { return Ok(Err(NO_SUCH)) };
        if let Err(late) = asked.demand(&ContactLinkView::from(there.clone())) {
            return Ok(Err(late));
        }
        match checked(&caller, (campaign_id, id), body.applied_to(there)) {
            Ok(link) => kept(connection, &caller, &link),
            Err(wrong) => Ok(Err(wrong)),
        }
    };
    Ok(web::Json(state.store.change(set).await??.into()))
}

/// Stores the changes of a link and returns the changed link.
fn kept(
    connection: &mut Connection,
    caller: &Caller,
    link: &ContactLink,
) -> Result<Result<ContactLink, ApiError>, StoreError> {
    if !change::update_contact_link(connection, link)? {
        return Ok(Err(NO_SUCH));
    }
    change::record_audit(connection, &caller.did("contact_link.changed", link.id, &link.name))?;
    let now = query::contact_link(connection, link.organization_id, link.campaign_id, link.id)?;
    Ok(now.ok_or(NO_SUCH))
}

/// Revokes a contact link: it adds no more contacts. Contacts that were added stay on the list.
#[utoipa::path(
    delete,
    operation_id = "delete_contact_link",
    path = "/api/v1/campaigns/{id}/contact-links/{link_id}",
    tag = "campaigns",
    params(
        ("id" = CampaignId, Path, description = "The campaign"),
        ("link_id" = ContactLinkId, Path, description = "The link"),
    ),
    responses(
        (status = 204, description = "Revoked"),
        (status = 400, description = "An id is not a UUID"),
        (status = 404, description = "No such campaign, or it has no such link"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(CampaignId, ContactLinkId)>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, (campaign_id, id)) = (caller.organization_id, *ids);
    let entry = caller.did("contact_link.removed", id, "");
    let remove = move |connection: &mut Connection| {
        let is_there = change::delete_contact_link(connection, organization_id, campaign_id, id)?;
        if is_there {
            change::record_audit(connection, &entry)?;
        }
        Ok(is_there)
    };
    match state.store.change(remove).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(NO_SUCH),
    }
}

/// Returns the link of a body, or all its faults.
fn checked(
    caller: &Caller,
    (campaign_id, id): (CampaignId, ContactLinkId),
    body: ContactLinkBody,
) -> Result<ContactLink, ApiError> {
    let ContactLinkBody { name, enabled, expires_at, mapping, signature_header } = body;
    let mut faults = mapping_faults(&mapping);
    let name = checked_name(&name).map_err(|reason| faults.push(Fault::of("name", reason)));
    let header = checked_header(signature_header.as_deref().unwrap_or(SIGNATURE_HEADER));
    let header = header.map_err(|reason| faults.push(Fault::of("signature_header", reason)));
    if expires_at.is_some_and(|at| !is_sane_time(at)) {
        faults.push(Fault::of("expires_at", SANE_TIMES));
    }
    match (name, header, faults) {
        (Ok(name), Ok(signature_header), faults) if faults.is_empty() => Ok(ContactLink {
            id,
            organization_id: caller.organization_id,
            campaign_id,
            name,
            enabled,
            expires_at: expires_at.map(Into::into),
            mapping,
            signature_header,
            signing_secret_made_at: None,
            created_at: world::now().into(),
            last_used_at: None,
            added: 0,
            known: 0,
            refused: 0,
            refusals: Vec::new(),
        }),
        (_, _, faults) => Err(ApiError::Invalid(faults)),
    }
}
