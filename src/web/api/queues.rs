//! `/api/v1/queues`: queues of callers who wait for an agent.

use std::collections::BTreeSet;

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::ids::{QueueId, UserId};
use cordboard_schema::limits::QUEUES_MAX;
use cordboard_schema::queue::{Overflow, Queue, QueueMember, Strategy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::given::Faults;
use super::queue_rules::{check_rows, is_extension, made};
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;
use crate::web::revision::{self, IfMatch, Revised};

const NO_SUCH: ApiError = ApiError::NotFound("queue");

/// A queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueueView {
    id: QueueId,
    /// The name that keys, tools and people use.
    name: String,
    /// Title shown next to the name; may be empty.
    title: String,
    /// The rule by which a call is offered to agents.
    strategy: Strategy,
    /// How long a call is offered to an agent, in s.
    ring_s: u32,
    /// Skills that an agent must have in addition to being a member; in lower case.
    skills: BTreeSet<String>,
    /// The agents who take its calls, by tier.
    members: Vec<QueueMember>,
    /// Its callers take precedence over those of queues with a lower priority.
    priority: u8,
    /// The longest time that a caller waits, in s; then `overflow` applies.
    max_wait_s: u32,
    /// The most waiting callers; for further ones `overflow` applies at once.
    max_waiting: u32,
    /// Treatment of a caller for whom no agent is found.
    overflow: Overflow,
    /// Whether it is closed outside of the business's hours.
    in_hours_only: bool,
    /// Whether callers are told their position and how long they will wait.
    tells_position: bool,
    /// How long agents have for the wrap-up, in s, before they are reminded.
    wrap_up_s: u32,
    /// Whether a disposition must be chosen.
    wrap_up_required: bool,
    /// Revision: a new value after each change.
    revision: String,
}

impl From<Queue> for QueueView {
    fn from(queue: Queue) -> Self {
        let view = Self {
            id: queue.id,
            name: queue.name,
            title: queue.title,
            strategy: queue.strategy,
            ring_s: queue.ring_s,
            skills: queue.skills,
            members: queue.members,
            priority: queue.priority,
            max_wait_s: queue.max_wait_s,
            max_waiting: queue.max_waiting,
            overflow: queue.overflow,
            in_hours_only: queue.in_hours_only,
            tells_position: queue.tells_position,
            wrap_up_s: queue.wrap_up_s,
            wrap_up_required: queue.wrap_up_required,
            revision: String::new(),
        };
        Self { revision: revision::of(&view), ..view }
    }
}

impl Revised for QueueView {
    const WHAT: &'static str = "queue";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// Definition of a queue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueueBody {
    /// The name that keys, tools and people use: unique, and not an extension's.
    #[schema(pattern = "^[a-z0-9_-]{1,79}$", example = "support")]
    pub(super) name: String,
    /// Title shown next to the name.
    #[serde(default)]
    #[schema(max_length = 100, example = "Support, first line")]
    pub(super) title: String,
    /// The rule by which a call is offered to agents.
    #[serde(default)]
    pub(super) strategy: Strategy,
    /// How long a call is offered to an agent, in s.
    #[serde(default = "usual_ring_s")]
    #[schema(default = 20, minimum = 5, maximum = 120)]
    pub(super) ring_s: u32,
    /// Skills that an agent must have in addition to being a member: at most 20 words of at most 40 characters.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub(super) skills: Vec<String>,
    /// The agents who take its calls: users of the organization.
    #[serde(default)]
    #[schema(max_items = 300)]
    pub(super) members: Vec<QueueMemberBody>,
    /// Its callers take precedence over those of queues with a lower priority.
    #[serde(default)]
    pub(super) priority: u8,
    /// The longest time that a caller waits, in s; then `overflow` applies.
    #[serde(default = "usual_wait_s")]
    #[schema(default = 300, minimum = 10, maximum = 7200)]
    pub(super) max_wait_s: u32,
    /// The most waiting callers; for further ones `overflow` applies at once.
    #[serde(default = "usual_waiting")]
    #[schema(default = 20, minimum = 1, maximum = 1000)]
    pub(super) max_waiting: u32,
    /// Treatment of a caller for whom no agent is found. Overflow must not lead back to the same queue.
    #[serde(default)]
    pub(super) overflow: Overflow,
    /// Whether it is closed outside of the business's hours.
    #[serde(default)]
    pub(super) in_hours_only: bool,
    /// Whether callers are told their position and how long they will wait.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub(super) tells_position: bool,
    /// How long agents have for the wrap-up, in s, before they are reminded.
    #[serde(default = "usual_wrap_up_s")]
    #[schema(default = 60, minimum = 5, maximum = 3600)]
    pub(super) wrap_up_s: u32,
    /// Whether a disposition must be chosen.
    #[serde(default)]
    pub(super) wrap_up_required: bool,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    #[serde(default)]
    pub(super) revision: Option<String>,
}

