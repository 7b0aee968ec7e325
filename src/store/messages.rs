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
use super::text::is_word;
use super::{Connection, StoreError};

/// Selection of messages. `None` narrows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessageQuery {
    /// Only those that go this way.
    pub direction: Option<Direction>,
    /// Only those that have come so far.
    pub status: Option<MessageStatus>,
    /// Only those from or to this customer.
    pub customer_id: Option<CustomerId>,
    /// Only those sent on this call.
    pub call_id: Option<CallId>,
    /// Only those that somebody has seen to, or only those that nobody has.
    pub is_done: Option<bool>,
    /// Only those made before this one.
    pub before: Option<MessageId>,
    /// At most this many.
    pub limit: i64,
}

/// Messages that fit `query`, newest first. Of those that came in the ones that are done and the others have an index each: both are asked for.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: MessageQuery,
) -> Result<Vec<Message>, StoreError> {
    let is_of_few = query.customer_id.is_some() || query.call_id.is_some();
    if is_of_few || (query.direction, query.is_done) != (Some(Direction::Inbound), None) {
        return newest(connection, organization_id, query);
    }
    // At one moment: one that is done meanwhile would be in neither.
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

/// The same by one statement.
fn newest(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: MessageQuery,
) -> Result<Vec<Message>, StoreError> {
    let mut found = messages::table
        .filter(messages::organization_id.eq(organization_id.to_string()))
        .order(messages::id.desc())
        .limit(query.limit)
        .select(MessageRow::as_select())
        .into_boxed();
    match (query.direction, query.is_done) {
        (Some(Direction::Inbound), Some(_)) => found = found.filter(is_inbound()),
        (Some(direction), _) => found = found.filter(messages::direction.eq(direction.as_str())),
        (None, _) => {}
    }
    // A customer and a call have few, and few are to be done.
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
    Ok(found.load(connection)?.into_iter().map(MessageRow::into_message).collect::<Result<_, _>>()?)
}

/// Whether a message came in. It is in the text as in the indexes of those that are to be done and of those that are: only that shows the planner
/// that they fit.
pub(super) fn is_inbound() -> SqlLiteral<Bool> {
    sql("messages.direction = 'inbound'")
}

/// The message of that id.
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

/// Notes that somebody has seen to a message that came in, and who, or with `None` that somebody has to again.
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

/// How many messages a call has sent, or tried to.
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

/// How many messages the organization's calls have sent between those times, or tried to.
pub(super) fn sent_between(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (from, to): (UnixMs, UnixMs),
) -> Result<i64, StoreError> {
    Ok(messages::table
        .filter(messages::organization_id.eq(organization_id.to_string()))
        // Their ids tell about when they were made, and have an index.
        .filter(messages::id.ge(CallId::first_at(from - ID_AND_START_MS).to_string()))
        .filter(messages::id.lt(CallId::first_at(to + ID_AND_START_MS).to_string()))
        .filter(messages::direction.eq(Direction::Outbound.as_str()))
        .filter(messages::created_at.ge(from.to_utc().naive_utc()))
        .filter(messages::created_at.lt(to.to_utc().naive_utc()))
        .count()
        .get_result(connection)?)
}

/// Adds a message that came, or whose way is known. A provider's name that another one of the organization has is a unique violation.
///
/// # Errors
/// It waits to be sent: such a one is made by [`text_gate::queue`](super::text_gate::queue) alone.
pub fn create(connection: &mut Connection, message: &Message) -> Result<(), StoreError> {
    if message.direction == Direction::Outbound && message.status == MessageStatus::Queued {
        return Err(BadRow::new("messages.status", "a text message that waits was not admitted").into());
    }
    insert(connection, message)
}

/// Adds a message, also one that waits.
pub(super) fn insert(connection: &mut Connection, message: &Message) -> Result<(), StoreError> {
    diesel::insert_into(messages::table).values(MessageRow::new(message)?).execute(connection)?;
    Ok(())
}
