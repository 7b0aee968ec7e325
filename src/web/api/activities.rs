//! `/api/v1/activities`: events (what was done for customers, and will be) and to-dos.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use cordboard_actors::world;
use cordboard_schema::activity::{Activity, ActivityAction, ActivityBody, ActivityChange, ActivityType};
use cordboard_schema::ids::{ActivityId, CallId, OrganizationId, UserId};
use cordboard_schema::limits::{LINE_CHARS_MAX, NOTES_CHARS_MAX};
use cordboard_schema::plain::Lines;
use cordboard_schema::time::UnixMs;
use serde::Deserialize;
use utoipa::IntoParams;

use super::given::{Faults, nearest_sane_time};
use crate::store::{ActivityPlace, ActivityQuery, Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::{Body, ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page, foreign_cursor, timed_cursor, timed_place};
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;

const NO_SUCH: ApiError = ApiError::NotFound("activity");

impl ReadOnly for ActivityChange {
    const NAMES: &'static [&'static str] =
        &["id", "organization_id", "call_id", "type", "action", "audio", "updated_at"];
    const FIXED: &'static [&'static str] = &["id", "organization_id", "call_id", "type"];
}

/// Query of the list of activities.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ActivityList {
    /// Only those of this call.
    call_id: Option<CallId>,
    /// Only those of this kind.
    r#type: Option<ActivityType>,
    /// Only those whose last change was this action.
    action: Option<ActivityAction>,
    /// True: only open ones. False: only completed ones.
    open: Option<bool>,
    /// True: only those with audio of their call, such as a message that a caller left. False: only those without.
    audio: Option<bool>,
    /// Only those assigned to this user.
    owner_id: Option<UserId>,
    /// Only to-dos that are due before then, RFC 3339.
    due_before: Option<DateTime<Utc>>,
    /// True, with `open=false`: the last done first.
    last_done_first: Option<bool>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
    /// Activities of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
}

/// The place that a cursor names; none if it is not of such a list.
fn placed(cursor: &str, last_done_first: bool) -> Option<ActivityPlace> {
    if !last_done_first {
        return cursor.parse().ok().map(ActivityPlace::Made);
    }
    timed_place(cursor).map(|(at, id)| ActivityPlace::Done(at, id))
}

/// Lists events and to-dos, newest first, or with `last_done_first` those that are done, the last done first.
#[utoipa::path(
    get,
    operation_id = "list_activities",
    path = "/api/v1/activities",
    tag = "activities",
    params(ActivityList),
    responses(
        (status = 200, description = "A page of activities", body = Page<Activity>),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<ActivityList>,
) -> Result<web::Json<Page<Activity>>, ApiError> {
    let ActivityList {
        call_id,
        r#type: activity_type,
        action,
        open,
        audio,
        owner_id,
        due_before,
        last_done_first,
        cursor,
        limit,
    } = asked.into_inner();
    let limit = Limit::parse(limit)?;
    let last_done_first = last_done_first.unwrap_or_default();
    if last_done_first && open != Some(false) {
        return Err(ApiError::BadInput("`last_done_first` is for `open=false`".to_owned()));
    }
    let placed_cursor = |cursor: String| placed(&cursor, last_done_first).ok_or_else(foreign_cursor);
    let wanted = ActivityQuery {
        call_id,
        activity_type,
        action,
        is_open: open,
        has_audio: audio,
        owner_id,
        due_before: due_before.map(nearest_sane_time),
        after: cursor.map(placed_cursor).transpose()?,
        last_done_first,
        limit: limit.rows(),
    };
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::activities(connection, organization_id, wanted);
    let activities = state.store.reads().run(read).await?;
    Ok(web::Json(limit.page(activities, |activity| match last_done_first {
        true => timed_cursor(activity.updated_at, activity.id),
        false => activity.id.to_string(),
    })))
}

/// Shows an event or a to-do.
#[utoipa::path(
    get,
    operation_id = "show_activity",
    path = "/api/v1/activities/{id}",
    tag = "activities",
    params(("id" = ActivityId, Path, description = "The activity")),
    responses(
        (status = 200, description = "The activity", body = Activity),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such activity"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ActivityId>,
) -> Result<web::Json<Activity>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| query::activity(connection, organization_id, id);
    Ok(web::Json(state.store.reads().run(read).await?.ok_or(NO_SUCH)?))
}

