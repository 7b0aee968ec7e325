//! `/api/v1/agent-profiles/{id}/versions` and what makes them: publishing a draft, comparing, going back.

use actix_web::web;
use cordboard_schema::ids::ProfileId;
use cordboard_schema::limits::PROFILE_NOTE_CHARS_MAX;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::profile_version::{Draft, Publication};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::profiles::{NO_SUCH, changed, default_profile, edited_meanwhile, in_use};
use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::{ApiError, Fault};

/// Why a draft is published.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PublishBody {
    /// For those who look at the versions later.
    #[schema(max_length = 500)]
    note: String,
    /// The revision of the draft that is meant; where it is not the present one, nothing is published
    /// (`edited_meanwhile`).
    revision: Option<u64>,
}

/// Which version to go back to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollbackBody {
    /// Its number.
    #[schema(minimum = 1)]
    version: u32,
    /// For those who look at the versions later.
    #[serde(default)]
    #[schema(max_length = 500)]
    note: String,
}

/// A published version, whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionView {
    /// When, by whom and why.
    publication: Publication,
    /// The profile.
    profile: AgentProfile,
}

/// What to compare.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffQuery {
    /// The version to compare from; the newest published one where nothing is said.
    from: Option<u32>,
    /// The version to compare with; the draft where nothing is said.
    to: Option<u32>,
}

/// Which versions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VersionList {
    /// At most so many, 1 to 200; 50 where nothing is said.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<u32>,
}

/// How two versions differ.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiffView {
    /// The version compared from.
    from: u32,
    /// The version compared with; null is the draft.
    to: Option<u32>,
    /// Each member that differs, by name; none where they are the same.
    changes: Vec<FieldChange>,
}

/// One member that differs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldChange {
    /// Its name.
    field: String,
    /// What it was.
    #[schema(value_type = Value)]
    old: Value,
    /// What it is.
    #[schema(value_type = Value)]
    new: Value,
}

const NO_SUCH_VERSION: ApiError = ApiError::NotFound("version");

fn checked_note(note: &str) -> Result<String, ApiError> {
    let note = note.trim();
    if note.chars().count() > PROFILE_NOTE_CHARS_MAX {
        let reason = format!("must have at most {PROFILE_NOTE_CHARS_MAX} characters");
        return Err(ApiError::Invalid(vec![Fault::of("note", reason)]));
    }
    Ok(note.to_owned())
}

/// Publishes the draft of a profile: new calls get it within 2 s, live ones keep their version.
#[utoipa::path(
    post,
    operation_id = "publish_profile",
    path = "/api/v1/agent-profiles/{id}/publish",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    request_body = PublishBody,
    responses(
        (status = 200, description = "Published", body = Publication),
        (status = 400, description = "The id is no UUID, or the body no JSON object"),
        (status = 404, description = "No such profile"),
        (status = 409, description = "Somebody has edited it meanwhile (`edited_meanwhile`); `current` is what is there now"),
        (status = 413, description = "The body is too long"),
        (status = 415, description = "The body is not `application/json`"),
        (status = 422, description = "The note is too long"),
    )
)]
pub(crate) async fn publish(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    body: Body<PublishBody>,
) -> Result<web::Json<Publication>, ApiError> {
    let PublishBody { note, revision } = body.into_inner();
    let (note, id) = (checked_note(&note)?, *id);
    let published = changed(&state, move |connection| {
        let Some(draft) = query::profile_draft(connection, caller.organization_id, id)? else {
            return Ok(Err(NO_SUCH));
        };
        if revision.is_some_and(|known| known != draft.revision) {
            return Ok(Err(edited_meanwhile(draft)));
        }
        let publication = change::publish_profile(connection, &draft, caller.actor, &note)?;
        let detail = format!("version {}", publication.version);
        change::record_audit(connection, &caller.did("profile.published", id, detail))?;
        Ok(Ok(publication))
    });
    Ok(web::Json(published.await?))
}

/// Makes a version that was published before the draft again, and publishes it as a new version.
#[utoipa::path(
    post,
    operation_id = "roll_back_profile",
    path = "/api/v1/agent-profiles/{id}/rollback",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    request_body = RollbackBody,
    responses(
        (status = 200, description = "Published as a new version", body = Publication),
        (status = 400, description = "The id is no UUID, or the body no JSON object"),
        (status = 404, description = "No such profile, or no such version of it"),
        (status = 409, description = "Another profile has the version's name by now (`name_taken`), the configuration names the profile by another name (`profile_in_use`), or somebody edits it at this moment (`edited_meanwhile`)"),
        (status = 413, description = "The body is too long"),
        (status = 415, description = "The body is not `application/json`"),
        (status = 422, description = "A value that can't be taken"),
    )
)]
pub(crate) async fn roll_back(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    body: Body<RollbackBody>,
) -> Result<web::Json<Publication>, ApiError> {
    let RollbackBody { version, note } = body.into_inner();
    let (note, id, default) = (checked_note(&note)?, *id, default_profile(&state));
    let published = changed(&state, move |connection| {
        let organization_id = caller.organization_id;
        let Some(draft) = query::profile_draft(connection, organization_id, id)? else {
            return Ok(Err(NO_SUCH));
        };
        let Some((_, profile)) = query::profile_version(connection, organization_id, id, version)? else {
            return Ok(Err(NO_SUCH_VERSION));
        };
        if profile.name != draft.profile.name && default.as_deref() == Some(&*draft.profile.name) {
            return Ok(Err(in_use("renamed")));
        }
        let profile = AgentProfile { version: 0, ..profile };
        if !change::update_profile(connection, &profile, draft.revision)? {
            return Ok(Err(edited_meanwhile(draft)));
        }
        let draft = Draft { profile, revision: draft.revision + 1, ..draft };
        let publication = change::publish_profile(connection, &draft, caller.actor, &note)?;
        let detail = format!("version {} is version {version} again", publication.version);
        change::record_audit(connection, &caller.did("profile.rolled_back", id, detail))?;
        Ok(Ok(publication))
    });
    Ok(web::Json(published.await?))
}

