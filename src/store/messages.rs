//! Text messages.

use cordboard_schema::call::Direction;
use cordboard_schema::ids::{CallId, CustomerId, MessageId, OrganizationId};
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_schema::rows::MessageRow;
use cordboard_schema::tables::messages;
use cordboard_schema::time::UnixMs;
use diesel::prelude::*;

use super::{Connection, StoreError};

/// Which messages to list. What is `None` narrows nothing.
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
    /// Only those made before this one.
    pub before: Option<MessageId>,
    /// At most so many.
    pub limit: i64,
}

/// Messages that fit `query`, newest first.
pub fn list(
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
    if let Some(direction) = query.direction {
        found = found.filter(messages::direction.eq(direction.as_str()));
    }
    if let Some(status) = query.status {
        found = found.filter(messages::status.eq(status.as_str()));
    }
    if let Some(customer_id) = query.customer_id {
        found = found.filter(messages::customer_id.eq(customer_id.to_string()));
    }
    if let Some(call_id) = query.call_id {
        found = found.filter(messages::call_id.eq(call_id.to_string()));
    }
    if let Some(before) = query.before {
        found = found.filter(messages::id.lt(before.to_string()));
    }
    Ok(found.load(connection)?.into_iter().map(MessageRow::into_message).collect::<Result<_, _>>()?)
}

/// Adds a message. A provider's name that another one of the organization has is a unique violation.
pub fn create(connection: &mut Connection, message: &Message) -> Result<(), StoreError> {
    diesel::insert_into(messages::table).values(MessageRow::new(message)?).execute(connection)?;
    Ok(())
}

/// Notes how far the message has come that the provider calls `sid`; what is told late or again changes nothing. False if
/// the organization has none of that name.
pub fn follow(
    connection: &mut Connection,
    organization_id: OrganizationId,
    sid: &str,
    status: MessageStatus,
    error_code: Option<i64>,
    at: UnixMs,
) -> Result<bool, StoreError> {
    let of_sid = || {
        messages::table
            .filter(messages::organization_id.eq(organization_id.to_string()))
            .filter(messages::sid.eq(sid))
    };
    let known: i64 = of_sid().count().get_result(connection)?;
    // In one statement, so that of two that are told at once the later one stays.
    let earlier =
        MessageStatus::ALL.iter().filter(|earlier| **earlier < status).map(|earlier| earlier.as_str());
    let moved = of_sid().filter(messages::status.eq_any(earlier.collect::<Vec<_>>()));
    let row = (
        messages::status.eq(status.as_str()),
        messages::error_code.eq(error_code),
        messages::updated_at.eq(at.to_utc().naive_utc()),
    );
    diesel::update(moved).set(row).execute(connection)?;
    Ok(known > 0)
}
