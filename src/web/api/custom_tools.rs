//! `/api/v1/agent-profiles/{id}/tools`: HTTP requests that a profile's assistants may make. The values of headers are never shown again. New calls
//! use a change within 2 s; the address and the headers are always the current ones.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::custom_tool::{CustomTool, ToolHeader, ToolMethod};
use cordboard_schema::ids::{CustomToolId, ProfileId};
use cordboard_schema::integration::SealedSecret;
use cordboard_schema::limits::CUSTOM_TOOLS_MAX;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::custom_tool_rules::check;
use super::integrations::is_same_place;
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::outside::{Outside, Typed};
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision::{self, IfMatch, Revised};

const NO_SUCH: ApiError = ApiError::NotFound("tool");
const NO_PROFILE: ApiError = ApiError::NotFound("profile");

/// A custom tool.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomToolView {
    id: CustomToolId,
    /// The name by which a model calls it.
    name: String,
    /// When a model should use it.
    description: String,
    /// The request's method.
    method: ToolMethod,
    /// The template of its address.
    url: String,
    /// JSON schema of its arguments.
    #[schema(value_type = Object)]
    parameters: Value,
    /// Its headers.
    headers: Vec<HeaderView>,
    /// Timeout in milliseconds.
    timeout_ms: u32,
    /// Revision: a new value after each change, also of a header's value.
    revision: String,
}

/// Public part of a header.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeaderView {
    /// Its name.
    name: String,
    /// The last four characters of its value, if it is long enough.
    ends_with: Option<String>,
}

impl From<CustomTool> for CustomToolView {
    fn from(tool: CustomTool) -> Self {
        let CustomTool { id, name, description, method, url, parameters, headers, timeout_ms, .. } = tool;
        // Taken of the sealed values, because two values may be shown alike.
        let revision = revision::of(&(&name, &description, &method, &url, &parameters, &headers, timeout_ms));
        let header = |ToolHeader { name, value }| HeaderView { name, ends_with: value.ends_with };
        let headers = headers.into_iter().map(header).collect();
        Self { id, name, description, method, url, parameters, headers, timeout_ms, revision }
    }
}

impl Revised for CustomToolView {
    const WHAT: &'static str = "tool";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// Definition of a custom tool.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomToolBody {
    /// The name by which a model calls it: unique in the profile, and not that of a built-in tool.
    #[schema(pattern = "^[a-z][a-z0-9_]{0,63}$", example = "look_up_stock")]
    pub(super) name: String,
    /// When a model should use it.
    #[schema(min_length = 1, max_length = 1000)]
    pub(super) description: String,
    /// The request's method.
    pub(super) method: ToolMethod,
    /// The template of its address. `{name}` in its path or query stands for the argument of that name. Other arguments go into the query (GET,
    /// DELETE) or a JSON body.
    #[schema(max_length = 2048, example = "https://shop.example/stock/{article}")]
    pub(super) url: String,
    /// JSON schema of its arguments: `{"type": "object", ...}`.
    #[schema(value_type = Object)]
    pub(super) parameters: Value,
    /// Its headers. One without a value keeps its present value.
    #[serde(default)]
    #[schema(max_items = 16)]
    pub(super) headers: Vec<HeaderBody>,
    /// Timeout in milliseconds.
    #[serde(default = "usual_ms")]
    #[schema(default = 5000, minimum = 100, maximum = 10000)]
    pub(super) timeout_ms: u32,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    #[serde(default)]
    pub(super) revision: Option<String>,
}

impl ReadOnly for CustomToolBody {
    const NAMES: &'static [&'static str] = &["id", "headers.ends_with"];
}

/// A header of a custom tool.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeaderBody {
    /// Its name.
    #[schema(example = "Authorization")]
    pub(super) name: String,
    /// Its value, which is treated as a secret.
    #[serde(default)]
    pub(super) value: Option<Typed>,
}

const fn usual_ms() -> u32 {
    5_000
}

