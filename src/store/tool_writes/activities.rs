//! Events and to-dos of a call.

use cordboard_actors::messages::WriteDone;
use cordboard_actors::tools::NewActivity;
use cordboard_actors::world;
use cordboard_schema::activity::{Activity, ActivityAction, ActivityChange, ActivityType};
use cordboard_schema::ids::ActivityId;
use cordboard_schema::written::Written;

use super::{ForCall, Outcome};
use crate::store::{Connection, StoreError, activities};

/// Creates an event or a to-do.
pub(super) fn create(
    connection: &mut Connection,
    call: &ForCall,
    new: NewActivity,
) -> Result<Outcome, StoreError> {
    let NewActivity { activity_type, title, at, notes } = new;
    let (at, due_at) = match activity_type {
        ActivityType::Event => (at.unwrap_or(call.now), None),
        ActivityType::Todo => (call.now, at),
    };
    let id = ActivityId(world::new_id());
    let activity = Activity {
        id,
        organization_id: call.organization_id,
        call_id: Some(call.call_id),
        activity_type,
        action: ActivityAction::Created,
        title,
        at: at.into(),
        audio: None,
        due_at: due_at.map(Into::into),
        notes,
        owner_id: None,
        updated_at: call.at(),
    };
    activities::create(connection, &activity)?;
    let note = format!("written down; its id is {id}");
    Ok(Ok(WriteDone { note, written: Some(Written::ActivityCreated(id)) }))
}

/// Changes one of the call's own events or to-dos.
pub(super) fn change(
    connection: &mut Connection,
    call: &ForCall,
    activity_type: ActivityType,
    id: ActivityId,
    change: ActivityChange,
) -> Result<Outcome, StoreError> {
    let found = activities::find(connection, call.organization_id, id)?;
    let is_ours = |activity: &Activity| {
        activity.call_id == Some(call.call_id) && activity.activity_type == activity_type
    };
    let Some(mut activity) = found.filter(is_ours) else {
        return Ok(Err(format!("this call has no {} with that id", activity_type.as_str())));
    };
    let (read, is_done) = (activity.updated_at, change.completed == Some(true));
    activity.change(change, read.next_change(call.at()));
    if !activities::update(connection, &activity, read)? {
        return Ok(Err("it was just changed by a user: try again".to_owned()));
    }
    let (note, written) = match is_done {
        true => ("it is done", Written::ActivityCompleted(id)),
        false => ("it is changed", Written::ActivityUpdated(id)),
    };
    Ok(Ok(WriteDone { note: note.to_owned(), written: Some(written) }))
}
