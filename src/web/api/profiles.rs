//! `/api/v1/agent-profiles`: the assistants' personas and settings, as drafts. New calls get the newest published version within 2 s; a live call
//! keeps the version that it started with. A change is published at once unless the request says otherwise.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::extraction::{ExtractionField, TopicRule};
use cordboard_schema::ids::ProfileId;
use cordboard_schema::intent::HandoffWords;
use cordboard_schema::profile::{AgentProfile, DtmfAction, SpeechSettings};
use cordboard_schema::profile_body::ProfileBody;
use cordboard_schema::profile_change::ProfileChange;
use cordboard_schema::profile_version::{Draft, DraftSlot};
use cordboard_schema::style::Style;
use cordboard_schema::switch::{AfterHandoff, AssistantInHandoff, HandoffStyle};
use cordboard_schema::tool::ToolName;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::profile_rules::{VoicesThere, check};
use crate::store::{Connection, ProfileHead, ReadDrafts, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision;

/// An agent profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileView {
    id: ProfileId,
    /// The name that the configuration and people use.
    name: String,
    /// BCP 47 tag of the language it speaks.
    language: String,
    /// Persona, rules and knowledge, as a realtime provider gets them.
    instructions: String,
    /// The first words of a call.
    greeting: Option<String>,
    /// How a realtime provider speaks and listens.
    #[serde(flatten)]
    speech: SpeechSettings,
    /// The tools that the assistant may use.
    tools: Vec<ToolName>,
    /// Actions of the keys.
    dtmf_actions: Vec<DtmfAction>,
    /// What happens to the caller when the person who took over leaves first.
    after_handoff: AfterHandoff,
    /// State of the assistant's connection while a person talks with the caller.
    assistant_in_handoff: AssistantInHandoff,
    /// Announcement that an agent hears before they are connected with the caller.
    handoff_style: HandoffStyle,
    /// Words by which its callers ask for a person, and the person they get.
    handoff_words: HandoffWords,
    /// Style of its answers.
    style: Style,
    /// Notice that every caller hears first, word for word.
    notice: Option<String>,
    /// Values that are extracted from each finished call.
    extraction: Vec<ExtractionField>,
    /// Topics that are looked for in each finished call.
    topics: Vec<TopicRule>,
    /// Counts the changes; the next change sends it as `revision`.
    revision: u64,
    /// The version that new calls get; 0 if none was published.
    published_version: u32,
    /// Whether new calls get something other than this draft.
    has_unpublished_changes: bool,
}

impl From<Draft> for ProfileView {
    fn from(draft: Draft) -> Self {
        let has_unpublished_changes = !draft.is_published();
        let Draft { profile, revision, published_revision: _, published_version } = draft;
        let AgentProfile {
            id,
            organization_id: _,
            name,
            language,
            instructions,
            greeting,
            speech,
            tools,
            dtmf_actions,
            after_handoff,
            assistant_in_handoff,
            handoff_style,
            handoff_words,
            custom_tools: _,
            style,
            notice,
            extraction,
            topics,
            version: _,
        } = profile;
        Self {
            id,
            name,
            language,
            instructions,
            greeting,
            speech,
            tools,
            dtmf_actions,
            after_handoff,
            assistant_in_handoff,
            handoff_style,
            handoff_words,
            style,
            notice,
            extraction,
            topics,
            revision,
            published_version,
            has_unpublished_changes,
        }
    }
}

impl ReadOnly for ProfileBody {
    const NAMES: &'static [&'static str] = &["id"];
}

impl ReadOnly for ProfileChange {
    const NAMES: &'static [&'static str] = &["id", "published_version", "has_unpublished_changes"];
    const FIXED: &'static [&'static str] = &["id"];
}

/// All agent profiles.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfilesView {
    /// Profiles that can be read, oldest first.
    items: Vec<ProfileView>,
    /// Always null: all are on one page.
    next_cursor: Option<String>,
    /// Profiles whose draft can't be read. Calls go on with their published version.
    unreadable: Vec<UnreadableProfileView>,
}