impl ReadOnly for QueueBody {
    const NAMES: &'static [&'static str] = &["id"];
}

/// A member of a queue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueueMemberBody {
    /// The agent.
    pub(super) user_id: UserId,
    /// Members with a lower tier are asked first.
    #[serde(default)]
    pub(super) tier: u8,
}

const fn usual_ring_s() -> u32 {
    Queue::RING_S
}

const fn usual_wait_s() -> u32 {
    Queue::MAX_WAIT_S
}

const fn usual_waiting() -> u32 {
    Queue::MAX_WAITING
}

const fn usual_wrap_up_s() -> u32 {
    Queue::WRAP_UP_S
}

const fn yes() -> bool {
    true
}

/// Lists the queues, by name, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_queues",
    path = "/api/v1/queues",
    tag = "floor",
    responses((status = 200, description = "All queues", body = Page<QueueView>))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<QueueView>>, ApiError> {
    let organization_id = caller.organization_id;
    let queues =
        state.store.reads().run(move |connection| query::queues(connection, organization_id)).await?;
    Ok(web::Json(Page::whole(queues.into_iter().map(QueueView::from).collect())))
}

/// Shows a queue.
#[utoipa::path(
    get,
    operation_id = "show_queue",
    path = "/api/v1/queues/{id}",
    tag = "floor",
    params(("id" = QueueId, Path, description = "The queue")),
    responses(
        (status = 200, description = "The queue", body = QueueView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such queue"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<QueueId>,
) -> Result<web::Json<QueueView>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| query::queue(connection, organization_id, id);
    Ok(web::Json(state.store.reads().run(read).await?.ok_or(NO_SUCH)?.into()))
}

/// Adds a queue.
#[utoipa::path(
    post,
    operation_id = "create_queue",
    path = "/api/v1/queues",
    tag = "floor",
    request_body = QueueBody,
    responses(
        (status = 201, description = "Created; `Location` has its address", body = QueueView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "A queue or an extension has this name (`name_taken`), or there are too many queues (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance a member who is not a user"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: ThingBody<QueueBody>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id) = (caller.organization_id, QueueId(world::new_id()));
    let mut faults = Faults::default();
    let queue = made(&mut faults, (organization_id, id), body.into_inner());
    let configured = configured(&state);
    let make = move |connection: &mut Connection| {
        if query::queues(connection, organization_id)?.len() >= QUEUES_MAX {
            return Ok(Err(ApiError::conflict(
                "too_many",
                "there is no room for another queue: remove one first",
            )));
        }
        if let Err(refused) = refuse(connection, faults, &queue, &configured)? {
            return Ok(Err(refused));
        }
        change::create_queue(connection, &queue)?;
        change::record_audit(connection, &caller.did("queue.created", id, &queue.name))?;
        Ok(Ok(queue))
    };
    let queue = state.store.change_or_refuse(make).await.map_err(name_taken)??;
    state.floor_changed(organization_id).await;
    let location = format!("/api/v1/queues/{id}");
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(QueueView::from(queue)))
}

