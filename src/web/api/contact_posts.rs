//! `/hooks/contacts/{secret}`: another service adds contacts to a campaign's list. It does not sign in: it only has the secret in the address and, if
//! the link has a signing secret, signs the body.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, ResponseError as _, web};
use cordboard_actors::world;
use cordboard_campaigns::campaign::Contact;
use cordboard_schema::audit::Actor;
use cordboard_schema::body_signature::check_body;
use cordboard_schema::contact_link::{ContactLink, ContactRefusal};
use cordboard_schema::contact_post::PostKind;
use cordboard_schema::ids::ContactId;
use cordboard_schema::limits::CONTACT_POST_BYTES_MAX;
use cordboard_schema::time::UnixMs;
use serde::Serialize;
use utoipa::ToSchema;

use super::contact_links::NO_SUCH;
use super::contact_rules::mapped;
use super::contacts::has_room;
use super::talk::address;
use crate::store::{Added, Asker, Connection, PostOutcome, asked_by, change, query};
use crate::web::WebState;
use crate::web::accounts::one_time;
use crate::web::caller::done;
use crate::web::problem::{ApiError, Fault};
use crate::web::webhook::body;

/// Counts of a body's contacts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactPostView {
    /// How many were added.
    added: usize,
    /// How many numbers were on the list already, or were sent twice.
    known: usize,
    /// How many of the added contacts are not called because the campaign's filter leaves them out.
    left_out: usize,
    /// How many were refused.
    refused: usize,
    /// The reasons.
    errors: Vec<Fault>,
}

/// Contacts of a body.
struct People {
    good: Vec<Contact>,
    /// How many are refused.
    refused: usize,
    /// The reasons, by their place in the body.
    faults: Vec<Fault>,
    /// The first reason of each without its place, and the values that accepted contacts were taken without.
    refusals: Vec<ContactRefusal>,
}

/// Takes contacts from a service that can't send a token. The link's secret in the address determines the list.
///
/// A body is a contact or a list of at most 100, as JSON or as a form; the link's mapping says where its values are. Contacts who are already on the
/// list are unchanged, so sending one twice does not call them twice; only a consent that says no is noted with them. Contacts that can't be accepted
/// are left out and reported; if all are, the body is refused. If the mapping names no path for the zone, a zone that is unknown or not one of the
/// number's is ignored, and the contact is still added; the link's `refusals` report it. A link accepts 300 bodies a minute.
#[utoipa::path(
    post,
    operation_id = "post_contacts",
    path = "/hooks/contacts/{secret}",
    tag = "campaigns",
    security(()),
    params(("secret" = String, Path, description = "The secret in the link's address")),
    request_body(
        content((serde_json::Value = "application/json"), (String = "application/x-www-form-urlencoded")),
        description = "The body of the service, at most 192 KiB"
    ),
    responses(
        (status = 200, description = "The contacts are on the list, except those that are reported", body = ContactPostView),
        (status = 400, description = "The body is incomplete"),
        (status = 403, description = "`bad_signature`: the service has not signed this body with the link's signing secret"),
        (status = 404, description = "No such link, or it is switched off or expired"),
        (status = 409, description = "The campaign is stopped (`campaign_state`), or has no room for them (`too_many`)"),
        (status = 413, description = "The body is too long"),
        (status = 415, description = "The body is neither JSON nor a form"),
        (status = 422, description = "The body can't be parsed, or no contact in it is valid"),
        (status = 429, description = "Too many bodies came over this link in a minute, or too many requests for unknown links from this address \
                                      (`too_many_requests`); `Retry-After` says when to try again"),
        (status = 503, description = "They can't be stored at present"),
    )
)]
pub(crate) async fn take(
    state: web::Data<WebState>,
    request: HttpRequest,
    secret: web::Path<String>,
    body: web::Payload,
) -> Result<web::Json<ContactPostView>, ApiError> {
    body::refuse_announced(&request, CONTACT_POST_BYTES_MAX)?;
    let address = address(&request);
    let asked = state.contact_posts.asked(address)?;
    let hash = one_time::hash(&secret);
    let read = move |connection: &mut Connection| query::contact_link_by_hash(connection, &hash);
    let (link, sealed) = match state.store.reads().run_for_stranger(read).await {
        Ok(found) => found.ok_or(NO_SUCH)?,
        Err(error) => {
            asked.not_looked_up();
            return Err(error.into());
        }
    };
    asked.found(link.id)?;
    let now = world::now().into();
    if !link.is_open(now) {
        return Err(NO_SUCH);
    }
    let asker = Asker::Requests(link.organization_id);
    asked_by(asker, add(&state, &request, (link, sealed), body, now)).await
}

