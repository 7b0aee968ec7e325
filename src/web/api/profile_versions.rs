//! `/api/v1/agent-profiles/{id}/versions`: publishing a draft, comparing versions, rolling back.

use actix_web::web;
use cordboard_schema::ids::{OrganizationId, ProfileId};
use cordboard_schema::limits::PROFILE_NOTE_CHARS_MAX;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::profile_version::{Draft, DraftSlot, Publication};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::given::Faults;
use super::profiles::{NO_SUCH, changed, default_profile, edited_meanwhile, in_use, no_such};
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;
use crate::web::revision;

/// Why a draft is published.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PublishBody {
    /// Note for readers of the list of versions.
    #[schema(max_length = 500)]
    note: String,
    /// The expected revision of the draft. If it has another one, nothing is published (`edited_meanwhile`).
    revision: Option<u64>,
}

/// Version to roll back to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollbackBody {
    /// Its number.
    #[schema(minimum = 1)]
    version: u32,
    /// Note for readers of the list of versions.
    #[serde(default)]
    #[schema(max_length = 500)]
    note: String,
}

/// A complete published version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionView {
    /// When, by whom and why it was published.
    publication: Publication,
    /// The profile.
    profile: AgentProfile,
}

/// Versions or drafts to compare.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffQuery {
    /// The version to compare from; the newest published one if left out.
    from: Option<u32>,
    /// The version to compare with; a draft if left out.
    to: Option<u32>,
    /// The draft to compare from, instead of a version.
    from_draft: Option<DraftSlot>,
    /// The draft to compare with, if `to` is left out; by default the first.
    to_draft: Option<DraftSlot>,
}

/// Query of the list of versions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VersionList {
    /// Versions of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<u32>,
}

/// Differences between two versions or drafts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiffView {
    /// The version compared from; null for a draft.
    from: Option<u32>,
    /// The draft compared from; null for a version.
    from_draft: Option<DraftSlot>,
    /// The version compared with; null for a draft.
    to: Option<u32>,
    /// The draft compared with; null for a version.
    to_draft: Option<DraftSlot>,
    /// Each member that differs, by name; empty if there is no difference.
    changes: Vec<FieldChange>,
}

/// A member that differs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldChange {
    /// Its name.
    field: String,
    /// Old value.
    #[schema(value_type = Value)]
    old: Value,
    /// New value.
    #[schema(value_type = Value)]
    new: Value,
}

pub(super) const NO_SUCH_VERSION: ApiError = ApiError::NotFound("version");

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
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such profile"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "The note is too long"),
    )
)]
pub(crate) async fn publish(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    body: Body<PublishBody>,
) -> Result<web::Json<Publication>, ApiError> {
    Ok(web::Json(published(&state, caller, (*id, DraftSlot::A), body.into_inner()).await?))
}

/// Publishes a draft.
pub(super) async fn published(
    state: &WebState,
    caller: Caller,
    (id, slot): (ProfileId, DraftSlot),
    PublishBody { note, revision }: PublishBody,
) -> Result<Publication, ApiError> {
    let note = checked_note(&note)?;
    let published = changed(state, move |connection| {
        let Some(draft) = query::draft_of_profile(connection, caller.organization_id, id, slot)? else {
            return Ok(Err(no_such(slot)));
        };
        if revision.is_some_and(|known| known != draft.revision) {
            return Ok(Err(edited_meanwhile(draft)));
        }
        let publication = change::publish_draft(connection, slot, &draft, caller.actor, &note)?;
        let detail = match slot {
            DraftSlot::A => format!("version {}", publication.version),
            DraftSlot::B => format!("version {}, of draft {slot}", publication.version),
        };
        change::record_audit(connection, &caller.did("profile.published", id, detail))?;
        Ok(Ok(publication))
    });
    published.await
}