/// Makes an event or a to-do.
#[utoipa::path(
    post,
    operation_id = "create_activity",
    path = "/api/v1/activities",
    tag = "activities",
    request_body = ActivityBody,
    responses(
        (status = 201, description = "Created; `Location` has its address", body = Activity),
        (status = 400, description = "The body is not a JSON object"),
        (status = 422, description = "A value is invalid, for instance the id of another organization's call"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<ActivityBody>,
) -> Result<HttpResponse, ApiError> {
    let ActivityBody { activity_type, title, at, due_at, notes, call_id, owner_id } = body.into_inner();
    let mut faults = Faults::default();
    faults.title("title", Some(&title), LINE_CHARS_MAX);
    faults.text("notes", Some(&notes), NOTES_CHARS_MAX, Lines::Many);
    faults.time("at", at);
    faults.time("due_at", due_at);
    times_fit(&mut faults, activity_type, at.is_some(), due_at.is_some());
    faults.into_result()?;
    let now = world::now();
    let made = Activity {
        id: ActivityId(world::new_id()),
        organization_id: caller.organization_id,
        call_id,
        activity_type,
        action: ActivityAction::Created,
        title,
        at: at.unwrap_or(now).into(),
        audio: None,
        due_at: due_at.map(Into::into),
        notes,
        owner_id,
        updated_at: now.into(),
    };
    let (making, audit) = (made.clone(), caller.did("activity.created", made.id, activity_type.as_str()));
    let make = move |connection: &mut Connection| {
        if let Some(call_id) = making.call_id
            && query::call(connection, making.organization_id, call_id)?.is_none()
        {
            return Ok(Err(ApiError::Invalid(vec![Fault::of("call_id", "is no call's")])));
        }
        if !may_own(connection, making.organization_id, making.owner_id)? {
            return Ok(Err(no_owner()));
        }
        change::create_activity(connection, &making)?;
        change::record_audit(connection, &audit).map(Ok)
    };
    state.store.change_or_refuse(make).await??;
    let location = format!("/api/v1/activities/{}", made.id);
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(made))
}

/// Whether it can be assigned to them: to nobody, or to a user of the organization.
fn may_own(
    connection: &mut Connection,
    organization_id: OrganizationId,
    owner: Option<UserId>,
) -> Result<bool, StoreError> {
    match owner {
        Some(owner) => Ok(query::user(connection, organization_id, owner)?.is_some()),
        None => Ok(true),
    }
}

fn no_owner() -> ApiError {
    ApiError::Invalid(vec![Fault::of("owner_id", "is no user's of the organization")])
}

/// Adds a fault if an event has no time or a to-do no due time.
fn times_fit(faults: &mut Faults, activity_type: ActivityType, has_at: bool, has_due_at: bool) {
    match activity_type {
        ActivityType::Event => faults.demand(!has_due_at, "due_at", "is of a to-do; an event has `at`"),
        ActivityType::Todo => faults.demand(!has_at, "at", "is of an event; a to-do has `due_at`"),
    }
}

/// Changes or completes an event or a to-do; members that the body leaves out keep their values.
#[utoipa::path(
    patch,
    operation_id = "update_activity",
    path = "/api/v1/activities/{id}",
    tag = "activities",
    params(("id" = ActivityId, Path, description = "The activity")),
    request_body = ActivityChange,
    responses(
        (status = 200, description = "Changed", body = Activity),
        (status = 400, description = "The body is not JSON, or the id not a UUID"),
        (status = 404, description = "No such activity"),
        (status = 409, description = "Somebody else changed it at the same time (`changed_meanwhile`)"),
        (status = 422, description = "A value is invalid, for instance a time of a to-do"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ActivityId>,
    body: ThingBody<ActivityChange>,
) -> Result<web::Json<Activity>, ApiError> {
    let change = &body;
    let mut faults = Faults::default();
    faults.title("title", change.title.as_deref(), LINE_CHARS_MAX);
    faults.text("notes", change.notes.as_deref(), NOTES_CHARS_MAX, Lines::Many);
    faults.time("at", change.at);
    faults.time("due_at", change.due_at.flatten());
    faults.into_result()?;
    let (organization_id, id, now) = (caller.organization_id, *id, world::now().into());
    let make = move |connection: &mut Connection| {
        let Some(mut activity) = query::activity(connection, organization_id, id)? else {
            return Ok(Err(NO_SUCH));
        };
        if let Err(refused) = body.demand_unchanged(&activity) {
            return Ok(Err(refused));
        }
        let change = body.into_inner();
        let mut faults = Faults::default();
        // A to-do is shown with the time when it was made.
        let has_other_at = change.at.is_some_and(|at| UnixMs::from(at) != activity.at);
        let has_due_at = change.due_at.flatten().is_some();
        times_fit(&mut faults, activity.activity_type, has_other_at, has_due_at);
        if let Err(fault) = faults.into_result() {
            return Ok(Err(fault));
        }
        // The owner who is there may have been removed meanwhile.
        let other_owner = change.owner_id.flatten().filter(|owner| activity.owner_id != Some(*owner));
        if !may_own(connection, organization_id, other_owner)? {
            return Ok(Err(no_owner()));
        }
        let read = activity.updated_at;
        activity.change(change, read.next_change(now));
        if !change::update_activity(connection, &activity, read)? {
            return Ok(Err(ApiError::changed_meanwhile("activity")));
        }
        let owner = activity.owner_id.map(|owner| format!(", assigned to {owner}")).unwrap_or_default();
        let detail = format!("{}{owner}", activity.action.as_str());
        let audit = caller.did("activity.updated", id, detail);
        change::record_audit(connection, &audit)?;
        Ok(Ok(activity))
    };
    Ok(web::Json(state.store.change(make).await??))
}
