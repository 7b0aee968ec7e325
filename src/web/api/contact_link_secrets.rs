//! `/api/v1/campaigns/{id}/contact-links/{link_id}/signing-secret`: with what a service signs the bodies that it sends. It is shown when it is
//! set, and never again.

use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::contact_link::ContactLink;
use cordboard_schema::ids::{CampaignId, ContactLinkId};
use cordboard_schema::limits::{SIGNING_SECRET_CHARS_MAX, SIGNING_SECRET_CHARS_MIN};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::contact_links::NO_SUCH;
use crate::random_secret;
use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::BodyIfAny;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

/// A signing secret that another service has made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SigningSecretBody {
    /// The secret, as the service shows it. Where nothing is said one is made.
    #[schema(min_length = 16, max_length = 255)]
    secret: Option<String>,
}

/// A contact link and its new signing secret, which is shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContactLinkWithSecret {
    #[serde(flatten)]
    known: ContactLink,
    /// The signing secret. The key of the HMAC is this text as it stands.
    secret: String,
}

/// Sets the signing secret of a contact link, in the place of the one that it had. Bodies that it has not signed are refused from now on.
///
/// The signature is the HMAC-SHA256 of the body, in hexadecimal digits or base64, with or without `sha256=` before it, in the link's header.
#[utoipa::path(
    post,
    operation_id = "make_contact_link_signing_secret",
    path = "/api/v1/campaigns/{id}/contact-links/{link_id}/signing-secret",
    tag = "campaigns",
    params(
        ("id" = CampaignId, Path, description = "The campaign"),
        ("link_id" = ContactLinkId, Path, description = "The link"),
    ),
    request_body = Option<SigningSecretBody>,
    responses(
        (status = 200, description = "The link and its new secret, which is shown this once", body = ContactLinkWithSecret),
        (status = 400, description = "An id is no UUID, or the body no JSON object"),
        (status = 404, description = "No such campaign, or no such link of it"),
        (status = 413, description = "The body is too long"),
        (status = 415, description = "The body is not `application/json`"),
        (status = 422, description = "A secret that is too short or too long"),
    )
)]
pub(crate) async fn make(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(CampaignId, ContactLinkId)>,
    body: BodyIfAny<SigningSecretBody>,
) -> Result<web::Json<ContactLinkWithSecret>, ApiError> {
    let (organization_id, (campaign_id, id)) = (caller.organization_id, *ids);
    let secret = match body.into_inner().and_then(|body| body.secret) {
        Some(secret) => checked(secret)?,
        None => random_secret::secret(),
    };
    let sealed = state.outside.secrets.seal(&ContactLink::secret_context(id), secret.as_bytes());
    let made = Some((sealed, world::now().into()));
    let entry = caller.did("contact_link.signing_secret_made", id, "");
    let set = move |connection: &mut Connection| {
        if !change::set_contact_link_signing_secret(connection, organization_id, (campaign_id, id), made)? {
            return Ok(None);
        }
        change::record_audit(connection, &entry)?;
        query::contact_link(connection, organization_id, campaign_id, id)
    };
    let known = state.store.change(set).await?.ok_or(NO_SUCH)?;
    Ok(web::Json(ContactLinkWithSecret { known, secret }))
}

/// Takes a contact link's signing secret away: bodies need no signature any more.
#[utoipa::path(
    delete,
    operation_id = "delete_contact_link_signing_secret",
    path = "/api/v1/campaigns/{id}/contact-links/{link_id}/signing-secret",
    tag = "campaigns",
    params(
        ("id" = CampaignId, Path, description = "The campaign"),
        ("link_id" = ContactLinkId, Path, description = "The link"),
    ),
    responses(
        (status = 204, description = "It has none any more"),
        (status = 400, description = "An id is no UUID"),
        (status = 404, description = "No such campaign, or no such link of it"),
    )
)]
pub(crate) async fn remove(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(CampaignId, ContactLinkId)>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, ids) = (caller.organization_id, *ids);
    let entry = caller.did("contact_link.signing_secret_removed", ids.1, "");
    let remove = move |connection: &mut Connection| {
        let is_there = change::set_contact_link_signing_secret(connection, organization_id, ids, None)?;
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

/// A secret that can be a key.
fn checked(secret: String) -> Result<String, ApiError> {
    let (min, max) = (SIGNING_SECRET_CHARS_MIN, SIGNING_SECRET_CHARS_MAX);
    if (min..=max).contains(&secret.chars().count()) && !secret.chars().any(char::is_control) {
        return Ok(secret);
    }
    let reason = format!("must have {min} to {max} characters, in one line");
    Err(ApiError::Invalid(vec![Fault::of("secret", reason)]))
}