/// Changes a queue. The body replaces its previous definition. Queues that overflow into it follow its name.
#[utoipa::path(
    put,
    operation_id = "update_queue",
    path = "/api/v1/queues/{id}",
    tag = "floor",
    params(
        ("id" = QueueId, Path, description = "The queue"),
        IfMatch,
    ),
    request_body = QueueBody,
    responses(
        (status = 200, description = "Changed", body = QueueView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such queue"),
        (status = 409, description = revision::edited_meanwhile!("another queue or an extension has this name (`name_taken`)")),
        (status = 422, description = "A value is invalid, for instance an overflow that leads back"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<QueueId>,
    if_match: IfMatch,
    body: ThingBody<QueueBody>,
) -> Result<web::Json<QueueView>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let mut faults = Faults::default();
    let body = body.into_inner();
    let asked = if_match.or(body.revision.clone());
    let queue = made(&mut faults, (organization_id, id), body);
    let configured = configured(&state);
    let make = move |connection: &mut Connection| {
        let Some(before) = query::queue(connection, organization_id, id)? else { return Ok(Err(NO_SUCH)) };
        let before = QueueView::from(before);
        if let Err(late) = asked.demand(&before) {
            return Ok(Err(late));
        }
        if let Err(refused) = refuse(connection, faults, &queue, &configured)? {
            return Ok(Err(refused));
        }
        change::update_queue(connection, &queue)?;
        change::record_audit(connection, &caller.did("queue.changed", id, &queue.name))?;
        Ok(Ok(queue))
    };
    let queue = state.store.change(make).await.map_err(name_taken)??;
    state.floor_changed(organization_id).await;
    Ok(web::Json(queue.into()))
}

/// Removes a queue. Callbacks of its callers are kept.
#[utoipa::path(
    delete,
    operation_id = "delete_queue",
    path = "/api/v1/queues/{id}",
    tag = "floor",
    params(("id" = QueueId, Path, description = "The queue")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such queue"),
        (status = 409, description = "Another queue overflows into it (`in_use`)"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<QueueId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let remove = move |connection: &mut Connection| {
        let Some(queue) = query::queue(connection, organization_id, id)? else { return Ok(Err(NO_SUCH)) };
        let into_it = Overflow::Queue { name: queue.name.clone() };
        let others = query::queues(connection, organization_id)?;
        if let Some(other) = others.iter().find(|other| other.overflow == into_it) {
            let detail = format!("the queue `{}` overflows into it: change that first", other.name);
            return Ok(Err(ApiError::conflict("in_use", detail)));
        }
        change::delete_queue(connection, organization_id, id)?;
        change::record_audit(connection, &caller.did("queue.deleted", id, &queue.name)).map(Ok)
    };
    state.store.change(remove).await??;
    state.floor_changed(organization_id).await;
    Ok(HttpResponse::NoContent().finish())
}

/// The names of the configuration's extensions, with their contexts.
fn configured(state: &WebState) -> Vec<(String, String)> {
    let extensions = state.configuration.config.extensions.iter();
    extensions.map(|(name, target)| (name.to_string(), target.context().to_owned())).collect()
}

/// Refuses a faulty queue with all its faults, including a name that an extension has.
fn refuse(
    connection: &mut Connection,
    mut faults: Faults,
    queue: &Queue,
    configured: &[(String, String)],
) -> Result<Result<(), ApiError>, StoreError> {
    check_rows(connection, &mut faults, queue, configured)?;
    if let Err(wrong) = faults.into_result() {
        return Ok(Err(wrong));
    }
    Ok(match is_extension(connection, queue.organization_id, &queue.name, configured)? {
        true => Err(ApiError::conflict("name_taken", "an extension has this name: choose another name")),
        false => Ok(()),
    })
}

fn name_taken(error: StoreError) -> ApiError {
    match error.is_taken_name() {
        true => ApiError::conflict("name_taken", "another queue has this name: choose another name"),
        false => error.into(),
    }
}
