//! Text messages.

use cordboard_schema::call::Direction;
use cordboard_schema::ids::{CallId, CustomerId, MessageId, OrganizationId, UserId};
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::{BadRow, MessageRow};
use cordboard_tables::tables::messages;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::calls::ID_AND_START_MS;
use super::moments::column;
use super::text::is_word;
use super::{Connection, StoreError};

/// Filters for messages. `None` does not filter.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessageQuery {
    /// Only those in this direction.
    pub direction: Option<Direction>,
    /// Only those with this status.
    pub status: Option<MessageStatus>,
    /// Only those from or to this customer.
    pub customer_id: Option<CustomerId>,
    /// Only those sent on this call.
    pub call_id: Option<CallId>,
    /// Only those that are done, or only those that are not.
    pub is_done: Option<bool>,
    /// Only those made before this one.
    pub before: Option<MessageId>,
    /// Lists incoming ones that are done, the last done first, instead of the newest first.
    pub last_done_first: bool,
    /// With `last_done_first`, only those that come after this one, which was done at this time.
    pub done_after: Option<(UnixMs, MessageId)>,
    /// At most this many.
    pub limit: i64,
}

/// Returns the messages that match `query`, in its order. Incoming messages that are done and those that are not have an index each, so both are
/// read.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: MessageQuery,
) -> Result<Vec<Message>, StoreError> {
    let is_of_few = query.customer_id.is_some() || query.call_id.is_some();
    if is_of_few || (query.direction, query.is_done) != (Some(Direction::Inbound), None) {
        return newest(connection, organization_id, query);
    }
    // In one snapshot: a message that is marked as done in between would be in neither.
    let mut found = connection.snapshot(|connection| {
        let mut of =
            |is_done| newest(connection, organization_id, MessageQuery { is_done: Some(is_done), ..query });
        let mut found = of(true)?;
        found.append(&mut of(false)?);
        Ok(found)
    })?;
    found.sort_unstable_by_key(|message| std::cmp::Reverse(message.id));
    found.truncate(usize::try_from(query.limit).unwrap_or(0));
    Ok(found)
}

/// The same in one statement.
fn newest(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: MessageQuery,
) -> Result<Vec<Message>, StoreError> {
    let mut found = messages::table
        .filter(messages::organization_id.eq(organization_id.to_string()))
        .limit(query.limit)
        .select(MessageRow::as_select())
        .into_boxed();
    found = match query.last_done_first {
        true => found.order((messages::done_at.desc(), messages::id.desc())),
        false => found.order(messages::id.desc()),
    };
    match (query.direction, query.is_done) {
        (Some(Direction::Inbound), Some(_)) => found = found.filter(is_inbound()),
        (Some(direction), _) => found = found.filter(messages::direction.eq(direction.as_str())),
        (None, _) => {}
    }
    // A customer or a call has few messages, and few are to be done.
    let is_few = query.customer_id.is_some()
        || query.call_id.is_some()
        || (query.direction, query.is_done) == (Some(Direction::Inbound), Some(false));
    found = match query.status.map(MessageStatus::as_str) {
        Some(status) if is_few => found.filter(is_word("messages.status", status)),
        Some(status) => found.filter(messages::status.eq(status)),
        None => found,
    };
    if let Some(customer_id) = query.customer_id {
        found = found.filter(messages::customer_id.eq(customer_id.to_string()));
    }
    if let Some(call_id) = query.call_id {
        found = found.filter(messages::call_id.eq(call_id.to_string()));
    }
    match query.is_done {
        Some(true) => found = found.filter(messages::done_at.is_not_null()),
        Some(false) => found = found.filter(messages::done_at.is_null()),
        None => {}
    }
    if let Some(before) = query.before {
        found = found.filter(messages::id.lt(before.to_string()));
    }
    if let Some((at, id)) = query.done_after {
        let (at, done_at) = (column(at), || messages::done_at.assume_not_null());
        let is_earlier = done_at().lt(at).or(done_at().eq(at).and(messages::id.lt(id.to_string())));
        // Redundant, but SQLite needs it to start here instead of at the last one.
        found = found.filter(done_at().le(at)).filter(is_earlier);
    }
    Ok(found.load(connection)?.into_iter().map(MessageRow::into_message).collect::<Result<_, _>>()?)
}

/// Tells whether a message came in. Worded as in the partial indexes of messages that are done and of those that are not: the planner uses them only
/// then.
pub(super) fn is_inbound() -> SqlLiteral<Bool> {
    sql("messages.direction = 'inbound'")
}

/// Returns the message with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: MessageId,
) -> Result<Option<Message>, StoreError> {
    let row = messages::table
        .find(id.to_string())
        .filter(messages::organization_id.eq(organization_id.to_string()))
        .select(MessageRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(MessageRow::into_message).transpose()?)
}

/// Marks an incoming message as done by a user, or as not done with `None`.
pub fn set_done(
    connection: &mut Connection,
    message: &Message,
    done: Option<(UnixMs, Option<UserId>)>,
) -> Result<(), StoreError> {
    let found = messages::table
        .find(message.id.to_string())
        .filter(messages::organization_id.eq(message.organization_id.to_string()));
    let at = done.map(|(at, _)| at.to_utc().naive_utc());
    let by = done.and_then(|(_, by)| by).map(|by| by.to_string());
    diesel::update(found).set((messages::done_at.eq(at), messages::done_by.eq(by))).execute(connection)?;
    Ok(())
}

/// Counts the messages that a call has sent, or tried to.
pub(super) fn sent_on_call(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<i64, StoreError> {
    Ok(messages::table
        .filter(messages::organization_id.eq(organization_id.to_string()))
        .filter(messages::call_id.eq(call_id.to_string()))
        .filter(messages::direction.eq(Direction::Outbound.as_str()))
        .count()
        .get_result(connection)?)
}

/// Counts the messages that the organization has sent in a span, or may have sent. One that has failed before the provider had it does not count.
pub(super) fn sent_between(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (from, to): (UnixMs, UnixMs),
) -> Result<i64, StoreError> {
    Ok(messages::table
        .filter(messages::organization_id.eq(organization_id.to_string()))
        // Ids contain about the time of creation and are indexed.
        .filter(messages::id.ge(CallId::first_at(from - ID_AND_START_MS).to_string()))
        .filter(messages::id.lt(CallId::first_at(to + ID_AND_START_MS).to_string()))
        .filter(messages::direction.eq(Direction::Outbound.as_str()))
        .filter(messages::status.ne(MessageStatus::Failed.as_str()).or(messages::sid.is_not_null()))
        .filter(messages::created_at.ge(from.to_utc().naive_utc()))
        .filter(messages::created_at.lt(to.to_utc().naive_utc()))
        .count()
        .get_result(connection)?)
}

/// Adds a message that was received, or whose status is known. A provider's id that another message of the organization has is a unique violation.
///
/// # Errors
/// The message waits to be sent: only [`text_gate::queue`](super::text_gate::queue) may add those.
pub fn create(connection: &mut Connection, message: &Message) -> Result<(), StoreError> {
    if message.direction == Direction::Outbound && message.status == MessageStatus::Queued {
        return Err(BadRow::new("messages.status", "a text message that waits was not admitted").into());
    }
    insert(connection, message)
}

/// Adds a message in any state.
pub(super) fn insert(connection: &mut Connection, message: &Message) -> Result<(), StoreError> {
    diesel::insert_into(messages::table).values(MessageRow::new(message)?).execute(connection)?;
    Ok(())
}
