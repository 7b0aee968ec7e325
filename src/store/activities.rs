//! Activities: events, to-dos, and what was done for customers.

use cordboard_actors::world;
use cordboard_schema::activity::{Activity, ActivityAction, ActivityType};
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{ActivityId, CallId, OrganizationId, UserId};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::ActivityRow;
use cordboard_tables::tables::activities;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::moments::column;
use super::text::is_word;
use super::{Connection, StoreError, changes};

/// A place in a list of activities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityPlace {
    /// In the order in which they were made.
    Made(ActivityId),
    /// In the order in which they were done.
    Done(UnixMs, ActivityId),
}

/// Filters for activities.
#[derive(Clone, Copy, Debug, Default)]
pub struct ActivityQuery {
    /// Only those of this call.
    pub call_id: Option<CallId>,
    /// Only those of this kind.
    pub activity_type: Option<ActivityType>,
    /// Only those whose last action is this one.
    pub action: Option<ActivityAction>,
    /// Only those that are still to be done, or only those that are done.
    pub is_open: Option<bool>,
    /// Only those with audio of their call, such as a message that a caller left, or only those without.
    pub has_audio: Option<bool>,
    /// Only those that this user is responsible for.
    pub owner_id: Option<UserId>,
    /// Only those that are due before then.
    pub due_before: Option<UnixMs>,
    /// Only those that come after this one in the list.
    pub after: Option<ActivityPlace>,
    /// Lists those that are done, the last done first, instead of the newest first.
    pub last_done_first: bool,
    /// At most this many.
    pub limit: i64,
}

/// Returns the activities that match `query`, in its order.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: ActivityQuery,
) -> Result<Vec<Activity>, StoreError> {
    let mut found = activities::table
        .filter(activities::organization_id.eq(organization_id.to_string()))
        .limit(query.limit)
        .select(ActivityRow::as_select())
        .into_boxed();
    if let Some(call_id) = query.call_id {
        found = found.filter(activities::call_id.eq(call_id.to_string()));
    }
    if let Some(activity_type) = query.activity_type {
        found = found.filter(activities::activity_type.eq(activity_type.as_str()));
    }
    if let Some(action) = query.action {
        found = found.filter(activities::action.eq(action.as_str()));
    }
    found = match query.last_done_first {
        true => found.filter(is_done()).order((activities::updated_at.desc(), activities::id.desc())),
        false => found.order(activities::id.desc()),
    };
    let completed = ActivityAction::Completed.as_str();
    match query.is_open {
        // A call has few activities.
        Some(true) if query.call_id.is_none() => found = found.filter(is_open()),
        Some(true) => found = found.filter(activities::action.ne(completed)),
        Some(false) => found = found.filter(activities::action.eq(completed)),
        None => {}
    }
    match query.has_audio {
        Some(true) => found = found.filter(activities::audio_from_ms.is_not_null()),
        Some(false) => found = found.filter(activities::audio_from_ms.is_null()),
        None => {}
    }
    found = match query.owner_id.map(|id| id.to_string()) {
        Some(owner_id) if query.call_id.is_some() => found.filter(is_word("activities.owner_id", &owner_id)),
        Some(owner_id) => found.filter(activities::owner_id.eq(owner_id)),
        None => found,
    };
    if let Some(due_before) = query.due_before {
        found = found.filter(activities::due_at.lt(column(due_before)));
    }
    match query.after {
        Some(ActivityPlace::Made(id)) => found = found.filter(activities::id.lt(id.to_string())),
        Some(ActivityPlace::Done(at, id)) => {
            let at = column(at);
            let is_earlier = activities::updated_at
                .lt(at)
                .or(activities::updated_at.eq(at).and(activities::id.lt(id.to_string())));
            // Redundant, but SQLite needs it to start here instead of at the last one.
            found = found.filter(activities::updated_at.le(at)).filter(is_earlier);
        }
        None => {}
    }
    let rows = found.load(connection)?;
    Ok(rows.into_iter().map(ActivityRow::into_activity).collect::<Result<_, _>>()?)
}

/// Tells whether an activity is still to be done. The condition is worded as in the partial index: the planner uses the index only then.
pub(super) fn is_open() -> SqlLiteral<Bool> {
    sql("activities.action <> 'completed'")
}

/// Tells whether an activity is done, worded as in its partial index.
fn is_done() -> SqlLiteral<Bool> {
    sql("activities.action = 'completed'")
}

/// Returns the activity with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: ActivityId,
) -> Result<Option<Activity>, StoreError> {
    let row = activities::table
        .find(id.to_string())
        .filter(activities::organization_id.eq(organization_id.to_string()))
        .select(ActivityRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(ActivityRow::into_activity).transpose()?)
}

/// Adds an activity.
pub fn create(connection: &mut Connection, activity: &Activity) -> Result<(), StoreError> {
    diesel::insert_into(activities::table).values(ActivityRow::new(activity)?).execute(connection)?;
    Ok(())
}

/// Changes the activity with this id. Returns false if it was changed since `read`, its `updated_at` when it was read.
pub fn update(connection: &mut Connection, activity: &Activity, read: UnixMs) -> Result<bool, StoreError> {
    let row = ActivityRow::new(activity)?;
    let found = activities::table
        .find(row.id.clone())
        .filter(activities::organization_id.eq(row.organization_id.clone()))
        .filter(activities::updated_at.eq(read.to_utc().naive_utc()));
    Ok(diesel::update(found).set(&row).execute(connection)? > 0)
}

/// Removes a user who leaves as the owner of their open activities.
pub(super) fn leave(
    connection: &mut Connection,
    organization_id: OrganizationId,
    owner_id: UserId,
) -> Result<(), StoreError> {
    let theirs = activities::table
        .filter(activities::organization_id.eq(organization_id.to_string()))
        .filter(activities::owner_id.eq(owner_id.to_string()))
        .filter(activities::action.ne(ActivityAction::Completed.as_str()));
    let left = diesel::update(theirs)
        .set((
            activities::owner_id.eq(None::<String>),
            activities::updated_at.eq(column(world::now().into())),
        ))
        .execute(connection)?;
    if left > 0 {
        changes::note(organization_id, Thing::Activity, organization_id);
    }
    Ok(())
}
