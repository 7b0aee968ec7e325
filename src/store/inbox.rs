//! How much waits in an organization's inbox.

use cordboard_schema::activity::ActivityType;
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wrap_up::CallbackState;
use cordboard_tables::tables::{activities, callbacks, messages};
use diesel::prelude::*;

use super::activities::is_open;
use super::callbacks::word;
use super::messages::is_inbound;
use super::text::is_word;
use super::{Connection, StoreError};

/// Counts of waiting things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Callers who are to be called back.
    pub callbacks: i64,
    /// Of them, those that the user sees to.
    pub own_callbacks: i64,
    /// Messages that callers left.
    pub messages: i64,
    /// To-dos.
    pub todos: i64,
    /// Of both, those that the user sees to.
    pub own_activities: i64,
    /// To-dos whose time is over.
    pub overdue: i64,
    /// Text messages that came in.
    pub texts: i64,
}

/// Counts what waits at `now`, and what of it this user sees to.
pub fn waiting(
    connection: &mut Connection,
    organization_id: OrganizationId,
    user_id: Option<UserId>,
    now: UnixMs,
) -> Result<Waiting, StoreError> {
    let organization = organization_id.to_string();
    // Nobody has the empty id.
    let user = user_id.map(|id| id.to_string()).unwrap_or_default();
    // By the states, not without the last one: those that are done are most, and only so an index leaves them out.
    let open_callbacks = || {
        callbacks::table
            .filter(callbacks::organization_id.eq(&organization))
            .filter(callbacks::state.eq_any([word(CallbackState::Open), word(CallbackState::Claimed)]))
    };
    let open = || activities::table.filter(activities::organization_id.eq(&organization)).filter(is_open());
    let todos = || open().filter(activities::activity_type.eq(ActivityType::Todo.as_str()));
    let spoken = || {
        open()
            .filter(activities::activity_type.eq(ActivityType::Event.as_str()))
            .filter(activities::audio_from_ms.is_not_null())
    };
    // Among what is open: all that the user has ever seen to is more.
    let own = || is_word("activities.owner_id", &user);
    // Each id is more than nothing: SQLite takes the index of those that are to be done for no narrower than others, but for its ids.
    let texts = messages::table
        .filter(messages::organization_id.eq(&organization))
        .filter(messages::id.gt(""))
        .filter(is_inbound())
        .filter(messages::done_at.is_null());
    Ok(Waiting {
        callbacks: open_callbacks().count().get_result(connection)?,
        own_callbacks: open_callbacks()
            .filter(callbacks::user_id.eq(&user))
            .count()
            .get_result(connection)?,
        own_activities: todos().filter(own()).count().get_result::<i64>(connection)?
            + spoken().filter(own()).count().get_result::<i64>(connection)?,
        messages: spoken().count().get_result(connection)?,
        overdue: todos()
            .filter(activities::due_at.lt(now.to_utc().naive_utc()))
            .count()
            .get_result(connection)?,
        todos: todos().count().get_result(connection)?,
        texts: texts.count().get_result(connection)?,
    })
}
