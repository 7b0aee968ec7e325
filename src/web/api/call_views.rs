//! `/api/v1/call-views`: saved views of the list of calls.

use std::collections::BTreeMap;

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::call_view::{SavedView, SavedViewContent};
use cordboard_schema::ids::CallViewId;
use cordboard_schema::limits::{
    CALL_VIEWS_MAX, NAME_CHARS_MAX, TAG_CHARS_MAX, VIEW_FILTER_CHARS_MAX, VIEW_PARTS_MAX,
};
use cordboard_schema::permission::Permission;
use cordboard_schema::plain::Lines;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::given::Faults;
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;
use crate::web::revision::{self, IfMatch, Revised};

const NO_SUCH: ApiError = ApiError::NotFound("view");

/// A saved view of the list of calls.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedCallView {
    #[serde(flatten)]
    known: SavedView,
    /// Revision: a new value after each change, also when another view becomes the default instead of it.
    revision: String,
}

impl From<SavedView> for SavedCallView {
    fn from(known: SavedView) -> Self {
        let revision = revision::of(&known.body);
        Self { known, revision }
    }
}

impl Revised for SavedCallView {
    const WHAT: &'static str = "view";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// A view to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedCallViewBody {
    /// Name.
    #[schema(max_length = 120)]
    name: String,
    /// The filters by their names in the page's address, such as `from`.
    #[serde(default)]
    filters: BTreeMap<String, String>,
    /// The columns, in order; empty means the default ones.
    #[serde(default)]
    columns: Vec<String>,
    /// Whether it is shared with everybody in the organization.
    #[serde(default)]
    shared: bool,
    /// Whether the list opens with it: for its owner, and if it is shared, for everybody without a default of their own.
    #[serde(default)]
    default: bool,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    #[serde(default)]
    revision: Option<String>,
}

impl ReadOnly for SavedCallViewBody {
    const NAMES: &'static [&'static str] = &["id", "owner_id", "created_at"];
}

impl From<SavedCallViewBody> for SavedViewContent {
    fn from(body: SavedCallViewBody) -> Self {
        let SavedCallViewBody { name, filters, columns, shared, default, revision: _ } = body;
        Self { name, filters, columns, shared, default }
    }
}

/// Lists the views of the user who asks, their own and shared ones, in the order in which they were made; all on one page.
#[utoipa::path(
    get,
    operation_id = "list_call_views",
    path = "/api/v1/call-views",
    tag = "calls",
    responses((status = 200, description = "The views", body = Page<SavedCallView>))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<SavedCallView>>, ApiError> {
    let (organization_id, owner_id) = (caller.organization_id, caller.maker());
    let read = move |connection: &mut Connection| query::call_views(connection, organization_id, owner_id);
    let views = state.store.reads().run(read).await?;
    Ok(web::Json(Page::whole(views.into_iter().map(SavedCallView::from).collect())))
}

fn check(body: &SavedCallViewBody) -> Result<(), ApiError> {
    let mut faults = Faults::default();
    faults.title("name", Some(&body.name), NAME_CHARS_MAX);
    let at_most = format!("must be at most {VIEW_PARTS_MAX}");
    faults.demand(body.filters.len() <= VIEW_PARTS_MAX, "filters", at_most.clone());
    faults.demand(body.columns.len() <= VIEW_PARTS_MAX, "columns", at_most);
    for (name, value) in body.filters.iter().take(VIEW_PARTS_MAX) {
        faults.title("filters", Some(name), TAG_CHARS_MAX);
        faults.text("filters", Some(value), VIEW_FILTER_CHARS_MAX, Lines::One);
    }
    for column in body.columns.iter().take(VIEW_PARTS_MAX) {
        faults.title("columns", Some(column), TAG_CHARS_MAX);
    }
    faults.into_result()
}

/// Why `caller` can't save a view: each name is unique among the views that a user sees, and their number is limited.
fn refusal(
    connection: &mut Connection,
    caller: &Caller,
    view: &SavedView,
) -> Result<Option<ApiError>, StoreError> {
    let mut others = query::call_views(connection, caller.organization_id, caller.maker())?;
    others.retain(|other| other.id != view.id && other.body.shared == view.body.shared);
    if others.iter().any(|other| other.body.name.trim() == view.body.name.trim()) {
        return Ok(Some(ApiError::conflict("name_taken", "another view has this name: choose another name")));
    }
    let is_full = others.len() >= CALL_VIEWS_MAX;
    Ok(is_full.then(|| ApiError::conflict("too_many", "there is no room for another view: remove one first")))
}

