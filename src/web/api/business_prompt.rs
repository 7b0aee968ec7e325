//! `/api/v1/business-profile/prompt`: the prompt for a business profile while it is being edited.

use actix_web::web;
use cordboard_actors::assistant::session_instructions;
use cordboard_actors::world;
use cordboard_schema::ids::ProfileId;
use cordboard_schema::profile::PublishedProfile;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::business::BusinessBody;
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;

/// A business profile that is being edited, and the assistant that would use it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PromptBody {
    /// The business. Its revision is ignored.
    business: BusinessBody,
    /// The assistant; the organization's first if left out.
    #[serde(default)]
    profile_id: Option<ProfileId>,
}

/// Prompt that an assistant would get in a call that began now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PromptView {
    /// The assistant.
    profile_id: ProfileId,
    /// Its name.
    profile: String,
    /// The whole text.
    text: String,
    /// The part at its end that each session of a call adds: how to speak on the telephone, and in which language.
    added: String,
    /// Number of its characters.
    chars: usize,
}

/// Shows the prompt that an assistant would get for a business profile that is being edited: the same text as in a call. Nothing is stored.
#[utoipa::path(
    post,
    operation_id = "preview_prompt",
    path = "/api/v1/business-profile/prompt",
    tag = "business",
    request_body = PromptBody,
    responses(
        (status = 200, description = "The text", body = PromptView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 404, description = "No such profile"),
        (status = 422, description = "A value is invalid, for instance an unknown time zone"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<PromptBody>,
) -> Result<web::Json<PromptView>, ApiError> {
    let PromptBody { business, profile_id } = body.into_inner();
    let business = business.into_profile().map_err(ApiError::Invalid)?;
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::published_profiles(connection, organization_id);
    let mut profiles = state.store.reads().run(read).await?.into_iter();
    let fits = |one: &PublishedProfile| profile_id.is_none_or(|id| id == one.profile.id);
    let mut profile = profiles.find(fits).ok_or(ApiError::NotFound("profile"))?;
    profile.business = Some(business.into());
    // As a call would copy it.
    let profile = profile.for_call(world::now());
    let text = session_instructions(&profile);
    let added = text.strip_prefix(profile.instructions.trim()).unwrap_or_default().trim_start().to_owned();
    let chars = text.chars().count();
    Ok(web::Json(PromptView { profile_id: profile.id, profile: profile.name, text, added, chars }))
}
