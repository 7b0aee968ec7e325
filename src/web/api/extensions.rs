//! `/api/v1/extensions`: people and places that calls can be transferred to, by name. Those of the configuration are listed and can't be changed
//! here; an extension of the organization takes precedence over one of the configuration with the same name. New calls use a change within 2 s.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_actors::messages::{Phone, ToSwitch};
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::extension::{Extension, is_extension_name};
use cordboard_schema::grant::Granted;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::integration::IntegrationKind;
use cordboard_schema::limits::{EXTENSION_TITLE_CHARS_MAX, EXTENSIONS_MAX};
use cordboard_schema::switch::ExtensionChecked;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision::{self, IfMatch, Revised};

/// Origin of an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExtensionOrigin {
    /// `[extensions]` of the configuration: it can't be changed here.
    Configuration,
    /// The organization.
    Organization,
}

/// An extension.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExtensionView {
    /// The name that keys, tools and people use.
    name: String,
    /// Title shown next to the name; may be empty.
    title: String,
    /// Its place in the dialplan.
    target: DialplanTarget,
    /// Origin of the extension.
    origin: ExtensionOrigin,
    /// Revision: a new value after each change.
    revision: String,
}

impl ExtensionView {
    fn new(name: String, title: String, target: DialplanTarget, origin: ExtensionOrigin) -> Self {
        let view = Self { name, title, target, origin, revision: String::new() };
        Self { revision: revision::of(&view), ..view }
    }
}

impl From<Extension> for ExtensionView {
    fn from(extension: Extension) -> Self {
        let Extension { name, title, target, .. } = extension;
        Self::new(name, title, target, ExtensionOrigin::Organization)
    }
}

impl Revised for ExtensionView {
    const WHAT: &'static str = "extension";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// Places that the extensions of an organization are checked against.
struct Places {
    granted: Granted,
    /// An organization with its own Twilio account reaches extensions at its own host, whatever their contexts are.
    has_own_host: bool,
}

impl Places {
    fn of(connection: &mut Connection, organization_id: OrganizationId) -> Result<Self, StoreError> {
        let granted = query::granted(connection, organization_id)?;
        let at_twilio = query::integration(connection, organization_id, IntegrationKind::TWILIO)?;
        let has_own_host = at_twilio.is_some_and(|integration| {
            integration.settings.twilio().is_some_and(|twilio| twilio.sip_domain.is_some())
        });
        Ok(Self { granted, has_own_host })
    }

    /// Refuses a place that no call of the organization may be sent to.
    fn admit(&self, target: &DialplanTarget) -> Result<(), ApiError> {
        if self.has_own_host || self.granted.context(target.context()) {
            return Ok(());
        }
        Err(ApiError::Invalid(vec![Fault::of("target", not_granted(target))]))
    }
}

fn not_granted(target: &DialplanTarget) -> String {
    let context = target.context();
    format!(
        "must lie in a context that the organization was granted: ask the operator to grant context {context}"
    )
}

/// A new extension.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtensionBody {
    /// The name that keys, tools and people use.
    #[schema(pattern = "^[a-z0-9_-]{1,79}$", example = "sales")]
    name: String,
    /// Title shown next to the name.
    #[serde(default)]
    #[schema(max_length = 100, example = "Sales, second floor")]
    title: String,
    /// Its place in the dialplan.
    target: DialplanTarget,
}

impl ReadOnly for ExtensionBody {
    const NAMES: &'static [&'static str] = &["origin", "revision"];
}

/// Definition of an extension.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtensionChange {
    /// Title shown next to the name.
    #[serde(default)]
    #[schema(max_length = 100, example = "Sales, second floor")]
    title: String,
    /// Its place in the dialplan.
    target: DialplanTarget,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    revision: Option<String>,
}

impl ReadOnly for ExtensionChange {
    const NAMES: &'static [&'static str] = &["name", "origin"];
}

/// Whether somebody can be reached at an extension.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PresenceView {
    /// The switch that was asked, by its name in `freeswitch.servers` or `asterisk.servers`.
    switch: String,
    /// Answer of the switch.
    #[serde(flatten)]
    checked: ExtensionChecked,
}

/// Lists all extensions, by name, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_extensions",
    path = "/api/v1/extensions",
    tag = "extensions",
    responses((status = 200, description = "The extensions of the configuration and of the organization", body = Page<ExtensionView>))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<ExtensionView>>, ApiError> {
    Ok(web::Json(listed(&state, &caller).await?))
}

/// All extensions, by name.
pub(in crate::web) async fn listed(
    state: &WebState,
    caller: &Caller,
) -> Result<Page<ExtensionView>, ApiError> {
    Ok(Page::whole(all(state, caller).await?))
}

