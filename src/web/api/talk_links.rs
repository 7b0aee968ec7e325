//! `/api/v1/talk-links`: addresses at which anybody can talk with the assistant in a browser.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::account::checked_name;
use cordboard_schema::ids::{ProfileId, TalkLinkId};
use cordboard_schema::limits::{TALK_LINK_CALLS_DEFAULT, TALK_LINK_CALLS_PER_HOUR_DEFAULT, TALK_LINKS_MAX};
use cordboard_schema::talk_link::{
    TalkLink, WidgetLook, checked_accent, checked_calls_max, checked_calls_per_hour_max, checked_greeting,
    checked_origins,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::store::{Connection, Made, StoreError, change, query};
use crate::web::WebState;
use crate::web::accounts::one_time;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision::{self, IfMatch, Revised};

/// Members of a talk link that only the server sets.
const SET_BY_SERVER: &[&str] = &["id", "created_at", "last_used_at", "signing_secret_made_at"];

/// A talk link.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TalkLinkView {
    #[serde(flatten)]
    known: TalkLink,
    /// Revision of what can be changed: a new value after each change. It does not change when the link is used or its signing secret is made.
    revision: String,
}

impl From<TalkLink> for TalkLinkView {
    fn from(known: TalkLink) -> Self {
        let TalkLink { name, profile_id, enabled, calls_max, calls_per_hour_max, origins, widget, .. } =
            &known;
        let limits = (enabled, calls_max, calls_per_hour_max);
        let revision = revision::of(&(name, profile_id, limits, origins, widget));
        Self { known, revision }
    }
}

impl Revised for TalkLinkView {
    const WHAT: &'static str = "talk link";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// A talk link in a request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TalkLinkBody {
    /// Display name; visitors see it, and calls show it as the number dialled.
    #[schema(example = "Our website", max_length = 100)]
    name: String,
    /// The profile that answers.
    profile_id: ProfileId,
    /// Whether the link can be used; true if left out.
    #[serde(default = "on")]
    enabled: bool,
    /// The most calls over it at once; 5 if left out.
    #[schema(minimum = 1, maximum = 1000)]
    calls_max: Option<u32>,
    /// The most calls per hour from one address; 20 if left out.
    #[schema(minimum = 1, maximum = 10000)]
    calls_per_hour_max: Option<u32>,
    /// Origins of other sites' pages that may show its widget: `https://www.example.com`, or `http://localhost:3000` for development. None if left
    /// out.
    #[serde(default)]
    #[schema(max_items = 20, example = json!(["https://www.example.com"]))]
    origins: Vec<String>,
    /// Appearance of its widget.
    #[serde(default)]
    widget: WidgetLook,
}

impl ReadOnly for TalkLinkBody {
    const NAMES: &'static [&'static str] =
        &["id", "created_at", "last_used_at", "signing_secret_made_at", "revision"];
}

const fn on() -> bool {
    true
}

/// A talk link that replaces the previous one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TalkLinkInPlaceBody {
    /// Display name; visitors see it, and calls show it as the number dialled.
    #[schema(example = "Our website", max_length = 100)]
    name: String,
    /// The profile that answers.
    profile_id: ProfileId,
    /// Whether the link can be used. It is required, so that a link that is off is not switched on by accident.
    enabled: bool,
    /// The most calls over it at once; 5 if left out.
    #[schema(minimum = 1, maximum = 1000)]
    calls_max: Option<u32>,
    /// The most calls per hour from one address; 20 if left out.
    #[schema(minimum = 1, maximum = 10000)]
    calls_per_hour_max: Option<u32>,
    /// Origins of other sites' pages that may show its widget. None if left out.
    #[serde(default)]
    #[schema(max_items = 20, example = json!(["https://www.example.com"]))]
    origins: Vec<String>,
    /// Appearance of its widget.
    #[serde(default)]
    widget: WidgetLook,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    revision: Option<String>,
}

