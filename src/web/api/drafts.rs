//! `/api/v1/agent-profiles/{id}/drafts`: the draft that every profile has (`a`, the one of `/agent-profiles/{id}`), and a second one (`b`). Changing
//! a draft publishes nothing.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_schema::ids::ProfileId;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::profile_change::ProfileChange;
use cordboard_schema::profile_version::{DraftSlot, Publication};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::profile_versions::{NO_SUCH_VERSION, PublishBody, published};
use super::profiles::{
    NO_SUCH, ProfileView, changed, default_profile, edited_meanwhile, in_use, no_such, set,
};
use crate::store::{AboutRows as _, Connection, NotDiscarded, change, query};
use crate::web::WebState;
use crate::web::body::{Body, ThingBody};
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision;

/// A draft of a profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftView {
    /// Which draft it is.
    draft: DraftSlot,
    /// The profile in this draft.
    profile: ProfileView,
}

/// The drafts of a profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftsView {
    /// Drafts that can be read.
    items: Vec<DraftView>,
    /// Always null: all are on one page.
    next_cursor: Option<String>,
    /// Drafts that can't be read. If the first draft can't be read, it is not known whether there is a second one.
    unreadable: Vec<UnreadableDraftView>,
}

/// A draft that can't be read. Discarding it restores it.
#[derive(Debug, Serialize, ToSchema)]
struct UnreadableDraftView {
    /// Which draft it is.
    draft: DraftSlot,
    /// Table, column and cause.
    fault: String,
}

/// Initial contents of a second draft.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NewDraftBody {
    /// The published version; the first draft if left out.
    #[schema(minimum = 1)]
    version: Option<u32>,
}

/// Lists the drafts of a profile: the first, and the second if there is one. Drafts that can't be read are listed separately.
#[utoipa::path(
    get,
    operation_id = "list_drafts",
    path = "/api/v1/agent-profiles/{id}/drafts",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    responses(
        (status = 200, description = "One or two drafts", body = DraftsView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such profile"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
) -> Result<web::Json<DraftsView>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| {
        let (mut items, mut unreadable) = (Vec::new(), Vec::new());
        for draft in DraftSlot::ALL {
            match query::draft_of_profile(connection, organization_id, id, draft) {
                Err(error) if error.is_about_rows() => {
                    unreadable.push(UnreadableDraftView { draft, fault: error.to_string() });
                    // The second is read together with the first.
                    break;
                }
                found => items.extend(found?.map(|found| DraftView { draft, profile: found.into() })),
            }
        }
        Ok(DraftsView { items, next_cursor: None, unreadable })
    };
    let drafts = state.store.reads().run(read).await?;
    let is_there = !drafts.items.is_empty() || !drafts.unreadable.is_empty();
    if is_there { Ok(web::Json(drafts)) } else { Err(NO_SUCH) }
}

/// Begins the second draft of a profile, with the first draft or with a published version.
#[utoipa::path(
    post,
    operation_id = "begin_second_draft",
    path = "/api/v1/agent-profiles/{id}/drafts",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    request_body = NewDraftBody,
    responses(
        (status = 201, description = "Begun; `Location` has its address", body = DraftView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such profile, or no such version of it"),
        (status = 409, description = "It has a second draft already (`draft_exists`)"),
        (status = 422, description = "A value is invalid"),
    )
)]
pub(crate) async fn begin(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    body: Body<NewDraftBody>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id, NewDraftBody { version }) = (caller.organization_id, *id, body.into_inner());
    let begun = changed(&state, move |connection| {
        let Some(first) = query::profile_draft(connection, organization_id, id)? else {
            return Ok(Err(NO_SUCH));
        };
        let profile = match version {
            None => first.profile,
            Some(version) => match query::profile_version(connection, organization_id, id, version)? {
                Some((_, profile)) => AgentProfile { version: 0, ..profile },
                None => return Ok(Err(NO_SUCH_VERSION)),
            },
        };
        if !change::begin_second_draft(connection, &profile)? {
            let detail = "the profile has a second draft already: discard that first";
            return Ok(Err(ApiError::conflict("draft_exists", detail)));
        }
        let detail =
            version.map_or_else(|| "of draft a".to_owned(), |version| format!("of version {version}"));
        change::record_audit(connection, &caller.did("profile.draft_begun", id, detail))?;
        let begun = query::draft_of_profile(connection, organization_id, id, DraftSlot::B)?;
        Ok(begun.ok_or(NO_SUCH))
    });
    let view = DraftView { draft: DraftSlot::B, profile: begun.await?.into() };
    let location = format!("/api/v1/agent-profiles/{id}/drafts/b");
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(view))
}

