//! Signing secrets of links. With a talk link's, a website's server signs the identity of its visitors; with a contact link's, a service signs the
//! bodies that it sends. A secret is shown only when it is made.

use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::audit::AuditEntry;
use cordboard_schema::contact_link::ContactLink;
use cordboard_schema::ids::{CampaignId, ContactLinkId, TalkLinkId};
use cordboard_schema::limits::{SIGNING_SECRET_CHARS_MAX, SIGNING_SECRET_CHARS_MIN};
use cordboard_schema::talk_link::TalkLink;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::contact_links::{self, ContactLinkView};
use super::talk_links::{self, TalkLinkView};
use crate::random_secret;
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::BodyIfAny;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

/// A signing secret made by another service.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SigningSecretBody {
    /// The secret, as the service shows it. If left out, one is made.
    #[schema(min_length = 16, max_length = 255)]
    secret: Option<String>,
}

/// A talk link and its new signing secret, which is shown only once.
#[derive(Serialize, ToSchema)]
pub(crate) struct TalkLinkWithSecret {
    #[serde(flatten)]
    known: TalkLinkView,
    /// The signing secret, 40 letters and digits. The key of the HMAC is this text itself.
    secret: String,
}

/// A contact link and its new signing secret, which is shown only once.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContactLinkWithSecret {
    #[serde(flatten)]
    known: ContactLinkView,
    /// The signing secret. The key of the HMAC is this text itself.
    secret: String,
}

/// Makes a new signing secret for a talk link. It replaces the previous one, whose signatures are refused from now on.
///
/// A website's server uses it to sign the identity of its visitors; a call over the link then has a verified name and e-mail address.
#[utoipa::path(
    post,
    operation_id = "make_talk_link_signing_secret",
    path = "/api/v1/talk-links/{id}/signing-secret",
    tag = "talk links",
    params(("id" = TalkLinkId, Path, description = "The link's id")),
    responses(
        (status = 200, description = "The link and its new secret, which is shown only once", body = TalkLinkWithSecret),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such talk link"),
    )
)]
pub(crate) async fn make_of_talk_link(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<TalkLinkId>,
) -> Result<web::Json<TalkLinkWithSecret>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let secret = random_secret::secret();
    let made = Some((sealed(&state, &TalkLink::secret_context(id), &secret), world::now().into()));
    let entry = caller.did("talk_link.signing_secret_made", id, "");
    let set = move |connection: &mut Connection| {
        change::set_talk_link_signing_secret(connection, organization_id, id, made)
    };
    let read = move |connection: &mut Connection| query::talk_link(connection, organization_id, id);
    let known = changed(&state, entry, set, read).await?.ok_or(talk_links::NO_SUCH)?;
    Ok(web::Json(TalkLinkWithSecret { known: known.into(), secret }))
}

/// Removes a talk link's signing secret. Visitors who send an identity are refused from now on; all others can talk as before.
#[utoipa::path(
    delete,
    operation_id = "delete_talk_link_signing_secret",
    path = "/api/v1/talk-links/{id}/signing-secret",
    tag = "talk links",
    params(("id" = TalkLinkId, Path, description = "The link's id")),
    responses(
        (status = 204, description = "The secret is removed"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such talk link"),
    )
)]
pub(crate) async fn remove_of_talk_link(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<TalkLinkId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let entry = caller.did("talk_link.signing_secret_removed", id, "");
    let remove = move |connection: &mut Connection| {
        change::set_talk_link_signing_secret(connection, organization_id, id, None)
    };
    changed(&state, entry, remove, |_| Ok(Some(()))).await?.ok_or(talk_links::NO_SUCH)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sets the signing secret of a contact link. It replaces the previous one. Bodies that are not signed with it are refused from now on.
///
/// The signature is the HMAC-SHA256 of the body, in hexadecimal digits or base64, with or without the prefix `sha256=`, in the link's header.
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
        (status = 200, description = "The link and its new secret, which is shown only once", body = ContactLinkWithSecret),
        (status = 400, description = "An id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such campaign, or it has no such link"),
        (status = 422, description = "The secret is too short or too long"),
    )
)]
pub(crate) async fn make_of_contact_link(
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
    let made = Some((sealed(&state, &ContactLink::secret_context(id), &secret), world::now().into()));
    let entry = caller.did("contact_link.signing_secret_made", id, "");
    let set = move |connection: &mut Connection| {
        change::set_contact_link_signing_secret(connection, organization_id, (campaign_id, id), made)
    };
    let read =
        move |connection: &mut Connection| query::contact_link(connection, organization_id, campaign_id, id);
    let known = changed(&state, entry, set, read).await?.ok_or(contact_links::NO_SUCH)?;
    Ok(web::Json(ContactLinkWithSecret { known: known.into(), secret }))
}

/// Removes a contact link's signing secret: bodies no longer need a signature.
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
        (status = 204, description = "The secret is removed"),
        (status = 400, description = "An id is not a UUID"),
        (status = 404, description = "No such campaign, or it has no such link"),
    )
)]
pub(crate) async fn remove_of_contact_link(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(CampaignId, ContactLinkId)>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, ids) = (caller.organization_id, *ids);
    let entry = caller.did("contact_link.signing_secret_removed", ids.1, "");
    let remove = move |connection: &mut Connection| {
        change::set_contact_link_signing_secret(connection, organization_id, ids, None)
    };
    changed(&state, entry, remove, |_| Ok(Some(()))).await?.ok_or(contact_links::NO_SUCH)?;
    Ok(HttpResponse::NoContent().finish())
}

/// A secret as stored in its link's row.
fn sealed(state: &WebState, context: &str, secret: &str) -> String {
    state.outside.secrets.seal(context, secret.as_bytes())
}

/// Sets or removes a link's secret, with an entry in the audit log, and returns the answer; `None` if the link does not exist.
async fn changed<T: Send + 'static>(
    state: &WebState,
    entry: AuditEntry,
    set: impl FnOnce(&mut Connection) -> Result<bool, StoreError> + Send + 'static,
    read: impl FnOnce(&mut Connection) -> Result<Option<T>, StoreError> + Send + 'static,
) -> Result<Option<T>, ApiError> {
    let change = move |connection: &mut Connection| {
        if !set(connection)? {
            return Ok(None);
        }
        change::record_audit(connection, &entry)?;
        read(connection)
    };
    Ok(state.store.change_or_refuse(change).await?)
}

/// Checks that a secret can be a key.
fn checked(secret: String) -> Result<String, ApiError> {
    let (min, max) = (SIGNING_SECRET_CHARS_MIN, SIGNING_SECRET_CHARS_MAX);
    if (min..=max).contains(&secret.chars().count()) && !secret.chars().any(char::is_control) {
        return Ok(secret);
    }
    let reason = format!("must have {min} to {max} characters, in one line");
    Err(ApiError::Invalid(vec![Fault::of("secret", reason)]))
}