/// An agent profile whose draft can't be read. Discarding the draft restores it from the newest published version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnreadableProfileView {
    /// The id, as in its row.
    id: String,
    /// The name that the configuration and people use.
    name: String,
    /// Whether there is a published version to restore the draft from. If not, remove the profile and create it again.
    is_published: bool,
    /// Table, column and cause.
    fault: String,
}

impl From<ReadDrafts> for ProfilesView {
    fn from(ReadDrafts { found, unreadable }: ReadDrafts) -> Self {
        let unreadable = unreadable.into_iter().map(|(head, fault)| {
            let ProfileHead { id, name, language: _, is_published } = head;
            UnreadableProfileView { id, name, is_published, fault }
        });
        let items = found.into_iter().map(ProfileView::from).collect();
        Self { items, next_cursor: None, unreadable: unreadable.collect() }
    }
}

/// Lists the agent profiles, oldest first, all on one page. Profiles whose draft can't be read are listed separately.
#[utoipa::path(
    get,
    operation_id = "list_profiles",
    path = "/api/v1/agent-profiles",
    tag = "agent profiles",
    responses((status = 200, description = "All profiles", body = ProfilesView))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<ProfilesView>, ApiError> {
    Ok(web::Json(listed(&state, &caller).await?))
}

/// All agent profiles, oldest first.
pub(in crate::web) async fn listed(state: &WebState, caller: &Caller) -> Result<ProfilesView, ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::readable_profile_drafts(connection, organization_id);
    Ok(state.store.reads().run(read).await?.into())
}

/// Shows an agent profile.
#[utoipa::path(
    get,
    operation_id = "show_profile",
    path = "/api/v1/agent-profiles/{id}",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    responses(
        (status = 200, description = "The profile", body = ProfileView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such profile"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
) -> Result<web::Json<ProfileView>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| query::profile_draft(connection, organization_id, id);
    let profile = state.store.reads().run(read).await?.ok_or(NO_SUCH)?;
    Ok(web::Json(profile.into()))
}

/// Creates an agent profile.
#[utoipa::path(
    post,
    operation_id = "create_profile",
    path = "/api/v1/agent-profiles",
    tag = "agent profiles",
    request_body = ProfileBody,
    responses(
        (status = 201, description = "Created; `Location` has its address", body = ProfileView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "The name is taken (`name_taken`), or there are too many (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance an unknown tool"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: ThingBody<ProfileBody>,
) -> Result<HttpResponse, ApiError> {
    let (body, organization_id) = (body.into_inner(), caller.organization_id);
    let (publishes, id) = (body.publish, ProfileId(world::new_id()));
    if body.revision.is_some_and(|known| known != 0) {
        return Err(ApiError::Invalid(vec![Fault::of(
            "revision",
            "must be 0 or left out: nothing is there yet",
        )]));
    }
    let made = body.into_profile(id, organization_id);
    check(&made)?;
    VoicesThere::of(&state, organization_id).check(&made, None)?;
    let draft = changed(&state, move |connection| {
        let profiles = query::profile_heads(connection, organization_id)?;
        if profiles.len() >= cordboard_schema::limits::PROFILES_MAX {
            return Ok(Err(ApiError::conflict(
                "too_many",
                "there is no room for another profile: remove one first",
            )));
        }
        change::create_profile(connection, &made)?;
        change::record_audit(connection, &caller.did("profile.created", id, &made.name))?;
        kept(connection, &caller, (id, DraftSlot::A), publishes)
    })
    .await?;
    let location = format!("/api/v1/agent-profiles/{id}");
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(ProfileView::from(draft)))
}

/// An agent profile that replaces another one, whose revision it names.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "only for the document: requests are read as `ProfileBody`")]
pub(crate) struct ProfileInPlaceBody {
    #[serde(flatten)]
    profile: ProfileBody,
    /// Revision that this replaces. If it is not the present one, nothing is changed (`edited_meanwhile`).
    revision: u64,
}