/// Shows an extension.
#[utoipa::path(
    get,
    operation_id = "show_extension",
    path = "/api/v1/extensions/{name}",
    tag = "extensions",
    params(("name" = String, Path, description = "The extension")),
    responses(
        (status = 200, description = "The extension", body = ExtensionView),
        (status = 404, description = "No such extension"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    name: web::Path<String>,
) -> Result<web::Json<ExtensionView>, ApiError> {
    Ok(web::Json(find(&state, &caller, &name).await?))
}

/// Adds an extension of the organization.
#[utoipa::path(
    post,
    operation_id = "create_extension",
    path = "/api/v1/extensions",
    tag = "extensions",
    request_body = ExtensionBody,
    responses(
        (status = 201, description = "Created; `Location` has its address", body = ExtensionView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "The organization has an extension or a queue with this name (`name_taken`), or too many extensions (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance a target that is not a place in a dialplan, or is in a context that was not granted"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: ThingBody<ExtensionBody>,
) -> Result<HttpResponse, ApiError> {
    let ExtensionBody { name, title, target } = body.into_inner();
    let made = checked(&caller, name, title, target)?;
    let making = made.clone();
    let entry = caller.did("extension.made", &made.name, &made.target);
    let make = move |connection: &mut Connection| {
        if let Err(refused) = Places::of(connection, making.organization_id)?.admit(&making.target) {
            return Ok(Err(refused));
        }
        if query::extensions(connection, making.organization_id)?.len() >= EXTENSIONS_MAX {
            return Ok(Err(ApiError::conflict(
                "too_many",
                "there is no room for another extension: remove one first",
            )));
        }
        if query::has_queue(connection, making.organization_id, &making.name)? {
            return Ok(Err(ApiError::conflict("name_taken", "a queue has this name: choose another name")));
        }
        change::create_extension(connection, &making)?;
        change::record_audit(connection, &entry).map(Ok)
    };
    match state.store.change_or_refuse(make).await {
        Err(error) if error.is_taken_name() => {
            return Err(ApiError::conflict(
                "name_taken",
                "another extension has this name: choose another name",
            ));
        }
        outcome => outcome??,
    }
    let location = format!("/api/v1/extensions/{}", made.name);
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(ExtensionView::from(made)))
}

/// Changes an extension of the organization. The body replaces the previous definition.
#[utoipa::path(
    put,
    operation_id = "update_extension",
    path = "/api/v1/extensions/{name}",
    tag = "extensions",
    params(
        ("name" = String, Path, description = "The extension"),
        IfMatch,
    ),
    request_body = ExtensionChange,
    responses(
        (status = 200, description = "Changed", body = ExtensionView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 404, description = "No such extension"),
        (status = 409, description = revision::edited_meanwhile!("it is defined in the configuration (`configured`)")),
        (status = 422, description = "A value is invalid, for instance a target that is not a place in a dialplan, or is in a context that was not granted"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    name: web::Path<String>,
    if_match: IfMatch,
    body: ThingBody<ExtensionChange>,
) -> Result<web::Json<ExtensionView>, ApiError> {
    let (name, ExtensionChange { title, target, revision }) = (name.into_inner(), body.into_inner());
    let asked = if_match.or(revision);
    if !is_extension_name(&name) {
        return Err(NO_SUCH);
    }
    let changed = checked(&caller, name, title, target)?;
    let changing = changed.clone();
    let entry = caller.did("extension.changed", &changed.name, &changed.target);
    let change = move |connection: &mut Connection| {
        let known = query::extensions(connection, changing.organization_id)?;
        let Some(before) = known.into_iter().find(|one| one.name == changing.name) else {
            return Ok(Ok(false));
        };
        if let Err(late) = asked.demand(&ExtensionView::from(before)) {
            return Ok(Err(late));
        }
        if let Err(refused) = Places::of(connection, changing.organization_id)?.admit(&changing.target) {
            return Ok(Err(refused));
        }
        let is_there = change::update_extension(connection, &changing)?;
        if is_there {
            change::record_audit(connection, &entry)?;
        }
        Ok(Ok(is_there))
    };
    match state.store.change(change).await?? {
        true => Ok(web::Json(changed.into())),
        false => Err(absent(&state, &caller, &changed.name).await),
    }
}

/// Removes an extension of the organization.
#[utoipa::path(
    delete,
    operation_id = "delete_extension",
    path = "/api/v1/extensions/{name}",
    tag = "extensions",
    params(("name" = String, Path, description = "The extension")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "No such extension"),
        (status = 409, description = "It is defined in the configuration (`configured`)"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, name) = (caller.organization_id, name.into_inner());
    let removed = name.clone();
    let entry = caller.did("extension.removed", &name, "");
    let remove = move |connection: &mut Connection| {
        let was_there = change::delete_extension(connection, organization_id, &removed)?;
        change::record_audit_if(connection, was_there, &entry)
    };
    match state.store.change(remove).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(absent(&state, &caller, &name).await),
    }
}