impl ReadOnly for TalkLinkInPlaceBody {
    const NAMES: &'static [&'static str] = SET_BY_SERVER;
}

impl From<TalkLinkInPlaceBody> for TalkLinkBody {
    fn from(body: TalkLinkInPlaceBody) -> Self {
        Self {
            name: body.name,
            profile_id: body.profile_id,
            enabled: body.enabled,
            calls_max: body.calls_max,
            calls_per_hour_max: body.calls_per_hour_max,
            origins: body.origins,
            widget: body.widget,
        }
    }
}

/// Changes of a talk link; members that are left out keep their values.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TalkLinkChange {
    /// Display name; visitors see it, and calls show it as the number dialled.
    #[schema(example = "Our website", max_length = 100)]
    name: Option<String>,
    /// The profile that answers.
    profile_id: Option<ProfileId>,
    /// Whether the link can be used.
    enabled: Option<bool>,
    /// The most calls over it at once.
    #[schema(minimum = 1, maximum = 1000)]
    calls_max: Option<u32>,
    /// The most calls per hour from one address.
    #[schema(minimum = 1, maximum = 10000)]
    calls_per_hour_max: Option<u32>,
    /// All origins of other sites' pages that may show its widget.
    #[schema(max_items = 20, example = json!(["https://www.example.com"]))]
    origins: Option<Vec<String>>,
    /// Appearance of its widget, as a whole.
    widget: Option<WidgetLook>,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    revision: Option<String>,
}

impl ReadOnly for TalkLinkChange {
    const NAMES: &'static [&'static str] = SET_BY_SERVER;
    const FIXED: &'static [&'static str] = &["id"];
}

impl TalkLinkChange {
    /// Returns that link with the given members replaced.
    fn applied_to(self, link: TalkLink) -> TalkLinkBody {
        TalkLinkBody {
            name: self.name.unwrap_or(link.name),
            profile_id: self.profile_id.unwrap_or(link.profile_id),
            enabled: self.enabled.unwrap_or(link.enabled),
            calls_max: Some(self.calls_max.unwrap_or(link.calls_max)),
            calls_per_hour_max: Some(self.calls_per_hour_max.unwrap_or(link.calls_per_hour_max)),
            origins: self.origins.unwrap_or_else(|| link.origins.iter().map(ToString::to_string).collect()),
            widget: self.widget.unwrap_or(link.widget),
        }
    }
}

/// A talk link that was just created.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeTalkLinkView {
    /// The link without its token, as lists show it.
    #[serde(flatten)]
    known: TalkLinkView,
    /// Its address with the token; shown only once.
    url: String,
}

/// Lists the talk links, oldest first, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_talk_links",
    path = "/api/v1/talk-links",
    tag = "talk links",
    responses((status = 200, description = "All talk links, without their addresses", body = Page<TalkLinkView>))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<TalkLinkView>>, ApiError> {
    let id = caller.organization_id;
    let links = state.store.reads().run(move |connection| query::talk_links(connection, id)).await?;
    Ok(web::Json(Page::whole(links.into_iter().map(TalkLinkView::from).collect())))
}

/// Shows a talk link.
#[utoipa::path(
    get,
    operation_id = "show_talk_link",
    path = "/api/v1/talk-links/{id}",
    tag = "talk links",
    params(("id" = TalkLinkId, Path, description = "The link's id")),
    responses(
        (status = 200, description = "The talk link", body = TalkLinkView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such talk link"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<TalkLinkId>,
) -> Result<web::Json<TalkLinkView>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| query::talk_link(connection, organization_id, id);
    Ok(web::Json(state.store.reads().run(read).await?.ok_or(NO_SUCH)?.into()))
}