/// Changes the given members of an agent profile; the rest keep their values.
#[utoipa::path(
    patch,
    operation_id = "change_profile",
    path = "/api/v1/agent-profiles/{id}",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    request_body = ProfileChange,
    responses(
        (status = 200, description = "Changed", body = ProfileView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such profile"),
        (status = 409, description = revision::edited_meanwhile!("the name is taken (`name_taken`), or the configuration uses the profile's old name (`profile_in_use`)")),
        (status = 422, description = "A value is invalid, for instance an unknown tool"),
    )
)]
pub(crate) async fn patch(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    body: ThingBody<ProfileChange>,
) -> Result<web::Json<ProfileView>, ApiError> {
    body.demand_unchanged(&json!({ "id": *id }))?;
    Ok(web::Json(change(&state, &caller, *id, body.into_inner()).await?))
}

/// Replaces an agent profile as a whole; members that are left out get their defaults.
#[utoipa::path(
    put,
    operation_id = "update_profile",
    path = "/api/v1/agent-profiles/{id}",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    request_body = ProfileInPlaceBody,
    responses(
        (status = 200, description = "Changed", body = ProfileView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such profile"),
        (status = 409, description = revision::edited_meanwhile!("the name is taken (`name_taken`), or the configuration uses the profile's old name (`profile_in_use`)")),
        (status = 422, description = "A value is invalid, for instance an unknown tool, or there is no revision"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    body: ThingBody<ProfileBody>,
) -> Result<web::Json<ProfileView>, ApiError> {
    let body = body.into_inner();
    let Some(revision) = body.revision else {
        let reason =
            "must say which revision this takes the place of; PATCH changes what is named, without one";
        return Err(ApiError::Invalid(vec![Fault::of("revision", reason)]));
    };
    let (publishes, wanted) = (body.publish, body.into_profile(*id, caller.organization_id));
    let which = (*id, DraftSlot::A);
    Ok(web::Json(set(&state, &caller, which, Some(revision), publishes, move |_| wanted).await?))
}

/// Changes the given members of a profile.
pub(in crate::web) async fn change(
    state: &WebState,
    caller: &Caller,
    id: ProfileId,
    wanted: ProfileChange,
) -> Result<ProfileView, ApiError> {
    let (publishes, revision, which) = (wanted.publishes(), wanted.revision, (id, DraftSlot::A));
    set(state, caller, which, revision, publishes, move |profile| wanted.applied_to(profile)).await
}

/// Replaces a draft with what `make` makes of it, if it has the given revision, or any if none is given.
pub(super) async fn set(
    state: &WebState,
    caller: &Caller,
    (id, slot): (ProfileId, DraftSlot),
    revision: Option<u64>,
    publishes: bool,
    make: impl FnOnce(AgentProfile) -> AgentProfile + Send + 'static,
) -> Result<ProfileView, ApiError> {
    let (default, caller) = (default_profile(state), caller.clone());
    let voices = VoicesThere::of(state, caller.organization_id);
    let draft = changed(state, move |connection| {
        let Some(known) = query::draft_of_profile(connection, caller.organization_id, id, slot)? else {
            return Ok(Err(no_such(slot)));
        };
        if revision.is_some_and(|revision| revision != known.revision) {
            return Ok(Err(edited_meanwhile(known)));
        }
        let changed = make(known.profile.clone());
        if let Err(faults) = check(&changed) {
            return Ok(Err(faults));
        }
        if let Err(faults) = voices.check(&changed, Some(&known.profile)) {
            return Ok(Err(faults));
        }
        if slot == DraftSlot::B && known.profile.name != changed.name {
            let reason = "must be that of the profile: the first draft alone gives it another one";
            return Ok(Err(ApiError::Invalid(vec![Fault::of("name", reason)])));
        }
        if known.profile.name != changed.name && default.as_deref() == Some(&*known.profile.name) {
            return Ok(Err(in_use("renamed")));
        }
        if !change::update_draft(connection, slot, &changed, known.revision)? {
            return Ok(Err(edited_meanwhile(known)));
        }
        let detail = match slot {
            DraftSlot::A => changed.name,
            DraftSlot::B => format!("{}, draft {slot}", changed.name),
        };
        change::record_audit(connection, &caller.did("profile.changed", id, detail))?;
        kept(connection, &caller, (id, slot), publishes)
    });
    Ok(draft.await?.into())
}

/// Stores a draft, and publishes it if requested.
fn kept(
    connection: &mut Connection,
    caller: &Caller,
    (id, slot): (ProfileId, DraftSlot),
    publishes: bool,
) -> Result<Result<Draft, ApiError>, StoreError> {
    let Some(draft) = query::draft_of_profile(connection, caller.organization_id, id, slot)? else {
        return Ok(Err(no_such(slot)));
    };
    if !publishes {
        return Ok(Ok(draft));
    }
    let published = change::publish_draft(connection, slot, &draft, caller.actor, "")?;
    let detail = format!("version {}", published.version);
    change::record_audit(connection, &caller.did("profile.published", id, detail))?;
    let (published_revision, published_version) = (draft.revision, published.version);
    Ok(Ok(Draft { published_revision, published_version, ..draft }))
}

/// Removes an agent profile, even if its draft can't be read. Calls that it answers go on with their copy.
#[utoipa::path(
    delete,
    operation_id = "delete_profile",
    path = "/api/v1/agent-profiles/{id}",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such profile"),
        (status = 409, description = "It is the last one (`last_profile`), answers a phone number (`profile_has_number`) or a talk link (`profile_has_talk_link`), or the configuration names it (`profile_in_use`)"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id, default) = (caller.organization_id, *id, default_profile(&state));
    changed(&state, move |connection| {
        // A profile whose draft can't be read is removed as well.
        let profiles = query::profile_heads(connection, organization_id)?;
        let own = id.to_string();
        let Some(profile) = profiles.iter().find(|profile| profile.id == own) else {
            return Ok(Err(NO_SUCH));
        };
        if default.as_deref() == Some(&profile.name) {
            return Ok(Err(in_use("removed")));
        }
        if query::profile_has_number(connection, organization_id, id)? {
            return Ok(Err(ApiError::conflict(
                "profile_has_number",
                "it answers a phone number; assign that to another profile first",
            )));
        }
        if query::profile_has_talk_link(connection, organization_id, id)? {
            return Ok(Err(ApiError::conflict(
                "profile_has_talk_link",
                "it answers a talk link; assign that to another profile first",
            )));
        }
        // Calls don't use a profile that was never published.
        if !profiles.iter().any(|profile| profile.id != own && profile.is_published) {
            return Ok(Err(ApiError::conflict(
                "last_profile",
                "calls need a profile that answers them: publish another one first",
            )));
        }
        change::record_audit(connection, &caller.did("profile.removed", id, &profile.name))?;
        change::delete_profile(connection, organization_id, id).map(Ok)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(super) const NO_SUCH: ApiError = ApiError::NotFound("profile");

/// Error for a draft that does not exist: no profile, or no second draft of it.
pub(super) fn no_such(slot: DraftSlot) -> ApiError {
    match slot {
        DraftSlot::A => NO_SUCH,
        DraftSlot::B => ApiError::NotFound("draft"),
    }
}

pub(super) fn default_profile(state: &WebState) -> Option<String> {
    state.configuration.config.legs.audiosocket.default_profile.clone()
}

pub(super) fn in_use(what: &str) -> ApiError {
    let detail =
        format!("`audiosocket.default_profile` names this profile; change that before it can be {what}");
    ApiError::conflict("profile_in_use", detail)
}

/// Conflict for a client that has changed an outdated draft; the current profile is included.
pub(super) fn edited_meanwhile(now: Draft) -> ApiError {
    ApiError::edited_meanwhile("profile", &ProfileView::from(now))
}

/// Reads and changes in one transaction.
pub(super) async fn changed<T: Send + 'static>(
    state: &WebState,
    change: impl FnOnce(&mut Connection) -> Result<Result<T, ApiError>, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    match state.store.change_or_refuse(change).await {
        Err(error) if error.is_taken_name() => {
            Err(ApiError::conflict("name_taken", "another profile has this name: choose another name"))
        }
        outcome => outcome?,
    }
}