/// Saves a view.
#[utoipa::path(
    post,
    operation_id = "create_call_view",
    path = "/api/v1/call-views",
    tag = "calls",
    request_body = SavedCallViewBody,
    responses(
        (status = 201, description = "Saved; `Location` has its address", body = SavedCallView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "The name is taken (`name_taken`), or there are too many (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance an empty name"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: ThingBody<SavedCallViewBody>,
) -> Result<HttpResponse, ApiError> {
    check(&body)?;
    let view = SavedView {
        id: CallViewId(world::new_id()),
        organization_id: caller.organization_id,
        owner_id: caller.maker(),
        body: body.into_inner().into(),
        created_at: world::now().into(),
    };
    let making = view.clone();
    let make = move |connection: &mut Connection| {
        if let Some(refused) = refusal(connection, &caller, &making)? {
            return Ok(Err(refused));
        }
        change::create_call_view(connection, &making)?;
        let audit = caller.did("call_view.created", making.id, &making.body.name);
        change::record_audit(connection, &audit).map(Ok)
    };
    state.store.change_or_refuse(make).await??;
    let location = format!("/api/v1/call-views/{}", view.id);
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(SavedCallView::from(view)))
}

/// The view, if the user who asks may change it: it is theirs, or it is shared and they may change users.
fn changeable(
    connection: &mut Connection,
    caller: &Caller,
    id: CallViewId,
) -> Result<Result<SavedView, ApiError>, StoreError> {
    let Some(view) = query::call_view(connection, caller.organization_id, id)? else {
        return Ok(Err(NO_SUCH));
    };
    Ok(match (view.owner_id == caller.maker(), view.body.shared) {
        (true, _) => Ok(view),
        (false, true) if caller.may(Permission::UsersWrite) => Ok(view),
        (false, true) => Err(ApiError::NotAllowed("only the maker of a view may do this".to_owned())),
        (false, false) => Err(NO_SUCH),
    })
}

/// Changes a view. A shared view can be changed by its maker and by users who may change users.
#[utoipa::path(
    put,
    operation_id = "update_call_view",
    path = "/api/v1/call-views/{id}",
    tag = "calls",
    params(
        ("id" = CallViewId, Path, description = "The view"),
        IfMatch,
    ),
    request_body = SavedCallViewBody,
    responses(
        (status = 200, description = "Changed", body = SavedCallView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 403, description = "Another user made it (`not_allowed`)"),
        (status = 404, description = "No such view"),
        (status = 409, description = revision::edited_meanwhile!("the name is taken (`name_taken`), or there are too many (`too_many`)")),
        (status = 422, description = "A value is invalid, for instance an empty name"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallViewId>,
    if_match: IfMatch,
    body: ThingBody<SavedCallViewBody>,
) -> Result<web::Json<SavedCallView>, ApiError> {
    check(&body)?;
    let (id, body) = (*id, body.into_inner());
    let asked = if_match.or(body.revision.clone());
    let make = move |connection: &mut Connection| {
        let before = match changeable(connection, &caller, id)? {
            Ok(view) => view,
            Err(refused) => return Ok(Err(refused)),
        };
        if let Err(late) = asked.demand(&SavedCallView::from(before.clone())) {
            return Ok(Err(late));
        }
        let view = SavedView { body: body.into(), ..before };
        if let Some(refused) = refusal(connection, &caller, &view)? {
            return Ok(Err(refused));
        }
        change::update_call_view(connection, &view)?;
        change::record_audit(connection, &caller.did("call_view.changed", id, &view.body.name))?;
        Ok(Ok(view))
    };
    Ok(web::Json(state.store.change(make).await??.into()))
}

/// Removes a view. A shared view can be removed by its maker and by users who may change users.
#[utoipa::path(
    delete,
    operation_id = "delete_call_view",
    path = "/api/v1/call-views/{id}",
    tag = "calls",
    params(("id" = CallViewId, Path, description = "The view")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "The id is not a UUID"),
        (status = 403, description = "Another user made it (`not_allowed`)"),
        (status = 404, description = "No such view"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallViewId>,
) -> Result<HttpResponse, ApiError> {
    let id = *id;
    let make = move |connection: &mut Connection| {
        let view = match changeable(connection, &caller, id)? {
            Ok(view) => view,
            Err(refused) => return Ok(Err(refused)),
        };
        change::delete_call_view(connection, caller.organization_id, id)?;
        change::record_audit(connection, &caller.did("call_view.deleted", id, &view.body.name)).map(Ok)
    };
    state.store.change(make).await??;
    Ok(HttpResponse::NoContent().finish())
}