/// Creates a talk link.
///
/// Anybody who has its address can talk with the profile's assistant without signing in.
#[utoipa::path(
    post,
    operation_id = "create_talk_link",
    path = "/api/v1/talk-links",
    tag = "talk links",
    request_body = TalkLinkBody,
    responses(
        (status = 201, description = "Created; its address is shown only once", body = MadeTalkLinkView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "There are too many (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance another organization's profile"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: ThingBody<TalkLinkBody>,
) -> Result<HttpResponse, ApiError> {
    let link = checked(&caller, TalkLinkId(world::new_id()), body.into_inner())?;
    let (token, adding) = (one_time::secret(), link.clone());
    let hash = one_time::hash(&token);
    let maker = caller.maker();
    let entry = caller.did("talk_link.made", link.id, &link.name);
    changed(&state, move |connection| {
        if query::talk_links(connection, adding.organization_id)?.len() >= TALK_LINKS_MAX {
            return Ok(Err(ApiError::conflict(
                "too_many",
                "there is no room for another talk link: remove one first",
            )));
        }
        if query::profile(connection, adding.organization_id, adding.profile_id)?.is_none() {
            return Ok(Err(no_profile()));
        }
        change::create_talk_link(connection, &adding, hash)?;
        change::note_maker(connection, adding.organization_id, Made::TalkLink(adding.id), maker)?;
        change::record_audit(connection, &entry).map(Ok)
    })
    .await?;
    let location = format!("/api/v1/talk-links/{}", link.id);
    let view = MadeTalkLinkView { known: link.into(), url: format!("{}/talk/{token}", state.base_url()) };
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(view))
}

/// Replaces a talk link, including members that the body leaves out. Its address stays.
#[utoipa::path(
    put,
    operation_id = "update_talk_link",
    path = "/api/v1/talk-links/{id}",
    tag = "talk links",
    params(
        ("id" = TalkLinkId, Path, description = "The link's id"),
        IfMatch,
    ),
    request_body = TalkLinkInPlaceBody,
    responses(
        (status = 200, description = "Changed", body = TalkLinkView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such talk link"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A value is invalid, for instance another organization's profile, or `enabled` is missing"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<TalkLinkId>,
    if_match: IfMatch,
    body: ThingBody<TalkLinkInPlaceBody>,
) -> Result<web::Json<TalkLinkView>, ApiError> {
    let body = body.into_inner();
    let asked = if_match.or(body.revision.clone());
    let link = checked(&caller, *id, body.into())?;
    let set = move |connection: &mut Connection| {
        // A link that can't be read has no revision: a request without one replaces it.
        if asked.is_of_one() {
            let Some(there) = query::talk_link(connection, caller.organization_id, link.id)? else {
                return Ok(Err(NO_SUCH));
            };
            if let Err(late) = asked.demand(&TalkLinkView::from(there)) {
                return Ok(Err(late));
            }
        }
        kept(connection, &caller, &link)
    };
    Ok(web::Json(state.store.change(set).await??.into()))
}

/// Changes the given members of a talk link; the rest keep their values.
#[utoipa::path(
    patch,
    operation_id = "change_talk_link",
    path = "/api/v1/talk-links/{id}",
    tag = "talk links",
    params(
        ("id" = TalkLinkId, Path, description = "The link's id"),
        IfMatch,
    ),
    request_body = TalkLinkChange,
    responses(
        (status = 200, description = "Changed", body = TalkLinkView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such talk link"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A value is invalid, for instance another organization's profile"),
    )
)]
pub(crate) async fn patch(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<TalkLinkId>,
    if_match: IfMatch,
    body: ThingBody<TalkLinkChange>,
) -> Result<web::Json<TalkLinkView>, ApiError> {
    let id = *id;
    body.demand_unchanged(&json!({ "id": id }))?;
    let body = body.into_inner();
    let asked = if_match.or(body.revision.clone());
    let set = move |connection: &mut Connection| {
        let Some(there) = query::talk_link(connection, caller.organization_id, id)? else {
            return Ok(Err(NO_SUCH));
        };
        if let Err(late) = asked.demand(&TalkLinkView::from(there.clone())) {
            return Ok(Err(late));
        }
        match checked(&caller, id, body.applied_to(there)) {
            Ok(link) => kept(connection, &caller, &link),
            Err(wrong) => Ok(Err(wrong)),
        }
    };
    Ok(web::Json(state.store.change(set).await??.into()))
}