/// Asks a switch whether somebody can be reached at an extension.
#[utoipa::path(
    get,
    operation_id = "show_presence",
    path = "/api/v1/extensions/{name}/presence",
    tag = "extensions",
    params(("name" = String, Path, description = "The extension")),
    responses(
        (status = 200, description = "The switch's answer", body = PresenceView),
        (status = 403, description = "The extension's context, or any switch, was not granted to the organization (`not_allowed`)"),
        (status = 404, description = "No such extension"),
        (status = 503, description = "No switch can be asked: none is configured, or none is connected"),
    )
)]
pub(crate) async fn presence(
    state: web::Data<WebState>,
    caller: Caller,
    name: web::Path<String>,
) -> Result<web::Json<PresenceView>, ApiError> {
    let extension = find(&state, &caller, &name).await?;
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::granted(connection, organization_id);
    let granted = state.store.reads().run(read).await?;
    if !granted.context(extension.target.context()) {
        return Err(ApiError::NotAllowed(format!("the extension {}", not_granted(&extension.target))));
    }
    let may_be_asked: Vec<_> = state.switches().iter().filter(|(name, _)| granted.switch(name)).collect();
    if may_be_asked.is_empty() && !granted.is_everything() {
        let fix = "no switch was granted to the organization: ask the operator to grant one";
        return Err(ApiError::NotAllowed(fix.to_owned()));
    }
    let phone = Phone::at(&extension.target, None);
    for (switch, line) in may_be_asked {
        let ask = |reply| ToSwitch::AskExtension { phone: phone.clone(), reply };
        if let Some(checked) = line.ask(ask).await.flatten() {
            return Ok(web::Json(PresenceView { switch: switch.clone(), checked }));
        }
    }
    let fix = if state.switches().is_empty() {
        "no configured switch can check phones: set freeswitch.servers.<name>.host and .password, or asterisk.servers.<name>.host, .user and .secret"
    } else {
        "no switch can be asked at the moment: `/api/v1/switches` says why"
    };
    Err(ApiError::Unavailable(fix.to_owned()))
}

const NO_SUCH: ApiError = ApiError::NotFound("extension");

/// All extensions by name. Where two share a name, the organization's is used. Of the configuration's, only those in contexts that the organization
/// was granted: it must not know of the others.
async fn all(state: &WebState, caller: &Caller) -> Result<Vec<ExtensionView>, ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| {
        let own = query::extensions(connection, organization_id)?;
        Ok::<_, StoreError>((own, query::granted(connection, organization_id)?))
    };
    let (own, granted) = state.store.reads().run(read).await?;
    let mut shown: Vec<ExtensionView> = own.into_iter().map(ExtensionView::from).collect();
    for (name, target) in state.configuration.config.extensions.iter() {
        if granted.context(target.context()) && !shown.iter().any(|view| view.name == name.as_str()) {
            let (name, title) = (name.to_string(), String::new());
            let target = target.clone();
            shown.push(ExtensionView::new(name, title, target, ExtensionOrigin::Configuration));
        }
    }
    shown.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(shown)
}

async fn find(state: &WebState, caller: &Caller, name: &str) -> Result<ExtensionView, ApiError> {
    all(state, caller).await?.into_iter().find(|view| view.name == name).ok_or(NO_SUCH)
}

/// Whether an extension of that name exists.
pub(super) async fn is_there(state: &WebState, caller: &Caller, name: &str) -> Result<bool, ApiError> {
    Ok(all(state, caller).await?.iter().any(|view| view.name == name))
}

/// Error for an extension that the organization does not have.
async fn absent(state: &WebState, caller: &Caller, name: &str) -> ApiError {
    if matches!(is_there(state, caller, name).await, Ok(true)) {
        let detail = "it is one of [extensions] of the configuration: change it there, or add one with the same name, which takes precedence";
        return ApiError::conflict("configured", detail);
    }
    NO_SUCH
}

fn checked(
    caller: &Caller,
    name: String,
    title: String,
    target: DialplanTarget,
) -> Result<Extension, ApiError> {
    let mut faults = Vec::new();
    if !is_extension_name(&name) {
        faults.push(Fault::of("name", "must have 1 to 79 lower case letters, digits, `_` and `-`"));
    }
    let title = title.trim().to_owned();
    if title.chars().count() > EXTENSION_TITLE_CHARS_MAX || title.chars().any(char::is_control) {
        let reason = format!("must have at most {EXTENSION_TITLE_CHARS_MAX} characters, in one line");
        faults.push(Fault::of("title", reason));
    }
    if faults.is_empty() {
        Ok(Extension { organization_id: caller.organization_id, name, title, target })
    } else {
        Err(ApiError::Invalid(faults))
    }
}