/// Lists the custom tools of a profile, by name, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_custom_tools",
    path = "/api/v1/agent-profiles/{id}/tools",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    responses(
        (status = 200, description = "All custom tools of the profile", body = Page<CustomToolView>),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such profile"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
) -> Result<web::Json<Page<CustomToolView>>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| {
        let Some(profile) = query::profile(connection, organization_id, id)? else { return Ok(None) };
        query::custom_tools(connection, organization_id, profile.id).map(Some)
    };
    let tools = state.store.reads().run(read).await?.ok_or(NO_PROFILE)?;
    Ok(web::Json(Page::whole(tools.into_iter().map(CustomToolView::from).collect())))
}

/// Shows a custom tool.
#[utoipa::path(
    get,
    operation_id = "show_custom_tool",
    path = "/api/v1/agent-profiles/{id}/tools/{tool_id}",
    tag = "agent profiles",
    params(
        ("id" = ProfileId, Path, description = "The profile"),
        ("tool_id" = CustomToolId, Path, description = "The tool"),
    ),
    responses(
        (status = 200, description = "The tool", body = CustomToolView),
        (status = 400, description = "An id is not a UUID"),
        (status = 404, description = "No such profile, or it has no such tool"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(ProfileId, CustomToolId)>,
) -> Result<web::Json<CustomToolView>, ApiError> {
    let ((profile_id, id), organization_id) = (*ids, caller.organization_id);
    let read = move |connection: &mut Connection| query::custom_tool(connection, organization_id, id);
    let tool = state.store.reads().run(read).await?.filter(|tool| tool.profile_id == profile_id);
    Ok(web::Json(tool.ok_or(NO_SUCH)?.into()))
}

/// Adds a custom tool to a profile.
#[utoipa::path(
    post,
    operation_id = "create_custom_tool",
    path = "/api/v1/agent-profiles/{id}/tools",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    request_body = CustomToolBody,
    responses(
        (status = 201, description = "Created; `Location` has its address", body = CustomToolView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such profile"),
        (status = 409, description = "The profile has a tool with this name (`name_taken`), or too many (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance the schema"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    profile_id: web::Path<ProfileId>,
    body: ThingBody<CustomToolBody>,
) -> Result<HttpResponse, ApiError> {
    let (id, profile_id) = (CustomToolId(world::new_id()), *profile_id);
    check(&state.outside, &caller, &body).await?;
    let tool = made(&state.outside, &caller, (id, profile_id), body.into_inner(), None)?;
    let (making, entry) = (tool.clone(), caller.did("custom_tool.created", id, &tool.name));
    let make = move |connection: &mut Connection| {
        if query::profile(connection, making.organization_id, profile_id)?.is_none() {
            return Ok(Err(NO_PROFILE));
        }
        if !change::create_custom_tool(connection, &making)? {
            let detail = format!("a profile has {CUSTOM_TOOLS_MAX} custom tools at most");
            return Ok(Err(ApiError::conflict("too_many", detail)));
        }
        change::record_audit(connection, &entry)?;
        Ok(Ok(()))
    };
    state.store.change_or_refuse(make).await.map_err(name_taken)??;
    let location = format!("/api/v1/agent-profiles/{profile_id}/tools/{id}");
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(CustomToolView::from(tool)))
}

/// Changes a custom tool. The body replaces its previous definition. Headers without a value keep theirs, unless the address changes to another
/// server: then each has to be sent again.
#[utoipa::path(
    put,
    operation_id = "update_custom_tool",
    path = "/api/v1/agent-profiles/{id}/tools/{tool_id}",
    tag = "agent profiles",
    params(
        ("id" = ProfileId, Path, description = "The profile"),
        ("tool_id" = CustomToolId, Path, description = "The tool"),
        IfMatch,
    ),
    request_body = CustomToolBody,
    responses(
        (status = 200, description = "Changed", body = CustomToolView),
        (status = 400, description = "An id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such profile, or it has no such tool"),
        (status = 409, description = revision::edited_meanwhile!("the profile has another tool with this name (`name_taken`)")),
        (status = 422, description = "A value is invalid, for instance the schema"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(ProfileId, CustomToolId)>,
    if_match: IfMatch,
    body: ThingBody<CustomToolBody>,
) -> Result<web::Json<CustomToolView>, ApiError> {
    let ((profile_id, id), organization_id) = (*ids, caller.organization_id);
    check(&state.outside, &caller, &body).await?;
    let asked = if_match.or(body.revision.clone());
    let (outside, entry) = (state.outside.clone(), caller.did("custom_tool.changed", id, &body.name));
    let make = move |connection: &mut Connection| {
        let before = query::custom_tool(connection, organization_id, id)?;
        let Some(before) = before.filter(|tool| tool.profile_id == profile_id) else {
            return Ok(Err(NO_SUCH));
        };
        if let Err(late) = asked.demand(&CustomToolView::from(before.clone())) {
            return Ok(Err(late));
        }
        let after = match made(&outside, &caller, (id, profile_id), body.into_inner(), Some(before)) {
            Ok(after) => after,
            Err(error) => return Ok(Err(error)),
        };
        change::update_custom_tool(connection, &after)?;
        change::record_audit(connection, &entry)?;
        Ok(Ok(after))
    };
    Ok(web::Json(state.store.change(make).await.map_err(name_taken)??.into()))
}

/// Removes a custom tool. Live calls that have it are told that it is gone.
#[utoipa::path(
    delete,
    operation_id = "delete_custom_tool",
    path = "/api/v1/agent-profiles/{id}/tools/{tool_id}",
    tag = "agent profiles",
    params(
        ("id" = ProfileId, Path, description = "The profile"),
        ("tool_id" = CustomToolId, Path, description = "The tool"),
    ),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "An id is not a UUID"),
        (status = 404, description = "No such profile, or it has no such tool"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(ProfileId, CustomToolId)>,
) -> Result<HttpResponse, ApiError> {
    let ((profile_id, id), organization_id) = (*ids, caller.organization_id);
    let entry = caller.did("custom_tool.deleted", id, "");
    let remove = move |connection: &mut Connection| {
        let found = query::custom_tool(connection, organization_id, id)?;
        if found.is_none_or(|tool| tool.profile_id != profile_id) {
            return Ok(false);
        }
        change::delete_custom_tool(connection, organization_id, id)?;
        change::record_audit(connection, &entry)?;
        Ok(true)
    };
    if state.store.change(remove).await? { Ok(HttpResponse::NoContent().finish()) } else { Err(NO_SUCH) }
}

fn name_taken(error: StoreError) -> ApiError {
    if error.is_taken_name() {
        return ApiError::conflict(
            "name_taken",
            "another tool of the profile has this name: choose another name",
        );
    }
    error.into()
}

/// The tool of a checked body. Headers without a value take that of `before`, if the server is the same.
fn made(
    outside: &Outside,
    caller: &Caller,
    (id, profile_id): (CustomToolId, ProfileId),
    body: CustomToolBody,
    before: Option<CustomTool>,
) -> Result<CustomTool, ApiError> {
    let CustomToolBody { name, description, method, url, parameters, headers, timeout_ms, revision: _ } =
        body;
    let kept = before.filter(|before| is_same_place(&before.url, &url)).map(|before| before.headers);
    let kept = kept.unwrap_or_default();
    let header = |HeaderBody { name, value }| {
        let name = name.to_ascii_lowercase();
        let value = match value {
            Some(Typed(value)) => SealedSecret {
                sealed: outside.secrets.seal(&CustomTool::seal_context(id, &name), value.as_bytes()),
                ends_with: SealedSecret::shown(&value),
            },
            None => {
                let kept = kept.iter().find(|header| header.name == name);
                let reason =
                    "must each have a value, where it had none or the address leads to another server";
                kept.ok_or_else(|| ApiError::Invalid(vec![Fault::of("headers", reason)]))?.value.clone()
            }
        };
        Ok::<_, ApiError>(ToolHeader { name, value })
    };
    Ok(CustomTool {
        id,
        organization_id: caller.organization_id,
        profile_id,
        name,
        description: description.trim().to_owned(),
        method,
        url,
        parameters,
        headers: headers.into_iter().map(header).collect::<Result<_, _>>()?,
        timeout_ms,
    })
}
