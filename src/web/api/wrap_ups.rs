//! `/api/v1/wrap-ups`: agents' wrap-ups of their calls.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use cordboard_actors::messages::{AgentAction, FromDesk};
use cordboard_actors::world;
use cordboard_schema::call_agent::CallAgent;
use cordboard_schema::ids::{CallId, DispositionId, QueueId, UserId};
use cordboard_schema::limits::WRAP_UP_NOTE_CHARS_MAX;
use cordboard_schema::plain::Lines;
use cordboard_schema::time::{UnixMs, rfc3339};
use cordboard_schema::wrap_up::WrapUp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::given::Faults;
use crate::store::{Connection, StoreError, StoredWrapUp, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;
use crate::web::query::Query;

const PATH: &str = "/api/v1/wrap-ups";

/// Call whose wrap-ups are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WrapUpList {
    /// The call.
    call_id: CallId,
}

/// Wrap-up of a call by an agent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WrapUpView {
    /// The call.
    call_id: CallId,
    /// The agent.
    user_id: UserId,
    /// The queue that the call came from.
    queue_id: Option<QueueId>,
    /// How it ended for the business.
    disposition_id: Option<DispositionId>,
    /// Name that the disposition had when it was chosen.
    disposition: Option<String>,
    /// Note of the agent.
    note: String,
    /// When the agent began.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    started_at: UnixMs,
    /// When they were done.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    ended_at: UnixMs,
}

impl From<StoredWrapUp> for WrapUpView {
    fn from(StoredWrapUp { wrap_up, disposition }: StoredWrapUp) -> Self {
        Self {
            call_id: wrap_up.call_id,
            user_id: wrap_up.user_id,
            queue_id: wrap_up.queue_id,
            disposition_id: wrap_up.disposition_id,
            disposition,
            note: wrap_up.note,
            started_at: wrap_up.started_at,
            ended_at: wrap_up.ended_at,
        }
    }
}

/// Wrap-up that an agent sends for a call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrapUpBody {
    /// The call.
    call_id: CallId,
    /// The queue that the call came from. It may require a disposition. If it is known which queue gave the agent the call, that one is used instead.
    queue_id: Option<QueueId>,
    /// How it ended for the business.
    disposition_id: Option<DispositionId>,
    /// Note on the call.
    #[serde(default)]
    #[schema(max_length = 4000)]
    note: String,
    /// When the agent began to write, RFC 3339; now if left out.
    started_at: Option<DateTime<Utc>>,
}

