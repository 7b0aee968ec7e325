//! The number of items that wait in an organization's inbox.

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

/// Numbers of waiting items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Callers who are to be called back.
    pub callbacks: i64,
    /// Those that the user has claimed.
    pub own_callbacks: i64,
    /// Messages that callers left.
    pub messages: i64,
    /// To-dos.
    pub todos: i64,
    /// Messages and to-dos that the user is responsible for.
    pub own_activities: i64,
    /// To-dos past their due time.
    pub overdue: i64,
    /// Incoming text messages.
    pub texts: i64,
}

/// Counts what waits at `now`, and which of it this user is responsible for.
pub fn waiting(
    connection: &mut Connection,
    organization_id: OrganizationId,
    user_id: Option<UserId>,
    now: UnixMs,
) -> Result<Waiting, StoreError> {
    let organization = organization_id.to_string();
    // No user has the empty id.
    let user = user_id.map(|id| id.to_string()).unwrap_or_default();
    // The states are listed, rather than excluding the last one: most callbacks are done, and only so the index skips them.
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
    // Searched among open activities: the user's finished ones are far more.
    let own = || is_word("activities.owner_id", &user);
    // The condition on the id is always true, but makes SQLite prefer the partial index of messages that are to be done.
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
