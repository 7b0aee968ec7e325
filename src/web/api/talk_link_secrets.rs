//! `/api/v1/talk-links/{id}/signing-secret`: with what a website's server signs who its visitors are. It is shown when it is made, and never
//! again.

use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::ids::TalkLinkId;
use cordboard_schema::talk_link::TalkLink;
use serde::Serialize;
use utoipa::ToSchema;

use super::talk_links::NO_SUCH;
use crate::random_secret;
use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;

/// A talk link and its new signing secret, which is shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct TalkLinkWithSecret {
    #[serde(flatten)]
    known: TalkLink,
    /// The signing secret, 40 letters and digits. The key of the HMAC is this text as it stands.
    secret: String,
}

/// Makes a signing secret for a talk link, in the place of the one that it had: what that one has signed is refused from now on.
///
/// A website's server signs with it who its visitors are; a call over the link then has a name and an e-mail address that stand as verified.
#[utoipa::path(
    post,
    operation_id = "make_talk_link_signing_secret",
    path = "/api/v1/talk-links/{id}/signing-secret",
    tag = "talk links",
    params(("id" = TalkLinkId, Path, description = "The link's id")),
    responses(
        (status = 200, description = "The link and its new secret, which is shown this once", body = TalkLinkWithSecret),
        (status = 400, description = "The id is no UUID"),
        (status = 404, description = "No such talk link"),
    )
)]
pub(crate) async fn make(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<TalkLinkId>,
) -> Result<web::Json<TalkLinkWithSecret>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let secret = random_secret::secret();
    let sealed = state.outside.secrets.seal(&TalkLink::secret_context(id), secret.as_bytes());
    let made = Some((sealed, world::now().into()));
    let entry = caller.did("talk_link.signing_secret_made", id, "");
    let set = move |connection: &mut Connection| {
        if !change::set_talk_link_signing_secret(connection, organization_id, id, made)? {
            return Ok(None);
        }
        change::record_audit(connection, &entry)?;
        query::talk_link(connection, organization_id, id)
    };
    let known = state.store.change(set).await?.ok_or(NO_SUCH)?;
    Ok(web::Json(TalkLinkWithSecret { known, secret }))
}

/// Takes a talk link's signing secret away: whoever sends an identity over it is refused from now on, all others talk as ever.
#[utoipa::path(
    delete,
    operation_id = "delete_talk_link_signing_secret",
    path = "/api/v1/talk-links/{id}/signing-secret",
    tag = "talk links",
    params(("id" = TalkLinkId, Path, description = "The link's id")),
    responses(
        (status = 204, description = "It has none any more"),
        (status = 400, description = "The id is no UUID"),
        (status = 404, description = "No such talk link"),
    )
)]
pub(crate) async fn remove(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<TalkLinkId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let entry = caller.did("talk_link.signing_secret_removed", id, "");
    let remove = move |connection: &mut Connection| {
        let is_there = change::set_talk_link_signing_secret(connection, organization_id, id, None)?;
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