/// Lists agents' wrap-ups of a call, in the order in which they were finished, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_wrap_ups",
    path = "/api/v1/wrap-ups",
    tag = "floor",
    params(WrapUpList),
    responses(
        (status = 200, description = "One for each agent of the call", body = Page<WrapUpView>),
        (status = 400, description = "A parameter is unknown, missing or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<WrapUpList>,
) -> Result<web::Json<Page<WrapUpView>>, ApiError> {
    let (organization_id, call_id) = (caller.organization_id, asked.call_id);
    let read = move |connection: &mut Connection| query::wrap_ups(connection, organization_id, call_id);
    let wrap_ups = state.store.reads().run(read).await?;
    Ok(web::Json(Page::whole(wrap_ups.into_iter().map(WrapUpView::from).collect())))
}

/// Stores the wrap-up of the user who asks for a call in which they have talked; there can be one. Sending the same again changes nothing.
/// It ends their wrap-up of the call, on all their desks.
#[utoipa::path(
    post,
    operation_id = "create_wrap_up",
    path = "/api/v1/wrap-ups",
    tag = "floor",
    request_body = WrapUpBody,
    responses(
        (status = 200, description = "The same wrap-up was already stored", body = WrapUpView),
        (status = 201, description = "Written down", body = WrapUpView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 403, description = "The request is not a user's (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 409, description = "This user has not talked with the caller (`not_your_call`), or has sent another wrap-up of this call (`already_written`)"),
        (status = 422, description = "A value is invalid, for instance no disposition if the queue requires one"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<WrapUpBody>,
) -> Result<HttpResponse, ApiError> {
    let Some(user_id) = caller.user_id() else {
        return Err(ApiError::NotAllowed("a wrap-up belongs to a user: sign in as one".to_owned()));
    };
    let (organization_id, now) = (caller.organization_id, UnixMs::from(world::now()));
    let WrapUpBody { call_id, queue_id, disposition_id, note, started_at } = body.into_inner();
    let mut faults = Faults::default();
    faults.text("note", Some(&note), WRAP_UP_NOTE_CHARS_MAX, Lines::Many);
    let started_at = started_at.map_or(now, UnixMs::from);
    let ended_at = now;
    let mut wrap_up =
        WrapUp { organization_id, call_id, user_id, queue_id, disposition_id, note, started_at, ended_at };
    let write = move |connection: &mut Connection| {
        let has_talked = check_rows(connection, &mut faults, &mut wrap_up)?;
        if let Err(wrong) = faults.into_result() {
            return Ok(Err(wrong));
        }
        if !has_talked {
            let detail = "you have not talked with the caller: only agents who have can send a wrap-up";
            return Ok(Err(ApiError::conflict("not_your_call", detail)));
        }
        let before = query::wrap_ups(connection, organization_id, call_id)?;
        let is_new = before.iter().all(|stored| stored.wrap_up.user_id != user_id);
        let stored = change::insert_wrap_up(connection, &wrap_up)?;
        if is_new {
            let detail = stored.disposition.as_deref().unwrap_or_default();
            change::record_audit(connection, &caller.did("wrap_up.written", call_id, detail))?;
        } else if !says_the_same(&stored.wrap_up, &wrap_up) {
            let detail = "you have sent another wrap-up of this call";
            return Ok(Err(ApiError::conflict("already_written", detail)));
        }
        Ok(Ok((stored, is_new)))
    };
    let written = state.store.change_or_refuse(write).await?;
    let is_over = match &written {
        Ok(_) => true,
        // A call that was deleted, for instance for its age, can't be written up any more: otherwise its wrap-up would be due forever, and its
        // agent would get no more calls.
        Err(_) => {
            let read = move |connection: &mut Connection| query::call(connection, organization_id, call_id);
            state.store.reads().run(read).await?.is_none()
        }
    };
    if is_over {
        // The router may have no wrap-up due, for instance after its restart: its answer is not waited for.
        drop(state.router.ask(FromDesk { organization_id, user_id, said: AgentAction::WrappedUp(call_id) }));
    }
    let (stored, is_new) = written?;
    let location = format!("{PATH}?call_id={call_id}");
    let mut answer = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(answer.insert_header((LOCATION, location)).json(WrapUpView::from(stored)))
}

/// Faults of a wrap-up compared with the rows of its organization; returns whether its agent has talked in the call. The wrap-up gets the queue that
/// gave them the call.
fn check_rows(
    connection: &mut Connection,
    faults: &mut Faults,
    wrap_up: &mut WrapUp,
) -> Result<bool, StoreError> {
    let organization_id = wrap_up.organization_id;
    let call = query::call(connection, organization_id, wrap_up.call_id)?;
    faults.demand(call.is_some(), "call_id", "is no call's");
    let began = call.as_ref().map_or(UnixMs(0), |call| call.started_at);
    let ended = call.as_ref().and_then(|call| call.ended_at);
    let is_theirs = |agent: &CallAgent| agent.user_id == wrap_up.user_id && agent.has_talked();
    let agent = call.and_then(|call| call.agents.into_iter().find(is_theirs));
    let came_by = agent.and_then(|agent| agent.queue_id);
    wrap_up.queue_id = came_by.or(wrap_up.queue_id);
    let left = agent.and_then(|agent| agent.left_at);
    move_to_the_call(wrap_up, began, [ended, left].into_iter().flatten().fold(began, UnixMs::max));
    let in_call = (began..=wrap_up.ended_at).contains(&wrap_up.started_at);
    faults.demand(in_call, "started_at", "must be between the call's beginning and now");
    if let Some(id) = wrap_up.disposition_id {
        let is_there = query::disposition(connection, organization_id, id)?.is_some();
        faults.demand(is_there, "disposition_id", "is no disposition's");
    }
    if let Some(id) = wrap_up.queue_id {
        let queue = query::queue(connection, organization_id, id)?;
        // A queue that has been removed since demands nothing.
        faults.demand(queue.is_some() || came_by.is_some(), "queue_id", "is no queue's");
        let asks = queue.is_some_and(|queue| queue.wrap_up_required);
        // If the organization has removed all of its dispositions, the agent could never finish the wrap-up, and would get no more calls.
        let is_answered = !asks
            || wrap_up.disposition_id.is_some()
            || query::dispositions(connection, organization_id)?.is_empty();
        faults.demand(is_answered, "disposition_id", "must be chosen: the call's queue asks for it");
    }
    Ok(agent.is_some())
}

/// If the clock was set back, the call's times are in the future: the wrap-up then takes the call's times. By the present time, no beginning could be
/// between the call's beginning and now, and the agent could never finish the wrap-up.
fn move_to_the_call(wrap_up: &mut WrapUp, began: UnixMs, latest: UnixMs) {
    if latest > wrap_up.ended_at {
        wrap_up.started_at = wrap_up.started_at.clamp(began, latest);
        wrap_up.ended_at = latest;
    }
}

/// Whether one is the other, sent again.
fn says_the_same(one: &WrapUp, other: &WrapUp) -> bool {
    (one.queue_id, one.disposition_id, &one.note) == (other.queue_id, other.disposition_id, &other.note)
}