/// Reads a body, adds its contacts, and notes the result.
async fn add(
    state: &WebState,
    request: &HttpRequest,
    (link, sealed): (ContactLink, Option<String>),
    body: web::Payload,
    now: UnixMs,
) -> Result<web::Json<ContactPostView>, ApiError> {
    let people = match read(state, request, (&link, sealed), body, now).await {
        Ok(people) if !people.good.is_empty() => people,
        Ok(People { refused, faults, refusals, .. }) => {
            note(state, link, now, PostOutcome { refused, refusals, ..PostOutcome::default() }).await;
            return Err(ApiError::Invalid(faults));
        }
        Err(error) => {
            if error.status_code().is_client_error() {
                let refusals = error.refusals(now);
                note(state, link, now, PostOutcome { refused: 1, refusals, ..PostOutcome::default() }).await;
            }
            return Err(error);
        }
    };
    let People { good, refused, faults, refusals } = people;
    let from = Some(address(request));
    let make = move |connection: &mut Connection| {
        let (organization_id, campaign_id) = (link.organization_id, link.campaign_id);
        // A user may have revoked it while the body came.
        let link = query::contact_link(connection, organization_id, campaign_id, link.id)?;
        let Some(link) = link.filter(|link| link.is_open(now)) else { return Ok(Err(NO_SUCH)) };
        if let Err(fault) = has_room(connection, organization_id, campaign_id, &good)? {
            // Contacts that were accepted without a value are not refused.
            let refusals = refusals.into_iter().filter(|refusal| !refusal.taken);
            let refusals = fault.refusals(now).into_iter().chain(refusals).collect();
            let outcome = PostOutcome { refused: refused + good.len(), refusals, ..PostOutcome::default() };
            change::note_contact_post(connection, &link, now, outcome)?;
            return Ok(Err(fault));
        }
        let Added { added, known, left_out } =
            change::add_contacts(connection, organization_id, campaign_id, &good)?;
        change::note_contact_post(connection, &link, now, PostOutcome { added, known, refused, refusals })?;
        if added > 0 {
            let detail = format!("{added} contacts, over the contact link {}", link.name);
            let entry =
                done(organization_id, Actor::System, from, ("campaign.contacts_added", campaign_id, detail));
            change::record_audit(connection, &entry)?;
        }
        Ok(Ok(Added { added, known, left_out }))
    };
    let Added { added, known, left_out } = state.store.change(make).await??;
    Ok(web::Json(ContactPostView { added, known, left_out, refused, errors: faults }))
}

/// Reads the contacts of a body.
async fn read(
    state: &WebState,
    request: &HttpRequest,
    (link, sealed): (&ContactLink, Option<String>),
    body: web::Payload,
    now: UnixMs,
) -> Result<People, ApiError> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let kind = header(CONTENT_TYPE.as_str()).and_then(PostKind::of).ok_or(ApiError::NeitherJsonNorForm)?;
    let body = body::read(request, body, CONTACT_POST_BYTES_MAX).await?;
    if let Some(sealed) = sealed {
        let secret = state.outside.secrets.unseal(&ContactLink::secret_context(link.id), &sealed);
        let secret = secret.map_err(|error| {
            tracing::error!(link_id = %link.id, %error, "the signing secret of a contact link can't be opened");
            ApiError::Unavailable("this link's signing secret can't be opened".to_owned())
        })?;
        check_body(header(&link.signature_header), &body, &secret)
            .map_err(|why| ApiError::NotSigned { header: link.signature_header.clone(), why })?;
    }
    let of_body = |reason: String| ApiError::Invalid(vec![Fault::of("body", reason)]);
    let body = kind.read(&body).map_err(|bad| of_body(bad.to_string()))?;
    let contacts = link.mapping.contacts(&body).map_err(|none| of_body(none.to_string()))?;
    let is_list = contacts.len() > 1;
    let mut people = People { good: Vec::new(), refused: 0, faults: Vec::new(), refusals: Vec::new() };
    for (place, contact) in contacts.into_iter().enumerate() {
        let ids = (link.organization_id, link.campaign_id, ContactId(world::new_id()));
        match mapped(ids, link.mapping.read(contact), &link.mapping, now) {
            Ok((contact, left_out)) => {
                people.good.push(contact);
                let taken = |fault: Fault| ContactRefusal { taken: true, ..fault.refusal(now) };
                people.refusals.extend(left_out.map(taken));
            }
            Err(faults) => {
                people.refused += 1;
                people.refusals.extend(faults.first().map(|fault| fault.refusal(now)));
                let placed =
                    |fault: Fault| if is_list { fault.below(&format!("contacts[{place}]")) } else { fault };
                people.faults.extend(faults.into_iter().map(placed));
            }
        }
    }
    Ok(people)
}

/// Notes the result of a body that added nobody.
async fn note(state: &WebState, link: ContactLink, now: UnixMs, outcome: PostOutcome) {
    let note = move |connection: &mut Connection| change::note_contact_post(connection, &link, now, outcome);
    if let Err(error) = state.store.change(note).await {
        tracing::warn!(%error, "a refusal of a contact link could not be noted");
    }
}