/// Restores a published version: it becomes the draft and is published as a new version.
#[utoipa::path(
    post,
    operation_id = "roll_back_profile",
    path = "/api/v1/agent-profiles/{id}/rollback",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    request_body = RollbackBody,
    responses(
        (status = 200, description = "Published as a new version", body = Publication),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such profile, or no such version of it"),
        (status = 409, description = "Another profile has the version's name by now (`name_taken`), the configuration uses the profile's other name (`profile_in_use`), or somebody is editing it (`edited_meanwhile`)"),
        (status = 422, description = "A value is invalid"),
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

/// Lists the published versions of a profile, newest first.
#[utoipa::path(
    get,
    operation_id = "list_profile_versions",
    path = "/api/v1/agent-profiles/{id}/versions",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile"), VersionList),
    responses(
        (status = 200, description = "A page of versions", body = Page<Publication>),
        (status = 400, description = "The id is not a UUID, or a parameter is unknown or invalid"),
        (status = 404, description = "No such profile"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    asked: Query<VersionList>,
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
        (status = 400, description = "The id is not a UUID, or the version not a number"),
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

/// Compares two versions of a profile, a version with a draft, or its two drafts.
#[utoipa::path(
    get,
    operation_id = "compare_profile_versions",
    path = "/api/v1/agent-profiles/{id}/diff",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile"), DiffQuery),
    responses(
        (status = 200, description = "The differences", body = DiffView),
        (status = 400, description = "The id is not a UUID, or a parameter is unknown or invalid"),
        (status = 404, description = "No such profile, no such version of it, or it has no second draft"),
        (status = 422, description = "`from` and `from_draft` are both given, or `to` and `to_draft`"),
    )
)]
pub(crate) async fn diff(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    asked: Query<DiffQuery>,
) -> Result<web::Json<DiffView>, ApiError> {
    let (organization_id, id, asked) = (caller.organization_id, *id, asked.into_inner());
    asked.check()?;
    let read = move |connection: &mut Connection| {
        let Some(draft) = query::profile_draft(connection, organization_id, id)? else {
            return Ok(Err(NO_SUCH));
        };
        let (from, to) = asked.sides(draft.published_version);
        let old = match from.read(connection, (organization_id, id))? {
            Ok(profile) => profile,
            Err(missing) => return Ok(Err(missing)),
        };
        let new = to.read(connection, (organization_id, id))?;
        Ok(new.map(|new| (from, to, [old, new])))
    };
    let (from, to, sides) = state.store.reads().run(read).await??;
    let ((from, from_draft), (to, to_draft)) = (from.numbers(), to.numbers());
    Ok(web::Json(DiffView { from, from_draft, to, to_draft, changes: changes(sides) }))
}

/// One side of a comparison.
#[derive(Clone, Copy, Debug)]
enum Side {
    Version(u32),
    Draft(DraftSlot),
}

impl DiffQuery {
    /// Refuses two things for one side: neither of them may be left out silently.
    fn check(&self) -> Result<(), ApiError> {
        let mut faults = Faults::default();
        let is_one = |version: Option<u32>, draft: Option<DraftSlot>| version.is_none() || draft.is_none();
        faults.demand(is_one(self.from, self.from_draft), "from", "must be left out beside `from_draft`");
        faults.demand(is_one(self.to, self.to_draft), "to", "must be left out beside `to_draft`");
        faults.into_result()
    }

    /// Returns both sides; `newest` is the newest version.
    fn sides(&self, newest: u32) -> (Side, Side) {
        let from = match self.from_draft {
            Some(draft) => Side::Draft(draft),
            None => Side::Version(self.from.unwrap_or(newest)),
        };
        let to = self.to.map_or(Side::Draft(self.to_draft.unwrap_or_default()), Side::Version);
        (from, to)
    }
}

impl Side {
    fn read(
        self,
        connection: &mut Connection,
        (organization_id, id): (OrganizationId, ProfileId),
    ) -> Result<Result<AgentProfile, ApiError>, StoreError> {
        Ok(match self {
            Self::Version(version) => {
                let found = query::profile_version(connection, organization_id, id, version)?;
                found.map(|(_, profile)| profile).ok_or(NO_SUCH_VERSION)
            }
            Self::Draft(slot) => {
                let found = query::draft_of_profile(connection, organization_id, id, slot)?;
                found.map(|draft| draft.profile).ok_or_else(|| no_such(slot))
            }
        })
    }

    /// Returns the number of the version, or the draft.
    fn numbers(self) -> (Option<u32>, Option<DraftSlot>) {
        match self {
            Self::Version(version) => (Some(version), None),
            Self::Draft(draft) => (None, Some(draft)),
        }
    }
}

/// Returns each member of the profiles that differs, by name.
fn changes([old, new]: [AgentProfile; 2]) -> Vec<FieldChange> {
    let members = |profile: AgentProfile| match serde_json::to_value(AgentProfile { version: 0, ..profile }) {
        Ok(Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let mut old = members(old);
    let mut changes: Vec<FieldChange> = members(new)
        .into_iter()
        .filter_map(|(field, new)| {
            let old = old.remove(&field).unwrap_or_default();
            (old != new).then_some(FieldChange { field, old, new })
        })
        .collect();
    // An empty list is left out, so the removal of all entries needs to be added as a difference.
    changes.extend(old.into_iter().map(|(field, old)| FieldChange { field, old, new: Value::Null }));
    changes
}