/// Lists what was published of a profile, the newest first.
#[utoipa::path(
    get,
    operation_id = "list_profile_versions",
    path = "/api/v1/agent-profiles/{id}/versions",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile"), VersionList),
    responses(
        (status = 200, description = "A page of versions", body = Page<Publication>),
        (status = 400, description = "The id is no UUID, or a parameter is unknown or has a bad value"),
        (status = 404, description = "No such profile"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    asked: web::Query<VersionList>,
) -> Result<web::Json<Page<Publication>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let (organization_id, id, before) = (caller.organization_id, *id, asked.cursor);
    let read = move |connection: &mut Connection| {
        if query::profile_draft(connection, organization_id, id)?.is_none() {
            return Ok(None);
        }
        query::profile_versions(connection, organization_id, id, before, limit.rows()).map(Some)
    };
    let versions = state.store.reads().run(read).await?.ok_or(NO_SUCH)?;
    Ok(web::Json(limit.page(versions, |publication| publication.version.to_string())))
}

/// Shows a published version.
#[utoipa::path(
    get,
    operation_id = "show_profile_version",
    path = "/api/v1/agent-profiles/{id}/versions/{version}",
    tag = "agent profiles",
    params(
        ("id" = ProfileId, Path, description = "The profile"),
        ("version" = u32, Path, description = "The version's number"),
    ),
    responses(
        (status = 200, description = "The version", body = VersionView),
        (status = 400, description = "The id is no UUID, or the version no number"),
        (status = 404, description = "No such profile, or no such version of it"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    path: web::Path<(ProfileId, u32)>,
) -> Result<web::Json<VersionView>, ApiError> {
    let (organization_id, (id, version)) = (caller.organization_id, path.into_inner());
    let read =
        move |connection: &mut Connection| query::profile_version(connection, organization_id, id, version);
    let (publication, profile) = state.store.reads().run(read).await?.ok_or(NO_SUCH_VERSION)?;
    Ok(web::Json(VersionView { publication, profile }))
}

/// Compares two versions of a profile, or one with the draft.
#[utoipa::path(
    get,
    operation_id = "compare_profile_versions",
    path = "/api/v1/agent-profiles/{id}/diff",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile"), DiffQuery),
    responses(
        (status = 200, description = "How they differ", body = DiffView),
        (status = 400, description = "The id is no UUID, or a parameter is unknown or has a bad value"),
        (status = 404, description = "No such profile, or no such version of it"),
    )
)]
pub(crate) async fn diff(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    asked: web::Query<DiffQuery>,
) -> Result<web::Json<DiffView>, ApiError> {
    let (organization_id, id, DiffQuery { from, to }) = (caller.organization_id, *id, asked.into_inner());
    let read = move |connection: &mut Connection| {
        let Some(draft) = query::profile_draft(connection, organization_id, id)? else {
            return Ok(Err(NO_SUCH));
        };
        let from = from.unwrap_or(draft.published_version);
        let old = query::profile_version(connection, organization_id, id, from)?;
        let new = match to {
            Some(to) => query::profile_version(connection, organization_id, id, to)?.map(|found| found.1),
            None => Some(draft.profile),
        };
        let (Some((_, old)), Some(new)) = (old, new) else { return Ok(Err(NO_SUCH_VERSION)) };
        Ok(Ok((from, old, new)))
    };
    let (from, old, new) = state.store.reads().run(read).await??;
    Ok(web::Json(DiffView { from, to, changes: changes(old, new) }))
}

/// Each member of the profiles that differs, by name.
fn changes(old: AgentProfile, new: AgentProfile) -> Vec<FieldChange> {
    let members = |profile: AgentProfile| match serde_json::to_value(AgentProfile { version: 0, ..profile }) {
        Ok(Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let mut old = members(old);
    members(new)
        .into_iter()
        .filter_map(|(field, new)| {
            let old = old.remove(&field).unwrap_or_default();
            (old != new).then_some(FieldChange { field, old, new })
        })
        .collect()
}