/// Changes a link, if its profile is the organization's, and returns the changed link.
fn kept(
    connection: &mut Connection,
    caller: &Caller,
    link: &TalkLink,
) -> Result<Result<TalkLink, ApiError>, StoreError> {
    if query::profile(connection, link.organization_id, link.profile_id)?.is_none() {
        return Ok(Err(no_profile()));
    }
    if !change::update_talk_link(connection, link)? {
        return Ok(Err(NO_SUCH));
    }
    change::record_audit(connection, &caller.did("talk_link.changed", link.id, &link.name))?;
    Ok(query::talk_link(connection, link.organization_id, link.id)?.ok_or(NO_SUCH))
}

/// Removes a talk link: it can no longer be used. Live calls go on.
#[utoipa::path(
    delete,
    operation_id = "delete_talk_link",
    path = "/api/v1/talk-links/{id}",
    tag = "talk links",
    params(("id" = TalkLinkId, Path, description = "The link's id")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such talk link"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<TalkLinkId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    changed(&state, move |connection| {
        if !change::delete_talk_link(connection, organization_id, id)? {
            return Ok(Err(NO_SUCH));
        }
        change::record_audit(connection, &caller.did("talk_link.removed", id, "")).map(Ok)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(super) const NO_SUCH: ApiError = ApiError::NotFound("talk link");

fn no_profile() -> ApiError {
    ApiError::Invalid(vec![Fault::of("profile_id", "must be one of the organization's agent profiles")])
}

/// Returns the link of a body, or all its faults.
fn checked(caller: &Caller, id: TalkLinkId, body: TalkLinkBody) -> Result<TalkLink, ApiError> {
    let mut faults = Vec::new();
    let mut checked_number =
        |field, checked: Result<u32, String>| checked.map_err(|reason| faults.push(Fault::of(field, reason)));
    let calls_max = body.calls_max.unwrap_or(TALK_LINK_CALLS_DEFAULT);
    let calls_max = checked_number("calls_max", checked_calls_max(calls_max));
    let per_hour = body.calls_per_hour_max.unwrap_or(TALK_LINK_CALLS_PER_HOUR_DEFAULT);
    let per_hour = checked_number("calls_per_hour_max", checked_calls_per_hour_max(per_hour));
    let name = checked_name(&body.name).map_err(|reason| faults.push(Fault::of("name", reason)));
    let origins = checked_origins(&body.origins).map_err(|reason| faults.push(Fault::of("origins", reason)));
    let accent = body.widget.accent.as_deref().map(checked_accent).transpose();
    let accent = accent.map_err(|reason| faults.push(Fault::of("widget.accent", reason)));
    let greeting = checked_greeting(&body.widget.greeting);
    let greeting = greeting.map_err(|reason| faults.push(Fault::of("widget.greeting", reason)));
    let (Ok(name), Ok(calls_max), Ok(calls_per_hour_max), Ok(origins), Ok(accent), Ok(greeting)) =
        (name, calls_max, per_hour, origins, accent, greeting)
    else {
        return Err(ApiError::Invalid(faults));
    };
    Ok(TalkLink {
        id,
        organization_id: caller.organization_id,
        name,
        profile_id: body.profile_id,
        enabled: body.enabled,
        calls_max,
        calls_per_hour_max,
        origins,
        widget: WidgetLook { position: body.widget.position, accent, greeting },
        created_at: world::now().into(),
        last_used_at: None,
        signing_secret_made_at: None,
    })
}

/// Reads and changes in one transaction.
async fn changed(
    state: &WebState,
    change: impl FnOnce(&mut Connection) -> Result<Result<(), ApiError>, StoreError> + Send + 'static,
) -> Result<(), ApiError> {
    state.store.change_or_refuse(change).await?
}