/// Shows a draft.
#[utoipa::path(
    get,
    operation_id = "show_draft",
    path = "/api/v1/agent-profiles/{id}/drafts/{draft}",
    tag = "agent profiles",
    params(
        ("id" = ProfileId, Path, description = "The profile"),
        ("draft" = DraftSlot, Path, description = "Which draft"),
    ),
    responses(
        (status = 200, description = "The profile in the draft", body = ProfileView),
        (status = 400, description = "The id is not a UUID, or the draft neither `a` nor `b`"),
        (status = 404, description = "No such profile, or it has no second draft"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    path: web::Path<(ProfileId, DraftSlot)>,
) -> Result<web::Json<ProfileView>, ApiError> {
    let (organization_id, (id, slot)) = (caller.organization_id, path.into_inner());
    let read =
        move |connection: &mut Connection| query::draft_of_profile(connection, organization_id, id, slot);
    let draft = state.store.reads().run(read).await?.ok_or_else(|| no_such(slot))?;
    Ok(web::Json(draft.into()))
}

/// Changes the given members of a draft; the rest keep their values. New calls get them once the draft is published.
#[utoipa::path(
    patch,
    operation_id = "change_draft",
    path = "/api/v1/agent-profiles/{id}/drafts/{draft}",
    tag = "agent profiles",
    params(
        ("id" = ProfileId, Path, description = "The profile"),
        ("draft" = DraftSlot, Path, description = "Which draft"),
    ),
    request_body = ProfileChange,
    responses(
        (status = 200, description = "Changed", body = ProfileView),
        (status = 400, description = "The id is not a UUID, the draft neither `a` nor `b`, or the body not a JSON object"),
        (status = 404, description = "No such profile, or it has no second draft"),
        (status = 409, description = revision::edited_meanwhile!("the name is taken (`name_taken`), or the configuration uses the profile's old name (`profile_in_use`)")),
        (status = 422, description = "A value is invalid, for instance an unknown tool, another name in the second draft, or `publish` set to true"),
    )
)]
pub(crate) async fn patch(
    state: web::Data<WebState>,
    caller: Caller,
    path: web::Path<(ProfileId, DraftSlot)>,
    body: ThingBody<ProfileChange>,
) -> Result<web::Json<ProfileView>, ApiError> {
    let which = path.into_inner();
    body.demand_unchanged(&json!({ "id": which.0 }))?;
    let wanted = body.into_inner();
    if wanted.publish == Some(true) {
        let reason = "must be false or left out: a draft is published by itself";
        return Err(ApiError::Invalid(vec![Fault::of("publish", reason)]));
    }
    let revision = wanted.revision;
    let make = move |profile| wanted.applied_to(profile);
    Ok(web::Json(set(&state, &caller, which, revision, false, make).await?))
}

/// Discards a draft, even if its row can't be read: the second one is removed, the first returns to the newest published version.
#[utoipa::path(
    delete,
    operation_id = "discard_draft",
    path = "/api/v1/agent-profiles/{id}/drafts/{draft}",
    tag = "agent profiles",
    params(
        ("id" = ProfileId, Path, description = "The profile"),
        ("draft" = DraftSlot, Path, description = "Which draft"),
    ),
    responses(
        (status = 204, description = "Discarded"),
        (status = 400, description = "The id is not a UUID, or the draft neither `a` nor `b`"),
        (status = 404, description = "No such profile, or it has no second draft"),
        (status = 409, description = "There is no published version for the first draft to return to (`never_published`), another profile has that name by now (`name_taken`), the configuration uses the profile's other name (`profile_in_use`), or somebody is editing it (`edited_meanwhile`)"),
    )
)]
pub(crate) async fn discard(
    state: web::Data<WebState>,
    caller: Caller,
    path: web::Path<(ProfileId, DraftSlot)>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, (id, slot)) = (caller.organization_id, path.into_inner());
    let default = default_profile(&state);
    changed(&state, move |connection| {
        let draft = match query::draft_of_profile(connection, organization_id, id, slot) {
            // It is discarded anyway, by what else is known of it.
            Err(error) if error.is_about_rows() => None,
            draft => match draft? {
                None => return Ok(Err(no_such(slot))),
                draft => draft,
            },
        };
        // The published version may bring back another name.
        if slot == DraftSlot::A
            && let Some(draft) = &draft
            && default.as_deref() == Some(&*draft.profile.name)
        {
            let published = query::profile_version(connection, organization_id, id, draft.published_version)?;
            if published.is_some_and(|(_, published)| published.name != draft.profile.name) {
                return Ok(Err(in_use("renamed")));
            }
        }
        let discarded = match &draft {
            Some(draft) => change::discard_draft(connection, slot, draft)?,
            None => change::discard_unreadable_draft(connection, organization_id, id, slot)?,
        };
        match discarded {
            Ok(()) => {}
            Err(NotDiscarded::NothingPublished) => {
                let detail = "nothing was published: remove the profile instead";
                return Ok(Err(ApiError::conflict("never_published", detail)));
            }
            Err(NotDiscarded::EditedMeanwhile) => {
                return Ok(Err(draft.map_or_else(|| no_such(slot), edited_meanwhile)));
            }
        }
        let detail = format!("draft {slot}");
        change::record_audit(connection, &caller.did("profile.draft_discarded", id, detail))?;
        Ok(Ok(()))
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Publishes a draft as the next version: new calls get it within 2 s, live ones keep their version. The other draft is unchanged.
#[utoipa::path(
    post,
    operation_id = "publish_draft",
    path = "/api/v1/agent-profiles/{id}/drafts/{draft}/publish",
    tag = "agent profiles",
    params(
        ("id" = ProfileId, Path, description = "The profile"),
        ("draft" = DraftSlot, Path, description = "Which draft"),
    ),
    request_body = PublishBody,
    responses(
        (status = 200, description = "Published", body = Publication),
        (status = 400, description = "The id is not a UUID, the draft neither `a` nor `b`, or the body not a JSON object"),
        (status = 404, description = "No such profile, or it has no second draft"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "The note is too long"),
    )
)]
pub(crate) async fn publish(
    state: web::Data<WebState>,
    caller: Caller,
    path: web::Path<(ProfileId, DraftSlot)>,
    body: Body<PublishBody>,
) -> Result<web::Json<Publication>, ApiError> {
    Ok(web::Json(published(&state, caller, path.into_inner(), body.into_inner()).await?))
}
